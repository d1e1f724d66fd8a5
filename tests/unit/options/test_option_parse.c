#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "options/option_parse.h"
#include "tests/lib/unit_main.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

struct target {
	const char *string;
	int64_t number;
	double real;
	bool flag;
	const char *const *texts;
};

static struct obstack memory;
static struct target target;
static struct error error;

static void set_up(void)
{
	obstack_init(&memory);
	memset(&target, 0, sizeof(target));
}

static void tear_down(void)
{
	obstack_free(&memory, NULL);
}

static const size_t field_of_type[] = {
	[WEIR_STRING] = offsetof(struct target, string), [WEIR_INTEGER] = offsetof(struct target, number),
	[WEIR_REAL] = offsetof(struct target, real),	 [WEIR_BOOL] = offsetof(struct target, flag),
	[WEIR_DURATION] = offsetof(struct target, number), [WEIR_BYTES] = offsetof(struct target, number),
	[WEIR_LIST] = offsetof(struct target, texts),	 [WEIR_MAP] = offsetof(struct target, texts),
};

static int parse(uint32_t type, const char *allowed, struct option_value value)
{
	struct weir_option option = {.name = "x", .type = type, .offset = field_of_type[type], .allowed = allowed};
	if (value.shown == NULL)
		value.shown = value.text;
	return option_parse(&option, &value, &target, &memory, &error);
}

#define TEXT(t) ((struct option_value){VALUE_TEXT, .text = (t)})
#define STRING(t) ((struct option_value){VALUE_STRING, .text = (t), .shown = "\"" t "\""})
#define INTEGER(n) ((struct option_value){VALUE_INTEGER, .integer = (n), .shown = #n})

START_TEST(each_type_takes_its_own_kind_of_value)
{
	static const char *const list[] = {"a", "b", NULL};
	ck_assert_int_eq(parse(WEIR_STRING, NULL, STRING("abc")), 0);
	ck_assert_str_eq(target.string, "abc");
	ck_assert_int_eq(parse(WEIR_INTEGER, NULL, INTEGER(-7)), 0);
	ck_assert_int_eq(target.number, -7);
	ck_assert_int_eq(parse(WEIR_DURATION, NULL, STRING("5s")), 0);
	ck_assert_int_eq(target.number, 5000);
	ck_assert_int_eq(parse(WEIR_BYTES, NULL, STRING("64 KiB")), 0);
	ck_assert_int_eq(target.number, 65536);
	ck_assert_int_eq(parse(WEIR_BYTES, NULL, INTEGER(512)), 0);
	ck_assert_int_eq(target.number, 512);
	ck_assert_int_eq(parse(WEIR_REAL, NULL, INTEGER(2)), 0);
	ck_assert(target.real == 2.0);
	ck_assert_int_eq(parse(WEIR_REAL, NULL, (struct option_value){VALUE_REAL, .real = 0.5}), 0);
	ck_assert(target.real == 0.5);
	ck_assert_int_eq(parse(WEIR_BOOL, NULL, (struct option_value){VALUE_BOOL, .integer = 1}), 0);
	ck_assert(target.flag);
	ck_assert_int_eq(parse(WEIR_LIST, NULL, (struct option_value){VALUE_LIST, .texts = list}), 0);
	ck_assert_ptr_eq(target.texts, list);
	target.texts = NULL;
	ck_assert_int_eq(parse(WEIR_MAP, NULL, (struct option_value){VALUE_MAP, .texts = list}), 0);
	ck_assert_ptr_eq(target.texts, list);
}
END_TEST

START_TEST(a_value_of_another_type_is_refused_and_both_are_named)
{
	ck_assert_int_eq(parse(WEIR_INTEGER, NULL, STRING("4")), -EINVAL);
	ck_assert_str_eq(error.text, "expected an integer, like 42, found \"4\"");
	ck_assert_int_eq(parse(WEIR_STRING, NULL, INTEGER(4)), -EINVAL);
	ck_assert_str_eq(error.text, "expected text in double quotes, found 4");
	ck_assert_int_eq(parse(WEIR_DURATION, NULL, INTEGER(5)), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "with its unit"));
	ck_assert_int_eq(parse(WEIR_BOOL, NULL, STRING("true")), -EINVAL);
	ck_assert_int_eq(parse(WEIR_LIST, NULL, STRING("a")), -EINVAL);
	ck_assert_int_eq(parse(WEIR_MAP, NULL, TEXT("a")), -EINVAL);
	ck_assert_int_eq(parse(WEIR_BYTES, NULL, INTEGER(-1)), -EINVAL);
	ck_assert_int_eq(parse(WEIR_STRING, NULL, (struct option_value){VALUE_NESTED, .shown = "a group"}), -EINVAL);
	ck_assert_ptr_null(target.string);
	ck_assert_ptr_null(target.texts);
	ck_assert_int_eq(target.number, 0);
}
END_TEST

