#include "plugin/plugin_safety.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/plugin_load.h"
#include "tests/lib/unit_main.h"

static char above[64], folder[96], file[128];

/* above/folder/shout.so */
static void make_files(void)
{
	strcpy(above, "/tmp/weir-safety-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(above));
	snprintf(folder, sizeof(folder), "%s/plugins", above);
	snprintf(file, sizeof(file), "%s/shout.so", folder);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	FILE *made = fopen(file, "w");
	ck_assert_ptr_nonnull(made);
	fclose(made);
	ck_assert_int_eq(chmod(folder, 0755) | chmod(file, 0644), 0);
}

static void remove_files(void)
{
	(void)unlink(file);
	(void)rmdir(folder);
	(void)rmdir(above);
}

static void expect_refused(uid_t user, const char *path, const char *why, const char *remedy)
{
	struct error error = ERROR_INIT;
	char quoted[160];
	snprintf(quoted, sizeof(quoted), "'%s' (owner ", path);
	ck_assert_int_eq(plugin_safety_check(file, user, &error), -EACCES);
	ck_assert_msg(strstr(error.text, quoted) != NULL && strstr(error.text, why) != NULL && strstr(error.text, remedy) != NULL,
		      "expected %s, %s and %s: %s", quoted, why, remedy, error.text);
}

static void expect_safe(uid_t user)
{
	struct error error = ERROR_INIT;
	ck_assert_msg(plugin_safety_check(file, user, &error) == 0, "%s", error.text);
}

START_TEST(ones_own_files_are_safe)
{
	expect_safe(geteuid());
}
END_TEST

START_TEST(file_that_everybody_can_write_is_refused)
{
	ck_assert_int_eq(chmod(file, 0646), 0);
	expect_refused(geteuid(), file, "mode 0646) can be written by everybody", "chmod go-w");
}
END_TEST

START_TEST(folder_that_everybody_can_write_is_refused)
{
	ck_assert_int_eq(chmod(folder, 0757), 0);
	expect_refused(geteuid(), folder, "mode 0757) can be written by everybody", "chmod go-w");
}
END_TEST

START_TEST(folder_like_tmp_is_refused)
{
	ck_assert_int_eq(chmod(folder, 01777), 0);
	expect_refused(geteuid(), folder, "mode 1777) is a folder for everybody's files", "put the plugin into one of its own");
}
END_TEST

START_TEST(folder_above_may_not_let_others_replace_it)
{
	ck_assert_int_eq(chmod(above, 0777), 0);
	expect_refused(geteuid(), above, "mode 0777) lets everybody replace what is in it", "chmod o-w");
	ck_assert_int_eq(chmod(above, 01777), 0);
	expect_safe(geteuid());
}
END_TEST

START_TEST(file_of_somebody_else_is_refused)
{
	const uid_t stranger = 54321;
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(file, stranger, (gid_t)-1), 0);
		expect_refused(0, file, "does not belong to root, who runs weir", "chown root");
		ck_assert_int_eq(chown(folder, stranger, (gid_t)-1), 0);
		expect_safe(stranger);
	} else {
		expect_refused(stranger, file, "does not belong to root or uid 54321, who runs weir", "chown");
	}
}
END_TEST

START_TEST(group_may_write_only_if_it_is_the_owners_own)
{
	if (geteuid() != 0)
		return; /* cannot give files away */
	const gid_t daemon = 1;
	ck_assert_int_eq(chown(file, 0, 0) | chmod(file, 0664), 0);
	expect_safe(0); /* root's group is root's private one */
	ck_assert_int_eq(chown(file, 0, daemon) | chmod(file, 0664), 0);
	expect_refused(0, file, "mode 0664) can be written by its group", "chmod go-w");
}
END_TEST

START_TEST(unsafe_file_is_not_even_opened)
{
	struct plugin *plugin;
	struct error error = ERROR_INIT;
	ck_assert_int_eq(chmod(file, 0666), 0);
	ck_assert_int_eq(plugin_load(file, &plugin, &error), -EACCES); /* else it would say that this is no ELF file */
	ck_assert_ptr_nonnull(strstr(error.text, "not safe to load"));
}
END_TEST

UNIT_MAIN_WITH("plugin/plugin_safety", make_files, remove_files, ones_own_files_are_safe,
	       file_that_everybody_can_write_is_refused, folder_that_everybody_can_write_is_refused, folder_like_tmp_is_refused,
	       folder_above_may_not_let_others_replace_it, file_of_somebody_else_is_refused,
	       group_may_write_only_if_it_is_the_owners_own, unsafe_file_is_not_even_opened)
