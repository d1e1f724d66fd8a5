#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t now_us(clockid_t id)
{
	struct timespec now;
	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	return now_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_monotonic_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}

int64_t clock_awake_ms(int64_t *last_ms, int64_t step_ms)
{
	int64_t now_ms = clock_monotonic_ms(), passed_ms = now_ms - *last_ms;
	*last_ms = now_ms;
	return passed_ms < 2 * step_ms ? passed_ms : 2 * step_ms;
}

void clock_format(int64_t wall_ms, char *text, unsigned size)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	int ms = (int)(wall_ms % 1000);
	if (ms < 0) {
		ms += 1000;
		seconds--;
	}
	struct tm utc;
	gmtime_r(&seconds, &utc);
	char date[40];
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, size, "%s.%03dZ", date, ms);
}
