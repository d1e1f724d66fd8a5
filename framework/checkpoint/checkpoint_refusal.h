/* The words of a refusal: what was found on both sides, what each choice would cost, and the exact
 * `weir checkpoints resolve` commands. Costs are counted from positions and from what the source has. Pure. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_REFUSAL_H
#define WEIR_CHECKPOINT_CHECKPOINT_REFUSAL_H

#include "checkpoint/checkpoint_recovery.h"
#include "weir/plugin.h"

#define NO_OFFSET (-1)

struct refusal_partition { /* of the source */
	const char *stream;
	int32_t partition;
	int64_t store, marker; /* where the store and the marker stand; NO_OFFSET = not there */
	bool is_surveyed;      /* the rest is known */
	enum weir_fit fit;     /* of the store's position, without one of the marker's */
	int64_t first, end, fresh;
	const char *why;
};

struct refusal_evidence {
	struct recovery_facts facts;
	enum recovery_refusal refusal;
	const char *uuid, *directory; /* of the store */
	int64_t completed_ms;			 /* 0 = not known, and below */
	uint64_t n_entries;			 /* of state in its newest completed checkpoint */
	const char *where;			 /* the marker's place */
	const char *marker_uuid, *marker_instance; /* NULL = not known */
	int64_t marker_ms;
	const struct refusal_partition *partitions;
	uint32_t n_partitions;
};

/* What one choice does in one partition, or in all of them. */
struct refusal_cost {
	int64_t again;	 /* records that were counted before and would be read again */
	int64_t perhaps; /* records read of which it cannot be known whether they were counted before */
	int64_t skipped; /* records never read */
	bool is_known;
};
struct refusal_cost checkpoint_refusal_cost(const struct refusal_evidence *evidence, const struct refusal_partition *partition,
					    enum store_resolution_choice choice);

void checkpoint_refusal_explain(const struct refusal_evidence *evidence, char *text, size_t size);
/* Behind the sink's own words that what it wrote to is gone (whatever the refusal). */
void checkpoint_refusal_explain_sink(const struct refusal_evidence *evidence, char *text, size_t size);

#endif
