#define _GNU_SOURCE /* pthread_tryjoin_np, SCHED_BATCH */
#include "pipeline/stage_thread.h"

#include <sched.h>
#include <time.h>

#include "base/clock.h"

/* As a batch thread, one that is woken waits until whoever woke it has used up its turn, where they share a
 * core. Otherwise each batch that is put into a queue would cost two switches of context. */
int stage_thread_start(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
	int r = pthread_create(thread, NULL, run, argument);
	if (r == 0)
		(void)pthread_setschedparam(*thread, SCHED_BATCH, &(struct sched_param){0});
	return r;
}

/* pthread_clockjoin_np() would do, but ThreadSanitizer does not know it. */
bool stage_thread_join(pthread_t thread, int64_t deadline_ms)
{
	while (pthread_tryjoin_np(thread, NULL) != 0) {
		if (clock_monotonic_ms() >= deadline_ms)
			return false;
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	return true;
}
