#include <stdlib.h>

#include "options/option_describe.h"
#include "tests/lib/unit_main.h"

START_TEST(everything_in_the_table_is_shown)
{
	static const struct weir_option options[] = {
		{"topic", WEIR_STRING, WEIR_REQUIRED, 0, NULL, NULL, "what to read"},
		{"timeout", WEIR_DURATION, 0, 0, "5s", "1s..1m", "how long to wait"},
		{"password", WEIR_STRING, WEIR_SECRET | WEIR_DEPRECATED, 0, "", NULL, "use a file"},
	};
	struct option_table table = OPTION_TABLE(options);
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	option_describe(&table, out);
	fclose(out);
	ck_assert_str_eq(text, "  topic                    text, required\n"
			       "      what to read\n"
			       "  timeout                  duration, default 5s, allowed 1s..1m\n"
			       "      how long to wait\n"
			       "  password                 text, default \"\", secret, deprecated\n"
			       "      use a file\n");
	free(text);
}
END_TEST

START_TEST(long_texts_are_broken_between_words)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	print_wrapped("these words fill a line of ninety columns to the very last of them, with the indent of two\n\nmore",
		      2, out);
	fclose(out);
	ck_assert_str_eq(text, "  these words fill a line of ninety columns to the very last of them, with the indent of\n"
			       "  two\n\n  more\n");
	free(text);
}
END_TEST

UNIT_MAIN("options/option_describe", everything_in_the_table_is_shown,
	  long_texts_are_broken_between_words)
