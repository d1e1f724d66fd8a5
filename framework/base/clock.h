/* The only place of the framework that asks for the time. */
#ifndef WEIR_BASE_CLOCK_H
#define WEIR_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);	  /* since 1970 UTC; for showing and storing, never for deadlines */
int64_t clock_monotonic_ms(void); /* for deadlines and durations; not touched by setting the clock */
int64_t clock_monotonic_us(void);

/* "2026-11-23T22:02:44.123Z" into at least 25 bytes */
void clock_format(int64_t wall_ms, char *text, unsigned size);

#endif
