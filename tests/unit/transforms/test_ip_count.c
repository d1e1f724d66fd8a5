#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weir/harness.h>

#include "tests/lib/unit_main.h"

static struct weir_harness *opened(const char *time_zone, const char *result_time, const char *window)
{
	struct weir_harness *h = weir_harness_load(TOP_BUILDDIR "/transforms/ip_count/.libs/ip_count.so");
	weir_harness_option(h, "time_zone", time_zone);
	weir_harness_option(h, "result_time", result_time);
	weir_harness_option(h, "window", window);
	weir_harness_option(h, "on_error", "dead_letter");
	ck_assert_msg(weir_harness_open(h) == WEIR_OK, "%s", weir_harness_failure(h));
	return h;
}

static void feed(struct weir_harness *h, const char *line)
{
	ck_assert_msg(weir_harness_feed_text(h, NULL, line) == WEIR_OK, "%s", weir_harness_failure(h));
}

static void fire(struct weir_harness *h)
{
	ck_assert_msg(weir_harness_watermark(h, INT64_MAX) == WEIR_OK, "%s", weir_harness_failure(h));
}

static void count_lines(struct weir_harness *h, const char *const *lines)
{
	for (; *lines != NULL; lines++)
		feed(h, *lines);
	fire(h);
}
#define count(h, ...) count_lines(h, (const char *const[]){__VA_ARGS__, NULL})

static void expect_result(struct weir_harness *h, uint32_t index, const char *expected)
{
	ck_assert_uint_lt(index, weir_harness_n_results(h));
	ck_assert_str_eq(weir_harness_result_text(h, index), expected);
}

START_TEST(the_articles_example)
{
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	for (int second = 35; second < 45; second++)
		for (int address = 1; address <= 4; address++) {
			char line[64];
			snprintf(line, sizeof(line), "2019-09-15_16:23:%02d 192.168.1.%d", second, address);
			feed(h, line);
		}
	fire(h);
	ck_assert_uint_eq(weir_harness_n_results(h), 8);
	for (int i = 0; i < 8; i++) {
		const struct weir_record *result = weir_harness_result(h, (uint32_t)i);
		char expected[64];
		snprintf(expected, sizeof(expected), "2019-09-15_16:23:%02d 192.168.1.%d 5", i < 4 ? 35 : 40, i % 4 + 1);
		expect_result(h, (uint32_t)i, expected);
		snprintf(expected, sizeof(expected), "192.168.1.%d", i % 4 + 1);
		ck_assert_str_eq(weir_harness_text(h, result->key), expected);
		ck_assert_int_eq(result->timestamp_ms, i < 4 ? 1568564619999 : 1568564624999);
	}
	weir_harness_free(h);
}
END_TEST

START_TEST(spellings_of_one_address_are_one_address)
{
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	count(h, "2019-09-15_16:23:35 2001:DB8:0::1", "2019-09-15_16:23:36 2001:db8::1", "2019-09-15_16:23:36 ::ffff:10.0.0.1",
	      "2019-09-15_16:23:36 10.0.0.1");
	ck_assert_uint_eq(weir_harness_n_results(h), 2);
	expect_result(h, 0, "2019-09-15_16:23:35 2001:db8::1 2");
	expect_result(h, 1, "2019-09-15_16:23:35 10.0.0.1 2");
	weir_harness_free(h);
}
END_TEST

START_TEST(any_white_space_separates_and_further_fields_are_ignored)
{
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	count(h, "2019-09-15_16:23:35\t1.1.1.1\r", "  2019-09-15_16:23:35  1.1.1.1 GET /index.html",
	      "2019-09-15_16:23:36 1.1.1.1\n");
	ck_assert_uint_eq(weir_harness_n_dead_letters(h), 0);
	ck_assert_uint_eq(weir_harness_n_results(h), 1);
	expect_result(h, 0, "2019-09-15_16:23:35 1.1.1.1 3");
	weir_harness_free(h);
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
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	const uint32_t n = sizeof(table) / sizeof(table[0]);
	for (uint32_t i = 0; i < n; i++) {
		feed(h, table[i].line);
		feed(h, "2019-09-15_16:23:35 1.1.1.1");
	}
	fire(h);
	ck_assert_uint_eq(weir_harness_n_dead_letters(h), n);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert_str_eq(weir_harness_dead_letter_reason(h, i), table[i].why);
		ck_assert_pstr_eq(weir_harness_dead_letter_text(h, i), table[i].line);
	}
	ck_assert_uint_eq(weir_harness_n_results(h), 1);
	expect_result(h, 0, "2019-09-15_16:23:35 1.1.1.1 9");
	weir_harness_free(h);
}
END_TEST

