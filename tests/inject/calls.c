/* The C library's calls that change a folder, each with a fault or a record in between. */
#define _LARGEFILE64_SOURCE
#include "inject.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The function of that name behind this object. */
#define REAL(function)                                                                          \
	({                                                                                      \
		static __typeof__(function) *behind_;                                           \
		if (behind_ == NULL && (behind_ = (__typeof__(function) *)dlsym(RTLD_NEXT, #function)) == NULL) \
			abort();                                                                \
		behind_;                                                                        \
	})

ssize_t real_write(int fd, const void *data, size_t bytes)
{
	return REAL(write)(fd, data, bytes);
}

static const char *path_of(int fd, char path[PATH_MAX])
{
	char link[64];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	int why = errno;
	ssize_t len = readlink(link, path, PATH_MAX - 1);
	errno = why;
	path[len < 0 ? 0 : len] = '\0';
	return path;
}

static const char *path_at(int directory, const char *name, char path[PATH_MAX])
{
	char folder[PATH_MAX];
	if (*name == '/')
		return name;
	if (directory == AT_FDCWD) {
		if (getcwd(folder, sizeof(folder)) == NULL)
			*folder = '\0';
	} else
		path_of(directory, folder);
	return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? path : name;
}

/* ---- files ---- */

static int open_file(int directory, const char *name, int flags, mode_t mode)
{
	char buffer[PATH_MAX];
	const char *path = path_at(directory, name, buffer);
	if (fails("open", path) || ((flags & O_CREAT) != 0 && fails("create", path)))
		return -1;
	if ((flags & (O_CREAT | O_TRUNC)) == 0 || !record_wants(path))
		return REAL(openat)(directory, name, flags, mode);
	struct stat before;
	record_lock();
	bool existed = fstatat(directory, name, &before, 0) == 0;
	int fd = REAL(openat)(directory, name, flags, mode);
	if (fd >= 0 && !existed)
		record_made(fd, path);
	if (fd >= 0 && existed && (flags & O_TRUNC) != 0)
		record_truncate(fd, 0);
	record_unlock();
	return fd;
}

#define TAKE_MODE(flags, mode)                    \
	mode_t mode = 0;                          \
	if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
		va_list arguments;                \
		va_start(arguments, flags);       \
		mode = va_arg(arguments, mode_t); \
		va_end(arguments);                \
	}

EXPORT int open(const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_file(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_file(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int directory, const char *path, int flags, ...)
{
	TAKE_MODE(flags, mode)
	return open_file(directory, path, flags, mode);
}

static ssize_t write_at(int fd, const void *data, size_t bytes, off_t offset, bool moves)
{
	char path[PATH_MAX];
	path_of(fd, path);
	if (write_fails(path, &bytes))
		return -1;
	bool wanted = record_wants(path);
	if (wanted)
		record_lock();
	struct stat now;
	if (moves && wanted)
		offset = (fcntl(fd, F_GETFL) & O_APPEND) != 0 && fstat(fd, &now) == 0 ? now.st_size : lseek(fd, 0, SEEK_CUR);
	ssize_t n = moves ? REAL(write)(fd, data, bytes) : REAL(pwrite)(fd, data, bytes, offset);
	if (wanted) {
		if (n > 0)
			record_write(fd, offset, data, (size_t)n);
		record_unlock();
	}
	return n;
}

EXPORT ssize_t write(int fd, const void *data, size_t bytes)
{
	return write_at(fd, data, bytes, 0, true);
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
	return write_at(fd, data, bytes, offset, false);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t offset)
{
	return write_at(fd, data, bytes, offset, false);
}

/* Only the size can be recorded, and only where it is not kept: blocks alone are no contents. */
EXPORT int fallocate(int fd, int mode, off_t offset, off_t bytes)
{
	char path[PATH_MAX];
	if (fails("allocate", path_of(fd, path)))
		return -1;
	return REAL(fallocate)(fd, mode, offset, bytes);
}

EXPORT int ftruncate(int fd, off_t bytes)
{
	char path[PATH_MAX];
	if (fails("truncate", path_of(fd, path)))
		return -1;
	record_lock();
	int r = REAL(ftruncate)(fd, bytes);
	if (r == 0 && record_wants(path))
		record_truncate(fd, bytes);
	record_unlock();
	return r;
}

EXPORT int ftruncate64(int fd, off_t bytes)
{
	return ftruncate(fd, bytes);
}

/* ---- syncs ---- */

static int sync_with(int (*how)(int), int fd)
{
	char path[PATH_MAX];
	if (fails("sync", path_of(fd, path)))
		return -1;
	record_lock();
	int r = how(fd);
	if (r == 0 && record_wants(path))
		record_sync(fd);
	record_unlock();
	return r;
}

EXPORT int fsync(int fd)
{
	return sync_with(REAL(fsync), fd);
}

EXPORT int fdatasync(int fd)
{
	return sync_with(REAL(fdatasync), fd);
}

/* ---- names ---- */

EXPORT int mkdir(const char *name, mode_t mode)
{
	char buffer[PATH_MAX];
	const char *path = path_at(AT_FDCWD, name, buffer);
	if (fails("mkdir", path))
		return -1;
	record_lock();
	int r = REAL(mkdir)(name, mode);
	if (r == 0)
		record_name("mkdir", path, NULL);
	record_unlock();
	return r;
}

EXPORT int rename(const char *from, const char *to)
{
	char from_buffer[PATH_MAX], to_buffer[PATH_MAX];
	const char *from_path = path_at(AT_FDCWD, from, from_buffer), *to_path = path_at(AT_FDCWD, to, to_buffer);
	if (fails("rename", from_path))
		return -1;
	record_lock();
	int r = REAL(rename)(from, to);
	if (r == 0)
		record_name("rename", from_path, to_path);
	record_unlock();
	return r;
}

EXPORT int link(const char *from, const char *to)
{
	char from_buffer[PATH_MAX], to_buffer[PATH_MAX];
	const char *from_path = path_at(AT_FDCWD, from, from_buffer), *to_path = path_at(AT_FDCWD, to, to_buffer);
	record_lock();
	int r = REAL(link)(from, to);
	if (r == 0)
		record_name("link", from_path, to_path);
	record_unlock();
	return r;
}

static int remove_name(int directory, const char *name, int flags)
{
	char buffer[PATH_MAX];
	const char *path = path_at(directory, name, buffer);
	if (fails("unlink", path))
		return -1;
	record_lock();
	int r = REAL(unlinkat)(directory, name, flags);
	if (r == 0)
		record_name("unlink", path, NULL);
	record_unlock();
	return r;
}

EXPORT int unlink(const char *name)
{
	return remove_name(AT_FDCWD, name, 0);
}

EXPORT int unlinkat(int directory, const char *name, int flags)
{
	return remove_name(directory, name, flags);
}

EXPORT int rmdir(const char *name)
{
	return remove_name(AT_FDCWD, name, AT_REMOVEDIR);
}
