#include "config.h"

#include "supervisor/pipeline_directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what there is ---- */

static int check_owner_and_mode(const char *path, const struct stat *status, struct error *error)
{
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return error_set(error, -EPERM, "'%s' belongs to user %u, who could have weir do anything: chown root '%s'", path,
				 (unsigned)status->st_uid, path);
	if ((status->st_mode & S_IWOTH) != 0)
		return error_set(error, -EPERM, "everybody may write to '%s' (mode %04o): chmod o-w '%s'", path,
				 (unsigned)status->st_mode & 07777, path);
	return 0;
}

int pipeline_file_check(const char *file, struct error *error)
{
	struct stat status;
	if (stat(file, &status) != 0)
		return error_set(error, -errno, "cannot read '%s': %s", file, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(error, -EINVAL, "'%s' is not a file", file);
	return check_owner_and_mode(file, &status, error);
}

static int is_wanted(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int by_name(const struct dirent **one, const struct dirent **other)
{
	return strcmp((*one)->d_name, (*other)->d_name); /* whatever the locale */
}

static int take_entries(const char *directory, struct dirent **entries, int n, char ***ret_files)
{
	char **files = calloc((size_t)n + 1, sizeof(*files));
	bool failed = files == NULL;
	for (int i = 0; i < n; i++) {
		if (!failed && asprintf(&files[i], "%s/%s", directory, entries[i]->d_name) < 0) {
			files[i] = NULL;
			failed = true;
		}
		free(entries[i]);
	}
	free(entries);
	if (failed && files != NULL)
		pipeline_directory_free(files, (size_t)n);
	else
		*ret_files = files;
	return failed ? -ENOMEM : 0;
}

int pipeline_directory_list(const char *directory, char ***ret_files, size_t *ret_n_files, struct error *error)
{
	struct stat status;
	struct dirent **entries;
	if (stat(directory, &status) == 0 && check_owner_and_mode(directory, &status, error) != 0)
		return error->code;
	int n = scandir(directory, &entries, is_wanted, by_name);
	if (n < 0)
		return error_set(error, -errno, "cannot read the folder '%s': %s", directory, strerror(errno));
	if (take_entries(directory, entries, n, ret_files) != 0)
		return error_set(error, -ENOMEM, "cannot read the folder '%s': no memory", directory);
	*ret_n_files = (size_t)n;
	return 0;
}

void pipeline_directory_free(char **files, size_t n_files)
{
	for (size_t i = 0; files != NULL && i < n_files; i++)
		free(files[i]);
	free(files);
}

/* ---- what changes ---- */

static struct known_pipeline *find_known(struct known_pipeline *known, size_t n_known, const char *name)
{
	for (size_t i = 0; i < n_known; i++)
		if (strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
}

/* The one of all files with that name whose it is. */
static const struct file_version *owner_of(const char *name, const struct known_pipeline *known,
					   const struct file_version *files, size_t n_files)
{
	const struct file_version *first = NULL;
	for (size_t i = 0; i < n_files; i++) {
		if (files[i].name == NULL || strcmp(files[i].name, name) != 0)
			continue;
		if (known != NULL && strcmp(files[i].file, known->file) == 0)
			return &files[i];
		if (first == NULL)
			first = &files[i];
	}
	return first;
}

static void compare_file(struct file_version *file, struct known_pipeline *known, size_t n_known,
			 const struct file_version *files, size_t n_files)
{
	file->change = CHANGE_REFUSE;
	file->same_name = NULL;
	if (file->name == NULL)
		return;
	struct known_pipeline *pipeline = find_known(known, n_known, file->name);
	const struct file_version *owner = owner_of(file->name, pipeline, files, n_files);
	if (owner != file) {
		file->same_name = owner->file;
	} else if (pipeline == NULL) {
		file->change = CHANGE_START;
	} else {
		file->known = (size_t)(pipeline - known);
		file->change = pipeline->fingerprint == file->fingerprint ? CHANGE_NONE : CHANGE_REPLACE;
		pipeline->change = file->change;
	}
}

/* The file it came from is there, but does not come into force. */
static bool is_kept_by_mistake(const struct known_pipeline *pipeline, const struct file_version *files, size_t n_files)
{
	for (size_t i = 0; i < n_files; i++)
		if (files[i].change == CHANGE_REFUSE && strcmp(files[i].file, pipeline->file) == 0)
			return true;
	return false;
}

void pipeline_directory_compare(struct known_pipeline *known, size_t n_known, struct file_version *files, size_t n_files)
{
	for (size_t i = 0; i < n_known; i++)
		known[i].change = CHANGE_REMOVE;
	for (size_t i = 0; i < n_files; i++)
		compare_file(&files[i], known, n_known, files, n_files);
	for (size_t i = 0; i < n_known; i++)
		if (known[i].change == CHANGE_REMOVE && is_kept_by_mistake(&known[i], files, n_files))
			known[i].change = CHANGE_NONE;
}
