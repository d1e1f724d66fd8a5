/* IPv4 and IPv6 addresses between text and bytes. An IPv4-mapped IPv6 address (::ffff:192.0.2.1, as
 * servers that listen on both log an IPv4 client) is that IPv4 address. */
#ifndef TRANSFORMS_IP_COUNT_IP_ADDRESS_H
#define TRANSFORMS_IP_COUNT_IP_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

#define IP_ADDRESS_BYTES_MAX 16
#define IP_ADDRESS_TEXT_MAX 45

/* Returns the number of bytes: 4 or 16, 0 where the text is no address. No leading zeros, no zone ids. */
unsigned ip_address_parse(const uint8_t *text, size_t len, uint8_t bytes[IP_ADDRESS_BYTES_MAX]);
/* The fast way for text in which an address is a part: the end of the IPv4 address that it begins with,
 * NULL where it begins with none. */
const uint8_t *ip_address_scan_ipv4(const uint8_t *text, const uint8_t *end, uint8_t bytes[4]);
/* In the canonical form of RFC 5952, without a NUL; n_bytes is 4 or 16. Returns the end. */
char *ip_address_format(const uint8_t *bytes, unsigned n_bytes, char text[IP_ADDRESS_TEXT_MAX]);

#endif
