/* Is a text UTF-8? JSON has to be. */
#ifndef WEIR_BASE_UTF8_H
#define WEIR_BASE_UTF8_H

#include <stddef.h>

/* Bytes of the character that the text begins with; 0 at its end, and where that is no valid UTF-8. */
size_t utf8_length(const char *text);

#endif
