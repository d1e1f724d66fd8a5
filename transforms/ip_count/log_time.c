#include "log_time.h"

#include <stdbool.h>

#include "decimal.h"

#define DAY 86400

/* Both calendar functions count years from March, so that a leap day is the last of its year, in eras of
 * 400 years (146097 days), after which the Gregorian calendar repeats; 719468 days lie between
 * 0000-03-01 and 1970-01-01. */
int64_t civil_days(int64_t year, unsigned month, unsigned day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	unsigned year_of_era = (unsigned)(year - era * 400);
	unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + (int64_t)day_of_era - 719468;
}

void civil_date(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	unsigned day_of_era = (unsigned)(days - era * 146097);
	unsigned year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month = (5 * day_of_year + 2) / 153; /* from March */
	*ret_day = day_of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = era * 400 + year_of_era + (*ret_month <= 2);
}

unsigned civil_month_length(int64_t year, unsigned month)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return lengths[month - 1] + (leap && month == 2);
}

/* Two digits, or something of 100 and more. */
static unsigned two_digits(const uint8_t *text)
{
	unsigned tens = text[0] - (unsigned)'0', ones = text[1] - (unsigned)'0';
	return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100;
}

const char *log_time_parse(const uint8_t text[LOG_TIME_LEN], int64_t *ret_civil_s)
{
	unsigned century = two_digits(text), year_of_century = two_digits(text + 2);
	unsigned month = two_digits(text + 5), day = two_digits(text + 8);
	unsigned hour = two_digits(text + 11), minute = two_digits(text + 14), second = two_digits(text + 17);
	if (text[4] != '-' || text[7] != '-' || text[10] != '_' || text[13] != ':' || text[16] != ':' ||
	    century > 99 || year_of_century > 99 || month > 99 || day > 99 || hour > 99 || minute > 99 ||
	    second > 99)
		return "the time is not written yyyy-MM-dd_HH:mm:ss";
	unsigned year = century * 100 + year_of_century;
	if (year == 0)
		return "the year is not 0001 to 9999";
	if (month < 1 || month > 12)
		return "the month is not 01 to 12";
	if (day < 1 || day > civil_month_length(year, month))
		return "the month has no such day";
	if (hour > 23)
		return "the hour is not 00 to 23";
	if (minute > 59)
		return "the minute is not 00 to 59";
	if (second > 59)
		return "the second is not 00 to 59";
	*ret_civil_s = civil_days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
	return NULL;
}

void log_time_format(int64_t civil_s, char text[LOG_TIME_LEN])
{
	const int64_t first = civil_days(0, 1, 1) * DAY, behind = civil_days(10000, 1, 1) * DAY;
	civil_s = civil_s < first ? first : civil_s >= behind ? behind - 1 : civil_s;
	int64_t days = (civil_s - first) / DAY + first / DAY, year;
	unsigned month, day, second = (unsigned)(civil_s - days * DAY);
	civil_date(days, &year, &month, &day);
	decimal_write_two(text, (unsigned)year / 100);
	decimal_write_two(text + 2, (unsigned)year % 100);
	decimal_write_two(text + 5, month);
	decimal_write_two(text + 8, day);
	decimal_write_two(text + 11, second / 3600);
	decimal_write_two(text + 14, second / 60 % 60);
	decimal_write_two(text + 17, second % 60);
	text[4] = text[7] = '-';
	text[10] = '_';
	text[13] = text[16] = ':';
}
