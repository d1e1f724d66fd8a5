#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/plugin_registry.h"
#include "tests/lib/unit_main.h"

static struct plugin_registry *registry;
static struct error error;
static const struct plugin *plugin;

static void set_up(void)
{
	setenv("WEIR_PLUGIN_PATH", "/nonexistent::" TEST_PLUGINS, 1);
	registry = plugin_registry_new();
	plugin = NULL;
}

static void tear_down(void)
{
	plugin_registry_free(registry);
}

static void expect_error(const char *name, enum plugin_role role, int code, const char *text)
{
	ck_assert_int_eq(plugin_registry_find(registry, name, role, &plugin, &error), code);
	ck_assert_msg(strstr(error.text, text) != NULL, "expected '%s' in: %s", text, error.text);
	ck_assert_ptr_null(plugin);
}

START_TEST(one_name_is_found_in_two_roles)
{
	ck_assert_int_eq(plugin_registry_find(registry, "try", ROLE_SOURCE, &plugin, &error), 0);
	ck_assert_int_eq(plugin->kind, PLUGIN_SOURCE);
	ck_assert_int_eq(plugin_registry_find(registry, "try", ROLE_SINK, &plugin, &error), 0);
	ck_assert_int_eq(plugin->kind, PLUGIN_SINK);
}
END_TEST

START_TEST(a_file_is_loaded_once)
{
	const struct plugin *again;
	ck_assert_int_eq(plugin_registry_find(registry, "try_plain", ROLE_TRANSFORM, &plugin, &error), 0);
	ck_assert_int_eq(plugin_registry_find(registry, "try_plain", ROLE_TRANSFORM, &again, &error), 0);
	ck_assert_ptr_eq(plugin, again);
}
END_TEST

START_TEST(another_role_is_named)
{
	expect_error("try", ROLE_TRANSFORM, -EINVAL, "'try' is a source, not a transform");
	expect_error("try_weak", ROLE_SOURCE, -EINVAL, "'try_weak' is a sink, not a source");
	expect_error("try_windowed", ROLE_SINK, -EINVAL, "'try_windowed' is a transform, not a sink");
}
END_TEST

START_TEST(what_is_not_there_is_reported_with_every_directory_and_a_similar_name)
{
	plugin_registry_add_directory(registry, "/first");
	plugin_registry_add_directory(registry, "/second");
	expect_error("try_windwoed", ROLE_TRANSFORM, -ENOENT, "did you mean 'try_windowed'?");
	ck_assert_ptr_nonnull(strstr(error.text, "/first, /second, /nonexistent, " TEST_PLUGINS ", " PLUGINDIR));
	expect_error("entirely_different", ROLE_TRANSFORM, -ENOENT, "not found. Looked in");
	expect_error("", ROLE_SOURCE, -ENOENT, "not found");
	expect_error("../.libs/try", ROLE_SOURCE, -ENOENT, "not found");
}
END_TEST

START_TEST(a_refused_one_is_reported_with_the_reason)
{
	expect_error("wrong_magic", ROLE_TRANSFORM, -EINVAL, "its magic");
}
END_TEST

static const struct plugin_listing *listing_of(const struct plugin_listing *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	ck_abort_msg("'%s' is not listed", name);
}

START_TEST(the_list_holds_good_and_refused_ones_by_name)
{
	struct plugin_listing *list;
	plugin_registry_add_directory(registry, TEST_PLUGINS); /* named twice, listed once */
	size_t n = plugin_registry_list(registry, &list);
	for (size_t i = 1; i < n; i++)
		ck_assert_str_lt(list[i - 1].name, list[i].name);
	ck_assert_int_eq(listing_of(list, n, "try_source")->plugin->kind, PLUGIN_SOURCE);
	ck_assert_ptr_null(listing_of(list, n, "try_source")->why);
	ck_assert_ptr_null(listing_of(list, n, "other_major")->plugin);
	ck_assert_ptr_nonnull(strstr(listing_of(list, n, "other_major")->why, "9.7"));
	plugin_listing_free(list, n);
}
END_TEST

START_TEST(the_first_directory_wins_and_the_other_file_is_hidden)
{
	char directory[] = "/tmp/weir_test_XXXXXX", path[64];
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/try_plain.so", directory);
	ck_assert_int_eq(symlink(TEST_PLUGINS "/try_plain.so", path), 0);
	plugin_registry_add_directory(registry, directory);
	struct plugin_listing *list;
	size_t n = plugin_registry_list(registry, &list), n_hidden = 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, "try_plain") == 0 && list[i].why != NULL) {
			ck_assert_ptr_nonnull(strstr(list[i].why, path));
			n_hidden++;
		}
	ck_assert_uint_eq(n_hidden, 1);
	ck_assert_int_eq(plugin_registry_find(registry, "try_plain", ROLE_TRANSFORM, &plugin, &error), 0);
	ck_assert_str_eq(plugin->path, path);
	plugin_listing_free(list, n);
	unlink(path);
	rmdir(directory);
}
END_TEST

UNIT_MAIN_WITH("plugin/plugin_registry", set_up, tear_down, one_name_is_found_in_two_roles,
	       a_file_is_loaded_once, another_role_is_named,
	       what_is_not_there_is_reported_with_every_directory_and_a_similar_name,
	       a_refused_one_is_reported_with_the_reason,
	       the_list_holds_good_and_refused_ones_by_name,
	       the_first_directory_wins_and_the_other_file_is_hidden)
