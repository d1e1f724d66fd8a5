#include <errno.h>
#include <stdlib.h>

#include "base/text_units.h"
#include "tests/lib/unit_main.h"

static int64_t duration(const char *text)
{
	int64_t ms = -1;
	int r = text_to_duration(text, &ms);
	return r < 0 ? r : ms;
}

static int64_t bytes(const char *text)
{
	int64_t n = -1;
	int r = text_to_bytes(text, &n);
	return r < 0 ? r : n;
}

static int64_t integer(const char *text)
{
	int64_t n = 0;
	int r = text_to_integer(text, &n);
	return r < 0 ? r : n;
}

START_TEST(durations_are_read_in_every_unit)
{
	ck_assert_int_eq(duration("250 ms"), 250);
	ck_assert_int_eq(duration("250ms"), 250);
	ck_assert_int_eq(duration("5s"), 5000);
	ck_assert_int_eq(duration("1m"), 60000);
	ck_assert_int_eq(duration("1 min"), 60000);
	ck_assert_int_eq(duration("2h"), 7200000);
	ck_assert_int_eq(duration("1d"), 86400000);
	ck_assert_int_eq(duration("0"), 0);
}
END_TEST

START_TEST(what_is_no_duration_is_refused)
{
	static const char *const texts[] = {"", " ", "5", "s", "-5s", "5 sec", "5s ", "1.5s", "5 ms ms", "0x5s", "five"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(duration(texts[i]) == -EINVAL, "'%s' was taken", texts[i]);
}
END_TEST

START_TEST(sizes_are_decimal_or_binary)
{
	ck_assert_int_eq(bytes("512"), 512);
	ck_assert_int_eq(bytes("64 KiB"), 65536);
	ck_assert_int_eq(bytes("16 MiB"), 16777216);
	ck_assert_int_eq(bytes("1GiB"), 1073741824);
	ck_assert_int_eq(bytes("5 kB"), 5000);
	ck_assert_int_eq(bytes("5 MB"), 5000000);
	ck_assert_int_eq(bytes("3 B"), 3);
	ck_assert_int_eq(bytes("5 kb"), -EINVAL);
	ck_assert_int_eq(bytes("-1"), -EINVAL);
}
END_TEST

START_TEST(what_does_not_fit_64_bits_is_out_of_range)
{
	ck_assert_int_eq(duration("9223372036854775807 ms"), INT64_MAX);
	ck_assert_int_eq(duration("9223372036854775808 ms"), -ERANGE);
	ck_assert_int_eq(duration("9223372036854775807 s"), -ERANGE);
	ck_assert_int_eq(bytes("8388607 TiB"), INT64_C(8388607) << 40);
	ck_assert_int_eq(bytes("8388608 TiB"), -ERANGE);
	ck_assert_int_eq(integer("9223372036854775808"), -ERANGE);
}
END_TEST

START_TEST(integers_are_decimal_or_hexadecimal)
{
	ck_assert_int_eq(integer("-12"), -12);
	ck_assert_int_eq(integer("0x1f"), 31);
	ck_assert_int_eq(integer("010"), 10);
	ck_assert_int_eq(integer("12 "), -EINVAL);
	ck_assert_int_eq(integer("0x"), -EINVAL);
	ck_assert_int_eq(integer("--1"), -EINVAL);
	ck_assert_int_eq(integer(""), -EINVAL);
}
END_TEST

START_TEST(what_is_written_back_reads_as_the_same)
{
	static const int64_t values[] = {0, 1, 999, 1000, 1024, 1500, 60000, 65536, 90000, 86400000, INT64_MAX};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[TEXT_UNITS_SIZE];
		duration_to_text(values[i], text);
		ck_assert_int_eq(duration(text), values[i]);
		bytes_to_text(values[i], text);
		ck_assert_int_eq(bytes(text), values[i]);
	}
}
END_TEST

START_TEST(the_greatest_unit_that_divides_is_written)
{
	char text[TEXT_UNITS_SIZE];
	duration_to_text(5000, text);
	ck_assert_str_eq(text, "5 s");
	duration_to_text(60000, text);
	ck_assert_str_eq(text, "1 m");
	duration_to_text(1500, text);
	ck_assert_str_eq(text, "1500 ms");
	bytes_to_text(65536, text);
	ck_assert_str_eq(text, "64 KiB");
}
END_TEST

UNIT_MAIN("base/text_units", durations_are_read_in_every_unit, what_is_no_duration_is_refused,
	  sizes_are_decimal_or_binary, what_does_not_fit_64_bits_is_out_of_range,
	  integers_are_decimal_or_hexadecimal, what_is_written_back_reads_as_the_same,
	  the_greatest_unit_that_divides_is_written)
