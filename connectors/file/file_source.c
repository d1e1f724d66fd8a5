/* The file source: the lines of one file, as far as they are written, and those that are added. The
 * offset of a record is the byte its line begins at.
 *
 * Lines are not copied: the file is read in blocks, and batches hold on to the blocks their lines are
 * in. Only the beginning of a line that ends in the next block is copied there.
 *
 * A file that is replaced or cut while weir has not read all of it is data lost, and what was read
 * cannot be told from what was not: such a file is refused, also when a log is rotated. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/plugin.h>

#include "connectors/wakeup.h"

#define BLOCK_SIZE (1 << 20)
#define RECORDS_AT_ONCE 1024
#define LOOK_AGAIN_MS 20 /* whether the file has grown */

struct block {
	atomic_uint users; /* the source while it reads into it, and each batch with lines in it */
	size_t size;
	uint8_t bytes[];
};

struct file_source {
	/* options */
	const char *path, *start, *stop;
	bool strip_carriage_return;
	int64_t max_line_length;

	struct weir_ctx *ctx;
	const struct weir_host *host;
	int wakeup, fd;
	uint32_t partition;
	uint64_t inode;
	char note[64]; /* "inode 4711" */
	bool ended;
	bool within_line; /* a bounded run ended there, before its newline */
	int64_t stop_at; /* -1: never */

	struct block *block;
	size_t begin;	/* in the block: of the next line */
	size_t scanned; /* no newline lies between begin and here */
	size_t filled;
	int64_t offset; /* in the file: of the next line */
};

static weir_status failed(struct file_source *source, const char *what)
{
	return source->host->fail(source->ctx, WEIR_FATAL, "cannot %s '%s': %s", what, source->path,
				  strerror(errno));
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static weir_status file_source_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	const struct file_source *source = self;
	for (const char *at = source->path; *at != '\0'; at++)
		if (*at < ' ' || *at > '~')
			return host->bad_option(ctx, "path", "only printable ASCII can stand in a checkpoint");
	return *source->path != '\0' ? WEIR_OK : host->bad_option(ctx, "path", "it is empty");
}

static weir_status file_source_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct file_source *source = self;
	source->ctx = ctx;
	source->host = host;
	source->fd = -1;
	source->wakeup = wakeup_open();
	if (source->wakeup < 0)
		return host->fail(ctx, WEIR_FATAL, "cannot make an eventfd: %s", strerror(-source->wakeup));
	source->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	if (source->fd < 0 || fstat(source->fd, &status) < 0)
		return failed(source, "open");
	if (!S_ISREG(status.st_mode))
		return host->fail(ctx, WEIR_FATAL,
				  "'%s' is not a regular file, and nothing else can be read again from a position",
				  source->path);
	source->inode = status.st_ino;
	return WEIR_OK;
}

static void block_release(void *owner)
{
	struct block *block = owner;
	if (block != NULL && atomic_fetch_sub(&block->users, 1) == 1)
		free(block);
}

static void file_source_close(void *self)
{
	struct file_source *source = self;
	block_release(source->block);
	if (source->fd >= 0)
		close(source->fd);
	if (source->wakeup >= 0)
		close(source->wakeup);
}

/* ---- where to begin ------------------------------------------------------------------------------------- */

/* The position behind the last newline before `end`; -1 with errno. */
static int64_t last_line_end(int fd, int64_t end)
{
	uint8_t bytes[4096];
	while (end > 0) {
		size_t len = end < (int64_t)sizeof(bytes) ? (size_t)end : sizeof(bytes);
		ssize_t n = pread(fd, bytes, len, end - (int64_t)len);
		if (n != (ssize_t)len) {
			errno = n < 0 ? errno : ESTALE; /* it shrinks under our hands */
			return -1;
		}
		const uint8_t *newline = memrchr(bytes, '\n', len);
		if (newline != NULL)
			return end - (int64_t)len + (newline - bytes) + 1;
		end -= (int64_t)len;
	}
	return 0;
}

#define WITHIN_LINE ", within a line"

static weir_status go_on(struct file_source *source, const struct weir_position *position, int64_t size)
{
	const char *refusal = NULL, *note = position->note != NULL ? position->note : "";
	uint64_t inode = source->inode;
	uint8_t before = '\n';
	(void)sscanf(note, "inode %" SCNu64, &inode);
	source->within_line = strstr(note, WITHIN_LINE) != NULL;
	if (strcmp(position->stream, source->path) != 0)
		refusal = "the checkpoint is of another file";
	else if (inode != source->inode)
		refusal = "it was replaced by another file (a log that was rotated?)";
	else if (position->offset > size)
		refusal = "it is shorter than what was read of it: it was truncated";
	else if (position->offset > 0 && pread(source->fd, &before, 1, position->offset - 1) != 1)
		return failed(source, "read");
	else if ((before != '\n') != source->within_line)
		refusal = "lines do not end where they did: it was written anew";
	if (refusal != NULL)
		return source->host->fail(source->ctx, WEIR_REFUSED,
					  "cannot go on reading '%s' (inode %" PRIu64 ", %" PRId64 " bytes): %s. The "
					  "checkpoint: byte %" PRId64 " of '%s' (%s)",
					  source->path, source->inode, size, refusal, position->offset,
					  position->stream, note);
	source->offset = position->offset;
	return WEIR_OK;
}

