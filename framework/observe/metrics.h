/* Counters and gauges in a memory segment that the supervisor shares with the pipeline process: written
 * with relaxed atomics, read without asking, still there after a crash. */
#ifndef WEIR_OBSERVE_METRICS_H
#define WEIR_OBSERVE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#define METRICS_MAX 512

struct weir_metric { /* the plugin contract's handle is one of these */
	char component[32], name[48], unit[16], help[120];
	uint32_t kind; /* enum weir_metric_kind */
	_Alignas(64) _Atomic int64_t value; /* a cache line of its own */
};

/* The newest error, in the words of whoever gave up. */
struct last_error {
	int64_t wall_ms;   /* 0: there was none */
	uint32_t sequence; /* another one with each error */
	char text[1200];
};

struct metrics {
	_Atomic uint32_t n_metrics;
	struct weir_metric metrics[METRICS_MAX];
	_Atomic uint32_t error_sequence; /* odd while it is being written */
	struct last_error last_error;
};

/* Shared with the children that are forked later. NULL = no memory. */
struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* A plugin that writes where it should not may have written here too: what cannot be counters is emptied. The last
 * error stays. */
void metrics_repair(struct metrics *metrics);

/* The metric of that name, new or known. Where there is no more room, a nameless one that nobody reads.
 * One process at a time registers. */
struct weir_metric *metrics_register(struct metrics *metrics, const char *component, uint32_t kind,
				     const char *name, const char *unit, const char *help);
/* NULL where there is none of that name. */
struct weir_metric *metrics_find(struct metrics *metrics, const char *component, const char *name);
/* 0 where there is none of that name. */
int64_t metrics_read(struct metrics *metrics, const char *component, const char *name);
/* Of all components that have one of that name. */
int64_t metrics_sum(struct metrics *metrics, const char *name);
/* A gauge that a process which died has left behind. */
void metrics_reset(struct metrics *metrics, const char *name);

/* Any thread; of one process at a time. A text too long is cut. */
void metrics_set_error(struct metrics *metrics, const char *text);
/* As it can be shown. */
void metrics_get_error(struct metrics *metrics, struct last_error *ret_error);

static inline void metric_add(struct weir_metric *metric, int64_t n)
{
	atomic_fetch_add_explicit(&metric->value, n, memory_order_relaxed);
}

static inline void metric_set(struct weir_metric *metric, int64_t value)
{
	atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

static inline int64_t metric_get(struct weir_metric *metric)
{
	return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

#endif
