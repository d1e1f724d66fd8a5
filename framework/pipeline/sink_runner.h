/* The sink's thread: writes what arrives, aligns the barriers of all its inputs, and finishes each
 * checkpoint: prepare, PENDING, decide, COMPLETED. The stream goes on meanwhile, up to what the queues hold. */
#ifndef WEIR_PIPELINE_SINK_RUNNER_H
#define WEIR_PIPELINE_SINK_RUNNER_H

#include <pthread.h>

#include "checkpoint/checkpoint_manifest.h"
#include "checkpoint/checkpoint_store.h"
#include "pipeline/batch_queue.h"
#include "pipeline/checkpoint_draft.h"
#include "pipeline/plugin_host.h"
#include "state/state_chunks.h"

struct sink_input {
	struct batch_queue queue;
	bool is_aligned, has_ended;
};

struct sink_runner {
	struct plugin_instance sink;
	struct sink_input *inputs;
	uint32_t n_inputs;
	struct wakeup has_items;
	struct checkpoint_draft *draft;
	struct checkpoint_store *store;
	struct checkpoint_manifest manifest; /* live chunks of the newest checkpoint */
	uint32_t retain;
	bool decides; /* this sink is the last resource: its commit is the decision, not the store's record */
	const char *source_system;
	uint64_t next_checkpoint; /* what begin() is called with next */
	bool has_begun;
	struct failure *failure;
	struct wakeup *coordinator;
	void (*on_completed)(void *user, uint64_t checkpoint);
	void *user;
	struct weir_metric *records_out, *dead_letters, *last_checkpoint, *last_completed, *last_completed_monotonic, *last_duration, *last_bytes, *n_checkpoints;
	/* to the coordinator: newest completed checkpoint + 1; 0 = none by this runner */
	_Atomic uint64_t completed;
	uint32_t next_input;
	pthread_t thread;
	bool has_thread;
};

int sink_runner_start(struct sink_runner *runner);
bool sink_runner_join(struct sink_runner *runner, int64_t deadline_ms);
/* Lets go of what the inputs still hold; after the join. */
void sink_runner_empty(struct sink_runner *runner);
void sink_runner_done(struct sink_runner *runner);

/* Everything from prepare to COMPLETED for the checkpoint in the draft. Sink thread, or any while that
 * does not run (the first checkpoint of a pipeline). */
weir_status sink_runner_finish_checkpoint(struct sink_runner *runner);

#endif
