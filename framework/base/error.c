#include "base/error.h"

#include <stdio.h>
#include <string.h>

int error_setv(struct error *error, int code, const char *fmt, va_list arguments)
{
	if (error != NULL) {
		char text[sizeof(error->text)]; /* an argument may be the old text itself */
		vsnprintf(text, sizeof(text), fmt, arguments);
		memcpy(error->text, text, sizeof(text));
		error->code = code;
	}
	return code;
}

int error_set(struct error *error, int code, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	error_setv(error, code, fmt, arguments);
	va_end(arguments);
	return code;
}

int error_prefix(struct error *error, const char *fmt, ...)
{
	if (error == NULL)
		return -1;
	char prefix[sizeof(error->text)];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(prefix, sizeof(prefix), fmt, arguments);
	va_end(arguments);
	return error_set(error, error->code, "%s: %s", prefix, error->text);
}
