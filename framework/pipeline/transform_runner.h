/* A chain of stateless transforms, run by function calls in the thread that pushes: each batch goes
 * through all of them and what comes out is delivered. */
#ifndef WEIR_PIPELINE_TRANSFORM_RUNNER_H
#define WEIR_PIPELINE_TRANSFORM_RUNNER_H

#include "pipeline/batch_queue.h"
#include "pipeline/plugin_host.h"

struct transform_chain {
	struct plugin_instance *transforms;
	uint32_t n_transforms;
	/* What comes out; takes the batch. */
	weir_status (*deliver)(void *target, struct batch *take_batch);
	void *target;
	struct batch_queue *sink; /* dead letters go there past everything else */
};

weir_status transform_chain_push(struct transform_chain *chain, struct batch *take_batch);

/* Hands the dead letters an instance has collected to the sink. */
weir_status transform_chain_dead_letters(struct transform_chain *chain, struct plugin_instance *instance);

/* Into the sink's queue; WEIR_END when the pipeline has been cancelled. */
weir_status sink_queue_put(struct batch_queue *sink, struct batch *take_batch);
/* The same as a chain's `deliver`. */
weir_status deliver_to_sink(void *sink, struct batch *take_batch);

#endif
