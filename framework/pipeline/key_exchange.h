/* Between the source's chain and the keyed tasks. Gives each record its key and event time (assign, in
 * the source's thread, so that watermarks are per source partition) and brings it to the task that owns
 * its key group: by a function call where there is one task, through a queue each where there are more. */
#ifndef WEIR_PIPELINE_KEY_EXCHANGE_H
#define WEIR_PIPELINE_KEY_EXCHANGE_H

#include <pthread.h>

#include "pipeline/keyed_task.h"

/* What travels to a task: records with keys, or a watermark, a barrier, the end. */
enum keyed_kind { KEYED_RECORDS, KEYED_WATERMARK, KEYED_BARRIER, KEYED_END };
struct keyed_batch {
	enum keyed_kind kind;
	uint64_t checkpoint;
	int64_t watermark_ms;
	struct batch *origin; /* what keys and records point into */
	size_t bytes;
	uint32_t n;
	struct state_key *keys;
	struct weir_fold *folds;
};

struct key_exchange_input { /* one task with its queue and thread; used where n_tasks > 1 */
	struct batch_queue queue;
	struct wakeup has_items;
	pthread_t thread;
	bool has_thread;
};

struct key_exchange {
	struct plugin_instance assigner; /* windowed, assign() only */
	struct keyed_task *tasks;
	uint32_t n_tasks;
	struct key_exchange_input *inputs; /* NULL where there is one task */
	struct transform_chain *chain;	   /* the source's, for dead letters */
	struct source_partitions *partitions;
	/* scratch of one batch */
	struct weir_assignment assignments[BATCH_RECORDS];
	struct state_key keys[BATCH_RECORDS];
	struct weir_fold folds[BATCH_RECORDS];
	uint8_t task_of[BATCH_RECORDS];
};

/* Starts the tasks' threads, where there is more than one task. */
int key_exchange_start(struct key_exchange *exchange);
/* Ends them after KEYED_END or a cancel. False: one did not come back before the deadline (monotonic). */
bool key_exchange_join(struct key_exchange *exchange, int64_t deadline_ms);
/* Lets go of what the queues still hold; after the join. */
void key_exchange_empty(struct key_exchange *exchange);
void key_exchange_done(struct key_exchange *exchange);

/* Source thread. The same as a chain's `deliver`. */
weir_status key_exchange_push(void *exchange, struct batch *take_batch);
weir_status key_exchange_watermark(struct key_exchange *exchange, int64_t watermark_ms);
weir_status key_exchange_barrier(struct key_exchange *exchange, uint64_t checkpoint);
weir_status key_exchange_end(struct key_exchange *exchange);

#endif
