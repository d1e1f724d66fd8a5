/* Lets a thread sleep until something it looks at may have changed, without a lock and, while nobody
 * sleeps, without a system call.
 *
 *   sleeper                                waker
 *     seen = wakeup_prepare(w)               change what the sleeper looks at
 *     if (nothing to do yet)                 wakeup_signal(w)
 *       wakeup_wait(w, seen, timeout_ms)
 *     else
 *       wakeup_cancel(w)
 */
#ifndef WEIR_PIPELINE_WAKEUP_H
#define WEIR_PIPELINE_WAKEUP_H

#include <stdatomic.h>
#include <stdint.h>

struct wakeup {
	_Atomic uint32_t sequence;
	_Atomic uint32_t n_sleepers;
};

uint32_t wakeup_prepare(struct wakeup *wakeup);
void wakeup_cancel(struct wakeup *wakeup);
void wakeup_wait(struct wakeup *wakeup, uint32_t seen, int64_t timeout_ms);
void wakeup_signal(struct wakeup *wakeup);

#endif
