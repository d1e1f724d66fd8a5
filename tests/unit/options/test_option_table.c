#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "options/option_table.h"
#include "tests/lib/unit_main.h"

struct target {
	int64_t number;
	bool flag;
};

static struct error error;

static int check(struct weir_option option)
{
	struct weir_option options[] = {{"first", WEIR_INTEGER, 0, 0, "1", "1..2", "doc"}, option};
	struct option_table table = OPTION_TABLE(options);
	return option_table_check(&table, sizeof(struct target), &error);
}

START_TEST(a_sound_table_is_taken)
{
	ck_assert_int_eq(check((struct weir_option){"flag", WEIR_BOOL, 0, offsetof(struct target, flag), "true", NULL, ""}), 0);
}
END_TEST

START_TEST(what_is_not_sound_is_refused_with_its_name)
{
	const struct {
		struct weir_option option;
		const char *text;
	} cases[] = {
		{{NULL, WEIR_BOOL, 0, 8, NULL, NULL, ""}, "no name"},
		{{"a.b", WEIR_BOOL, 0, 8, NULL, NULL, ""}, "no name"},
		{{"x", WEIR_BOOL, 0, 8, NULL, NULL, NULL}, "'x' has no doc"},
		{{"x", 0, 0, 8, NULL, NULL, ""}, "'x' has the unknown type 0"},
		{{"x", 99, 0, 8, NULL, NULL, ""}, "'x' has the unknown type 99"},
		{{"x", WEIR_INTEGER, 0, 16, NULL, NULL, ""}, "'x' has no field"},
		{{"x", WEIR_INTEGER, 0, SIZE_MAX, NULL, NULL, ""}, "'x' has no field"},
		{{"x", WEIR_INTEGER, 0, 4, NULL, NULL, ""}, "'x' has no field"},
		{{"x", WEIR_INTEGER, 0, 0, "many", NULL, ""}, "'x': default: expected an integer"},
		{{"x", WEIR_INTEGER, 0, 0, "3", "1..2", ""}, "'x': default: 3 is not allowed"},
		{{"x", WEIR_INTEGER, 0, 0, NULL, "one|two", ""}, "'x': allowed 'one|two'"},
		{{"x", WEIR_DURATION, 0, 0, NULL, "1..2", ""}, "'x': allowed '1..2'"},
		{{"x", WEIR_REAL, 0, 0, NULL, "a..b", ""}, "'x': allowed 'a..b'"},
		{{"first", WEIR_BOOL, 0, 8, NULL, NULL, ""}, "'first' is there twice"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_msg(check(cases[i].option) < 0, "case %zu was taken", i);
		ck_assert_msg(strstr(error.text, cases[i].text) != NULL, "case %zu: %s", i, error.text);
	}
}
END_TEST

START_TEST(a_longer_stride_skips_what_is_not_known)
{
	struct later_option {
		struct weir_option known;
		const char *added;
	} options[] = {{{"a", WEIR_INTEGER, 0, 0, NULL, NULL, "doc a"}, "x"},
		       {{"b", WEIR_BOOL, 0, 8, NULL, NULL, "doc b"}, "y"}};
	struct option_table table = {&options[0].known, 2, sizeof(options[0])};
	ck_assert_str_eq(option_at(&table, 1).name, "b");
	ck_assert_str_eq(option_at(&table, 1).doc, "doc b");
	ck_assert_int_eq(option_table_check(&table, sizeof(struct target), &error), 0);
}
END_TEST

START_TEST(a_shorter_stride_leaves_the_rest_empty)
{
	enum { STRIDE = offsetof(struct weir_option, doc) };
	struct weir_option whole[] = {{"a", WEIR_INTEGER, 0, 0, NULL, NULL, "doc a"},
				      {"b", WEIR_BOOL, 0, 8, NULL, NULL, "doc b"}};
	_Alignas(8) char packed[2 * STRIDE];
	memcpy(packed, &whole[0], STRIDE);
	memcpy(packed + STRIDE, &whole[1], STRIDE);
	struct option_table table = {(const struct weir_option *)(const void *)packed, 2, STRIDE};
	ck_assert_str_eq(option_at(&table, 1).name, "b");
	ck_assert_ptr_null(option_at(&table, 1).doc);
}
END_TEST

UNIT_MAIN("options/option_table", a_sound_table_is_taken,
	  what_is_not_sound_is_refused_with_its_name, a_longer_stride_skips_what_is_not_known,
	  a_shorter_stride_leaves_the_rest_empty)
