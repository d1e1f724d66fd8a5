/* The only place of the framework that asks for the time. */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);	  /* since 1970 UTC; for showing and storing, never for deadlines */
int64_t clock_monotonic_ms(void); /* for deadlines and durations; not touched by setting the clock */
int64_t clock_monotonic_us(void);
/* Time since *last_ms (monotonic), which moves on to now: at most two of the steps in which the caller looks.
 * What goes beyond was spent suspended (SIGSTOP, a machine that slept) and counts for no deadline. */
int64_t clock_awake_ms(int64_t *last_ms, int64_t step_ms);

/* "2026-11-23T22:02:44.123Z" into at least 25 bytes */
void clock_format(int64_t wall_ms, char *text, unsigned size);

#endif
