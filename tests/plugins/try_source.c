/* A source with an option of every type, for tests of options and configuration: it never runs. Built twice,
 * the second time as one that cannot rewind. */
#include <string.h>

#include "weir/plugin.h"

#ifdef CANNOT_REWIND
#define NAME "try_fleeting"
#define FLAGS WEIR_CANNOT_REWIND
#else
#define NAME "try"
#define FLAGS 0
#endif

struct try_source {
	const char *topic, *password, *mode, *old_mode;
	int64_t batch, timeout, buffer;
	double rate;
	bool follow;
	const char *const *topics, *const *client;
};

#define FIELD(field, type) WEIR_FIELD(struct try_source, field, type)
static const struct weir_option options[] = {
	{"topic", WEIR_STRING, WEIR_REQUIRED, FIELD(topic, const char *), NULL, NULL, "what to read"},
	{"password", WEIR_STRING, WEIR_SECRET, FIELD(password, const char *), NULL, NULL, "for logging in"},
	{"mode", WEIR_STRING, 0, FIELD(mode, const char *), "fast", "fast|slow|exact", "how to go about it"},
	{"old_mode", WEIR_STRING, WEIR_DEPRECATED, FIELD(old_mode, const char *), NULL, NULL, "use mode"},
	{"batch", WEIR_INTEGER, 0, FIELD(batch, int64_t), "10", "1..10000000000", "records at once"},
	{"timeout", WEIR_DURATION, 0, FIELD(timeout, int64_t), "1s", "10 ms..1m", "how long to wait"},
	{"buffer", WEIR_BYTES, 0, FIELD(buffer, int64_t), "64 KiB", "..1 GiB", "memory to use"},
	{"rate", WEIR_REAL, 0, FIELD(rate, double), "0.5", "0..1", "share of records to take"},
	{"follow", WEIR_BOOL, 0, FIELD(follow, bool), "true", NULL, "go on at the end"},
	{"topics", WEIR_LIST, 0, FIELD(topics, const char *const *), "a, b", NULL, "more to read"},
	{"client", WEIR_MAP, 0, FIELD(client, const char *const *), NULL, NULL, "properties"},
};

/* "exact" is where a careless plugin puts the secret into its message. */
static weir_status try_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	const struct try_source *source = self;
	weir_status status = WEIR_OK;
	if (source->timeout > host->pipeline(ctx)->checkpoint_interval_ms)
		status = host->bad_option(ctx, "timeout", "longer than the checkpoint interval");
	if (strcmp(source->mode, "exact") == 0 && source->password != NULL)
		status = host->bad_option(ctx, "password", "no login with '%s' in mode exact", source->password);
	if (strcmp(source->mode, "slow") == 0)
		status = WEIR_FATAL;
	return status;
}

static weir_status try_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	(void)self, (void)ctx, (void)host;
	return WEIR_OK;
}

static void try_close(void *self)
{
	(void)self;
}

static weir_status try_start(void *self, const struct weir_position *positions, uint32_t n_positions)
{
	(void)self, (void)positions, (void)n_positions;
	return WEIR_OK;
}

static weir_status try_poll(void *self, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	(void)self, (void)out, (void)max_records, (void)timeout_ms;
	return WEIR_END;
}

static weir_status try_snapshot(void *self, struct weir_positions *positions)
{
	(void)self, (void)positions;
	return WEIR_OK;
}

static const struct weir_source_ops ops = {
	.size = sizeof(ops), .flags = FLAGS, .start = try_start, .poll = try_poll, .snapshot = try_snapshot};

WEIR_PLUGIN(.name = NAME, .version = "1.0", .license = "Apache-2.0", .summary = "reads nothing, with many options",
	    .example = "source = { plugin = \"try\"; topic = \"a\"; };", WEIR_OPTIONS(options),
	    .instance_size = sizeof(struct try_source), .check = try_check, .open = try_open, .close = try_close,
	    .source = &ops);
