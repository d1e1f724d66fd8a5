/* Is a text UTF-8? JSON has to be. */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include <stddef.h>

/* What is no UTF-8, and control characters, become '?': no text can play with a terminal, or spoil JSON. */
void utf8_clean(char *text);

/* Bytes of the character that the text begins with; 0 at its end, and where that is no valid UTF-8. */
size_t utf8_length(const char *text);

#endif
