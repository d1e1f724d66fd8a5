/* struct weir_harness: the runtime's own parts around one plugin, without threads, store and coordinator. */
#ifndef WEIR_HARNESS_HARNESS_INTERNAL_H
#define WEIR_HARNESS_HARNESS_INTERNAL_H

#include <obstack.h>
#include <weir/harness.h>

#include "base/uuid.h"
#include "options/option_check.h"
#include "pipeline/key_exchange.h"
#include "plugin/standard_options.h"

struct harness_lines {
	char **list;
	uint32_t n;
};

/* Batches that came out, and their records in order. */
struct harness_records {
	struct batch **batches;
	const struct weir_record **records;
	uint32_t n_batches, n_records;
};

/* What a sink has prepared and nobody has decided. */
struct harness_prepared {
	uint64_t id;
	uint8_t *handle;
	size_t bytes;
};

struct weir_harness {
	struct plugin plugin; /* descriptor NULL: it cannot be used, `unusable` says why */
	struct error unusable;
	char *pipeline_name;
	char uuid[UUID_BYTES], instance_uuid[UUID_BYTES];

	struct obstack memory; /* settings and options; until free */
	struct option_setting *settings;
	uint32_t n_settings;
	struct harness_lines complaints;
	bool is_complete; /* of the last check: each required option has a value */
	struct standard_options standard;
	struct component_description component;
	struct pipeline_description description;
	struct plugin_environment environment;

	struct wakeup wake;
	struct failure failure;
	struct metrics *metrics;
	struct log_tap log_tap;
	pthread_mutex_t log_lock; /* of logs: plugins write them from any thread */
	struct harness_lines logs;

	struct source_partitions partitions;
	const struct weir_snapshot *restored; /* during a restore only */
	struct plugin_instance instance;      /* all but windowed */
	struct transform_chain chain;
	struct key_exchange *exchange; /* windowed: assign() */
	struct keyed_task task;	       /* windowed: the rest */
	struct batch_queue letters;    /* where the runtime's parts put dead letters */
	bool is_open, has_begun;
	uint64_t next_id;
	int64_t verdict;
	struct harness_prepared *prepared;
	uint32_t n_prepared;

	struct harness_records results, dead_letters;
	struct obstack texts;
};

struct weir_snapshot {
	struct checkpoint_record *record; /* positions, watermark, a sink's handle */
	struct state_delta state;	  /* windowed: every window whole */
};

/* A setting as a configuration file has it; borrowed until the harness is freed. */
void harness_set(struct weir_harness *h, const struct option_setting *setting);

/* WEIR_OK: the plugin is open, and of a kind that this call suits. */
weir_status harness_ready(struct weir_harness *h, const char *call, bool suits);
/* The same with no regard to what failed before. */
static inline bool harness_is(const struct weir_harness *h, enum plugin_kind kind)
{
	return h->plugin.descriptor != NULL && h->plugin.kind == kind;
}

/* What a chain delivers to: `target` is the harness. */
weir_status harness_deliver(void *target, struct batch *take_batch);
/* From the queue to the list. */
void harness_take_dead_letters(struct weir_harness *h);
void harness_lines_add(struct harness_lines *lines, char *take_line);
void harness_lines_done(struct harness_lines *lines);

/* A process that died had prepared this: the next restore settles it. 0 or -ENOMEM. */
int harness_add_prepared(struct weir_harness *h, uint64_t id, struct weir_slice handle);
/* The callback that runs, for a signal handler; NULL = none. */
const char *harness_inside(const struct weir_harness *h);

/* Begins the checkpoint if that is still to be done. */
weir_status harness_sink_begin(struct weir_harness *h);

#endif
