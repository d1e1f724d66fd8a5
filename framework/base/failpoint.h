/* Named points where tests inject death, errors and delays: WEIR_FAIL=name:nth:action[,...].
 * nth counts from 1 the times the point is passed in this process; `always` means each time, as the switches
 * want it with which a test turns a safety rule off, to see its scenario fail without it. Actions:
 *   kill        SIGKILL to the own process
 *   stop        SIGSTOP to the own process (goes on after SIGCONT)
 *   error       failpoint() returns true: the caller fails as if the step had failed
 *   delay=MS    sleeps
 * Built in with ./configure --enable-failpoints; otherwise failpoint() is a constant. */
#ifndef WEIR_BASE_FAILPOINT_H
#define WEIR_BASE_FAILPOINT_H

#include <stdbool.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef WEIR_FAILPOINTS
/* Any thread. True: fail here. */
bool failpoint(const char *name);
#else
static inline bool failpoint(const char *name)
{
	(void)name;
	return false;
}
#endif

#endif
