#include <stdlib.h>
#include <string.h>

#include "base/similar_text.h"
#include "tests/lib/unit_main.h"

static const char *best(const char *text)
{
	static const char *const candidates[] = {"parallelism", "checkpoint", "restart", "topic", "topics", "on_error"};
	struct similar_text similar = SIMILAR_TEXT_INIT(text);
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
		similar_text_consider(&similar, candidates[i]);
	return similar.best != NULL ? similar.best : "nothing";
}

START_TEST(a_letter_missing_changed_doubled_or_swapped_is_seen)
{
	ck_assert_str_eq(best("paralelism"), "parallelism");
	ck_assert_str_eq(best("parallelizm"), "parallelism");
	ck_assert_str_eq(best("chekcpoint"), "checkpoint");
	ck_assert_str_eq(best("restarts"), "restart");
}
END_TEST

START_TEST(the_nearest_of_several_wins)
{
	ck_assert_str_eq(best("topicss"), "topics");
	ck_assert_str_eq(best("topi"), "topic");
}
END_TEST

START_TEST(case_and_dashes_hardly_count)
{
	ck_assert_str_eq(best("on-error"), "on_error");
	ck_assert_str_eq(best("OnError"), "on_error");
}
END_TEST

START_TEST(nothing_is_suggested_for_something_else)
{
	ck_assert_str_eq(best("bootstrap_servers"), "nothing");
	ck_assert_str_eq(best("x"), "nothing");
	ck_assert_str_eq(best(""), "nothing");
}
END_TEST

START_TEST(texts_of_any_length_do_no_harm)
{
	char text[1000];
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t len = 0; len < sizeof(text); len += 1 + len / 4) {
		char cut[sizeof(text)];
		memcpy(cut, text, len);
		cut[len] = '\0';
		ck_assert_str_eq(best(cut), "nothing");
	}
}
END_TEST

UNIT_MAIN("base/similar_text", a_letter_missing_changed_doubled_or_swapped_is_seen,
	  the_nearest_of_several_wins, case_and_dashes_hardly_count,
	  nothing_is_suggested_for_something_else, texts_of_any_length_do_no_harm)
