#define _GNU_SOURCE /* F_OFD_SETLK */
#include "checkpoint/checkpoint_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"

int checkpoint_directory_name(struct checkpoint_directory *directory, const char *path, struct error *error)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0 || len >= sizeof(directory->path))
		return error_set(error, -EINVAL, "the checkpoint directory's name is %s", len == 0 ? "empty" : "too long");
	snprintf(directory->path, sizeof(directory->path), "%.*s", (int)len, path);
	snprintf(directory->store, sizeof(directory->store), "%s/store", directory->path);
	snprintf(directory->unfinished, sizeof(directory->unfinished), "%s/store.new", directory->path);
	return 0;
}

bool checkpoint_directory_has_store(const struct checkpoint_directory *directory)
{
	struct stat status;
	return stat(directory->store, &status) == 0;
}

static int sync_directory(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int why = fd < 0 || fsync(fd) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return why == 0 ? 0 : error_set(error, -why, "cannot sync directory '%s': %s", path, strerror(why));
}

static int make_with_parents(const char *path, struct error *error)
{
	char parent[PATH_MAX];
	snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash == NULL)
		strcpy(parent, ".");
	else
		slash[slash == parent] = '\0';
	if (access(path, F_OK) == 0) {
		/* Perhaps made just before an earlier start ended. Where it cannot be synced, it is not ours. */
		(void)sync_directory(parent, NULL);
		return 0;
	}
	int r = make_with_parents(parent, error);
	if (r < 0)
		return r;
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return error_set(error, -errno, "cannot make checkpoint directory '%s': %s", path, strerror(errno));
	return sync_directory(parent, error);
}

static bool may_stand_in_a_new_directory(const char *name)
{
	return name[0] == '.' || strcmp(name, "lock") == 0 || strcmp(name, "store.new") == 0 ||
	       strcmp(name, "lost+found") == 0;
}

static int refuse_what_is_not_ours(const struct checkpoint_directory *directory, struct error *error)
{
	DIR *list = opendir(directory->path);
	if (list == NULL)
		return error_set(error, -errno, "cannot read checkpoint directory '%s': %s", directory->path, strerror(errno));
	int r = 0;
	const struct dirent *entry;
	while (r == 0 && (entry = readdir(list)) != NULL) {
		if (strcmp(entry->d_name, "CURRENT") == 0)
			r = error_set(error, -ENOTEMPTY, "'%s' holds a RocksDB database that is not weir's: give the pipeline a "
				      "directory of its own", directory->path);
		else if (!may_stand_in_a_new_directory(entry->d_name))
			r = error_set(error, -ENOTEMPTY, "'%s' holds no checkpoint store but is not empty (it has '%s'): give the "
				      "pipeline a directory of its own", directory->path, entry->d_name);
	}
	closedir(list);
	return r;
}

int checkpoint_directory_make(const struct checkpoint_directory *directory, struct error *error)
{
	if (checkpoint_directory_has_store(directory)) /* perhaps published just before an earlier start ended */
		return sync_directory(directory->path, error);
	int r = make_with_parents(directory->path, error);
	return r < 0 ? r : refuse_what_is_not_ours(directory, error);
}

/* The lock's text is of the process that holds it, but for the moment before that has written it. */
static int say_who_holds_it(int fd, const char *path, struct error *error)
{
	char text[32] = "";
	ssize_t bytes = pread(fd, text, sizeof(text) - 1, 0);
	long pid = bytes > 0 ? strtol(text, NULL, 10) : 0;
	if (pid <= 0)
		return error_set(error, -EBUSY, "'%s' is held by another process: only one may use the checkpoints", path);
	if (pid == getpid())
		return error_set(error, -EBUSY, "'%s' is held by this very process", path);
	return error_set(error, -EBUSY, "'%s' is held by process %ld: is the pipeline running already?", path, pid);
}

int checkpoint_directory_lock(const struct checkpoint_directory *directory, int64_t deadline_ms, int *ret_fd,
			      struct error *error)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/lock", directory->path);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return error_set(error, -errno, "cannot open '%s': %s", path, strerror(errno));
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	while (!failpoint("rule_store_lock") && fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		int r = -errno;
		if (r != -EAGAIN && r != -EACCES)
			error_set(error, r, "cannot lock '%s': %s", path, strerror(-r));
		else if (clock_monotonic_ms() >= deadline_ms)
			r = say_who_holds_it(fd, path, error);
		else {
			nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
			continue;
		}
		close(fd);
		return r;
	}
	/* Only for the message of whoever finds it locked. */
	(void)!ftruncate(fd, 0);
	(void)dprintf(fd, "%ld\n", (long)getpid());
	*ret_fd = fd;
	return 0;
}

int checkpoint_directory_remove_unfinished(const struct checkpoint_directory *directory, struct error *error)
{
	DIR *list = opendir(directory->unfinished);
	if (list == NULL && errno == ENOENT)
		return 0;
	if (list == NULL)
		return error_set(error, -errno, "cannot read '%s': %s", directory->unfinished, strerror(errno));
	const struct dirent *entry;
	while ((entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(dirfd(list), entry->d_name, 0); /* rmdir tells */
	closedir(list);
	if (rmdir(directory->unfinished) < 0)
		return error_set(error, -errno, "cannot remove '%s': %s", directory->unfinished, strerror(errno));
	return 0;
}

int checkpoint_directory_publish(const struct checkpoint_directory *directory, struct error *error)
{
	int r = sync_directory(directory->unfinished, error);
	if (r < 0)
		return r;
	if (rename(directory->unfinished, directory->store) < 0)
		return error_set(error, -errno, "cannot rename '%s' to '%s': %s", directory->unfinished, directory->store,
				 strerror(errno));
	r = sync_directory(directory->path, error);
	/* A second sync may call good what the first one lost: the next try makes the store anew. */
	if (r < 0)
		(void)rename(directory->store, directory->unfinished);
	return r;
}
