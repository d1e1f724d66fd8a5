#include "captured.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char captured_output[65536];

int captured_run(int (*command)(int argc, char **argv), int argc, char **argv)
{
	enum { N_STREAMS = 2 };
	char *copies[64] = {NULL};
	int saved[N_STREAMS];
	FILE *file = tmpfile();
	ck_assert_ptr_nonnull(file);
	ck_assert_int_lt(argc, 64);
	for (int i = 0; i < argc; i++)
		copies[i] = strdup(argv[i]);
	fflush(NULL);
	for (int i = 0; i < N_STREAMS; i++) {
		saved[i] = dup(1 + i);
		dup2(fileno(file), 1 + i);
	}
	char *arguments[64];
	memcpy(arguments, copies, sizeof(copies)); /* the command may change their order */
	int status = command(argc, arguments);
	fflush(NULL);
	for (int i = 0; i < N_STREAMS; i++) {
		dup2(saved[i], 1 + i);
		close(saved[i]);
	}
	rewind(file);
	captured_output[fread(captured_output, 1, sizeof(captured_output) - 1, file)] = '\0';
	fclose(file);
	for (int i = 0; i < argc; i++)
		free(copies[i]);
	return status;
}

void captured_expect(const char *fmt, ...)
{
	char text[1024];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	ck_assert_msg(strstr(captured_output, text) != NULL, "expected '%s' in:\n%s", text, captured_output);
}
