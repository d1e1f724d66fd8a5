#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/captured.h"
#include "weir/command_validate.h"
#include "tests/lib/unit_main.h"

static char good[] = "/tmp/weir_good_XXXXXX", bad[] = "/tmp/weir_bad_XXXXXX";

static void put(char *path, const char *content)
{
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
}

static void set_up(void)
{
	setenv("WEIR_PLUGIN_PATH", TEST_PLUGINS, 1);
	put(good, "pipeline = { name = \"p\"; checkpoint = { directory = \"/d\"; }; };\n"
		  "source = { plugin = \"try_fleeting\"; topic = \"t\"; }; sink = { plugin = \"try\"; };\n");
	put(bad, "pipeline = { name = \"p\"; };\n");
}

static void tear_down(void)
{
	unlink(good);
	unlink(bad);
}

#define RUN(...) CAPTURED_RUN(command_validate, __VA_ARGS__)

START_TEST(a_good_file_exits_with_0_and_shows_its_warnings)
{
	ck_assert_int_eq(RUN("validate", good), 0);
	captured_expect("%s:2: warning: source 'try_fleeting' cannot be read again", good);
	captured_expect("%s: good, 1 warning\n", good);
}
END_TEST

START_TEST(one_bad_file_of_two_makes_it_2_and_both_are_checked)
{
	ck_assert_int_eq(RUN("validate", bad, good), 2);
	captured_expect("%s:1: error: pipeline.checkpoint lacks the option 'directory'", bad);
	captured_expect("%s: 3 errors\n", bad);
	captured_expect("%s: good, 1 warning\n", good);
}
END_TEST

START_TEST(set_is_checked_too)
{
	ck_assert_int_eq(RUN("validate", "--set", "pipeline.parallelism=0", good), 2);
	captured_expect("--set pipeline.parallelism: error: option 'parallelism' of pipeline: \"0\" is not allowed");
	ck_assert_int_eq(RUN("validate", "--set", "pipeline.parallelism", good), 2);
	captured_expect("--set pipeline.parallelism: expected PATH=VALUE");
}
END_TEST

START_TEST(plugins_are_also_looked_for_where_the_command_line_says)
{
	setenv("WEIR_PLUGIN_PATH", "", 1);
	ck_assert_int_eq(RUN("validate", good), 2);
	ck_assert_int_eq(RUN("validate", "--plugin-path", TEST_PLUGINS, good), 0);
}
END_TEST

START_TEST(help_is_given_and_bad_usage_refused)
{
	ck_assert_int_eq(RUN("validate", "--help"), 0);
	ck_assert_int_eq(RUN("validate"), 2);
	ck_assert_int_eq(RUN("validate", "--nonsense"), 2);
	captured_expect("usage: weir validate [--set");
}
END_TEST

UNIT_MAIN_WITH("weir/command_validate", set_up, tear_down,
	       a_good_file_exits_with_0_and_shows_its_warnings,
	       one_bad_file_of_two_makes_it_2_and_both_are_checked, set_is_checked_too,
	       plugins_are_also_looked_for_where_the_command_line_says,
	       help_is_given_and_bad_usage_refused)
