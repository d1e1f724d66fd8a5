/* The file sink: one finished file ("part") for each checkpoint that had output. Readers of the directory
 * see whole parts only, each exactly once.
 *
 *   write     lines go to DIRECTORY/.PREFIX-<checkpoint>SUFFIX.partial
 *   prepare   file and directory are synced; the handle names the finished part
 *   commit    the partial file is renamed to PREFIX-<checkpoint>SUFFIX, the directory synced
 *
 * Dead letters are a second set of parts in a directory of their own. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/plugin.h>

#include "line_buffer.h"

#define CHECKPOINT_DIGITS 12 /* at least so many, so that names sort */

/* The part being written in one directory. */
struct part {
	const char *directory; /* NULL: there is none */
	bool exists;
	struct line_buffer lines;
	char finished[PATH_MAX], partial[PATH_MAX];
};

struct file_sink {
	const char *directory, *prefix, *suffix, *dead_letter_directory; /* options */
	struct weir_ctx *ctx;
	const struct weir_host *host;
	uint64_t checkpoint;
	bool has_prepared; /* `checkpoint`, itself: not an instance before it */
	struct part parts[2]; /* by weir_batch.output */
	char handle[2 * PATH_MAX]; /* paths of finished parts, each with a newline behind it */
};

/* ---- options --------------------------------------------------------------------------------------- */

static bool is_plain(const char *text) /* may stand in a handle */
{
	for (; *text != '\0'; text++)
		if (iscntrl((unsigned char)*text))
			return false;
	return true;
}

static weir_status file_sink_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct file_sink *sink = self;
	const struct {
		const char *option, *text;
		bool is_name;
	} table[] = {{"directory", sink->directory, false},
		     {"dead_letter_directory", sink->dead_letter_directory, false},
		     {"prefix", sink->prefix, true},
		     {"suffix", sink->suffix, true}};
	weir_status status = WEIR_OK;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *text = table[i].text;
		if (text == NULL)
			continue;
		if (!is_plain(text))
			status = host->bad_option(ctx, table[i].option, "control characters cannot stand in a path");
		else if (table[i].is_name ? strchr(text, '/') != NULL || strlen(text) > 100
					  : *text == '\0' || strlen(text) > PATH_MAX - 300)
			status = host->bad_option(ctx, table[i].option,
						  table[i].is_name
							  ? "it is a part of file names: no '/', at most 100 bytes"
							  : "empty or too long");
	}
	if (sink->dead_letter_directory != NULL && strcmp(sink->directory, sink->dead_letter_directory) == 0)
		status = host->bad_option(ctx, "dead_letter_directory",
					  "results and dead letters need a directory each");
	return status;
}

/* What may pass by itself, like a full disk, is tried again from the last checkpoint. */
static weir_status failed(struct file_sink *sink, const char *what, const char *path)
{
	static const int passing[] = {ENOSPC, EDQUOT, EFBIG, EIO, EMFILE, ENFILE, ENOMEM};
	weir_status status = WEIR_FATAL;
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (errno == passing[i])
			status = WEIR_ABORT;
	return sink->host->fail(sink->ctx, status, "cannot %s '%s': %s", what, path, strerror(errno));
}

static int directory_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	errno = -r;
	return r;
}

/* Its name is to outlive a loss of power like the parts in it. One that is found may have been made just before
 * an earlier instance died; where somebody else made it in a folder that cannot be read, that is theirs. */
static weir_status directory_make(struct file_sink *sink, const char *path)
{
	bool is_found = mkdir(path, 0777) < 0;
	if (is_found && errno != EEXIST)
		return failed(sink, "make directory", path);
	char parent[PATH_MAX];
	snprintf(parent, sizeof(parent), "%s/..", path);
	if (directory_sync(parent) < 0 && !(is_found && errno == EACCES))
		return failed(sink, "sync directory", parent);
	if (access(path, R_OK | W_OK | X_OK) < 0)
		return failed(sink, "write in directory", path);
	return WEIR_OK;
}

