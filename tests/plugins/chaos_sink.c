/* chaos (sink): writes nothing anywhere and misbehaves on command: slow, not ready, hanging, spoiling a checkpoint.
 * Counts what it takes and says so in the log at each checkpoint. */
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir/plugin.h"

struct chaos {
	int64_t slow_ms, retry_writes;
	bool is_patient;
	const char *spoil_once, *hang, *once;
	struct weir_ctx *ctx;
	const struct weir_host *host;
	int64_t n_retried, n_records;
};

static const struct weir_option options[] = {
	{"slow", WEIR_DURATION, 0, WEIR_FIELD(struct chaos, slow_ms, int64_t), "0s", NULL, "How long each write() takes"},
	{"retry_writes", WEIR_INTEGER, 0, WEIR_FIELD(struct chaos, retry_writes, int64_t), "0", "0..",
	 "How many calls of write() are answered with \"retry\" at first"},
	{"patient", WEIR_BOOL, 0, WEIR_FIELD(struct chaos, is_patient, bool), "false", NULL,
	 "Tells weir beforehand how long a slow write() takes"},
	{"hang", WEIR_STRING, 0, WEIR_FIELD(struct chaos, hang, const char *), "nowhere", "nowhere|begin|write|prepare|commit",
	 "Where not to come back from"},
	{"once", WEIR_STRING, 0, WEIR_FIELD(struct chaos, once, const char *), NULL, NULL,
	 "Path of a file that is made at the first hang and prevents the next"},
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

/* True where there was no such file yet. */
static bool is_first(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void hang_in(const struct chaos *chaos, const char *callback)
{
	if (strcmp(chaos->hang, callback) != 0 || (chaos->once != NULL && !is_first(chaos->once)))
		return;
	for (;;)
		sleep(1);
}

static weir_status chaos_begin(void *self, uint64_t checkpoint)
{
	(void)checkpoint;
	hang_in(self, "begin");
	return WEIR_OK;
}

static weir_status chaos_write(void *self, const struct weir_batch *batch)
{
	struct chaos *chaos = self;
	if (chaos->n_retried < chaos->retry_writes) {
		chaos->n_retried++;
		return WEIR_RETRY;
	}
	hang_in(chaos, "write");
	if (chaos->is_patient)
		chaos->host->may_take(chaos->ctx, chaos->slow_ms + 10000);
	nanosleep(&(struct timespec){chaos->slow_ms / 1000, chaos->slow_ms % 1000 * 1000000}, NULL);
	chaos->n_records += batch->n_records;
	return WEIR_OK;
}

static weir_status chaos_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	struct chaos *chaos = self;
	if (checkpoint->id > 0)
		hang_in(chaos, "prepare");
	if (chaos->spoil_once != NULL && checkpoint->id > 0 && is_first(chaos->spoil_once))
		return chaos->host->fail(chaos->ctx, WEIR_ABORT, "chaos: checkpoint spoilt on command");
	chaos->host->log(chaos->ctx, WEIR_INFO, "chaos: %lld records taken", (long long)chaos->n_records);
	*ret_handle = (struct weir_slice){NULL, 0};
	return WEIR_OK;
}

static weir_status chaos_commit(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)handle;
	if (checkpoint > 0)
		hang_in(self, "commit");
	return WEIR_OK;
}

static weir_status chaos_abort(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self, (void)checkpoint, (void)handle;
	return WEIR_OK;
}

static const struct weir_sink_ops ops = {.size = sizeof(ops), .delivery = WEIR_AT_LEAST_ONCE, .begin = chaos_begin,
					 .write = chaos_write, .prepare = chaos_prepare, .commit = chaos_commit,
					 .abort = chaos_abort};

WEIR_PLUGIN(.name = "chaos", .version = "1.0", .license = "Apache-2.0", .summary = "Misbehaves on command (tests)",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct chaos), .open = chaos_open, .close = chaos_close,
	    .sink = &ops);
