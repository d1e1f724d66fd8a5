/* A sink for tests of the configuration; built twice, the second time as one that delivers at least once and
 * takes no dead letters. It never runs. */
#include "weir/plugin.h"

#ifdef AT_LEAST_ONCE
#define NAME "try_weak"
#define DELIVERY WEIR_AT_LEAST_ONCE
#define DEAD_LETTERS NULL
#else
#define NAME "try"
#define DELIVERY WEIR_TWO_PHASE
#define DEAD_LETTERS "dead_letters"
#endif

struct try_sink {
	const char *dead_letters;
};

static const struct weir_option options[] = {
	{"dead_letters", WEIR_STRING, 0, WEIR_FIELD(struct try_sink, dead_letters, const char *), NULL, NULL,
	 "where they go"},
};

static weir_status try_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	(void)self, (void)ctx, (void)host;
	return WEIR_OK;
}

static void try_close(void *self)
{
	(void)self;
}

static weir_status try_begin(void *self, uint64_t checkpoint)
{
	(void)self, (void)checkpoint;
	return WEIR_OK;
}

static weir_status try_write(void *self, const struct weir_batch *batch)
{
	(void)self, (void)batch;
	return WEIR_OK;
}

static weir_status try_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	(void)self, (void)checkpoint, (void)ret_handle;
	return WEIR_OK;
}

static weir_status try_settle(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self, (void)checkpoint, (void)handle;
	return WEIR_OK;
}

static const struct weir_sink_ops ops = {.size = sizeof(ops), .delivery = DELIVERY, .dead_letter_option = DEAD_LETTERS,
					 .begin = try_begin, .write = try_write, .prepare = try_prepare,
					 .commit = try_settle, .abort = try_settle};

WEIR_PLUGIN(.name = NAME, .version = "1.0", .license = "Apache-2.0", .summary = "writes nothing",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct try_sink), .open = try_open, .close = try_close,
	    .sink = &ops);
