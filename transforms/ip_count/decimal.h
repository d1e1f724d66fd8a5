/* Numbers as text, two digits at a time. */
#ifndef TRANSFORMS_IP_COUNT_DECIMAL_H
#define TRANSFORMS_IP_COUNT_DECIMAL_H

#include <stdint.h>
#include <string.h>

static inline void decimal_write_two(char *text, unsigned number) /* < 100 */
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	memcpy(text, pairs + 2 * number, 2);
}

#define DECIMAL_MAX 20 /* digits of the greatest number */

/* Returns the end of what was written. */
static inline char *decimal_write(char *text, uint64_t number)
{
	char digits[DECIMAL_MAX], *at = digits + sizeof(digits);
	for (; number >= 100; number /= 100)
		decimal_write_two(at -= 2, number % 100);
	if (number >= 10)
		decimal_write_two(at -= 2, (unsigned)number);
	else
		*--at = (char)('0' + number);
	size_t len = (size_t)(digits + sizeof(digits) - at);
	memcpy(text, at, len);
	return text + len;
}

#endif
