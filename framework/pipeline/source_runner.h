/* The source's thread: polls, runs the chain up to the exchange, moves watermarks on, and lets barriers
 * into the stream when the coordinator asks for them. */
#ifndef WEIR_PIPELINE_SOURCE_RUNNER_H
#define WEIR_PIPELINE_SOURCE_RUNNER_H

#include <pthread.h>

#include "pipeline/key_exchange.h"

struct source_runner {
	struct plugin_instance source;
	struct source_partitions *partitions;
	struct transform_chain chain; /* ends in the exchange, or in the sink's queue */
	struct key_exchange *exchange; /* NULL: nothing keyed */
	struct batch_queue *sink;      /* dead letters and, where the source has a queue of its own, barriers */
	bool has_own_queue;	       /* markers go into `sink` from this thread too */
	struct checkpoint_draft *draft;
	const char *instance_uuid, *state_layout;
	uint32_t parallelism;
	struct failure *failure;
	struct wakeup *coordinator;
	struct weir_metric *records_in, *bytes_in, *lag, *watermark, *checkpoint_stall;

	/* from the coordinator */
	_Atomic uint64_t requested; /* checkpoint + 1; 0 = none */
	atomic_bool requested_final;
	_Atomic uint64_t completed; /* newest decided checkpoint + 1; 0 = none */
	struct wakeup wake;
	/* to the coordinator */
	atomic_bool input_ended;

	uint64_t told_completed;
	/* Of the checkpoint that was let in last: the longest time from the end of one poll() to the next. */
	bool is_checkpointing;
	uint64_t checkpoint;
	int64_t polled_us, stall_us;
	bool has_read;
	int64_t lag_reported_ms;
	pthread_t thread;
	bool has_thread;
};

int source_runner_start(struct source_runner *runner);
bool source_runner_join(struct source_runner *runner, int64_t deadline_ms);
void source_runner_done(struct source_runner *runner);

/* Coordinator thread. */
void source_runner_request_barrier(struct source_runner *runner, uint64_t checkpoint, bool is_final);
void source_runner_interrupt(struct source_runner *runner);
/* Any thread: the checkpoint is decided; the source is told from its own thread. */
void source_runner_completed(struct source_runner *runner, uint64_t checkpoint);

/* Fills the draft with positions and watermark. Source thread, or any while that does not run. */
weir_status source_runner_snapshot(struct source_runner *runner, uint64_t checkpoint);

#endif
