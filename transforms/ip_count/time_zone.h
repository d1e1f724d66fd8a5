/* Where the calendar of a log hangs: "UTC", a fixed offset "+02:00", or a name of the tz database,
 * "Europe/Berlin", read from /usr/share/zoneinfo. Unlike the C library's, a zone is a value: any number
 * of them, any thread.
 *
 * A civil time that a zone skips or shows twice is taken as the clock that ran before the change would
 * have shown it (as java.time does): the first of the two, and 02:30 in a skipped hour is 03:30. */
#ifndef TRANSFORMS_IP_COUNT_TIME_ZONE_H
#define TRANSFORMS_IP_COUNT_TIME_ZONE_H

#include <stddef.h>
#include <stdint.h>

struct time_zone;

/* NULL, and what is wrong in `why`. */
struct time_zone *time_zone_new(const char *name, char *why, size_t why_size);
/* From the bytes of a TZif file; NULL: damaged, with leap seconds, or no memory. */
struct time_zone *time_zone_parse(const void *data, size_t len);
void time_zone_free(struct time_zone *zone);

int64_t time_zone_utc(const struct time_zone *zone, int64_t civil_s);
int64_t time_zone_civil(const struct time_zone *zone, int64_t utc_s);

#endif