static weir_status file_source_start(void *self, const struct weir_position *positions, uint32_t n_positions)
{
	struct file_source *source = self;
	struct stat now;
	if (fstat(source->fd, &now) < 0)
		return failed(source, "stat");
	if (n_positions > 0) {
		weir_status status = go_on(source, &positions[0], now.st_size);
		if (status != WEIR_OK)
			return status;
	} else if (strcmp(source->start, "latest") == 0) {
		source->offset = last_line_end(source->fd, now.st_size);
		if (source->offset < 0)
			return failed(source, "read");
	}
	source->stop_at = -1;
	if (strcmp(source->stop, "latest") == 0)
		source->stop_at = n_positions > 0 && positions[0].stop >= 0 ? positions[0].stop : now.st_size;
	source->partition = source->host->partition(source->ctx, source->path, 0);
	return WEIR_OK;
}

static weir_status file_source_snapshot(void *self, struct weir_positions *positions)
{
	struct file_source *source = self;
	snprintf(source->note, sizeof(source->note), "inode %" PRIu64 "%s", source->inode,
		 source->within_line ? WITHIN_LINE : "");
	return source->host->position(positions, &(struct weir_position){.stream = source->path,
									 .partition = 0,
									 .offset = source->offset,
									 .stop = source->stop_at,
									 .note = source->note});
}

/* ---- reading -------------------------------------------------------------------------------------------- */

/* Where in the file the next byte is read. */
static int64_t read_position(const struct file_source *source)
{
	return source->offset + (int64_t)(source->filled - source->begin);
}