static weir_status file_sink_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct file_sink *sink = self;
	sink->ctx = ctx;
	sink->host = host;
	sink->parts[WEIR_RESULTS].directory = sink->directory;
	sink->parts[WEIR_DEAD_LETTERS].directory = sink->dead_letter_directory;
	for (int i = 0; i < 2; i++) {
		struct part *part = &sink->parts[i];
		part->lines.fd = -1;
		if (part->directory == NULL)
			continue;
		weir_status status = directory_make(sink, part->directory);
		if (status != WEIR_OK)
			return status;
	}
	return WEIR_OK;
}

/* ---- one part --------------------------------------------------------------------------------------- */

static void part_drop(struct part *part)
{
	if (part->lines.fd >= 0)
		close(part->lines.fd);
	line_buffer_done(&part->lines);
	part->exists = false;
}

static void file_sink_close(void *self)
{
	struct file_sink *sink = self;
	part_drop(&sink->parts[0]);
	part_drop(&sink->parts[1]);
}

static weir_status part_create(struct file_sink *sink, struct part *part)
{
	char name[256];
	int name_len = snprintf(name, sizeof(name), "%s-%0*" PRIu64 "%s", sink->prefix, CHECKPOINT_DIGITS,
				sink->checkpoint, sink->suffix);
	if (name_len >= (int)sizeof(name) ||
	    snprintf(part->finished, PATH_MAX, "%s/%s", part->directory, name) >= PATH_MAX ||
	    snprintf(part->partial, PATH_MAX, "%s/.%s.partial", part->directory, name) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return failed(sink, "create a file in", part->directory);
	}
	int fd = open(part->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return failed(sink, "create", part->partial);
	if (line_buffer_init(&part->lines, fd) < 0) {
		close(fd);
		return sink->host->fail(sink->ctx, WEIR_FATAL, "no memory for lines");
	}
	part->exists = true;
	return WEIR_OK;
}

static weir_status part_prepare(struct file_sink *sink, struct part *part)
{
	int r = line_buffer_flush(&part->lines);
	if (r < 0) {
		errno = -r;
		return failed(sink, "write to", part->partial);
	}
	if (fsync(part->lines.fd) < 0)
		return failed(sink, "sync", part->partial);
	if (directory_sync(part->directory) < 0)
		return failed(sink, "sync directory", part->directory);
	part_drop(part);
	return WEIR_OK;
}

/* ---- checkpoints ------------------------------------------------------------------------------------ */

static weir_status file_sink_begin(void *self, uint64_t checkpoint)
{
	struct file_sink *sink = self;
	sink->checkpoint = checkpoint;
	return WEIR_OK;
}

static weir_status file_sink_write(void *self, const struct weir_batch *batch)
{
	struct file_sink *sink = self;
	struct part *part = &sink->parts[batch->output];
	if (batch->n_records == 0)
		return WEIR_OK;
	weir_status status = part->exists ? WEIR_OK : part_create(sink, part);
	if (status != WEIR_OK)
		return status;
	int r = line_buffer_add_batch(&part->lines, batch);
	if (r < 0) {
		errno = -r;
		return failed(sink, "write to", part->partial);
	}
	return WEIR_OK;
}

static weir_status file_sink_prepare(void *self, const struct weir_checkpoint *checkpoint,
				     struct weir_slice *ret_handle)
{
	struct file_sink *sink = self;
	(void)checkpoint;
	size_t len = 0;
	sink->has_prepared = true;
	for (int i = 0; i < 2; i++) {
		struct part *part = &sink->parts[i];
		if (!part->exists)
			continue;
		weir_status status = part_prepare(sink, part);
		if (status != WEIR_OK)
			return status;
		len += (size_t)snprintf(sink->handle + len, sizeof(sink->handle) - len, "%s\n", part->finished);
	}
	*ret_handle = (struct weir_slice){len > 0 ? (const uint8_t *)sink->handle : NULL, len};
	return sink->host->failpoint(sink->ctx, "file_sink_prepared");
}

/* The partial file's path and directory, from what a handle names; false: that is no such path. */
static bool paths_of(const char *finished, char partial[PATH_MAX], char directory[PATH_MAX])
{
	const char *slash = strrchr(finished, '/');
	if (slash == NULL)
		return false;
	int len = (int)(slash - finished);
	snprintf(directory, PATH_MAX, "%.*s", len > 0 ? len : 1, finished);
	return snprintf(partial, PATH_MAX, "%.*s/.%s.partial", len, finished, slash + 1) < PATH_MAX;
}

static bool is_there(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0;
}

static weir_status part_publish(struct file_sink *sink, const char *finished, const char *partial,
				const char *directory)
{
	const struct weir_host *host = sink->host;
	if (is_there(partial)) {
		if (is_there(finished))
			return host->fail(sink->ctx, WEIR_REFUSED,
					  "'%s' is to become '%s', but that exists: another pipeline writes there, or "
					  "the checkpoint store is older than the files",
					  partial, finished);
		if (rename(partial, finished) < 0)
			return failed(sink, "rename to its final name", partial);
		if (host->failpoint(sink->ctx, "file_sink_renamed") != WEIR_OK)
			return WEIR_FATAL;
	} else if (!is_there(finished)) {
		/* The part was synced before the store completed its checkpoint: where an earlier instance has
		 * left nothing behind, a reader has taken the finished part away. */
		if (!sink->has_prepared) {
			host->log(sink->ctx, WEIR_WARN, "'%s' is not there any more: taken away since it was finished", finished);
			return WEIR_OK;
		}
		return host->fail(sink->ctx, WEIR_REFUSED,
				  "neither '%s' nor '%s' exists, though the checkpoint says that it was written: "
				  "somebody removed it",
				  partial, finished);
	}
	if (directory_sync(directory) < 0) {
		/* A second sync may call good what the first one lost: the next try renames again. */
		int why = errno;
		(void)rename(finished, partial);
		errno = why;
		return failed(sink, "sync directory", directory);
	}
	return WEIR_OK;
}

static weir_status part_discard(struct file_sink *sink, const char *finished, const char *partial,
				const char *directory)
{
	(void)directory; /* a partial file that comes back after a power loss is removed by resume() */
	if (is_there(finished))
		return sink->host->fail(sink->ctx, WEIR_REFUSED,
					"'%s' belongs to a checkpoint that is to be undone, but it was published",
					finished);
	if (unlink(partial) < 0 && errno != ENOENT)
		return failed(sink, "remove", partial);
	return WEIR_OK;
}

typedef weir_status settle_part(struct file_sink *, const char *finished, const char *partial,
				const char *directory);

static weir_status for_each_part(struct file_sink *sink, struct weir_slice handle, settle_part *settle)
{
	char finished[PATH_MAX], partial[PATH_MAX], directory[PATH_MAX];
	const char *at = (const char *)handle.data;
	for (size_t left = handle.len, len; left > 0; at += len + 1, left -= len + 1) {
		const char *newline = memchr(at, '\n', left);
		len = newline != NULL ? (size_t)(newline - at) : PATH_MAX;
		snprintf(finished, PATH_MAX, "%.*s", len < PATH_MAX ? (int)len : 0, at);
		if (!paths_of(finished, partial, directory))
			return sink->host->fail(sink->ctx, WEIR_REFUSED,
						"the checkpoint's handle is not one of the file sink");
		weir_status status = settle(sink, finished, partial, directory);
		if (status != WEIR_OK)
			return status;
	}
	return WEIR_OK;
}

static weir_status file_sink_commit(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)checkpoint;
	return for_each_part(self, handle, part_publish);
}

