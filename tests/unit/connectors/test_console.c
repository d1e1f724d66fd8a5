#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_host.h"
#include "tests/lib/unit_main.h"

/* Runs `write` of one batch with stdout and stderr going to a file; returns what it holds. */
static const char *printed(const char *stream, struct weir_batch batch)
{
	static char text[1024];
	char path[] = "/tmp/weir-test-console-XXXXXX";
	int file = mkstemp(path), was_out = dup(STDOUT_FILENO), was_err = dup(STDERR_FILENO);
	ck_assert_int_ge(file, 0);
	unlink(path);
	int null = open("/dev/null", O_WRONLY);
	bool dead = batch.output == WEIR_DEAD_LETTERS;
	bool to_err = dead || strcmp(stream, "stderr") == 0;
	dup2(to_err ? null : file, STDOUT_FILENO);
	dup2(to_err ? file : null, STDERR_FILENO);

	struct weir_ctx *ctx = fake_host_with(fake_plugin("connectors/console/console"), "stream", stream);
	weir_status opened = fake_host_open(ctx);
	weir_status written = ctx->plugin->sink->write(ctx->self, &batch);
	fake_host_free(ctx);

	dup2(was_out, STDOUT_FILENO);
	dup2(was_err, STDERR_FILENO);
	ck_assert_int_eq(opened, WEIR_OK);
	ck_assert_int_eq(written, WEIR_OK);
	ssize_t len = pread(file, text, sizeof(text) - 1, 0);
	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	close(file), close(null), close(was_out), close(was_err);
	return text;
}

START_TEST(values_are_lines_on_the_stream_asked_for)
{
	struct weir_out *out = fake_out_new();
	fake_out_add(out, "k", "one");
	fake_out_add(out, NULL, NULL);
	fake_out_add(out, NULL, "three");
	ck_assert_str_eq(printed("stdout", fake_out_batch(out)), "one\n\nthree\n");
	ck_assert_str_eq(printed("stderr", fake_out_batch(out)), "one\n\nthree\n");
	fake_out_free(out);
}
END_TEST

#define SLICE(text) {(const uint8_t *)(text), sizeof(text) - 1}

START_TEST(dead_letters_go_to_stderr_with_their_reason_and_origin)
{
	static const struct weir_header headers[] = {
		{SLICE("weir.reason"), SLICE("no address")}, {SLICE("weir.component"), SLICE("transforms[0]")},
		{SLICE("weir.stream"), SLICE("topic")},	     {SLICE("weir.partition"), SLICE("3")},
		{SLICE("weir.offset"), SLICE("99")},	     {SLICE("own"), SLICE("x")}};
	struct weir_record record = {
		.value = SLICE("bad line"), .headers = headers, .n_headers = 6, .partition = WEIR_NO_PARTITION};
	struct weir_batch batch = {
		.size = sizeof(batch), .n_records = 1, .records = &record, .output = WEIR_DEAD_LETTERS};
	ck_assert_str_eq(printed("stdout", batch), "no address\ttransforms[0]\ttopic\t3\t99\tbad line\n");
}
END_TEST

START_TEST(a_stdout_that_cannot_be_written_is_fatal_and_named)
{
	struct weir_ctx *ctx = fake_host_with(fake_plugin("connectors/console/console"), "stream", "stdout");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	struct weir_out *out = fake_out_new();
	fake_out_add(out, NULL, "x");
	struct weir_batch batch = fake_out_batch(out);
	int was_out = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
	dup2(full, STDOUT_FILENO);
	weir_status status = ctx->plugin->sink->write(ctx->self, &batch);
	dup2(was_out, STDOUT_FILENO);
	close(was_out), close(full);
	ck_assert_int_eq(status, WEIR_FATAL);
	ck_assert_str_eq(ctx->fail_text, "cannot write to stdout: No space left on device");
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

UNIT_MAIN("connectors/console", values_are_lines_on_the_stream_asked_for,
	  dead_letters_go_to_stderr_with_their_reason_and_origin,
	  a_stdout_that_cannot_be_written_is_fatal_and_named)