START_TEST(a_rejection_that_stops_the_pipeline_is_passed_on)
{
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	weir_harness_option(h, "on_error", "fail");
	ck_assert_int_eq(weir_harness_open(h), WEIR_OK);
	feed(h, "2019-09-15_16:23:35 1.1.1.1");
	ck_assert_int_eq(weir_harness_feed_text(h, NULL, "nonsense"), WEIR_FATAL);
	ck_assert_ptr_nonnull(strstr(weir_harness_failure(h), "the time is not written yyyy-MM-dd_HH:mm:ss"));
	weir_harness_free(h);
}
END_TEST

/* What is remembered of the line before must not make one of these pass. */
START_TEST(zero_bytes_are_no_time)
{
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	uint8_t line[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0 1.1.1.1";
	struct weir_record record = {.value = {line, sizeof(line) - 1}, .partition = WEIR_NO_PARTITION, .offset = -1};
	ck_assert_int_eq(weir_harness_feed(h, &record, 1), WEIR_OK);
	ck_assert_uint_eq(weir_harness_n_dead_letters(h), 1);
	weir_harness_free(h);
}
END_TEST

START_TEST(lines_and_results_are_in_the_zone_asked_for)
{
	struct weir_harness *h = opened("+02:00", "window_start", "1d");
	count(h, "2019-09-15_01:00:00 1.1.1.1", "2019-09-15_03:00:00 1.1.1.1");
	ck_assert_uint_eq(weir_harness_n_results(h), 2); /* windows are days of UTC */
	expect_result(h, 0, "2019-09-14_02:00:00 1.1.1.1 1");
	expect_result(h, 1, "2019-09-15_02:00:00 1.1.1.1 1");
	weir_harness_free(h);
}
END_TEST

START_TEST(a_result_may_carry_its_windows_end)
{
	struct weir_harness *h = opened("UTC", "window_end", "5s");
	count(h, "2019-09-15_16:23:35 1.1.1.1");
	expect_result(h, 0, "2019-09-15_16:23:40 1.1.1.1 1");
	weir_harness_free(h);
}
END_TEST

START_TEST(more_results_than_fit_one_append)
{
	enum { N = 2500 };
	static char lines[N][64];
	struct weir_harness *h = opened("UTC", "window_start", "5s");
	for (unsigned i = 0; i < N; i++) {
		snprintf(lines[i], sizeof(lines[i]), i % 2 ? "2019-09-15_16:23:35 2001:db8::%x" : "2019-09-15_16:23:35 10.1.%u.%u",
			 i % 2 ? i : i / 256, i % 256);
		feed(h, lines[i]);
	}
	fire(h);
	ck_assert_uint_eq(weir_harness_n_results(h), N);
	for (unsigned i = 0; i < N; i++) {
		char expected[80];
		snprintf(expected, sizeof(expected), "%s 1", lines[i]);
		expect_result(h, i, expected);
	}
	weir_harness_free(h);
}
END_TEST

START_TEST(a_zone_that_is_none_is_a_bad_option)
{
	struct weir_harness *h = weir_harness_load(TOP_BUILDDIR "/transforms/ip_count/.libs/ip_count.so");
	weir_harness_option(h, "time_zone", "Mars/Base");
	weir_harness_option(h, "window", "5s");
	ck_assert_int_eq(weir_harness_check(h), WEIR_FATAL);
	ck_assert_uint_eq(weir_harness_n_complaints(h), 1);
	ck_assert_ptr_nonnull(strstr(weir_harness_complaint(h, 0), "option 'time_zone' of transform 'ip_count': no such time zone"));
	weir_harness_free(h);
}
END_TEST

UNIT_MAIN("transforms/ip_count", the_articles_example, spellings_of_one_address_are_one_address,
	  any_white_space_separates_and_further_fields_are_ignored,
	  malformed_lines_are_rejected_one_by_one_with_the_reason,
	  a_rejection_that_stops_the_pipeline_is_passed_on, zero_bytes_are_no_time,
	  lines_and_results_are_in_the_zone_asked_for, a_result_may_carry_its_windows_end,
	  more_results_than_fit_one_append, a_zone_that_is_none_is_a_bad_option)
