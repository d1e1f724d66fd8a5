/* One task of a windowed transform: the state of its key groups, the event-time rules, firing. Called by
 * one thread at a time (its own, or the source's where there is only one task). */
#ifndef WEIR_PIPELINE_KEYED_TASK_H
#define WEIR_PIPELINE_KEYED_TASK_H

#include "pipeline/checkpoint_draft.h"
#include "pipeline/transform_runner.h"
#include "state/state_table.h"

struct keyed_task {
	struct plugin_instance transform; /* windowed */
	struct transform_chain chain;	  /* behind it, ends in the sink's queue */
	struct state_table *state;
	const struct window_options *options;
	uint32_t number;
	int64_t watermark_ms;
	struct checkpoint_draft *draft;
	struct weir_metric *late, *results, *keys, *state_bytes;
	int64_t reported_keys, reported_bytes; /* this task's part of the last two */
	void **values; /* room for the largest batch seen */
	uint32_t n_values;
	struct state_window *window; /* of the last record; NULL = none */
	int64_t window_start_ms;
};

/* Records in the order they came: keys[i] and folds[i] (value not set) belong together. */
weir_status keyed_task_process(struct keyed_task *task, const struct state_key *keys, struct weir_fold *folds, uint32_t n);
/* Fires windows that have ended, drops those that nothing can change any more. */
weir_status keyed_task_watermark(struct keyed_task *task, int64_t watermark_ms);
/* Snapshot into the draft, then the barrier goes to the sink. */
weir_status keyed_task_barrier(struct keyed_task *task, uint64_t checkpoint);
weir_status keyed_task_end(struct keyed_task *task);
void keyed_task_done(struct keyed_task *task);

#endif
