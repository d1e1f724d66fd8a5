/* What to do at a start, from what the store and the outside say. Pure: no I/O, no locks. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_RECOVERY_H
#define WEIR_CHECKPOINT_CHECKPOINT_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "checkpoint/checkpoint_store.h"

struct recovery_facts {
	bool has_completed, has_pending, has_marker; /* of the ids below; pending > completed */
	uint64_t completed, pending, marker;
	bool marker_is_ours; /* its pipeline uuid is the store's */
	bool last_resource;  /* false: no sink decides, the store does; the marker is not looked at */
	/* The operator's word. It holds unless PENDING was decided, also where nothing contradicts it: so
	 * state that is of no more use is left behind (USE_MARKER), or everything (USE_NOTHING). */
	enum store_resolution_choice resolution;
};

enum recovery_action {
	RECOVERY_START_FRESH,	/* nothing anywhere: first start (next is 0); or the operator said so (above all ids) */
	RECOVERY_CLEAN,		/* go on from COMPLETED */
	RECOVERY_PROMOTE,	/* PENDING was decided: complete it, commit the handles, go on from it */
	RECOVERY_DROP,		/* PENDING was not: drop it, abort the handles, go on from COMPLETED (or fresh) */
	RECOVERY_USE_STORE,	/* the operator said so: go on from COMPLETED, above both ids */
	RECOVERY_USE_MARKER,	/* the operator said so: positions from the marker, no state, above both ids */
	RECOVERY_REFUSE
};
/* Where the operator decided, a PENDING record may be there: it is dropped and its handles aborted. */

enum recovery_refusal {
	REFUSAL_NONE,
	REFUSAL_STORE_MISSING,	/* marker, but nothing in the store */
	REFUSAL_MARKER_MISSING, /* something in the store, but no marker */
	REFUSAL_MARKER_FOREIGN, /* another pipeline's uuid */
	REFUSAL_MARKER_AHEAD,	/* store is older: a backup, or another store went on */
	REFUSAL_MARKER_BEHIND,	/* the outside is older */
	REFUSAL_SOURCE_CHANGED	/* store and outside agree, but the source has other records than they saw */
};

struct recovery_decision {
	enum recovery_action action;
	enum recovery_refusal refusal;
	uint64_t restore_from; /* checkpoint whose state and positions are taken; 0 with fresh */
	uint64_t next;	       /* id of the next checkpoint */
};

struct recovery_decision checkpoint_recovery_decide(const struct recovery_facts *facts);

#endif
