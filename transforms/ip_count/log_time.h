/* Times as access logs write them, yyyy-MM-dd_HH:mm:ss. "Civil seconds" are the seconds that a calendar
 * on a wall counts since 1970-01-01_00:00:00, without regard to where it hangs; time_zone.h knows that. */
#ifndef TRANSFORMS_IP_COUNT_LOG_TIME_H
#define TRANSFORMS_IP_COUNT_LOG_TIME_H

#include <stdint.h>

#define LOG_TIME_LEN 19

/* NULL and *ret_civil_s, or what is wrong with the text: a static sentence. Years 0001 to 9999. */
const char *log_time_parse(const uint8_t text[LOG_TIME_LEN], int64_t *ret_civil_s);
/* Without a NUL. What four digits of year cannot show becomes the nearest time that they can. */
void log_time_format(int64_t civil_s, char text[LOG_TIME_LEN]);

int64_t civil_days(int64_t year, unsigned month, unsigned day); /* since 1970-01-01; month from 1 */
unsigned civil_month_length(int64_t year, unsigned month);
void civil_date(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

#endif
