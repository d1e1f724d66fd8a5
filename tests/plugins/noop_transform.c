/* noop (transform): passes every record on as it is: what is left to measure is the framework. */
#include <string.h>

#include "weir/plugin.h"

struct noop {
	const struct weir_host *host;
};

static weir_status noop_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	(void)ctx;
	((struct noop *)self)->host = host;
	return WEIR_OK;
}

static void noop_close(void *self)
{
	(void)self;
}

static weir_status noop_process(void *self, const struct weir_batch *batch, struct weir_out *out)
{
	struct noop *noop = self;
	for (uint32_t i = 0, n; i < batch->n_records; i += n) {
		n = batch->n_records - i < 1024 ? batch->n_records - i : 1024;
		struct weir_record *records = noop->host->append(out, n);
		if (records == NULL)
			return WEIR_FATAL;
		memcpy(records, batch->records + i, n * sizeof(*records));
	}
	return WEIR_OK;
}

static const struct weir_transform_ops ops = {.size = sizeof(ops), .process = noop_process};

WEIR_PLUGIN(.name = "noop", .version = "1.0", .license = "Apache-2.0",
	    .summary = "Passes records on as they are (benchmarks)", .instance_size = sizeof(struct noop),
	    .open = noop_open, .close = noop_close, .transform = &ops);
