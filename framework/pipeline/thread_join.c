#define _GNU_SOURCE /* pthread_clockjoin_np */
#include "pipeline/thread_join.h"

#include <time.h>

bool thread_join_until(pthread_t thread, int64_t deadline_ms)
{
	struct timespec deadline = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};
	return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) == 0;
}
