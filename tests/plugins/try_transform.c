/* A transform for tests of the configuration; built twice, the second time windowed. It never runs. */
#include "weir/plugin.h"

struct try_transform {
	int64_t unused;
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

#ifdef WINDOWED

static weir_status try_assign(void *self, const struct weir_batch *batch, struct weir_out *out,
			      struct weir_assignment *assignments)
{
	(void)self, (void)batch, (void)out, (void)assignments;
	return WEIR_OK;
}

static weir_status try_update(void *self, const struct weir_fold *folds, uint32_t n_folds)
{
	(void)self, (void)folds, (void)n_folds;
	return WEIR_OK;
}

static weir_status try_fire(void *self, const struct weir_window *window, const struct weir_entry *entries,
			    uint32_t n_entries, struct weir_out *out)
{
	(void)self, (void)window, (void)entries, (void)n_entries, (void)out;
	return WEIR_OK;
}

static const struct weir_windowed_ops ops = {.size = sizeof(ops), .table = "counts", .value_size = 8,
					     .assign = try_assign, .update = try_update, .fire = try_fire};

WEIR_PLUGIN(.name = "try_windowed", .version = "1.0", .license = "Apache-2.0", .summary = "counts nothing",
	    .instance_size = sizeof(struct try_transform), .open = try_open, .close = try_close, .windowed = &ops);

#else

static weir_status try_process(void *self, const struct weir_batch *batch, struct weir_out *out)
{
	(void)self, (void)batch, (void)out;
	return WEIR_OK;
}

static const struct weir_transform_ops ops = {.size = sizeof(ops), .process = try_process};

WEIR_PLUGIN(.name = "try_plain", .version = "1.0", .license = "Apache-2.0", .summary = "changes nothing",
	    .instance_size = sizeof(struct try_transform), .open = try_open, .close = try_close, .transform = &ops);

#endif
