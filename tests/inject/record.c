/* Writes down what is done to a folder, in the order in which it is done. Each record is a line of fields with
 * tabs between them, and the data of a write behind it; a path stands relative to the folder ("" is the folder).
 *
 *   make   INODE PATH           a new, empty file
 *   mkdir  INODE PATH
 *   write  INODE OFFSET BYTES   and so many bytes, then a newline
 *   cut    INODE BYTES          truncated to that
 *   sync   INODE                a file, or a directory and with it the names in it
 *   rename PATH TO
 *   link   PATH TO
 *   unlink PATH                 rmdir too
 *   begin                       what comes before it is what was there: made, written and synced */
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int log_fd = -1;
static const char *folder;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool record_wants(const char *path)
{
	return log_fd >= 0 && is_below(folder, path);
}

void record_lock(void)
{
	if (log_fd >= 0)
		pthread_mutex_lock(&lock);
}

void record_unlock(void)
{
	if (log_fd >= 0)
		pthread_mutex_unlock(&lock);
}

/* In one write with the data: a kill leaves no half record. */
__attribute__((format(printf, 3, 4))) static void put(const void *data, size_t bytes, const char *fmt, ...)
{
	int why = errno;
	char line[2 * PATH_MAX + 100];
	va_list arguments;
	va_start(arguments, fmt);
	size_t len = (size_t)vsnprintf(line, sizeof(line), fmt, arguments);
	va_end(arguments);
	struct iovec parts[] = {{line, len}, {(void *)(uintptr_t)data, bytes}, {(char[]){'\n'}, 1}};
	size_t whole = len + (data != NULL ? bytes + 1 : 0);
	if (writev(log_fd, parts, data != NULL ? 3 : 1) != (ssize_t)whole)
		abort();
	errno = why;
}

static unsigned long inode_of(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

static const char *relative(const char *path)
{
	const char *behind = path + strlen(folder);
	return *behind == '/' ? behind + 1 : behind;
}

void record_made(int fd, const char *path)
{
	put(NULL, 0, "make\t%lu\t%s\n", inode_of(fd), relative(path));
}

void record_write(int fd, off_t offset, const void *data, size_t bytes)
{
	put(data, bytes, "write\t%lu\t%lld\t%zu\n", inode_of(fd), (long long)offset, bytes);
}

void record_truncate(int fd, off_t bytes)
{
	put(NULL, 0, "cut\t%lu\t%lld\n", inode_of(fd), (long long)bytes);
}

void record_sync(int fd)
{
	put(NULL, 0, "sync\t%lu\n", inode_of(fd));
}

void record_name(const char *operation, const char *path, const char *to)
{
	struct stat status;
	if (!record_wants(path))
		return;
	if (strcmp(operation, "mkdir") == 0 && stat(path, &status) == 0)
		put(NULL, 0, "mkdir\t%lu\t%s\n", status.st_ino, relative(path));
	else if (to != NULL)
		put(NULL, 0, "%s\t%s\t%s\n", operation, relative(path), relative(to));
	else
		put(NULL, 0, "unlink\t%s\n", relative(path));
}

static int record_found(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)ftw;
	if (kind == FTW_D) {
		put(NULL, 0, "mkdir\t%lu\t%s\n", status->st_ino, relative(path));
		return 0;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	record_made(fd, path);
	static char data[1 << 16];
	ssize_t n;
	for (off_t at = 0; (n = pread(fd, data, sizeof(data), at)) > 0; at += n)
		record_write(fd, at, data, (size_t)n);
	record_sync(fd);
	close(fd);
	return 0;
}

static int sync_found(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
	(void)path, (void)ftw;
	if (kind == FTW_D)
		put(NULL, 0, "sync\t%lu\n", status->st_ino);
	return 0;
}

void record_begin(const char *file, const char *below)
{
	folder = below;
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	log_fd = fd;
	if (fd < 0 || nftw(below, record_found, 16, FTW_PHYS) != 0 || nftw(below, sync_found, 16, FTW_PHYS) != 0) {
		fprintf(stderr, "inject: cannot record '%s' in '%s'\n", below, file);
		abort();
	}
	put(NULL, 0, "begin\n");
}
