#include "pipeline/watchdog.h"

#include "base/clock.h"
#include "observe/log.h"

#define SHORTEST_STEP_MS 20
#define LONGEST_STEP_MS 1000

void watched_grant(struct watched *watched, int64_t ms)
{
	uint32_t n_calls = atomic_load_explicit(&watched->n_calls, memory_order_relaxed) + 1;
	atomic_store_explicit(&watched->granted_ms, ms, memory_order_relaxed);
	atomic_store_explicit(&watched->granted_call, n_calls, memory_order_relaxed);
	atomic_store_explicit(&watched->n_calls, n_calls, memory_order_release);
}

static int64_t limit_of(const struct watchdog *watchdog, const struct watched *watched)
{
	if (atomic_load_explicit(&watched->granted_call, memory_order_relaxed) != watched->seen)
		return watchdog->limit_ms;
	int64_t granted_ms = atomic_load_explicit(&watched->granted_ms, memory_order_relaxed);
	return granted_ms > watchdog->limit_ms ? granted_ms : watchdog->limit_ms;
}

/* True: the call has taken too long. */
static bool look_at(const struct watchdog *watchdog, struct watched *watched, int64_t passed_ms)
{
	uint32_t n_calls = atomic_load_explicit(&watched->n_calls, memory_order_acquire);
	if (n_calls != watched->seen || atomic_load_explicit(&watched->callback, memory_order_relaxed) == NULL) {
		watched->seen = n_calls;
		watched->waited_ms = 0;
		return false;
	}
	watched->waited_ms += passed_ms;
	return watched->waited_ms >= limit_of(watchdog, watched);
}

static void name(const struct watched *watched, const char *option)
{
	const char *callback = atomic_load_explicit(&watched->callback, memory_order_relaxed);
	if (callback != NULL)
		log_error("pipeline", "plugin '%s' (%s) does not come back from %s(): %lld ms so far%s", watched->plugin,
			  watched->component, callback, (long long)watched->waited_ms, option);
}

static void look(struct watchdog *watchdog, int64_t passed_ms)
{
	bool bites = false;
	pthread_mutex_lock(&watchdog->lock);
	for (struct watched *watched = watchdog->first; watched != NULL; watched = watched->next)
		if (look_at(watchdog, watched, passed_ms) && watchdog->limit_ms > 0) {
			name(watched, " (pipeline.watchdog)");
			bites = true;
		}
	pthread_mutex_unlock(&watchdog->lock);
	if (bites)
		watchdog->bite();
}

static int64_t step_of(const struct watchdog *watchdog)
{
	int64_t step_ms = watchdog->limit_ms > 0 ? watchdog->limit_ms / 10 : LONGEST_STEP_MS;
	return step_ms < SHORTEST_STEP_MS ? SHORTEST_STEP_MS : step_ms > LONGEST_STEP_MS ? LONGEST_STEP_MS : step_ms;
}

static void *run(void *argument)
{
	struct watchdog *watchdog = argument;
	int64_t step_ms = step_of(watchdog), last_ms = clock_monotonic_ms();
	while (!atomic_load(&watchdog->is_over)) {
		uint32_t seen = wakeup_prepare(&watchdog->wake);
		if (atomic_load(&watchdog->is_over))
			wakeup_cancel(&watchdog->wake);
		else
			wakeup_wait(&watchdog->wake, seen, step_ms);
		look(watchdog, clock_awake_ms(&last_ms, step_ms));
	}
	return NULL;
}

int watchdog_start(struct watchdog *watchdog, int64_t limit_ms, void (*bite)(void))
{
	*watchdog = (struct watchdog){.limit_ms = limit_ms, .bite = bite};
	pthread_mutex_init(&watchdog->lock, NULL);
	watchdog->has_thread = pthread_create(&watchdog->thread, NULL, run, watchdog) == 0;
	return watchdog->has_thread ? 0 : -1;
}

void watchdog_stop(struct watchdog *watchdog)
{
	atomic_store(&watchdog->is_over, true);
	wakeup_signal(&watchdog->wake);
	if (watchdog->has_thread)
		pthread_join(watchdog->thread, NULL);
	watchdog->has_thread = false;
	pthread_mutex_destroy(&watchdog->lock);
}

void watchdog_add(struct watchdog *watchdog, struct watched *watched)
{
	if (watchdog == NULL)
		return;
	pthread_mutex_lock(&watchdog->lock);
	watched->next = watchdog->first;
	watchdog->first = watched;
	pthread_mutex_unlock(&watchdog->lock);
}

void watchdog_remove(struct watchdog *watchdog, struct watched *watched)
{
	if (watchdog == NULL)
		return;
	pthread_mutex_lock(&watchdog->lock);
	for (struct watched **at = &watchdog->first; *at != NULL; at = &(*at)->next)
		if (*at == watched) {
			*at = watched->next;
			break;
		}
	pthread_mutex_unlock(&watchdog->lock);
}

void watchdog_report(struct watchdog *watchdog)
{
	pthread_mutex_lock(&watchdog->lock);
	for (struct watched *watched = watchdog->first; watched != NULL; watched = watched->next)
		name(watched, "");
	pthread_mutex_unlock(&watchdog->lock);
}
