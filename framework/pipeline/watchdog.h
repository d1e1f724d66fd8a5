/* Watches the calls into plugins: one that does not come back within `pipeline.watchdog` is named, with its
 * place in the configuration, and the process ends; the supervisor starts it again by the restart strategy.
 *
 * The threads that call pay two or three relaxed stores a call. A thread of its own looks at them from time
 * to time; it counts only time in which this process ran, so that SIGSTOP and SIGCONT trip nothing. */
#ifndef WEIR_PIPELINE_WATCHDOG_H
#define WEIR_PIPELINE_WATCHDOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "pipeline/wakeup.h"

/* What one thread at a time calls. */
struct watched {
	const char *plugin, *component; /* borrowed while it is watched */
	const char *_Atomic callback;	/* the one a thread is in; NULL = none */
	_Atomic uint32_t n_calls;	/* begun, and signs of life */
	_Atomic uint32_t granted_call;	/* the value of n_calls that granted_ms is for */
	_Atomic int64_t granted_ms;
	/* of the watchdog's thread */
	uint32_t seen;
	int64_t waited_ms;
	struct watched *next;
};

struct watchdog {
	pthread_mutex_t lock; /* of the list */
	struct watched *first;
	int64_t limit_ms;
	void (*bite)(void); /* called when a plugin has been named */
	struct wakeup wake;
	atomic_bool is_over;
	pthread_t thread;
	bool has_thread;
};

/* limit_ms 0: no call is too long; they are known all the same, for watchdog_report(). */
int watchdog_start(struct watchdog *watchdog, int64_t limit_ms, void (*bite)(void));
void watchdog_stop(struct watchdog *watchdog);

/* A NULL watchdog does nothing. */
void watchdog_add(struct watchdog *watchdog, struct watched *watched);
void watchdog_remove(struct watchdog *watchdog, struct watched *watched);

/* Names every call that has not come back, whatever it has taken. */
void watchdog_report(struct watchdog *watchdog);

/* From the thread that calls. */
static inline void watched_enter(struct watched *watched, const char *callback)
{
	uint32_t n_calls = atomic_load_explicit(&watched->n_calls, memory_order_relaxed);
	atomic_store_explicit(&watched->n_calls, n_calls + 1, memory_order_relaxed);
	atomic_store_explicit(&watched->callback, callback, memory_order_relaxed);
}

static inline const char *watched_leave(struct watched *watched)
{
	const char *callback = atomic_load_explicit(&watched->callback, memory_order_relaxed);
	atomic_store_explicit(&watched->callback, NULL, memory_order_relaxed);
	return callback;
}

/* Inside a call: it may stand still for so long from now on. */
void watched_grant(struct watched *watched, int64_t ms);

#endif
