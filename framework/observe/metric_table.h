/* weir's own metrics, each once: registered from here, and the manual is made from here. Plugins bring theirs
 * by weir_host.metric(). */
#ifndef WEIR_OBSERVE_METRIC_TABLE_H
#define WEIR_OBSERVE_METRIC_TABLE_H

#include "observe/metrics.h"

enum own_metric {
	METRIC_RECORDS_IN,
	METRIC_BYTES_IN,
	METRIC_LAG,
	METRIC_WATERMARK,
	METRIC_CHECKPOINT_STALL,
	METRIC_RECORDS_REJECTED,
	METRIC_RECORDS_LATE,
	METRIC_RESULTS,
	METRIC_STATE_KEYS,
	METRIC_STATE_BYTES,
	METRIC_RECORDS_OUT,
	METRIC_DEAD_LETTERS,
	METRIC_LAST_ID,
	METRIC_LAST_COMPLETED,
	METRIC_LAST_COMPLETED_MONOTONIC,
	METRIC_LAST_DURATION,
	METRIC_LAST_BYTES,
	METRIC_COMPLETED,
	METRIC_PHASE,
	METRIC_ROLLBACKS,
	METRIC_RESIDENT,
	N_OWN_METRICS
};

struct metric_description {
	const char *component; /* NULL: of several, which `of` names */
	const char *of;
	const char *name, *unit, *help;
	uint32_t kind; /* enum weir_metric_kind */
};

const struct metric_description *metric_description(enum own_metric which);

/* The place that it has in the table. */
struct weir_metric *metrics_register_own(struct metrics *metrics, enum own_metric which);
/* One that belongs to several components: of this one. */
struct weir_metric *metrics_register_of(struct metrics *metrics, const char *component, enum own_metric which);

#endif
