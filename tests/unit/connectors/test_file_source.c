#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"
#include "tests/lib/unit_main.h"

#define FILE_SOURCE fake_plugin("connectors/file/file_source")

static char path[64];

static void write_file(const char *text, const char *mode)
{
	FILE *file = fopen(path, mode);
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static void file_made(void)
{
	strcpy(path, "/tmp/weir-test-file-source-XXXXXX");
	close(mkstemp(path));
}

static void file_removed(void)
{
	unlink(path);
}

static struct weir_ctx *started(const char *stop, const struct weir_positions *positions)
{
	struct weir_ctx *ctx = fake_host_with(FILE_SOURCE, "path", path, "stop", stop);
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	weir_status status = fake_source_start(ctx, positions);
	ck_assert_msg(status == WEIR_OK, "%s", ctx->fail_text);
	return ctx;
}

/* All values read, each in brackets, until there are no more for the moment. */
static const char *lines(struct weir_ctx *ctx, weir_status expected)
{
	static char text[4096];
	struct weir_out *out = fake_out_new();
	size_t len = 0;
	ck_assert_int_eq(fake_source_read(ctx, out, 1000, 0), expected);
	text[0] = '\0';
	struct weir_batch batch = fake_out_batch(out);
	for (uint32_t i = 0; i < batch.n_records; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[%s]", fake_slice_text(batch.records[i].value));
	fake_out_free(out);
	return text;
}

/* Ends this instance and gives where it stood. */
static struct weir_positions *stopped(struct weir_ctx *ctx)
{
	struct weir_positions *positions = fake_source_snapshot(ctx);
	fake_host_free(ctx);
	return positions;
}

START_TEST(lines_are_records_at_their_first_byte)
{
	write_file("one\n\nthree\r\nfour\rx\n", "w");
	struct weir_ctx *ctx = started("latest", NULL);
	struct weir_out *out = fake_out_new();
	ck_assert_int_eq(fake_source_read(ctx, out, 100, 0), WEIR_END);
	struct weir_batch batch = fake_out_batch(out);
	static const struct {
		const char *text;
		int64_t offset;
	} expected[] = {{"one", 0}, {"", 4}, {"three", 5}, {"four\rx", 12}};
	ck_assert_uint_eq(batch.n_records, 4);
	for (int i = 0; i < 4; i++) {
		ck_assert_str_eq(fake_slice_text(batch.records[i].value), expected[i].text);
		ck_assert_int_eq(batch.records[i].offset, expected[i].offset);
		ck_assert_uint_eq(batch.records[i].partition, 0);
		ck_assert_int_eq(batch.records[i].timestamp_ms, -1);
		ck_assert_ptr_null(batch.records[i].key.data);
	}
	ck_assert_str_eq(ctx->partitions[0].stream, path);
	ck_assert(ctx->partitions[0].ended);
	fake_host_free(ctx);
	ck_assert_str_eq(fake_slice_text(batch.records[2].value), "three"); /* the batch outlives the source */
	fake_out_free(out);
}
END_TEST

START_TEST(a_carriage_return_can_be_kept)
{
	write_file("one\r\n\r\n", "w");
	struct weir_ctx *ctx =
		fake_host_with(FILE_SOURCE, "path", path, "stop", "latest", "strip_carriage_return", "false");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, NULL), WEIR_OK);
	ck_assert_str_eq(lines(ctx, WEIR_END), "[one\r][\r]");
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_line_comes_when_its_newline_does)
{
	write_file("one\ntw", "w");
	struct weir_ctx *ctx = started("never", NULL);
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[one]");
	ck_assert_int_eq(ctx->partitions[0].lag, 0);
	write_file("o", "a");
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "");
	write_file("\nthree\n", "a");
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[two][three]");
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_bounded_run_ends_at_the_size_found_first)
{
	write_file("one\ntw", "w");
	struct weir_ctx *ctx = started("latest", NULL);
	write_file("o\nthree\n", "a");
	struct weir_positions *positions = stopped(ctx);
	ck_assert_int_eq(positions->list[0].stop, 6);
	ctx = started("latest", positions);
	fake_positions_free(positions);
	ck_assert_str_eq(lines(ctx, WEIR_END), "[one][tw]");
	ck_assert_str_eq(lines(ctx, WEIR_END), "");
	positions = stopped(ctx);
	for (int round = 0; round < 2; round++) { /* going on from within a line is no contradiction */
		ctx = started("never", positions);
		fake_positions_free(positions);
		positions = stopped(ctx);
	}
	ctx = started("never", positions);
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[o][three]");
	fake_positions_free(positions);
	fake_host_free(ctx);
}
END_TEST

