#include "base/utf8.h"
#include "tests/lib/unit_main.h"

START_TEST(a_character_has_its_length)
{
	ck_assert_uint_eq(utf8_length("a"), 1);
	ck_assert_uint_eq(utf8_length("\n"), 1);
	ck_assert_uint_eq(utf8_length("\xc3\xa9t\xc3\xa9"), 2);
	ck_assert_uint_eq(utf8_length("\xe2\x9c\x93"), 3);
	ck_assert_uint_eq(utf8_length("\xed\x9f\xbf"), 3);
	ck_assert_uint_eq(utf8_length("\xf0\x9f\x98\x80"), 4);
	ck_assert_uint_eq(utf8_length("\xf4\x8f\xbf\xbf"), 4);
}
END_TEST

START_TEST(what_is_none_has_no_length)
{
	static const char *const texts[] = {
		"", "\x80", "\xe9", "\xc3", "\xc3(", "\xe2\x9c", "\xe2\x9c(", "\xf0\x9f\x98", /* not whole */
		"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xf0\x80\x80\x80",		    /* overlong */
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(utf8_length(texts[i]) == 0, "text %zu", i);
}
END_TEST

UNIT_MAIN("base/utf8", a_character_has_its_length, what_is_none_has_no_length)
