#include "base/utf8.h"

#include <stdint.h>

void utf8_clean(char *text)
{
	for (size_t len; *text != '\0'; text += len) {
		len = utf8_length(text);
		if (len == 0 || (unsigned char)*text < ' ' || *text == 0x7f) {
			*text = '?';
			len = 1;
		}
	}
}

size_t utf8_length(const char *text)
{
	/* first bytes, and what may follow as the second: neither overlong, nor half of a surrogate pair */
	static const struct {
		uint8_t first, last, second_first, second_last, len;
	} forms[] = {{0x01, 0x7f, 0, 0xff, 1},	  {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		     {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		     {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
	const uint8_t *bytes = (const uint8_t *)text;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (bytes[0] < forms[i].first || bytes[0] > forms[i].last)
			continue;
		if (forms[i].len > 1 && (bytes[1] < forms[i].second_first || bytes[1] > forms[i].second_last))
			return 0;
		for (uint8_t at = 2; at < forms[i].len; at++)
			if ((bytes[at] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}
