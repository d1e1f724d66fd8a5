/* What inject.so is made of: inject.c decides what fails, calls.c stands in front of the C library's functions,
 * record.c writes down what was done. */
#ifndef WEIR_TESTS_INJECT_H
#define WEIR_TESTS_INJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define EXPORT __attribute__((visibility("default")))

/* inject.c */
bool is_below(const char *folder, const char *path);
int fault_in(const char *call, const char *path);
/* True: fail with errno as it is set now. write_fails() may make *bytes smaller instead. */
bool fails(const char *call, const char *path);
bool write_fails(const char *path, size_t *bytes);

/* calls.c: past everything */
ssize_t real_write(int fd, const void *data, size_t bytes);

/* record.c: nothing is done where nothing is to be recorded. A call and its record are one step. */
void record_begin(const char *file, const char *below);
void record_lock(void);
void record_unlock(void);
bool record_wants(const char *path);
/* Of a file or directory that is open as fd. */
void record_made(int fd, const char *path);
void record_write(int fd, off_t offset, const void *data, size_t bytes);
void record_truncate(int fd, off_t bytes);
void record_sync(int fd);
/* "mkdir", "rename", "link", "unlink"; `to` may be NULL */
void record_name(const char *operation, const char *path, const char *to);

#endif
