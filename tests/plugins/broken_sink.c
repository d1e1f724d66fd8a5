/* A two-phase sink that the conformance kit must catch: a file for each checkpoint, renamed when it is decided. As
 * built: COMMITS_ONCE takes a second commit() for a failure, SHOWS_EARLY shows a file in prepare(), FORGETS_PREPARED
 * keeps lines in memory until commit(). As none of these it keeps the contract of ABI 1.0, see tests/contract/old. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/plugin.h>

struct broken {
	const char *directory;
	struct weir_ctx *ctx;
	const struct weir_host *host;
	FILE *file;
	char handle[32];
};

static const struct weir_option options[] = {
	{"directory", WEIR_STRING, WEIR_REQUIRED, WEIR_FIELD(struct broken, directory, const char *), NULL, NULL,
	 "Where the files are made"}};

static void path_of(const struct broken *broken, const char *state, uint64_t checkpoint, char path[4200])
{
	snprintf(path, 4200, "%.4000s/%s-%" PRIu64 "-%s", broken->directory, state, checkpoint,
		 broken->host->pipeline(broken->ctx)->name);
}

static weir_status broken_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct broken *broken = self;
	broken->ctx = ctx;
	broken->host = host;
	return WEIR_OK;
}

static void broken_close(void *self)
{
	struct broken *broken = self;
	if (broken->file != NULL)
		fclose(broken->file);
}

static weir_status broken_begin(void *self, uint64_t checkpoint)
{
	struct broken *broken = self;
	char path[4200];
	path_of(broken, ".open", checkpoint, path);
	if (broken->file != NULL)
		fclose(broken->file);
	broken->file = fopen(path, "w");
	return broken->file != NULL ? WEIR_OK : broken->host->fail(broken->ctx, WEIR_FATAL, "cannot make %s", path);
}

static weir_status broken_write(void *self, const struct weir_batch *batch)
{
	struct broken *broken = self;
	for (uint32_t i = 0; i < batch->n_records; i++)
		fprintf(broken->file, "%.*s\n", (int)batch->records[i].value.len, (const char *)batch->records[i].value.data);
	return WEIR_OK;
}

static weir_status broken_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	struct broken *broken = self;
#ifndef FORGETS_PREPARED
	fflush(broken->file);
#endif
#ifdef SHOWS_EARLY
	char from[4200], to[4200];
	path_of(broken, ".open", checkpoint->id, from);
	path_of(broken, "done", checkpoint->id, to);
	link(from, to);
#endif
	int len = snprintf(broken->handle, sizeof(broken->handle), "%" PRIu64, checkpoint->id);
	*ret_handle = (struct weir_slice){(const uint8_t *)broken->handle, (size_t)len};
	return WEIR_OK;
}

static weir_status broken_commit(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	struct broken *broken = self;
	char from[4200], to[4200];
	(void)handle;
	path_of(broken, ".open", checkpoint, from);
	path_of(broken, "done", checkpoint, to);
#ifdef FORGETS_PREPARED
	if (broken->file != NULL)
		fflush(broken->file);
#endif
	if (rename(from, to) == 0)
		return WEIR_OK;
#ifndef COMMITS_ONCE
	if (errno == ENOENT)
		return WEIR_OK;
#endif
	return broken->host->fail(broken->ctx, WEIR_ABORT, "cannot rename %s: %s", from, strerror(errno));
}

static weir_status broken_abort(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	struct broken *broken = self;
	char path[4200];
	(void)handle;
	path_of(broken, ".open", checkpoint, path);
	return unlink(path) == 0 || errno == ENOENT ? WEIR_OK : broken->host->fail(broken->ctx, WEIR_ABORT, "cannot remove %s", path);
}

static const struct weir_sink_ops ops = {.size = sizeof(ops), .delivery = WEIR_TWO_PHASE, .begin = broken_begin,
					 .write = broken_write, .prepare = broken_prepare, .commit = broken_commit,
					 .abort = broken_abort};

WEIR_PLUGIN(.name = NAME, .version = "1.0", .license = "Apache-2.0", .summary = "breaks the contract on purpose",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct broken), .open = broken_open, .close = broken_close,
	    .sink = &ops);
