#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "tests/lib/unit_main.h"

START_TEST(prefix_comes_before_the_text_and_the_code_stays)
{
	struct error error = ERROR_INIT;
	ck_assert_int_eq(error_set(&error, -5, "cannot open '%s'", "x"), -5);
	ck_assert_int_eq(error_prefix(&error, "checkpoint %d", 7), -5);
	ck_assert_str_eq(error.text, "checkpoint 7: cannot open 'x'");
}
END_TEST

START_TEST(a_null_error_is_taken)
{
	ck_assert_int_eq(error_set(NULL, -2, "nobody cares"), -2);
}
END_TEST

START_TEST(the_old_text_may_be_an_argument)
{
	struct error error = ERROR_INIT;
	error_set(&error, -1, "inner");
	error_set(&error, -1, "outer: %s", error.text);
	ck_assert_str_eq(error.text, "outer: inner");
}
END_TEST

START_TEST(times_before_1970_are_written_too)
{
	char text[32];
	clock_format(-1, text, sizeof(text));
	ck_assert_str_eq(text, "1969-12-31T23:59:59.999Z");
	clock_format(1568564615123, text, sizeof(text));
	ck_assert_str_eq(text, "2019-09-15T16:23:35.123Z");
}
END_TEST

UNIT_MAIN("base/error", prefix_comes_before_the_text_and_the_code_stays, a_null_error_is_taken,
	  the_old_text_may_be_an_argument, times_before_1970_are_written_too)