START_TEST(text_from_outside_is_read_as_the_type_asks)
{
	ck_assert_int_eq(parse(WEIR_INTEGER, NULL, TEXT("0x10")), 0);
	ck_assert_int_eq(target.number, 16);
	ck_assert_int_eq(parse(WEIR_BOOL, NULL, TEXT("true")), 0);
	ck_assert(target.flag);
	ck_assert_int_eq(parse(WEIR_BOOL, NULL, TEXT("false")), 0);
	ck_assert(!target.flag);
	ck_assert_int_eq(parse(WEIR_BOOL, NULL, TEXT("maybe")), -EINVAL);
	ck_assert_int_eq(parse(WEIR_REAL, NULL, TEXT("0.25")), 0);
	ck_assert(target.real == 0.25);
	ck_assert_int_eq(parse(WEIR_REAL, NULL, TEXT("nan")), -EINVAL);
	ck_assert_int_eq(parse(WEIR_REAL, NULL, TEXT("1 x")), -EINVAL);
	ck_assert_int_eq(parse(WEIR_LIST, NULL, TEXT("a , b,c")), 0);
	ck_assert_str_eq(target.texts[0], "a");
	ck_assert_str_eq(target.texts[1], "b");
	ck_assert_str_eq(target.texts[2], "c");
	ck_assert_ptr_null(target.texts[3]);
	ck_assert_int_eq(parse(WEIR_LIST, NULL, TEXT("")), 0);
	ck_assert_ptr_null(target.texts[0]);
}
END_TEST

START_TEST(ranges_hold_at_both_ends)
{
	ck_assert_int_eq(parse(WEIR_INTEGER, "1..128", INTEGER(1)), 0);
	ck_assert_int_eq(parse(WEIR_INTEGER, "1..128", INTEGER(128)), 0);
	ck_assert_int_eq(parse(WEIR_INTEGER, "1..128", INTEGER(0)), -ERANGE);
	ck_assert_str_eq(error.text, "0 is not allowed; allowed: 1..128");
	ck_assert_int_eq(parse(WEIR_INTEGER, "1..128", INTEGER(129)), -ERANGE);
	ck_assert_int_eq(parse(WEIR_INTEGER, "..5", INTEGER(-1000)), 0);
	ck_assert_int_eq(parse(WEIR_INTEGER, "..5", INTEGER(6)), -ERANGE);
	ck_assert_int_eq(parse(WEIR_INTEGER, "-5..", INTEGER(-6)), -ERANGE);
	ck_assert_int_eq(parse(WEIR_DURATION, "10 ms..1m", STRING("9 ms")), -ERANGE);
	ck_assert_int_eq(parse(WEIR_DURATION, "10 ms..1m", STRING("60s")), 0);
	ck_assert_int_eq(parse(WEIR_BYTES, "1 KiB..", STRING("1023")), -ERANGE);
	ck_assert_int_eq(parse(WEIR_REAL, "0..1", TEXT("1.01")), -ERANGE);
	ck_assert_int_eq(parse(WEIR_DURATION, NULL, STRING("9223372036854775807d")), -ERANGE);
	ck_assert_str_eq(error.text, "\"9223372036854775807d\" is too large");
}
END_TEST

START_TEST(a_choice_has_to_be_one_of_them_and_a_near_one_is_suggested)
{
	ck_assert_int_eq(parse(WEIR_STRING, "none|gzip|zstd", STRING("gzip")), 0);
	ck_assert_int_eq(parse(WEIR_STRING, "none|gzip|zstd", STRING("zip")), -ERANGE);
	ck_assert_str_eq(error.text, "\"zip\" is not allowed; allowed: none|gzip|zstd; did you mean \"gzip\"?");
	ck_assert_int_eq(parse(WEIR_LIST, "a|b", TEXT("a,c")), -ERANGE);
}
END_TEST

START_TEST(a_secret_never_stands_in_the_message)
{
	static const uint32_t types[] = {WEIR_INTEGER, WEIR_DURATION, WEIR_BOOL, WEIR_LIST, WEIR_STRING};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct weir_option option = {.name = "x", .type = types[i], .flags = WEIR_SECRET,
					     .offset = field_of_type[types[i]], .allowed = "1|2"};
		if (types[i] != WEIR_STRING)
			option.allowed = NULL;
		struct option_value value = STRING("hunter2");
		ck_assert_int_lt(option_parse(&option, &value, &target, &memory, &error), 0);
		ck_assert_ptr_null(strstr(error.text, "hunter2"));
	}
}
END_TEST

START_TEST(the_default_is_parsed_like_any_value)
{
	struct weir_option option = {.name = "x", .type = WEIR_DURATION, .offset = field_of_type[WEIR_DURATION],
				     .fallback = "1m", .allowed = "..2m"};
	ck_assert_int_eq(option_set_default(&option, &target, &memory, &error), 0);
	ck_assert_int_eq(target.number, 60000);
	option.fallback = "3m";
	ck_assert_int_eq(option_set_default(&option, &target, &memory, &error), -ERANGE);
	option.fallback = NULL;
	ck_assert_int_eq(option_set_default(&option, &target, &memory, &error), 0);
	ck_assert_int_eq(target.number, 60000);
}
END_TEST

UNIT_MAIN_WITH("options/option_parse", set_up, tear_down, each_type_takes_its_own_kind_of_value,
	       a_value_of_another_type_is_refused_and_both_are_named,
	       text_from_outside_is_read_as_the_type_asks, ranges_hold_at_both_ends,
	       a_choice_has_to_be_one_of_them_and_a_near_one_is_suggested,
	       a_secret_never_stands_in_the_message, the_default_is_parsed_like_any_value)
