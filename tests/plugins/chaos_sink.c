/* chaos (sink): writes nothing anywhere and misbehaves on command: slow, not ready, spoiling a checkpoint.
 * Counts what it takes and says so in the log at each checkpoint. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "weir/plugin.h"

struct chaos {
	int64_t slow_ms, retry_writes;
	const char *spoil_once;
	struct weir_ctx *ctx;
	const struct weir_host *host;
	int64_t n_retried, n_records;
};

static const struct weir_option options[] = {
	{"slow", WEIR_DURATION, 0, WEIR_FIELD(struct chaos, slow_ms, int64_t), "0s", NULL, "How long each write() takes"},
	{"retry_writes", WEIR_INTEGER, 0, WEIR_FIELD(struct chaos, retry_writes, int64_t), "0", "0..",
	 "How many calls of write() are answered with \"retry\" at first"},
	{"spoil_once", WEIR_STRING, 0, WEIR_FIELD(struct chaos, spoil_once, const char *), NULL, NULL,
	 "Path of a file: where there is none yet, it is made and the checkpoint spoilt"},
};

static weir_status chaos_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct chaos *chaos = self;
	chaos->ctx = ctx;
	chaos->host = host;
	return WEIR_OK;
}

static void chaos_close(void *self)
{
	(void)self;
}

static weir_status chaos_begin(void *self, uint64_t checkpoint)
{
	(void)self, (void)checkpoint;
	return WEIR_OK;
}

static weir_status chaos_write(void *self, const struct weir_batch *batch)
{
	struct chaos *chaos = self;
	if (chaos->n_retried < chaos->retry_writes) {
		chaos->n_retried++;
		return WEIR_RETRY;
	}
	nanosleep(&(struct timespec){chaos->slow_ms / 1000, chaos->slow_ms % 1000 * 1000000}, NULL);
	chaos->n_records += batch->n_records;
	return WEIR_OK;
}

static weir_status chaos_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	struct chaos *chaos = self;
	int fd = chaos->spoil_once != NULL && checkpoint->id > 0
			 ? open(chaos->spoil_once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
			 : -1;
	if (fd >= 0) {
		close(fd);
		return chaos->host->fail(chaos->ctx, WEIR_ABORT, "chaos: checkpoint spoilt on command");
	}
	chaos->host->log(chaos->ctx, WEIR_INFO, "chaos: %lld records taken", (long long)chaos->n_records);
	*ret_handle = (struct weir_slice){NULL, 0};
	return WEIR_OK;
}

static weir_status chaos_commit(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self, (void)checkpoint, (void)handle;
	return WEIR_OK;
}

static const struct weir_sink_ops ops = {.size = sizeof(ops), .delivery = WEIR_AT_LEAST_ONCE, .begin = chaos_begin,
					 .write = chaos_write, .prepare = chaos_prepare, .commit = chaos_commit,
					 .abort = chaos_commit};

WEIR_PLUGIN(.name = "chaos", .version = "1.0", .license = "Apache-2.0", .summary = "Misbehaves on command (tests)",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct chaos), .open = chaos_open, .close = chaos_close,
	    .sink = &ops);