static weir_status file_sink_abort(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)checkpoint;
	return for_each_part(self, handle, part_discard);
}

/* ---- what an earlier run left behind ------------------------------------------------------------------ */

enum leftover { FOREIGN, PARTIAL, FINISHED };

/* Whose file is it? Sets the checkpoint in its name. */
static enum leftover leftover_kind(const struct file_sink *sink, const char *name, uint64_t *ret_checkpoint)
{
	size_t prefix_len = strlen(sink->prefix), suffix_len = strlen(sink->suffix);
	bool hidden = name[0] == '.';
	name += hidden;
	if (strncmp(name, sink->prefix, prefix_len) != 0 || name[prefix_len] != '-')
		return FOREIGN;
	const char *digits = name + prefix_len + 1;
	size_t n_digits = strspn(digits, "0123456789");
	const char *rest = digits + n_digits;
	if (n_digits < CHECKPOINT_DIGITS || n_digits > 20 || strncmp(rest, sink->suffix, suffix_len) != 0)
		return FOREIGN;
	*ret_checkpoint = strtoull(digits, NULL, 10);
	/* The digits as we write that number: neither more zeros nor more than 64 bits. */
	char as_written[24];
	snprintf(as_written, sizeof(as_written), "%0*" PRIu64, CHECKPOINT_DIGITS, *ret_checkpoint);
	if (strlen(as_written) != n_digits || strncmp(as_written, digits, n_digits) != 0 ||
	    strcmp(rest + suffix_len, hidden ? ".partial" : "") != 0)
		return FOREIGN;
	return hidden ? PARTIAL : FINISHED;
}

