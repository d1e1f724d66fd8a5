/* When a checkpoint begins, and what its end, a stop or the end of input leads to. A pure state machine:
 * events in, actions out; it asks nobody for the time. One checkpoint is under way at most. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_EPOCH_H
#define WEIR_CHECKPOINT_CHECKPOINT_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

enum epoch_event {
	EPOCH_TICK,	   /* time has passed */
	EPOCH_STOP,	   /* somebody asks for an orderly end */
	EPOCH_INPUT_ENDED, /* the source has nothing more, and all of it is on its way */
	EPOCH_COMPLETED	   /* the checkpoint under way is decided and recorded */
};

enum epoch_action {
	EPOCH_NOTHING,
	EPOCH_INJECT,	    /* let barrier `under_way` into the stream */
	EPOCH_INJECT_FINAL, /* the same, and nothing behind it */
	EPOCH_TIMED_OUT,    /* it takes longer than allowed: roll back */
	EPOCH_FINISHED	    /* the final one is complete */
};

struct epoch {
	int64_t interval_ms, timeout_ms;
	uint64_t next;	    /* id of the next checkpoint */
	uint64_t under_way; /* valid while is_under_way */
	bool is_under_way, is_final, is_over, wants_final;
	int64_t due_ms, deadline_ms;
};

void epoch_init(struct epoch *epoch, uint64_t first, int64_t interval_ms, int64_t timeout_ms, int64_t now_ms);

/* now_ms: monotonic. */
enum epoch_action epoch_handle(struct epoch *epoch, enum epoch_event event, int64_t now_ms);

/* How long nothing can happen by itself, in ms from now. */
int64_t epoch_sleep_ms(const struct epoch *epoch, int64_t now_ms);

#endif
