#include "config.h"  /* gmtime_r() */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log_time.h"
#include "tests/lib/unit_main.h"

#define FIRST INT64_C(-62135596800)  /* 0001-01-01_00:00:00 */
#define LAST INT64_C(253402300799) /* 9999-12-31_23:59:59 */

static int64_t parsed(const char *text)
{
	int64_t civil_s = INT64_MIN;
	const char *why = log_time_parse((const uint8_t *)text, &civil_s);
	ck_assert_msg(why == NULL, "%s: %s", text, why);
	return civil_s;
}

static const char *formatted(int64_t civil_s)
{
	static char text[LOG_TIME_LEN + 1];
	log_time_format(civil_s, text);
	return text;
}

START_TEST(known_times)
{
	ck_assert_int_eq(parsed("1970-01-01_00:00:00"), 0);
	ck_assert_int_eq(parsed("2019-09-15_16:23:35"), 1568564615);
	ck_assert_int_eq(parsed("2000-02-29_23:59:59"), 951868799);
	ck_assert_int_eq(parsed("0001-01-01_00:00:00"), FIRST);
	ck_assert_int_eq(parsed("9999-12-31_23:59:59"), LAST);
}
END_TEST

START_TEST(wrong_times_are_refused_with_the_field_that_is_wrong)
{
	static const char *const table[][2] = {
		{"2019-09-15 16:23:35", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"2019/09/15_16:23:35", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"2019-9-015_16:23:35", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"2019-09-15_16:23:3x", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"+019-09-15_16:23:35", "the time is not written yyyy-MM-dd_HH:mm:ss"},
		{"0000-09-15_16:23:35", "the year is not 0001 to 9999"},
		{"2019-00-15_16:23:35", "the month is not 01 to 12"},
		{"2019-13-15_16:23:35", "the month is not 01 to 12"},
		{"2019-09-00_16:23:35", "the month has no such day"},
		{"2019-09-31_16:23:35", "the month has no such day"},
		{"2019-02-29_16:23:35", "the month has no such day"},
		{"1900-02-29_16:23:35", "the month has no such day"},
		{"2019-09-15_24:00:00", "the hour is not 00 to 23"},
		{"2019-09-15_16:60:35", "the minute is not 00 to 59"},
		{"2019-09-15_16:23:60", "the second is not 00 to 59"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int64_t civil_s;
		const char *why = log_time_parse((const uint8_t *)table[i][0], &civil_s);
		ck_assert_msg(why != NULL, "%s was taken", table[i][0]);
		ck_assert_str_eq(why, table[i][1]);
	}
}
END_TEST

START_TEST(random_times_agree_with_gmtime_and_come_back)
{
	srand(20190915);
	for (int round = 0; round < 200000; round++) {
		uint64_t random = (uint64_t)rand() << 31 | (uint64_t)rand();
		time_t time = FIRST + (int64_t)(random % (uint64_t)(LAST - FIRST + 1));
		struct tm fields;
		char expected[64];
		gmtime_r(&time, &fields);
		snprintf(expected, sizeof(expected), "%04d-%02d-%02d_%02d:%02d:%02d", fields.tm_year + 1900,
			 fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec);
		ck_assert_str_eq(formatted(time), expected);
		ck_assert_int_eq(parsed(expected), time);
	}
}
END_TEST

START_TEST(every_day_of_four_centuries_exists_once)
{
	int64_t expected = civil_days(1800, 1, 1);
	for (int64_t year = 1800; year < 2200; year++)
		for (unsigned month = 1; month <= 12; month++)
			for (unsigned day = 1; day <= civil_month_length(year, month); day++) {
				ck_assert_int_eq(civil_days(year, month, day), expected);
				int64_t y;
				unsigned m, d;
				civil_date(expected++, &y, &m, &d);
				ck_assert(y == year && m == month && d == day);
			}
	ck_assert_int_eq(expected - civil_days(1800, 1, 1), 146097);
}
END_TEST

START_TEST(times_out_of_four_digits_are_the_nearest_that_fit)
{
	ck_assert_str_eq(formatted(LAST + 1), "9999-12-31_23:59:59");
	ck_assert_str_eq(formatted(INT64_MAX), "9999-12-31_23:59:59");
	ck_assert_str_eq(formatted(FIRST - 1), "0000-12-31_23:59:59");
	ck_assert_str_eq(formatted(INT64_MIN), "0000-01-01_00:00:00");
}
END_TEST

UNIT_MAIN("transforms/log_time", known_times, wrong_times_are_refused_with_the_field_that_is_wrong,
	  random_times_agree_with_gmtime_and_come_back, every_day_of_four_centuries_exists_once,
	  times_out_of_four_digits_are_the_nearest_that_fit)
