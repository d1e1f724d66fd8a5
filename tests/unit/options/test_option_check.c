#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/option_check.h"
#include "tests/lib/unit_main.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

struct own {
	const char *topic;
	int64_t batch;
	const char *old;
};

struct standard {
	const char *name;
};

static const struct weir_option own_options[] = {
	{"topic", WEIR_STRING, WEIR_REQUIRED, offsetof(struct own, topic), NULL, NULL, "what to read"},
	{"batch", WEIR_INTEGER, 0, offsetof(struct own, batch), "10", "1..100", "how much"},
	{"old", WEIR_STRING, WEIR_DEPRECATED, offsetof(struct own, old), NULL, NULL, "use topic"},
};
static const struct weir_option standard_options[] = {
	{"name", WEIR_STRING, 0, offsetof(struct standard, name), NULL, NULL, "a name"},
};

static struct own own;
static struct standard standard;
static char reported[4096];

static void report(void *context, const struct option_setting *setting, bool is_warning, const char *text)
{
	(void)context;
	size_t at = strlen(reported);
	snprintf(reported + at, sizeof(reported) - at, "%s%u: %s\n", is_warning ? "warning " : "",
		 setting != NULL ? setting->line : 0, text);
}

static bool check(const struct option_setting *settings, uint32_t n)
{
	static const char *const others[] = {"checkpoint", NULL};
	const struct option_group groups[] = {{OPTION_TABLE(standard_options), &standard},
					      {OPTION_TABLE(own_options), &own}};
	struct obstack memory;
	obstack_init(&memory);
	bool complete = option_check(&(struct option_component){"it", groups, 2, settings, n, others, &memory, report, NULL});
	obstack_free(&memory, NULL);
	return complete;
}

#define STRING(t) {VALUE_STRING, .text = (t), .shown = "\"" t "\""}
#define INTEGER(n) {VALUE_INTEGER, .integer = (n), .shown = #n}

START_TEST(good_settings_fill_both_structs_and_are_not_reported)
{
	const struct option_setting settings[] = {{"topic", STRING("a"), "f", 1}, {"name", STRING("b"), "f", 2}};
	ck_assert(check(settings, 2));
	ck_assert_str_eq(reported, "");
	ck_assert_str_eq(own.topic, "a");
	ck_assert_str_eq(standard.name, "b");
	ck_assert_int_eq(own.batch, 10);
}
END_TEST

START_TEST(all_mistakes_are_reported_and_defaults_stay)
{
	const struct option_setting settings[] = {{"topci", STRING("a"), "f", 1},
						  {"batch", INTEGER(1000), "f", 2},
						  {"old", STRING("x"), "f", 3},
						  {"name", INTEGER(5), "f", 4},
						  {"chekpoint", INTEGER(5), "f", 5},
						  {"unheard_of", INTEGER(5), "f", 6}};
	ck_assert(!check(settings, 6));
	ck_assert_str_eq(reported, "1: unknown option 'topci' of it; did you mean 'topic'?\n"
				   "5: unknown option 'chekpoint' of it; did you mean 'checkpoint'?\n"
				   "6: unknown option 'unheard_of' of it\n"
				   "4: option 'name' of it: expected text in double quotes, found 5\n"
				   "0: it lacks the option 'topic': what to read\n"
				   "2: option 'batch' of it: 1000 is not allowed; allowed: 1..100\n"
				   "warning 3: option 'old' of it is deprecated: use topic\n");
	ck_assert_int_eq(own.batch, 10);
	ck_assert_str_eq(own.old, "x");
}
END_TEST

START_TEST(what_was_found_broken_before_is_not_reported_again)
{
	const struct option_setting settings[] = {{"topic", {.type = VALUE_BROKEN}, "f", 1}};
	ck_assert(!check(settings, 1));
	ck_assert_str_eq(reported, "");
}
END_TEST

UNIT_MAIN("options/option_check", good_settings_fill_both_structs_and_are_not_reported,
	  all_mistakes_are_reported_and_defaults_stay,
	  what_was_found_broken_before_is_not_reported_again)
