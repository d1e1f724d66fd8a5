/* One checkpoint while its barrier travels. Each part is written by one thread before that thread passes
 * the barrier on, and read by the sink thread after it has received the barrier from everywhere: the
 * order in the queues is all the locking there is. */
#ifndef WEIR_PIPELINE_CHECKPOINT_DRAFT_H
#define WEIR_PIPELINE_CHECKPOINT_DRAFT_H

#include "checkpoint/checkpoint_record.h"
#include "state/state_table.h"

struct checkpoint_draft {
	struct checkpoint_record *record; /* id, start, positions, watermark: by the source thread */
	struct state_delta *deltas;	  /* by task t: deltas[t] */
	int64_t started_us;		  /* monotonic; when the barrier was let in */
	uint32_t n_tasks;
};

int checkpoint_draft_init(struct checkpoint_draft *draft, uint32_t n_tasks);
void checkpoint_draft_done(struct checkpoint_draft *draft);
/* Forgets the last one. 0 or -ENOMEM. */
int checkpoint_draft_begin(struct checkpoint_draft *draft, uint64_t checkpoint, const char *instance_uuid,
			   uint32_t parallelism, const char *state_layout);

#endif
