#include "config.h"

#include "plugin/plugin_safety.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_BYTES 4096 /* of what the user database says of one name */

static void user_name(uid_t uid, char *name, size_t size)
{
	struct passwd entry, *found = NULL;
	char bytes[NAME_BYTES];
	if (getpwuid_r(uid, &entry, bytes, sizeof(bytes), &found) == 0 && found != NULL)
		snprintf(name, size, "%s", entry.pw_name);
	else
		snprintf(name, size, "uid %u", (unsigned)uid);
}

static bool has_other_members(const struct group *group, const char *name)
{
	for (char **member = group->gr_mem; *member != NULL; member++)
		if (strcmp(*member, name) != 0)
			return true;
	return false;
}

/* The test of pam_umask(8), by which files got that mode, and a look at the members. */
static bool is_private_group(uid_t uid, gid_t gid)
{
	struct passwd user, *found_user = NULL;
	struct group group, *found_group = NULL;
	char user_bytes[NAME_BYTES], group_bytes[NAME_BYTES];
	return getpwuid_r(uid, &user, user_bytes, sizeof(user_bytes), &found_user) == 0 && found_user != NULL &&
	       user.pw_gid == gid && getgrgid_r(gid, &group, group_bytes, sizeof(group_bytes), &found_group) == 0 &&
	       found_group != NULL && strcmp(group.gr_name, user.pw_name) == 0 && !has_other_members(&group, user.pw_name);
}

static int refuse(const char *path, const struct stat *status, const char *why, const char *remedy, struct error *error)
{
	char owner[64];
	user_name(status->st_uid, owner, sizeof(owner));
	return error_set(error, -EACCES, "not safe to load: '%s' (owner %s, mode %04o) %s; %s", path, owner,
			 (unsigned)status->st_mode & 07777, why, remedy);
}

static int check_owner_and_mode(const char *path, uid_t user, struct error *error)
{
	struct stat status;
	char remedy[PATH_MAX + 64], name[64], why[160];
	if (stat(path, &status) < 0)
		return error_set(error, -errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) && (status.st_mode & S_IWOTH))
		return refuse(path, &status, "is a folder for everybody's files", "put the plugin into one of its own", error);
	if (status.st_uid != 0 && status.st_uid != user) {
		user_name(user, name, sizeof(name));
		snprintf(why, sizeof(why), "does not belong to %s%s, who runs weir", user != 0 ? "root or " : "", name);
		snprintf(remedy, sizeof(remedy), "chown %s '%s'", name, path);
		return refuse(path, &status, why, remedy, error);
	}
	bool by_group = (status.st_mode & S_IWGRP) && !is_private_group(status.st_uid, status.st_gid);
	if (!by_group && !(status.st_mode & S_IWOTH))
		return 0;
	snprintf(remedy, sizeof(remedy), "chmod go-w '%s'", path);
	return refuse(path, &status, status.st_mode & S_IWOTH ? "can be written by everybody" : "can be written by its group",
		      remedy, error);
}

/* In a sticky folder (/tmp) everybody may write, but replace only what is his own. */
static int check_above(char *path, struct error *error)
{
	struct stat status;
	char remedy[PATH_MAX + 16];
	for (char *slash; (slash = strrchr(path, '/')) != NULL && slash != path;) {
		*slash = '\0';
		if (stat(path, &status) < 0)
			return error_set(error, -errno, "%s: %s", path, strerror(errno));
		if (!(status.st_mode & S_IWOTH) || (status.st_mode & S_ISVTX))
			continue;
		snprintf(remedy, sizeof(remedy), "chmod o-w '%s'", path);
		return refuse(path, &status, "lets everybody replace what is in it", remedy, error);
	}
	return 0;
}

int plugin_safety_check(const char *path, uid_t user, struct error *error)
{
	char real[PATH_MAX];
	if (realpath(path, real) == NULL)
		return error_set(error, -errno, "%s", strerror(errno));
	int r = check_owner_and_mode(real, user, error);
	char *slash = strrchr(real, '/');
	if (r < 0 || slash == real)
		return r;
	*slash = '\0';
	r = check_owner_and_mode(real, user, error);
	return r < 0 ? r : check_above(real, error);
}
