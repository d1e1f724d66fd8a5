#include <stdlib.h>

#include "options/option_describe.h"
#include "options/roff.h"
#include "tests/lib/unit_main.h"

#define WRITTEN(call)                                 \
	({                                            \
		char *text = NULL;                    \
		size_t len = 0;                       \
		FILE *out = open_memstream(&text, &len); \
		call;                                 \
		fclose(out);                          \
		text;                                 \
	})

static void expect(char *text, const char *expected)
{
	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(what_roff_would_take_for_its_own_is_escaped)
{
	expect(WRITTEN(roff_text(".end of 'a\\n' --set \"~^\"", out)),
	       "\\&.end of \\(aqa\\en\\(aq \\-\\-set \\(dq\\(ti\\(ha\\(dq\n");
	expect(WRITTEN(roff_example("a\n.b\n  'c'", out)), ".PP\n.RS 4\n.EX\na\n\\&.b\n  \\(aqc\\(aq\n.EE\n.RE\n");
	expect(WRITTEN(roff_macro(".SH", "a-b \"c\"", out)), ".SH \"a\\-b \\(dqc\\(dq\"\n");
}
END_TEST

START_TEST(text_is_broken_between_words_and_into_paragraphs)
{
	expect(WRITTEN(roff_text("these words fill a line of seventy-eight columns to the last, the escape counted in. more\n\n"
				 " the next",
				 out)),
	       "these words fill a line of seventy\\-eight columns to the last, the escape\ncounted in. more\n.PP\nthe next\n");
}
END_TEST

START_TEST(a_page_says_when_it_was_made)
{
	setenv("SOURCE_DATE_EPOCH", "1568564624", 1);
	expect(WRITTEN(roff_title("weir-sum", 5, "sum 1.0", out)), ".TH \"WEIR\\-SUM\" 5 2019-09-15 \"sum 1.0\" \"weir\"\n");
}
END_TEST

START_TEST(an_option_table_becomes_a_list)
{
	static const struct weir_option options[] = {
		{"max-size", WEIR_BYTES, WEIR_REQUIRED, 0, NULL, "1..", "no more than that"},
	};
	struct option_table table = OPTION_TABLE(options);
	expect(WRITTEN(option_describe_man(&table, out)),
	       ".TP\n.B \"max\\-size\"\nsize, required, allowed 1..\n.br\nno more than that\n");
}
END_TEST

UNIT_MAIN("options/roff", what_roff_would_take_for_its_own_is_escaped, text_is_broken_between_words_and_into_paragraphs,
	  a_page_says_when_it_was_made, an_option_table_becomes_a_list)
