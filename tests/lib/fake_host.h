/* A fake weir around one source or sink, for unit tests that look closer than weir/harness.h lets them: it is
 * the `struct weir_host` the plugin talks to and keeps what it was told where a test can look. What a correct plugin can never do (a wrong
 * option table, an append out of bounds, a poll that appends and says WEIR_IDLE) fails the test on the
 * spot; everything else is for the test to judge. Memory follows the contract exactly and each append
 * and alloc is a block of its own, so that a sanitizer sees a plugin that strays. */
#ifndef WEIR_TESTS_FAKE_HOST_H
#define WEIR_TESTS_FAKE_HOST_H

#include <pthread.h>
#include <weir/plugin.h>

/* Lines kept in order. */
struct fake_texts {
	char **list;
	uint32_t n;
};

struct fake_partition {
	char *stream;
	int32_t partition;
	int64_t lag; /* as last told; -1 = never */
	bool ended;
};

/* Records being made: what a plugin appends and what a test feeds it. */
struct weir_out {
	struct weir_record *records; /* all of them in order, after fake_out_batch() */
	uint32_t n_records;
	struct fake_out_block *blocks;
	struct fake_out_owner *owners;
};

/* A snapshot of a source. */
struct weir_positions {
	struct weir_position *list;
	uint32_t n;
};

/* One instance and everything it told the host. Fields may be read at any time, and those of `info`
 * changed before open. */
struct weir_ctx {
	const struct weir_plugin *plugin;
	void *self;
	struct weir_pipeline_info info;
	const char *fail_at; /* failpoint() of this name returns WEIR_ABORT */
	bool fail_on_reject; /* on_error = "fail" instead of "dead_letter" */

	char *fail_text; /* the last; NULL = none */
	struct fake_texts logs;	       /* "warning: text" */
	struct fake_texts bad_options; /* "option: text" */
	struct fake_texts rejects;     /* "reason: value" */
	struct fake_partition *partitions;
	uint32_t n_partitions;

	bool is_open;
	pthread_mutex_t lock; /* of logs and metrics: any thread may call those */
	struct weir_metric *metrics;
	void *option_memory;
};

/* The descriptor in a shared object of this build, by its folder and name: "connectors/file/file_source".
 * It stays loaded. */
const struct weir_plugin *fake_plugin(const char *name);

/* An instance with its options: pairs of name and text as a user writes them, NULL at the end; a list
 * is written "a,b", a map "name=value,name=value". Defaults come from the table. */
struct weir_ctx *fake_host_new(const struct weir_plugin *plugin, const char *const *options);
#define fake_host_with(plugin, ...) fake_host_new(plugin, (const char *const[]){__VA_ARGS__, NULL})
void fake_host_free(struct weir_ctx *ctx); /* closes it where open */

weir_status fake_host_check(struct weir_ctx *ctx); /* the plugin's check(), or WEIR_OK */
weir_status fake_host_open(struct weir_ctx *ctx);
void fake_host_close(struct weir_ctx *ctx);
int64_t fake_host_metric(struct weir_ctx *ctx, const char *name); /* -1: no such metric */

/* -- batches -- */
struct weir_out *fake_out_new(void);
void fake_out_free(struct weir_out *out); /* releases the owners that were adopted */
/* Adds a record of copied texts; NULL = absent. */
void fake_out_add(struct weir_out *out, const char *key, const char *value);
struct weir_batch fake_out_batch(struct weir_out *out); /* of WEIR_RESULTS; borrowed from out */
/* The record's value as text, valid until the next 8 calls. Aborts the test where there is none. */
const char *fake_out_value(struct weir_out *out, uint32_t index);
const char *fake_slice_text(struct weir_slice slice); /* likewise; "(absent)" */

/* -- sources -- */
weir_status fake_source_start(struct weir_ctx *ctx, const struct weir_positions *positions); /* NULL: first start */
weir_status fake_source_poll(struct weir_ctx *ctx, struct weir_out *out, uint32_t max_records,
			     int64_t timeout_ms);
/* Polls until `out` has at least n_records, the source ends or fails, or timeout_ms have passed
 * (WEIR_IDLE). Ends with WEIR_OK as soon as there are enough. */
weir_status fake_source_read(struct weir_ctx *ctx, struct weir_out *out, uint32_t n_records,
			     int64_t timeout_ms);
struct weir_positions *fake_source_snapshot(struct weir_ctx *ctx);
void fake_positions_free(struct weir_positions *positions);
const struct weir_position *fake_position_of(const struct weir_positions *positions, const char *stream,
					     int32_t partition);

/* -- sinks -- */
/* begin, write of one batch of results, prepare. The handle is a copy that the caller frees. */
weir_status fake_sink_checkpoint(struct weir_ctx *ctx, uint64_t checkpoint, struct weir_out *out,
				 struct weir_slice *ret_handle);

#endif
