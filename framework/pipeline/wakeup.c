/* A futex as an event count. All accesses are sequentially consistent: a waker that reads no sleeper
 * has moved `sequence` on before the sleeper reads it, so that the sleeper's futex call returns at once. */
#include "pipeline/wakeup.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

uint32_t wakeup_prepare(struct wakeup *wakeup)
{
	atomic_fetch_add(&wakeup->n_sleepers, 1);
	return atomic_load(&wakeup->sequence);
}

void wakeup_cancel(struct wakeup *wakeup)
{
	atomic_fetch_sub(&wakeup->n_sleepers, 1);
}

void wakeup_wait(struct wakeup *wakeup, uint32_t seen, int64_t timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
	syscall(SYS_futex, &wakeup->sequence, FUTEX_WAIT_PRIVATE, seen, &timeout, NULL, 0);
	atomic_fetch_sub(&wakeup->n_sleepers, 1);
}

void wakeup_signal(struct wakeup *wakeup)
{
	atomic_fetch_add(&wakeup->sequence, 1);
	if (atomic_load(&wakeup->n_sleepers) != 0)
		syscall(SYS_futex, &wakeup->sequence, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
