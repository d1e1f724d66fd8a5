#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include "tests/lib/unit_main.h"

static struct weir_ctx *opened(const char *time_zone, const char *result_time)
{
	struct weir_ctx *ctx = fake_host_with(fake_plugin("transforms/ip_count/ip_count"), "time_zone", time_zone,
					      "result_time", result_time);
	ck_assert_int_eq(fake_host_open(ctx), WEIR_OK);
	return ctx;
}

static weir_status count_lines(struct weir_ctx *ctx, const char *const *lines, int64_t window_ms,
			       struct weir_out *results)
{
	struct weir_out *input = fake_out_new();
	for (; *lines != NULL; lines++)
		fake_out_add(input, NULL, *lines);
	struct weir_batch batch = fake_out_batch(input);
	weir_status status = fake_windows_add(ctx, &batch, window_ms);
	if (status == WEIR_OK)
		status = fake_windows_fire(ctx, results);
	fake_out_free(input);
	return status;
}
#define counted(ctx, window_ms, results, ...) \
	count_lines(ctx, (const char *const[]){__VA_ARGS__, NULL}, window_ms, results)

START_TEST(the_articles_example)
{
	struct weir_ctx *ctx = opened("UTC", "window_start");
	struct weir_out *input = fake_out_new(), *results = fake_out_new();
	for (int second = 35; second < 45; second++)
		for (int address = 1; address <= 4; address++) {
			char line[64];
			snprintf(line, sizeof(line), "2019-09-15_16:23:%02d 192.168.1.%d", second, address);
			fake_out_add(input, NULL, line);
		}
	struct weir_batch batch = fake_out_batch(input);
	ck_assert_int_eq(fake_windows_add(ctx, &batch, 5000), WEIR_OK);
	ck_assert_int_eq(fake_windows_fire(ctx, results), WEIR_OK);
	ck_assert_uint_eq(results->n_records, 8);
	struct weir_batch output = fake_out_batch(results);
	for (int i = 0; i < 8; i++) {
		char expected[64];
		snprintf(expected, sizeof(expected), "2019-09-15_16:23:%02d 192.168.1.%d 5", i < 4 ? 35 : 40, i % 4 + 1);
		ck_assert_str_eq(fake_slice_text(output.records[i].value), expected);
		snprintf(expected, sizeof(expected), "192.168.1.%d", i % 4 + 1);
		ck_assert_str_eq(fake_slice_text(output.records[i].key), expected);
		ck_assert_int_eq(output.records[i].timestamp_ms, i < 4 ? 1568564619999 : 1568564624999);
	}
	fake_out_free(input);
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(spellings_of_one_address_are_one_address)
{
	struct weir_ctx *ctx = opened("UTC", "window_start");
	struct weir_out *results = fake_out_new();
	ck_assert_int_eq(counted(ctx, 5000, results, "2019-09-15_16:23:35 2001:DB8:0::1",
				 "2019-09-15_16:23:36 2001:db8::1", "2019-09-15_16:23:36 ::ffff:10.0.0.1",
				 "2019-09-15_16:23:36 10.0.0.1"),
			 WEIR_OK);
	ck_assert_uint_eq(results->n_records, 2);
	ck_assert_str_eq(fake_out_value(results, 0), "2019-09-15_16:23:35 2001:db8::1 2");
	ck_assert_str_eq(fake_out_value(results, 1), "2019-09-15_16:23:35 10.0.0.1 2");
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(any_white_space_separates_and_further_fields_are_ignored)
{
	struct weir_ctx *ctx = opened("UTC", "window_start");
	struct weir_out *results = fake_out_new();
	ck_assert_int_eq(counted(ctx, 5000, results, "2019-09-15_16:23:35\t1.1.1.1\r",
				 "  2019-09-15_16:23:35  1.1.1.1 GET /index.html",
				 "2019-09-15_16:23:36 1.1.1.1\n"),
			 WEIR_OK);
	ck_assert_uint_eq(ctx->rejects.n, 0);
	ck_assert_uint_eq(results->n_records, 1);
	ck_assert_str_eq(fake_out_value(results, 0), "2019-09-15_16:23:35 1.1.1.1 3");
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(malformed_lines_are_rejected_one_by_one_with_the_reason)
{
	static const struct {
		const char *line, *why;
	} table[] = {
		{"", "the line is empty"},
		{NULL, "the line is empty"},
		{"  \t", "the line is empty"},
		{"2019-09-15", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"2019-09-15_16:23:357 1.1.1.1", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"2019-13-15_16:23:35 1.1.1.1", "the month is not 01 to 12"},
		{"2019-09-15_16:23:35", "there is no address behind the time"},
		{"2019-09-15_16:23:35  ", "there is no address behind the time"},
		{"2019-09-15_16:23:35 1.1.1.1.1", "the second field is not an IP address"},
	};
	struct weir_ctx *ctx = opened("UTC", "window_start");
	struct weir_out *input = fake_out_new(), *results = fake_out_new();
	const size_t n = sizeof(table) / sizeof(table[0]);
	for (size_t i = 0; i < n; i++) {
		fake_out_add(input, NULL, table[i].line);
		fake_out_add(input, NULL, "2019-09-15_16:23:35 1.1.1.1");
	}
	struct weir_batch batch = fake_out_batch(input);
	ck_assert_int_eq(fake_windows_add(ctx, &batch, 5000), WEIR_OK);
	ck_assert_int_eq(fake_windows_fire(ctx, results), WEIR_OK);
	ck_assert_uint_eq(ctx->rejects.n, n);
	for (size_t i = 0; i < n; i++) {
		char expected[128];
		snprintf(expected, sizeof(expected), "%s: %s", table[i].why,
			 table[i].line != NULL ? table[i].line : "(absent)");
		ck_assert_str_eq(ctx->rejects.list[i], expected);
	}
	ck_assert_uint_eq(results->n_records, 1);
	ck_assert_str_eq(fake_out_value(results, 0), "2019-09-15_16:23:35 1.1.1.1 9");
	fake_out_free(input);
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_rejection_that_stops_the_pipeline_is_passed_on)
{
	struct weir_ctx *ctx = opened("UTC", "window_start");
	ctx->fail_on_reject = true;
	struct weir_out *results = fake_out_new();
	ck_assert_int_eq(counted(ctx, 5000, results, "2019-09-15_16:23:35 1.1.1.1", "nonsense"), WEIR_FATAL);
	ck_assert_str_eq(ctx->fail_text, "the time is not written yyyy-MM-dd_HH:mm:ss");
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

/* What is remembered of the line before must not make one of these pass. */
START_TEST(zero_bytes_are_no_time)
{
	struct weir_ctx *ctx = opened("UTC", "window_start");
	uint8_t line[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 1.1.1.1";
	struct weir_record record = {.value = {line, sizeof(line) - 1}, .partition = 0};
	struct weir_batch batch = {.size = sizeof(batch), .n_records = 1, .records = &record};
	ck_assert_int_eq(fake_windows_add(ctx, &batch, 5000), WEIR_OK);
	ck_assert_uint_eq(ctx->rejects.n, 1);
	fake_host_free(ctx);
}
END_TEST

START_TEST(lines_and_results_are_in_the_zone_asked_for)
{
	struct weir_ctx *ctx = opened("+02:00", "window_start");
	struct weir_out *results = fake_out_new();
	ck_assert_int_eq(counted(ctx, 86400000, results, "2019-09-15_01:00:00 1.1.1.1",
				 "2019-09-15_03:00:00 1.1.1.1"),
			 WEIR_OK);
	ck_assert_uint_eq(results->n_records, 2); /* windows are days of UTC */
	ck_assert_str_eq(fake_out_value(results, 0), "2019-09-14_02:00:00 1.1.1.1 1");
	ck_assert_str_eq(fake_out_value(results, 1), "2019-09-15_02:00:00 1.1.1.1 1");
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_result_may_carry_its_windows_end)
{
	struct weir_ctx *ctx = opened("UTC", "window_end");
	struct weir_out *results = fake_out_new();
	ck_assert_int_eq(counted(ctx, 5000, results, "2019-09-15_16:23:35 1.1.1.1"), WEIR_OK);
	ck_assert_str_eq(fake_out_value(results, 0), "2019-09-15_16:23:40 1.1.1.1 1");
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(more_results_than_fit_one_append)
{
	enum { N = 2500 };
	struct weir_ctx *ctx = opened("UTC", "window_start");
	struct weir_out *input = fake_out_new(), *results = fake_out_new();
	for (unsigned i = 0; i < N; i++) {
		char line[64];
		snprintf(line, sizeof(line), i % 2 ? "2019-09-15_16:23:35 2001:db8::%x" : "2019-09-15_16:23:35 10.1.%u.%u",
			 i % 2 ? i : i / 256, i % 256);
		fake_out_add(input, NULL, line);
	}
	struct weir_batch batch = fake_out_batch(input), output;
	ck_assert_int_eq(fake_windows_add(ctx, &batch, 5000), WEIR_OK);
	ck_assert_int_eq(fake_windows_fire(ctx, results), WEIR_OK);
	output = fake_out_batch(results);
	ck_assert_uint_eq(output.n_records, N);
	for (unsigned i = 0; i < N; i++) {
		char expected[80];
		snprintf(expected, sizeof(expected), "%s 1", fake_slice_text(batch.records[i].value));
		ck_assert_str_eq(fake_slice_text(output.records[i].value), expected);
	}
	fake_out_free(input);
	fake_out_free(results);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_zone_that_is_none_is_a_bad_option)
{
	struct weir_ctx *ctx = fake_host_with(fake_plugin("transforms/ip_count/ip_count"), "time_zone", "Mars/Base");
	ck_assert_int_eq(fake_host_check(ctx), WEIR_FATAL);
	ck_assert_uint_eq(ctx->bad_options.n, 1);
	ck_assert_ptr_nonnull(strstr(ctx->bad_options.list[0], "time_zone: no such time zone"));
	ck_assert_int_eq(fake_host_open(ctx), WEIR_FATAL);
	fake_host_free(ctx);
}
END_TEST

UNIT_MAIN("transforms/ip_count", the_articles_example, spellings_of_one_address_are_one_address,
	  any_white_space_separates_and_further_fields_are_ignored,
	  malformed_lines_are_rejected_one_by_one_with_the_reason,
	  a_rejection_that_stops_the_pipeline_is_passed_on, zero_bytes_are_no_time,
	  lines_and_results_are_in_the_zone_asked_for, a_result_may_carry_its_windows_end,
	  more_results_than_fit_one_append, a_zone_that_is_none_is_a_bad_option)