/* A new block that begins with the line that the old one could not hold to its end. */
static weir_status block_turn(struct file_source *source)
{
	size_t begun = source->filled - source->begin;
	size_t size = begun > BLOCK_SIZE / 2 ? 2 * begun : BLOCK_SIZE;
	struct block *block = malloc(sizeof(*block) + size);
	if (block == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for lines");
	atomic_init(&block->users, 1);
	block->size = size;
	if (begun > 0)
		memcpy(block->bytes, source->block->bytes + source->begin, begun);
	block_release(source->block);
	source->block = block;
	source->scanned -= source->begin;
	source->begin = 0;
	source->filled = begun;
	return WEIR_OK;
}

/* At the end of the file: is it still the one that was read? */
static weir_status look_around(struct file_source *source)
{
	struct stat open_one, named;
	if (fstat(source->fd, &open_one) < 0)
		return failed(source, "stat");
	if (open_one.st_size < read_position(source))
		return source->host->fail(source->ctx, WEIR_REFUSED,
					  "'%s' was truncated: %" PRId64 " bytes were read, it has %" PRId64,
					  source->path, read_position(source), (int64_t)open_one.st_size);
	/* Moved away and nothing new there yet: whoever has it open may still write to it. */
	if (stat(source->path, &named) < 0 ||
	    (named.st_ino == open_one.st_ino && named.st_dev == open_one.st_dev))
		return WEIR_IDLE;
	return source->host->fail(source->ctx, WEIR_REFUSED,
				  "'%s' was replaced by another file (a log that was rotated?); the old one was read "
				  "up to byte %" PRId64,
				  source->path, source->offset);
}

/* WEIR_OK: there are more bytes. */
static weir_status fill(struct file_source *source)
{
	if (source->block == NULL || source->filled == source->block->size) {
		weir_status status = block_turn(source);
		if (status != WEIR_OK)
			return status;
	}
	size_t room = source->block->size - source->filled;
	if (source->stop_at >= 0 && (int64_t)room > source->stop_at - read_position(source))
		room = (size_t)(source->stop_at - read_position(source));
	if (room == 0)
		return WEIR_IDLE;
	ssize_t n = pread(source->fd, source->block->bytes + source->filled, room, read_position(source));
	if (n < 0)
		return failed(source, "read");
	source->filled += (size_t)n;
	return n > 0 ? WEIR_OK : look_around(source);
}

static bool is_at_stop(const struct file_source *source)
{
	return source->stop_at >= 0 && read_position(source) >= source->stop_at;
}

/* Finds up to `max` whole lines behind begin; ends[i] is behind the i-th in the block. */
static uint32_t find_lines(struct file_source *source, size_t *ends, uint32_t max)
{
	uint32_t n = 0;
	const uint8_t *bytes = source->block != NULL ? source->block->bytes : NULL;
	while (n < max && source->scanned < source->filled) {
		const uint8_t *newline = memchr(bytes + source->scanned, '\n', source->filled - source->scanned);
		source->scanned = newline != NULL ? (size_t)(newline - bytes) + 1 : source->filled;
		if (newline != NULL)
			ends[n++] = source->scanned;
	}
	/* What is left at the end of a bounded run is a line too. */
	if (n == 0 && is_at_stop(source) && source->filled > source->begin)
		ends[n++] = source->filled;
	return n;
}

static void record_fill(struct file_source *source, struct weir_record *record, size_t end)
{
	const uint8_t *text = source->block->bytes + source->begin;
	size_t len = end - source->begin;
	source->within_line = text[len - 1] != '\n';
	if (!source->within_line) {
		len--;
		if (source->strip_carriage_return && len > 0 && text[len - 1] == '\r')
			len--;
	}
	record->value = (struct weir_slice){text, len};
	record->partition = source->partition;
	record->offset = source->offset;
}

static weir_status too_long(struct file_source *source)
{
	return source->host->fail(source->ctx, WEIR_FATAL,
				  "'%s': the line at byte %" PRId64 " is longer than max_line_length (%" PRId64 " bytes)",
				  source->path, source->offset, source->max_line_length);
}

/* WEIR_OK with records, WEIR_IDLE when there is no whole line in the block. */
static weir_status give_lines(struct file_source *source, struct weir_out *out, uint32_t max)
{
	size_t ends[RECORDS_AT_ONCE];
	uint32_t n = find_lines(source, ends, max < RECORDS_AT_ONCE ? max : RECORDS_AT_ONCE);
	if (n == 0)
		return (int64_t)(source->filled - source->begin) > source->max_line_length + 2 ? too_long(source)
											       : WEIR_IDLE;
	struct weir_record *records = source->host->append(out, n);
	if (records == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for records");
	for (uint32_t i = 0; i < n; i++) {
		record_fill(source, &records[i], ends[i]);
		if ((int64_t)records[i].value.len > source->max_line_length)
			return too_long(source);
		source->offset += (int64_t)(ends[i] - source->begin);
		source->begin = ends[i];
	}
	atomic_fetch_add(&source->block->users, 1);
	return source->host->adopt(out, source->block, block_release);
}

static void tell_lag(struct file_source *source, weir_status status)
{
	struct stat now;
	if (status == WEIR_IDLE) /* a line that is not finished is nothing to be read yet */
		source->host->partition_lag(source->ctx, source->partition, 0);
	else if (fstat(source->fd, &now) == 0 && now.st_size > source->offset)
		source->host->partition_lag(source->ctx, source->partition, now.st_size - source->offset);
}

static weir_status file_source_poll(void *self, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	struct file_source *source = self;
	bool waited = false;
	for (;;) {
		weir_status status = give_lines(source, out, max_records);
		if (status != WEIR_IDLE)
			return status;
		if (is_at_stop(source)) {
			if (!source->ended)
				source->host->partition_end(source->ctx, source->partition);
			source->ended = true;
			return WEIR_END;
		}
		status = fill(source);
		if (status == WEIR_OK || !waited)
			tell_lag(source, status);
		if (status == WEIR_OK)
			continue;
		if (status != WEIR_IDLE || timeout_ms <= 0)
			return status;
		int64_t wait_ms = timeout_ms < LOOK_AGAIN_MS ? timeout_ms : LOOK_AGAIN_MS;
		if (wakeup_wait(source->wakeup, wait_ms))
			return WEIR_IDLE;
		timeout_ms -= wait_ms;
		waited = true;
	}
}

static void file_source_interrupt(void *self)
{
	wakeup_signal(((struct file_source *)self)->wakeup);
}

/* ---- descriptor --------------------------------------------------------------------------------------- */

#define FIELD(field, ctype) WEIR_FIELD(struct file_source, field, ctype)

static const struct weir_option options[] = {
	{"path", WEIR_STRING, WEIR_REQUIRED, FIELD(path, const char *), NULL, NULL, "The file to read"},
	{"start", WEIR_STRING, 0, FIELD(start, const char *), "earliest", "earliest|latest",
	 "Where there is no checkpoint: at its first line, or with the first line finished from now on"},
	{"stop", WEIR_STRING, 0, FIELD(stop, const char *), "never", "never|latest",
	 "Follow the file as it grows, or end at the size it has at the first start"},
	{"strip_carriage_return", WEIR_BOOL, 0, FIELD(strip_carriage_return, bool), "true", NULL,
	 "A carriage return before the newline is no part of the line"},
	{"max_line_length", WEIR_BYTES, 0, FIELD(max_line_length, int64_t), "1 MiB", "1..1073741824",
	 "A longer line stops the pipeline"},
};

static const struct weir_source_ops ops = {
	.size = sizeof(ops),
	.start = file_source_start,
	.poll = file_source_poll,
	.interrupt = file_source_interrupt,
	.snapshot = file_source_snapshot,
};

WEIR_PLUGIN(.name = "file", .version = "0.1.0", .license = "Apache-2.0",
	    .summary = "Reads the lines of a file and follows it as it grows",
	    .doc = "Each line is a record without key: the value is the line without its newline, the offset its "
		   "first byte in the file. A last line without a newline is given when the newline comes, or at the "
		   "end of a bounded run. The file may only grow: truncating or replacing it, also by rotating a "
		   "log, stops the pipeline, because lines that were not read could be lost unseen.",
	    .example = "source = { plugin = \"file\"; path = \"/var/log/access.log\"; };",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct file_source), .check = file_source_check,
	    .open = file_source_open, .close = file_source_close, .source = &ops);
