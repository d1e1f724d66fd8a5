#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/plugin_load.h"
#include "tests/lib/unit_main.h"

static struct error error;

static void expect_refusal(const char *file, const char *text)
{
	struct plugin *plugin = NULL;
	ck_assert_int_lt(plugin_load(file, &plugin, &error), 0);
	ck_assert_ptr_null(plugin);
	ck_assert_msg(strstr(error.text, text) != NULL, "expected '%s' in: %s", text, error.text);
	ck_assert_msg(strstr(error.text, file) != NULL, "the file is not named: %s", error.text);
}

START_TEST(a_good_plugin_is_loaded)
{
	struct plugin *plugin = NULL;
	ck_assert_msg(plugin_load(TEST_PLUGINS "/try_windowed.so", &plugin, &error) == 0, "%s", error.text);
	ck_assert_str_eq(plugin->descriptor->name, "try_windowed");
	ck_assert_int_eq(plugin->kind, PLUGIN_WINDOWED);
	ck_assert_str_eq(plugin_kind_name(plugin->kind), "transform");
	ck_assert_str_eq(plugin->path, TEST_PLUGINS "/try_windowed.so");
	plugin_free(plugin);
}
END_TEST

START_TEST(shared_objects_that_do_not_fit_are_refused)
{
	expect_refusal(TEST_PLUGINS "/wrong_magic.so", "its magic is 0x12345678");
	expect_refusal(TEST_PLUGINS "/other_major.so", "built for plugin ABI 9.7, this weir has 1.1");
	expect_refusal(TEST_PLUGINS "/other_entry.so", "built for plugin ABI 2, this weir has 1.1");
	expect_refusal(TEST_PLUGINS "/no_descriptor.so", "gives no descriptor");
	expect_refusal(TEST_PLUGINS "/wrong_name.so", "'somebody_else'");
}
END_TEST

START_TEST(what_is_no_shared_object_is_refused)
{
	char path[] = "/tmp/weir_test_XXXXXX.so";
	int fd = mkstemps(path, 3);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, "not a shared object", 19), 19);
	close(fd);
	expect_refusal(path, "cannot use plugin");
	unlink(path);
	expect_refusal(path, "No such file");
	expect_refusal("/tmp", "not a file");
}
END_TEST

START_TEST(a_library_of_the_system_is_no_plugin)
{
	expect_refusal("libc.so.6", "No such file"); /* of this folder, not of the system's */
}
END_TEST

UNIT_MAIN("plugin/plugin_load", a_good_plugin_is_loaded, shared_objects_that_do_not_fit_are_refused,
	  what_is_no_shared_object_is_refused, a_library_of_the_system_is_no_plugin)
