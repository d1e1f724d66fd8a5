#include "observe/metric_table.h"

#include <stddef.h>

#include "weir/plugin.h"

#define OF_ALL "source, transforms[N], sink"
#define OF_WINDOWED "transforms[N]"

static const struct metric_description table[N_OWN_METRICS] = {
	[METRIC_RECORDS_IN] = {"source", NULL, "records_in", "records", "records read", WEIR_COUNTER},
	[METRIC_BYTES_IN] = {"source", NULL, "bytes_in", "bytes", "keys and values read", WEIR_COUNTER},
	[METRIC_LAG] = {"source", NULL, "lag", "offsets", "offsets still to be read; -1 = unknown", WEIR_GAUGE},
	[METRIC_WATERMARK] = {"source", NULL, "watermark", "ms", "event time up to which all is in", WEIR_GAUGE},
	[METRIC_CHECKPOINT_STALL] = {"source", NULL, "checkpoint_stall", "us",
				     "longest time in which nothing was read while the newest checkpoint was made", WEIR_GAUGE},
	[METRIC_RECORDS_REJECTED] = {NULL, OF_ALL, "records_rejected", "records", "records that could not be processed",
				     WEIR_COUNTER},
	[METRIC_RECORDS_LATE] = {NULL, OF_WINDOWED, "records_late", "records", "records whose window was closed", WEIR_COUNTER},
	[METRIC_RESULTS] = {NULL, OF_WINDOWED, "results", "records", "results of windows", WEIR_COUNTER},
	[METRIC_STATE_KEYS] = {NULL, OF_WINDOWED, "state_keys", "keys", "keys in open windows", WEIR_GAUGE},
	[METRIC_STATE_BYTES] = {NULL, OF_WINDOWED, "state_bytes", "bytes", "memory of the state", WEIR_GAUGE},
	[METRIC_RECORDS_OUT] = {"sink", NULL, "records_out", "records", "records written, committed or not", WEIR_COUNTER},
	[METRIC_DEAD_LETTERS] = {"sink", NULL, "dead_letters", "records", "dead letters written", WEIR_COUNTER},
	[METRIC_LAST_ID] = {"checkpoint", NULL, "last_id", "", "newest completed checkpoint", WEIR_GAUGE},
	[METRIC_LAST_COMPLETED] = {"checkpoint", NULL, "last_completed", "ms", "when that was, wall clock", WEIR_GAUGE},
	[METRIC_LAST_COMPLETED_MONOTONIC] = {"checkpoint", NULL, "last_completed_monotonic", "ms",
					     "when that was, monotonic clock", WEIR_GAUGE},
	[METRIC_LAST_DURATION] = {"checkpoint", NULL, "last_duration", "ms", "from its barrier to its completion", WEIR_GAUGE},
	[METRIC_LAST_BYTES] = {"checkpoint", NULL, "last_bytes", "bytes", "state written by it", WEIR_GAUGE},
	[METRIC_COMPLETED] = {"checkpoint", NULL, "completed", "checkpoints", "completed checkpoints", WEIR_COUNTER},
	[METRIC_PHASE] = {"pipeline", NULL, "phase", "", "0 starting, 1 running, 2 going back to the last checkpoint", WEIR_GAUGE},
	[METRIC_ROLLBACKS] = {"pipeline", NULL, "rollbacks", "", "times it went back to the last checkpoint", WEIR_COUNTER},
	[METRIC_RESIDENT] = {"process", NULL, "resident", "bytes", "memory of the pipeline process", WEIR_GAUGE},
};

const struct metric_description *metric_description(enum own_metric which)
{
	return &table[which];
}

struct weir_metric *metrics_register_own(struct metrics *metrics, enum own_metric which)
{
	return metrics_register_of(metrics, table[which].component, which);
}

struct weir_metric *metrics_register_of(struct metrics *metrics, const char *component, enum own_metric which)
{
	const struct metric_description *it = &table[which];
	return metrics_register(metrics, component, it->kind, it->name, it->unit, it->help);
}
