/* Reads TZif files (RFC 8536), the 64-bit half, and the rule for the future at their end, which is
 * unrolled into transitions like the others. Files are checked: a torn one gives an error. */
#include "time_zone.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log_time.h"

#define DAY INT64_C(86400)
#define CALENDAR_CYCLE (INT64_C(146097) * DAY) /* 400 years: dates and weekdays repeat */
#define UNROLLED_YEARS 402
#define FILE_MAX (1 << 20)

struct transition {
	int64_t utc_s;	 /* from here on... */
	int64_t offset_s; /* ...this holds */
	int64_t civil_s; /* and from here on, on the calendar */
};

struct time_zone {
	int64_t first_offset_s; /* before the first transition */
	bool repeats;		/* the transitions end with a whole calendar cycle of the rule */
	uint32_t n;
	struct transition transitions[];
};

/* ---- asking --------------------------------------------------------------------------------------- */

/* The offset at `time`, which is civil or UTC. */
static int64_t offset_at(const struct time_zone *zone, int64_t time, size_t field)
{
#define TIME_OF(index) (*(const int64_t *)((const char *)&zone->transitions[index] + field))
	if (zone->repeats && time >= TIME_OF(zone->n - 1))
		time -= ((time - TIME_OF(zone->n - 1)) / CALENDAR_CYCLE + 1) * CALENDAR_CYCLE;
	uint32_t low = 0, high = zone->n; /* the number of transitions until then lies between */
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (TIME_OF(middle) <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 ? zone->first_offset_s : zone->transitions[low - 1].offset_s;
#undef TIME_OF
}

int64_t time_zone_utc(const struct time_zone *zone, int64_t civil_s)
{
	return civil_s - offset_at(zone, civil_s, offsetof(struct transition, civil_s));
}

int64_t time_zone_civil(const struct time_zone *zone, int64_t utc_s)
{
	return utc_s + offset_at(zone, utc_s, offsetof(struct transition, utc_s));
}

/* ---- the rule for the future: "CET-1CEST,M3.5.0,M10.5.0/3" ------------------------------------------ */

struct yearly_change {
	char kind; /* 'M': week and weekday of a month; 'J': day 1..365, never February 29; 'n': day 0..365 */
	unsigned month, week, day;
	int64_t time_s; /* of that day */
};

struct rule {
	int64_t standard_offset_s, summer_offset_s;
	bool has_summer;
	struct yearly_change to_summer, to_standard;
};

static bool take(const char **at, char wanted)
{
	if (**at != wanted)
		return false;
	++*at;
	return true;
}

static bool take_number(const char **at, unsigned max, unsigned *ret)
{
	if (!isdigit((unsigned char)**at))
		return false;
	unsigned number = 0;
	for (; isdigit((unsigned char)**at) && number <= max; ++*at)
		number = number * 10 + (unsigned)(**at - '0');
	*ret = number;
	return number <= max;
}

/* [+-]h[h][:mm[:ss]] */
static bool take_time(const char **at, int64_t *ret)
{
	unsigned hour, minute = 0, second = 0;
	bool negative = take(at, '-');
	if (!negative)
		(void)take(at, '+');
	if (!take_number(at, 167, &hour) || (take(at, ':') && !take_number(at, 59, &minute)) ||
	    (take(at, ':') && !take_number(at, 59, &second)))
		return false;
	int64_t time = hour * INT64_C(3600) + minute * 60 + second;
	*ret = negative ? -time : time;
	return true;
}

static bool skip_abbreviation(const char **at)
{
	const char *start = *at;
	if (take(at, '<')) {
		*at += strcspn(*at, ">");
		return take(at, '>');
	}
	while (isalpha((unsigned char)**at))
		++*at;
	return *at - start >= 3;
}

static bool take_change(const char **at, struct yearly_change *change)
{
	change->kind = 'n';
	change->time_s = 2 * 3600;
	if (take(at, 'M')) {
		change->kind = 'M';
		if (!take_number(at, 12, &change->month) || change->month == 0 || !take(at, '.') ||
		    !take_number(at, 5, &change->week) || change->week == 0 || !take(at, '.') ||
		    !take_number(at, 6, &change->day))
			return false;
	} else {
		if (take(at, 'J'))
			change->kind = 'J';
		if (!take_number(at, 365, &change->day))
			return false;
	}
	return !take(at, '/') || take_time(at, &change->time_s);
}

static bool rule_parse(const char *text, struct rule *rule)
{
	*rule = (struct rule){0};
	if (!skip_abbreviation(&text) || !take_time(&text, &rule->standard_offset_s))
		return false;
	rule->standard_offset_s = -rule->standard_offset_s; /* POSIX counts west of Greenwich */
	if (*text == '\0')
		return true;
	rule->has_summer = true;
	rule->summer_offset_s = rule->standard_offset_s + 3600;
	if (!skip_abbreviation(&text))
		return false;
	if (*text != ',') {
		if (!take_time(&text, &rule->summer_offset_s))
			return false;
		rule->summer_offset_s = -rule->summer_offset_s;
	}
	return take(&text, ',') && take_change(&text, &rule->to_summer) && take(&text, ',') &&
	       take_change(&text, &rule->to_standard) && *text == '\0';
}

/* Civil seconds of the change in that year. */
static int64_t change_in(int64_t year, const struct yearly_change *change)
{
	int64_t day;
	if (change->kind == 'M') {
		int64_t first = civil_days(year, change->month, 1);
		int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
		int64_t in_month = (change->day + 7 - weekday) % 7 + (change->week - 1) * 7;
		if (in_month >= civil_month_length(year, change->month)) /* week 5 is the last */
			in_month -= 7;
		day = first + in_month;
	} else if (change->kind == 'J') {
		bool behind_february_29 = change->day >= 60 && civil_month_length(year, 2) == 29;
		day = civil_days(year, 1, 1) + change->day - 1 + behind_february_29;
	} else {
		day = civil_days(year, 1, 1) + change->day;
	}
	return day * DAY + change->time_s;
}

static void transition_add(struct time_zone *zone, int64_t utc_s, int64_t offset_s)
{
	const struct transition *last = zone->n > 0 ? &zone->transitions[zone->n - 1] : NULL;
	int64_t before_s = last != NULL ? last->offset_s : zone->first_offset_s;
	int64_t civil_s = utc_s + (before_s > offset_s ? before_s : offset_s);
	if (last != NULL && civil_s < last->civil_s)
		civil_s = last->civil_s;
	zone->transitions[zone->n++] = (struct transition){utc_s, offset_s, civil_s};
}

static void rule_unroll(const struct rule *rule, struct time_zone *zone)
{
	int64_t known_until = zone->n > 0 ? zone->transitions[zone->n - 1].utc_s : INT64_MIN;
	int64_t year = 1970;
	unsigned month, day;
	if (zone->n > 0)
		civil_date(known_until / DAY, &year, &month, &day);
	for (int64_t end = year + UNROLLED_YEARS; rule->has_summer && year < end; year++) {
		struct transition changes[] = {
			{.utc_s = change_in(year, &rule->to_summer) - rule->standard_offset_s,
			 .offset_s = rule->summer_offset_s},
			{.utc_s = change_in(year, &rule->to_standard) - rule->summer_offset_s,
			 .offset_s = rule->standard_offset_s}};
		int first = changes[0].utc_s <= changes[1].utc_s ? 0 : 1;
		for (int i = 0; i < 2; i++)
			if (changes[first ^ i].utc_s > known_until)
				transition_add(zone, changes[first ^ i].utc_s, changes[first ^ i].offset_s);
	}
	zone->repeats = rule->has_summer;
}

/* ---- the file --------------------------------------------------------------------------------------- */

struct bytes {
	const uint8_t *at;
	size_t left;
};

/* NULL where there are not so many. */
static const uint8_t *take_bytes(struct bytes *bytes, size_t n)
{
	if (bytes->left < n)
		return NULL;
	const uint8_t *start = bytes->at;
	bytes->at += n;
	bytes->left -= n;
	return start;
}

static int64_t big_endian(const uint8_t *at, unsigned n)
{
	uint64_t number = at[0] & 0x80 ? UINT64_MAX : 0;
	for (unsigned i = 0; i < n; i++)
		number = number << 8 | at[i];
	return (int64_t)number;
}

struct tzif_header {
	uint32_t n_utc_flags, n_standard_flags, n_leaps, n_times, n_types, n_chars;
};

static bool take_header(struct bytes *bytes, struct tzif_header *header)
{
	const uint8_t *at = take_bytes(bytes, 44);
	if (at == NULL || memcmp(at, "TZif", 4) != 0 || at[4] < '2')
		return false;
	uint32_t counts[6];
	for (unsigned i = 0; i < 6; i++) {
		counts[i] = (uint32_t)big_endian(at + 20 + 4 * i, 4);
		if (counts[i] > FILE_MAX)
			return false;
	}
	*header = (struct tzif_header){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
	return true;
}

static size_t block_size(const struct tzif_header *header, size_t time_size)
{
	return header->n_times * (time_size + 1) + header->n_types * (size_t)6 + header->n_chars +
	       header->n_leaps * (time_size + 4) + header->n_standard_flags + header->n_utc_flags;
}

struct time_zone *time_zone_parse(const void *data, size_t len)
{
	struct bytes bytes = {data, len};
	struct tzif_header header;
	if (!take_header(&bytes, &header) || take_bytes(&bytes, block_size(&header, 4)) == NULL ||
	    !take_header(&bytes, &header) || header.n_types == 0 || header.n_leaps > 0)
		return NULL;
	const uint8_t *times = take_bytes(&bytes, block_size(&header, 8));
	if (times == NULL || bytes.left < 2 || bytes.at[0] != '\n' || bytes.at[bytes.left - 1] != '\n')
		return NULL;
	const uint8_t *types_of_times = times + header.n_times * (size_t)8;
	const uint8_t *types = types_of_times + header.n_times;

	struct rule rule = {0};
	char rule_text[256];
	size_t rule_len = bytes.left - 2;
	if (rule_len >= sizeof(rule_text))
		return NULL;
	memcpy(rule_text, bytes.at + 1, rule_len);
	rule_text[rule_len] = '\0';
	if (rule_len > 0 && !rule_parse(rule_text, &rule))
		return NULL;

	size_t room = header.n_times + 2 * (size_t)UNROLLED_YEARS;
	struct time_zone *zone = calloc(1, sizeof(*zone) + room * sizeof(zone->transitions[0]));
	if (zone == NULL)
		return NULL;
	zone->first_offset_s = big_endian(types, 4);
	for (uint32_t i = 0; i < header.n_times; i++) {
		int64_t utc_s = big_endian(times + 8 * i, 8);
		if (types_of_times[i] >= header.n_types || utc_s > INT64_C(1) << 50 ||
		    (i > 0 && utc_s <= zone->transitions[i - 1].utc_s)) {
			free(zone);
			return NULL;
		}
		if (utc_s < -(INT64_C(1) << 50)) /* some files begin with the Big Bang */
			utc_s = -(INT64_C(1) << 50);
		transition_add(zone, utc_s, big_endian(types + 6 * types_of_times[i], 4));
	}
	rule_unroll(&rule, zone);
	return zone;
}

static struct time_zone *tzif_read(const char *name, char *why, size_t why_size)
{
	char path[512];
	bool fits = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name) < (int)sizeof(path);
	FILE *file = fits && name[0] != '/' && strstr(name, "..") == NULL ? fopen(path, "re") : NULL;
	uint8_t *data = malloc(FILE_MAX);
	struct time_zone *zone = NULL;
	if (file == NULL) {
		snprintf(why, why_size,
			 "no such time zone: use \"UTC\", an offset such as \"+02:00\", or a name such as "
			 "\"Europe/Berlin\" that is found in /usr/share/zoneinfo (Debian: apt install tzdata)");
	} else if (data == NULL) {
		snprintf(why, why_size, "no memory");
	} else {
		size_t len = fread(data, 1, FILE_MAX, file);
		if (ferror(file))
			snprintf(why, why_size, "cannot read %s: %s", path, strerror(errno));
		else if ((zone = time_zone_parse(data, len)) == NULL)
			snprintf(why, why_size, "%s is damaged, or counts leap seconds", path);
	}
	if (file != NULL)
		fclose(file);
	free(data);
	return zone;
}

/* "+02:00" */
static bool is_offset(const char *name, int64_t *ret_offset_s)
{
	const char *at = name + 1;
	unsigned hours, minutes;
	if ((name[0] != '+' && name[0] != '-') || strlen(name) != 6 || name[3] != ':' ||
	    !take_number(&at, 18, &hours) || !take(&at, ':') || !take_number(&at, 59, &minutes))
		return false;
	*ret_offset_s = (hours * INT64_C(3600) + minutes * 60) * (name[0] == '-' ? -1 : 1);
	return true;
}

struct time_zone *time_zone_new(const char *name, char *why, size_t why_size)
{
	int64_t offset_s = 0;
	if (strcmp(name, "UTC") != 0 && strcmp(name, "Z") != 0 && !is_offset(name, &offset_s))
		return tzif_read(name, why, why_size);
	struct time_zone *zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		snprintf(why, why_size, "no memory");
	else
		zone->first_offset_s = offset_s;
	return zone;
}

void time_zone_free(struct time_zone *zone)
{
	free(zone);
}
