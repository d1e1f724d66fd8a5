/* Runs a command of the program and keeps what it writes. */
#ifndef WEIR_TESTS_CAPTURED_H
#define WEIR_TESTS_CAPTURED_H

/* Both streams of the last run, as text. */
extern char captured_output[65536];

int captured_run(int (*command)(int argc, char **argv), int argc, char **argv);

/* CAPTURED_RUN(command_validate, "validate", "job.conf"): the strings are copied, commands may cut them. */
#define CAPTURED_RUN(command, ...)                                                           \
	captured_run(command, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *), \
		     (char *[]){__VA_ARGS__, NULL})

/* Fails the test unless the output holds the text. */
void captured_expect(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