/* Removes partial files; finished ones of checkpoints to come contradict the store. */
static weir_status directory_settle(struct file_sink *sink, const char *path, uint64_t completed)
{
	DIR *directory = opendir(path);
	if (directory == NULL)
		return failed(sink, "read directory", path);
	weir_status status = WEIR_OK;
	struct dirent *entry;
	while (status == WEIR_OK && (entry = readdir(directory)) != NULL) {
		uint64_t checkpoint = 0;
		enum leftover kind = leftover_kind(sink, entry->d_name, &checkpoint);
		if (kind == PARTIAL && unlinkat(dirfd(directory), entry->d_name, 0) < 0)
			status = failed(sink, "remove", entry->d_name);
		if (kind == FINISHED && checkpoint > completed)
			status = sink->host->fail(
				sink->ctx, WEIR_REFUSED,
				"'%s/%s' is of a checkpoint that this pipeline has not reached (it completed %" PRIu64
				"): another pipeline wrote it, or the checkpoint store is older than the files. Move the "
				"files away, or set another directory or prefix",
				path, entry->d_name, completed);
	}
	closedir(directory);
	return status;
}

static weir_status file_sink_resume(void *self, uint64_t completed)
{
	struct file_sink *sink = self;
	weir_status status = WEIR_OK;
	for (int i = 0; status == WEIR_OK && i < 2; i++)
		if (sink->parts[i].directory != NULL)
			status = directory_settle(sink, sink->parts[i].directory, completed);
	return status;
}

/* ---- descriptor --------------------------------------------------------------------------------------- */

#define FIELD(field) WEIR_FIELD(struct file_sink, field, const char *)

static const struct weir_option options[] = {
	{"directory", WEIR_STRING, WEIR_REQUIRED, FIELD(directory), NULL, NULL,
	 "Where finished files appear; made when missing"},
	{"prefix", WEIR_STRING, 0, FIELD(prefix), "part", NULL, "How their names begin"},
	{"suffix", WEIR_STRING, 0, FIELD(suffix), ".txt", NULL, "How their names end"},
	{"dead_letter_directory", WEIR_STRING, 0, FIELD(dead_letter_directory), NULL, NULL,
	 "Where files of dead letters appear: lines of reason, component, stream, partition, offset and value, "
	 "separated by tabs"},
};

static const struct weir_sink_ops ops = {
	.size = sizeof(ops),
	.delivery = WEIR_TWO_PHASE,
	.dead_letter_option = "dead_letter_directory",
	.resume = file_sink_resume,
	.begin = file_sink_begin,
	.write = file_sink_write,
	.prepare = file_sink_prepare,
	.commit = file_sink_commit,
	.abort = file_sink_abort,
};

WEIR_PLUGIN(.name = "file", .version = "0.1.0", .license = "Apache-2.0",
	    .summary = "Writes values as lines into files that appear when they are finished",
	    .doc = "Each checkpoint with output makes one file PREFIX-<checkpoint>SUFFIX, which appears whole and once "
		   "when the checkpoint is complete: exactly once. Until then it has a name that begins with a dot. Keys "
		   "and headers are not written, and a newline within a value is not escaped.",
	    .example = "sink = { plugin = \"file\"; directory = \"/var/lib/weir/results\"; };",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct file_sink), .check = file_sink_check,
	    .open = file_sink_open, .close = file_sink_close, .sink = &ops);
