#include "checkpoint/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

#define MAGIC 0x45524f5453524957u /* "WIRSTORE" */
#define FILE_BYTES 48
/* magic 8, format version 4, flags 4, completed 8, pending 8, zeros, checksum of all before it 8 */
#define AT_VERSION 8
#define AT_FLAGS 12
#define AT_COMPLETED 16
#define AT_PENDING 24
#define AT_CHECKSUM (FILE_BYTES - 8)
#define HAS_COMPLETED 1u
#define HAS_PENDING 2u

static void file_name(const char *directory, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/WEIR", directory);
}

static int decode(const uint8_t *data, const char *path, struct durable *ret_durable, struct error *error)
{
	if (bytes_load_u64(data) != MAGIC)
		return error_set(error, -EBADMSG, "'%s' is damaged or not weir's", path);
	/* Before the checksum: a newer format may have its own. */
	uint32_t version = bytes_load_u32(data + AT_VERSION);
	if (version > STORE_FORMAT_VERSION)
		return error_set(error, -ENOTSUP, "the store has format version %" PRIu32 " ('%s'), made by a newer weir: this one "
				 "knows versions up to %d", version, path, STORE_FORMAT_VERSION);
	if (bytes_checksum(data, AT_CHECKSUM) != bytes_load_u64(data + AT_CHECKSUM))
		return error_set(error, -EBADMSG, "'%s' is damaged: its checksum is wrong", path);
	uint32_t flags = bytes_load_u32(data + AT_FLAGS);
	*ret_durable = (struct durable){(flags & HAS_COMPLETED) != 0, (flags & HAS_PENDING) != 0,
					bytes_load_u64(data + AT_COMPLETED), bytes_load_u64(data + AT_PENDING)};
	return 0;
}

int durable_read(const char *directory, struct durable *ret_durable, struct error *error)
{
	char path[PATH_MAX];
	file_name(directory, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return error_set(error, -EBADMSG, "'%s' is not a checkpoint store of weir, or a damaged one: it has no file WEIR",
				 directory);
	if (fd < 0)
		return error_set(error, -errno, "cannot open '%s': %s", path, strerror(errno));
	uint8_t data[FILE_BYTES];
	ssize_t bytes = pread(fd, data, sizeof(data), 0);
	int why = errno;
	close(fd);
	if (bytes < 0)
		return error_set(error, -why, "cannot read '%s': %s", path, strerror(why));
	if (bytes != FILE_BYTES)
		return error_set(error, -EBADMSG, "'%s' is damaged: it was cut short", path);
	return decode(data, path, ret_durable, error);
}

/* One write within one sector: it happens or it does not, but POSIX lets it happen in pieces. Returns errno. */
static int write_in_place(int fd, const uint8_t data[FILE_BYTES])
{
	for (off_t written = 0; written < FILE_BYTES;) {
		ssize_t bytes = pwrite(fd, data + written, (size_t)(FILE_BYTES - written), written);
		if (bytes <= 0)
			return bytes < 0 ? errno : ENOSPC;
		written += bytes;
	}
	return 0;
}

int durable_write(const char *directory, const struct durable *durable, bool sync, struct error *error)
{
	uint8_t data[FILE_BYTES] = {0};
	bytes_store_u64(data, MAGIC);
	bytes_store_u32(data + AT_VERSION, STORE_FORMAT_VERSION);
	bytes_store_u32(data + AT_FLAGS,
			(durable->has_completed ? HAS_COMPLETED : 0) | (durable->has_pending ? HAS_PENDING : 0));
	bytes_store_u64(data + AT_COMPLETED, durable->completed);
	bytes_store_u64(data + AT_PENDING, durable->pending);
	bytes_store_u64(data + AT_CHECKSUM, bytes_checksum(data, AT_CHECKSUM));

	char path[PATH_MAX];
	file_name(directory, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return error_set(error, -errno, "cannot open '%s' for writing: %s", path, strerror(errno));
	int why = write_in_place(fd, data);
	if (why == 0 && sync && fdatasync(fd) < 0)
		why = errno;
	close(fd);
	return why == 0 ? 0 : error_set(error, -why, "cannot write '%s': %s", path, strerror(why));
}
