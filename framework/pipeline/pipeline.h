/* One pipeline in this process: built from its description, recovered, run to its end or to the first
 * failure; then taken down and, where the failure allows, built anew from the last checkpoint.
 *
 * Threads: the caller's (coordinator: decides when checkpoints begin), the source's (with the stateless
 * transforms and the assignment of keys; with the keyed task too, where there is only one), one for each
 * keyed task where there are more, the sink's (and all that finishes a checkpoint), one for signals, and the
 * watchdog's.
 * Between them only queues and the atomics of source_runner and sink_runner; no lock is held across a call
 * into a plugin. */
#ifndef WEIR_PIPELINE_PIPELINE_H
#define WEIR_PIPELINE_PIPELINE_H

#include "configuration/pipeline_description.h"
#include "observe/metrics.h"
#include "pipeline/key_exchange.h"
#include "pipeline/sink_runner.h"
#include "pipeline/source_runner.h"

#include "base/uuid.h"
#include "checkpoint/checkpoint_epoch.h"
#include "checkpoint/checkpoint_recovery.h"

enum pipeline_exit {
	PIPELINE_FINISHED = 0,
	PIPELINE_FAILED = 1,
	PIPELINE_MISCONFIGURED = 2,
	PIPELINE_REFUSED = 3,
	PIPELINE_FENCED = 4,
	/* Between the pipeline process and its supervisor only: a thread does not come back, start me again,
	 * no restart attempt is used up. */
	PIPELINE_STUCK = 75
};

/* The gauge `phase` of "pipeline". */
enum pipeline_phase { PIPELINE_STARTING, PIPELINE_RUNNING, PIPELINE_GOING_BACK };

struct pipeline {
	const struct pipeline_description *description;
	struct metrics *metrics;
	const char *instance_uuid;

	struct wakeup *wake; /* of the coordinator */
	struct failure failure;
	struct plugin_environment environment;
	struct checkpoint_store *store;
	struct source_partitions partitions;
	struct source_runner source;
	struct key_exchange *exchange;
	struct sink_runner sink;
	struct checkpoint_draft draft;
	struct epoch epoch;

	char *state_layout;		    /* NULL = no state */
	struct checkpoint_record *restored; /* what is gone on from; NULL = nothing */
	uint64_t next_checkpoint;
	bool settles_marker; /* a checkpoint is made before the first record */
	bool timed_out;
	bool had_taken_over; /* an earlier run in this process had */
	bool has_taken_over; /* this one has */
};

/* Runs in a process of its own, until the end: returns enum pipeline_exit. Blocks SIGTERM, which asks for an
 * orderly stop within stop_timeout, and ignores SIGINT. */
int pipeline_process(const struct pipeline_description *description, struct metrics *metrics);

/* pipeline_recovery.c: opens the store, sink and source, and finds out where to go on: fills restored,
 * next_checkpoint, settles_marker. A failure is set in p->failure. */
weir_status pipeline_recover(struct pipeline *p);
/* Sets what the store could not do: for good, or to be tried again. */
weir_status pipeline_store_failure(struct pipeline *p, const struct error *error);

/* pipeline_build.c: the threads' parts and queues; what pipeline_recover() does not open. */
weir_status pipeline_build(struct pipeline *p);
weir_status pipeline_restore_state(struct pipeline *p);
/* The windowed transform; NULL = there is none. */
const struct component_description *pipeline_windowed(const struct pipeline_description *description);
/* The state's meaning, to be compared with the store's; *ret_layout NULL where there is none. */
int pipeline_state_layout(const struct pipeline_description *description, char **ret_layout);

static inline bool pipeline_decides_outside(const struct pipeline_description *description)
{
	return description->guarantee == WEIR_EXACTLY_ONCE_GUARANTEE &&
	       description->sink.plugin->descriptor->sink->delivery == WEIR_LAST_RESOURCE;
}

#endif
