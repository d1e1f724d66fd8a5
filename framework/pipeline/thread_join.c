#define _GNU_SOURCE /* pthread_tryjoin_np */
#include "pipeline/thread_join.h"

#include <time.h>

#include "base/clock.h"

/* pthread_clockjoin_np() would do, but ThreadSanitizer does not know it. */
bool thread_join_until(pthread_t thread, int64_t deadline_ms)
{
	while (pthread_tryjoin_np(thread, NULL) != 0) {
		if (clock_monotonic_ms() >= deadline_ms)
			return false;
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	return true;
}
