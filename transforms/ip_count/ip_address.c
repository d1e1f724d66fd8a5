#include "ip_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "decimal.h"

const uint8_t *ip_address_scan_ipv4(const uint8_t *text, const uint8_t *end, uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0 && (text == end || *text++ != '.'))
			return NULL;
		unsigned number, digit;
		if (text == end || (number = *text++ - (unsigned)'0') > 9)
			return NULL;
		for (; text < end && (digit = *text - (unsigned)'0') <= 9; text++) {
			if (number == 0 || (number = number * 10 + digit) > 255)
				return NULL;
		}
		bytes[i] = (uint8_t)number;
	}
	return text;
}

static unsigned parse_ipv6(const uint8_t *text, size_t len, uint8_t bytes[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char copy[IP_ADDRESS_TEXT_MAX + 1];
	if (len > IP_ADDRESS_TEXT_MAX)
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strlen(copy) != len || inet_pton(AF_INET6, copy, bytes) != 1)
		return 0;
	if (memcmp(bytes, mapped, sizeof(mapped)) != 0)
		return 16;
	memmove(bytes, bytes + sizeof(mapped), 4);
	return 4;
}

unsigned ip_address_parse(const uint8_t *text, size_t len, uint8_t bytes[IP_ADDRESS_BYTES_MAX])
{
	if (ip_address_scan_ipv4(text, text + len, bytes) == text + len)
		return 4;
	return memchr(text, ':', len) != NULL ? parse_ipv6(text, len, bytes) : 0;
}

char *ip_address_format(const uint8_t *bytes, unsigned n_bytes, char text[IP_ADDRESS_TEXT_MAX])
{
	if (n_bytes == 4) {
		for (int i = 0; i < 4; i++) {
			if (i > 0)
				*text++ = '.';
			text = decimal_write(text, bytes[i]);
		}
		return text;
	}
	char copy[IP_ADDRESS_TEXT_MAX + 1];
	inet_ntop(AF_INET6, bytes, copy, sizeof(copy));
	size_t len = strlen(copy);
	memcpy(text, copy, len);
	return text + len;
}