START_TEST(start_latest_gives_the_line_that_is_being_written)
{
	write_file("one\ntw", "w");
	struct weir_ctx *ctx = fake_host_with(FILE_SOURCE, "path", path, "start", "latest");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, NULL), WEIR_OK);
	write_file("o\n", "a");
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[two]");
	fake_host_free(ctx);
}
END_TEST

/* Whatever was on disk when a poll looked, and wherever it was restarted: the same lines. */
START_TEST(growth_and_restarts_at_every_byte_give_the_same_lines)
{
	static const char text[] = "2019-09-15_16:23:35 192.168.1.1\n\nx\nlonger than the others\r\nlast\n";
	static const char expected[] = "[2019-09-15_16:23:35 192.168.1.1][][x][longer than the others][last]";
	for (int restart = 0; restart < 2; restart++) {
		char got[256] = "";
		write_file("", "w");
		struct weir_ctx *ctx = started("never", NULL);
		for (const char *at = text; *at != '\0'; at++) {
			write_file((char[]){*at, '\0'}, "a");
			strcat(got, lines(ctx, WEIR_IDLE));
			if (!restart)
				continue;
			struct weir_positions *positions = stopped(ctx);
			ctx = started("never", positions);
			fake_positions_free(positions);
		}
		ck_assert_str_eq(got, expected);
		fake_host_free(ctx);
	}
}
END_TEST

/* Four blocks of lines of every length, with one that is longer than a block. */
START_TEST(lines_across_blocks_are_whole)
{
	enum { BIG = 3000000 };
	FILE *file = fopen(path, "w");
	srand(1);
	uint32_t n = 0;
	for (long size = 0; size < 4500000; n++) {
		int len = n == 1000 ? BIG : rand() % 300;
		for (int i = 0; i < len; i++)
			putc('a' + (int)(n + (unsigned)i) % 26, file);
		putc('\n', file);
		size += len + 1;
	}
	fclose(file);
	struct weir_ctx *ctx = fake_host_with(FILE_SOURCE, "path", path, "stop", "latest", "max_line_length", "3000000");
	struct weir_out *out = fake_out_new();
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, NULL), WEIR_OK);
	ck_assert_int_eq(fake_source_read(ctx, out, n + 1, 0), WEIR_END);
	fake_host_free(ctx);
	struct weir_batch batch = fake_out_batch(out);
	ck_assert_uint_eq(batch.n_records, n);
	srand(1);
	int64_t offset = 0;
	for (uint32_t i = 0; i < n; i++) {
		size_t len = i == 1000 ? BIG : (size_t)(rand() % 300);
		ck_assert_uint_eq(batch.records[i].value.len, len);
		ck_assert_int_eq(batch.records[i].offset, offset);
		for (size_t j = 0; j < len; j++)
			if (batch.records[i].value.data[j] != 'a' + (i + j) % 26)
				ck_abort_msg("line %u is not what was written at %zu", i, j);
		offset += (int64_t)len + 1;
	}
	fake_out_free(out);
}
END_TEST

START_TEST(a_line_too_long_stops_with_its_position)
{
	write_file("short\n0123456789\n", "w");
	for (int given = 10; given >= 9; given--) {
		char max[8];
		snprintf(max, sizeof(max), "%d", given);
		struct weir_ctx *ctx =
			fake_host_with(FILE_SOURCE, "path", path, "stop", "latest", "max_line_length", max);
		ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
		ck_assert_int_eq(fake_source_start(ctx, NULL), WEIR_OK);
		struct weir_out *out = fake_out_new();
		ck_assert_int_eq(fake_source_read(ctx, out, 3, 0), given == 10 ? WEIR_END : WEIR_FATAL);
		if (given == 9)
			ck_assert_ptr_nonnull(strstr(ctx->fail_text, "the line at byte 6 is longer than max_line_length (9"));
		fake_out_free(out);
		fake_host_free(ctx);
	}
	write_file("no newline in sight", "w"); /* one that never ends is not gathered for ever */
	struct weir_ctx *ctx = fake_host_with(FILE_SOURCE, "path", path, "max_line_length", "9");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, NULL), WEIR_OK);
	ck_assert_str_eq(lines(ctx, WEIR_FATAL), "");
	fake_host_free(ctx);
}
END_TEST

