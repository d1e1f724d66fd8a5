/* How framework functions fail: they return a negative number (usually -errno) and leave the text for
 * whoever gives up in `struct error`. Library code prints nothing. NULL is taken where nobody cares. */
#ifndef WEIR_BASE_ERROR_H
#define WEIR_BASE_ERROR_H

#include <stdarg.h>

struct error {
	int code; /* what the function returned */
	char text[1024];
};

#define ERROR_INIT {0, ""}

/* Sets code and text; a text too long is cut. Returns `code`, so that `return error_set(...)` reads well. */
int error_set(struct error *error, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int error_setv(struct error *error, int code, const char *fmt, va_list arguments);

/* Puts "fmt: " before the text that is there. Returns the code. */
int error_prefix(struct error *error, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
