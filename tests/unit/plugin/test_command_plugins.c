#include <stdlib.h>

#include "../../lib/captured.h"
#include "weir/command_plugins.h"
#include "tests/lib/unit_main.h"

#define RUN(...) CAPTURED_RUN(command_plugins, __VA_ARGS__)

START_TEST(list_shows_good_and_refused_ones)
{
	ck_assert_int_eq(RUN("plugins", "--plugin-path", TEST_PLUGINS, "list"), 0);
	captured_expect("try                  source     1.0        1.1   " TEST_PLUGINS "/try_source.so\n");
	captured_expect("try                  sink       1.0        1.1   " TEST_PLUGINS "/try_sink.so\n");
	captured_expect("try_windowed         transform  1.0        1.1   " TEST_PLUGINS "/try_windowed.so\n");
	captured_expect("other_major          not usable: cannot use plugin '" TEST_PLUGINS "/other_major.so': built for");
}
END_TEST

START_TEST(describe_shows_every_role_of_a_name)
{
	ck_assert_int_eq(RUN("plugins", "describe", "--plugin-path", TEST_PLUGINS, "try"), 0);
	captured_expect("try 1.0, a source: reads nothing, with many options\n");
	captured_expect("try 1.0, a sink: writes nothing\n");
	captured_expect("delivers exactly once (two-phase commit)\n");
	captured_expect("Example:\n\nsource = { plugin = \"try\"; topic = \"a\"; };\n");
	captured_expect("  topic                    text, required\n      what to read\n");
	captured_expect("Options that weir gives every source:\n\n  plugin ");
}
END_TEST

START_TEST(describe_shows_the_options_of_windows)
{
	ck_assert_int_eq(RUN("plugins", "--plugin-path", TEST_PLUGINS, "describe", "try_windowed"), 0);
	captured_expect("Options that weir gives every windowed transform:");
	captured_expect("  allowed_lateness         duration, default 0, allowed 0..36500d\n");
}
END_TEST

START_TEST(what_is_not_there_is_told)
{
	ck_assert_int_eq(RUN("plugins", "--plugin-path", TEST_PLUGINS, "describe", "try_windwoed"), 2);
	captured_expect("plugin 'try_windwoed' not found; did you mean 'try_windowed'?");
	ck_assert_int_eq(RUN("plugins", "--plugin-path", TEST_PLUGINS, "describe", "wrong_magic"), 2);
	captured_expect("its magic is 0x12345678");
}
END_TEST

START_TEST(help_is_given_and_bad_usage_refused)
{
	ck_assert_int_eq(RUN("plugins", "--help"), 0);
	captured_expect("usage: weir plugins");
	ck_assert_int_eq(RUN("plugins"), 2);
	ck_assert_int_eq(RUN("plugins", "describe"), 2);
	ck_assert_int_eq(RUN("plugins", "lisst"), 2);
	ck_assert_int_eq(RUN("plugins", "--nonsense"), 2);
	captured_expect("usage: weir plugins");
}
END_TEST

UNIT_MAIN("weir/command_plugins", list_shows_good_and_refused_ones,
	  describe_shows_every_role_of_a_name, describe_shows_the_options_of_windows,
	  what_is_not_there_is_told, help_is_given_and_bad_usage_refused)
