/* null (sink): takes records and drops them, so that a measurement sees what comes before it. */
#include "weir/plugin.h"

static weir_status null_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	(void)self, (void)ctx, (void)host;
	return WEIR_OK;
}

static void null_close(void *self)
{
	(void)self;
}

static weir_status null_begin(void *self, uint64_t checkpoint)
{
	(void)self, (void)checkpoint;
	return WEIR_OK;
}

static weir_status null_write(void *self, const struct weir_batch *batch)
{
	(void)self, (void)batch;
	return WEIR_OK;
}

static weir_status null_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	(void)self, (void)checkpoint;
	*ret_handle = (struct weir_slice){NULL, 0};
	return WEIR_OK;
}

static weir_status null_settle(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self, (void)checkpoint, (void)handle;
	return WEIR_OK;
}

static const struct weir_sink_ops ops = {.size = sizeof(ops), .delivery = WEIR_TWO_PHASE, .begin = null_begin,
					 .write = null_write, .prepare = null_prepare, .commit = null_settle,
					 .abort = null_settle};

WEIR_PLUGIN(.name = "null", .version = "1.0", .license = "Apache-2.0", .summary = "Drops all records (benchmarks)",
	    .instance_size = 1, .open = null_open, .close = null_close, .sink = &ops);