/* Reads to the end, lets `change` happen and expects a refusal: of the next poll, or of a restart. */
static void must_be_refused(void (*change)(void), const char *by_poll, const char *by_start)
{
	write_file("one\ntwo\n", "w");
	struct weir_ctx *ctx = started("never", NULL);
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[one][two]");
	struct weir_positions *positions = fake_source_snapshot(ctx);
	change();
	if (by_poll != NULL) {
		ck_assert_str_eq(lines(ctx, WEIR_REFUSED), "");
		ck_assert_msg(strstr(ctx->fail_text, by_poll) != NULL, "%s", ctx->fail_text);
	}
	fake_host_free(ctx);
	ctx = fake_host_with(FILE_SOURCE, "path", path);
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	ck_assert_int_eq(fake_source_start(ctx, positions), WEIR_REFUSED);
	ck_assert_msg(strstr(ctx->fail_text, by_start) != NULL, "%s", ctx->fail_text);
	fake_positions_free(positions);
	fake_host_free(ctx);
}

static void truncate_it(void)
{
	write_file("new\n", "w");
}

static void replace_it(void)
{
	char other[80];
	snprintf(other, sizeof(other), "%s.1", path);
	rename(path, other);
	write_file("one\ntwo\nthree\n", "w");
	unlink(other);
}

static void write_it_anew(void)
{
	write_file("other lines altogether\n", "w");
}

START_TEST(a_truncated_file_is_refused)
{
	must_be_refused(truncate_it, "was truncated: 8 bytes were read, it has 4", "it was truncated");
}
END_TEST

START_TEST(a_replaced_file_is_refused)
{
	must_be_refused(replace_it, "was replaced by another file", "was replaced by another file");
}
END_TEST

START_TEST(a_file_written_anew_is_refused_at_the_next_start)
{
	must_be_refused(write_it_anew, NULL, "it was written anew");
}
END_TEST

START_TEST(a_moved_file_is_read_on)
{
	char other[80];
	snprintf(other, sizeof(other), "%s.1", path);
	write_file("one\n", "w");
	struct weir_ctx *ctx = started("never", NULL);
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[one]");
	ck_assert_int_eq(rename(path, other), 0);
	FILE *file = fopen(other, "a");
	fputs("two\n", file);
	fclose(file);
	ck_assert_str_eq(lines(ctx, WEIR_IDLE), "[two]");
	unlink(other);
	fake_host_free(ctx);
}
END_TEST

START_TEST(what_is_no_file_is_refused_with_its_name)
{
	struct weir_ctx *ctx = fake_host_with(FILE_SOURCE, "path", "/nonexistent/file");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_FATAL);
	ck_assert_str_eq(ctx->fail_text, "cannot open '/nonexistent/file': No such file or directory");
	fake_host_free(ctx);
	ctx = fake_host_with(FILE_SOURCE, "path", "/dev/null");
	ck_assert_int_eq(fake_host_open(ctx), WEIR_FATAL);
	ck_assert_ptr_nonnull(strstr(ctx->fail_text, "'/dev/null' is not a regular file"));
	fake_host_free(ctx);
	ctx = fake_host_with(FILE_SOURCE, "path", "/tmp/\xc3\xa4");
	ck_assert_int_eq(fake_host_check(ctx), WEIR_FATAL);
	fake_host_free(ctx);
}
END_TEST

static void *append_soon(void *argument)
{
	(void)argument;
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	write_file("late\n", "a");
	return NULL;
}

static void *interrupt_soon(void *argument)
{
	struct weir_ctx *ctx = argument;
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	ctx->plugin->source->interrupt(ctx->self);
	return NULL;
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(a_waiting_poll_ends_with_a_line_or_an_interrupt)
{
	struct weir_ctx *ctx = started("never", NULL);
	struct weir_out *out = fake_out_new();
	pthread_t thread;
	double start = seconds();
	pthread_create(&thread, NULL, append_soon, NULL);
	ck_assert_int_eq(fake_source_poll(ctx, out, 10, 3000), WEIR_OK);
	ck_assert_str_eq(fake_out_value(out, 0), "late");
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, interrupt_soon, ctx);
	ck_assert_int_eq(fake_source_poll(ctx, out, 10, 3000), WEIR_IDLE);
	pthread_join(thread, NULL);
	ck_assert(seconds() - start < 2);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

UNIT_MAIN_WITH("connectors/file_source", file_made, file_removed,
	       lines_are_records_at_their_first_byte, a_carriage_return_can_be_kept,
	       a_line_comes_when_its_newline_does, a_bounded_run_ends_at_the_size_found_first,
	       start_latest_gives_the_line_that_is_being_written,
	       growth_and_restarts_at_every_byte_give_the_same_lines, lines_across_blocks_are_whole,
	       a_line_too_long_stops_with_its_position, a_truncated_file_is_refused,
	       a_replaced_file_is_refused, a_file_written_anew_is_refused_at_the_next_start,
	       a_moved_file_is_read_on, what_is_no_file_is_refused_with_its_name,
	       a_waiting_poll_ends_with_a_line_or_an_interrupt)
