#include "config.h" /* tm_gmtoff */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log_time.h"
#include "time_zone.h"
#include "tests/lib/unit_main.h"

static struct time_zone *zone_named(const char *name)
{
	char why[512];
	struct time_zone *zone = time_zone_new(name, why, sizeof(why));
	ck_assert_msg(zone != NULL, "%s: %s", name, why);
	return zone;
}

static int64_t civil(const char *text)
{
	int64_t civil_s = 0;
	ck_assert_ptr_null(log_time_parse((const uint8_t *)text, &civil_s));
	return civil_s;
}

START_TEST(fixed_offsets)
{
	static const struct {
		const char *name;
		int64_t offset_s;
	} table[] = {{"UTC", 0}, {"Z", 0}, {"+02:00", 7200}, {"-05:30", -19800}, {"+00:00", 0}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct time_zone *zone = zone_named(table[i].name);
		ck_assert_int_eq(time_zone_civil(zone, 1568564615), 1568564615 + table[i].offset_s);
		ck_assert_int_eq(time_zone_utc(zone, 1568564615), 1568564615 - table[i].offset_s);
		time_zone_free(zone);
	}
}
END_TEST

START_TEST(what_is_no_zone_is_refused)
{
	static const char *const table[] = {"", "Europe/Nowhere", "+2", "+02:60", "+19:00", "+02:00x", "02:00",
					    "/etc/passwd", "../../../etc/passwd", "Europe", "tzdata.zi"};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char why[512] = "";
		ck_assert_msg(time_zone_new(table[i], why, sizeof(why)) == NULL, "'%s' was taken", table[i]);
		ck_assert_str_ne(why, "");
	}
}
END_TEST

/* Summer time, its reverse (Ireland), the southern half, odd offsets and times of change, a zone that
 * changes at -1 o'clock, one that dropped a day, one without any change. */
static const char *const zones[] = {"Europe/Berlin",	   "Europe/Dublin", "America/New_York",
				    "America/Sao_Paulo",   "Asia/Kolkata",  "Australia/Lord_Howe",
				    "America/Scoresbysund", "Pacific/Apia",  "Asia/Tokyo",
				    "Africa/Casablanca",   "Asia/Gaza",	    "Etc/GMT+5"};

/* The C library, in the hands of TZ, is the judge; the last 400 years are the calendar cycle that is
 * folded back. */
START_TEST(the_c_library_agrees)
{
	srand(20190915);
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		struct time_zone *zone = zone_named(zones[i]);
		setenv("TZ", zones[i], 1);
		tzset();
		for (int round = 0; round < 20000; round++) {
			int64_t span = round % 2 == 0 ? INT64_C(18000000000) : INT64_C(2200000000);
			time_t utc = (time_t)((((uint64_t)rand() << 31) | (uint64_t)rand()) % (uint64_t)span);
			struct tm fields;
			localtime_r(&utc, &fields);
			int64_t local = time_zone_civil(zone, utc);
			ck_assert_msg(local == utc + fields.tm_gmtoff, "%s: %lld has the offset %lld, not %ld",
				      zones[i], (long long)utc, (long long)(local - utc), fields.tm_gmtoff);
			int64_t back = time_zone_utc(zone, local);
			ck_assert_msg(back <= utc && time_zone_civil(zone, back) == local,
				      "%s: %lld came back as %lld", zones[i], (long long)utc, (long long)back);
		}
		time_zone_free(zone);
	}
}
END_TEST

START_TEST(a_time_shown_twice_is_the_first_and_a_skipped_one_is_moved_on)
{
	struct time_zone *zone = zone_named("Europe/Berlin");
	for (int64_t year = 2019; year < 2600; year += 400) { /* a listed transition, and an unrolled one */
		int64_t later = (civil_days(year, 1, 1) - civil_days(2019, 1, 1)) * 86400;
		ck_assert_int_eq(time_zone_utc(zone, civil("2019-10-27_01:59:59") + later),
				 civil("2019-10-26_23:59:59") + later);
		ck_assert_int_eq(time_zone_utc(zone, civil("2019-10-27_02:30:00") + later),
				 civil("2019-10-27_00:30:00") + later);
		ck_assert_int_eq(time_zone_utc(zone, civil("2019-10-27_03:00:00") + later),
				 civil("2019-10-27_02:00:00") + later);
		ck_assert_int_eq(time_zone_utc(zone, civil("2019-03-31_02:30:00") + later),
				 civil("2019-03-31_01:30:00") + later);
		ck_assert_int_eq(time_zone_civil(zone, civil("2019-03-31_01:30:00") + later),
				 civil("2019-03-31_03:30:00") + later);
		ck_assert_int_eq(time_zone_utc(zone, civil("2019-03-31_03:00:00") + later),
				 civil("2019-03-31_01:00:00") + later);
	}
	time_zone_free(zone);
}
END_TEST

START_TEST(damaged_files_are_refused_or_read_but_never_crash)
{
	static uint8_t data[8192], damaged[8192];
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "r");
	ck_assert_ptr_nonnull(file);
	size_t len = fread(data, 1, sizeof(data), file);
	fclose(file);
	struct time_zone *zone = time_zone_parse(data, len);
	ck_assert_ptr_nonnull(zone);
	time_zone_free(zone);
	for (size_t cut = 0; cut + 1 < len; cut++) {
		uint8_t *torn = malloc(cut + 1); /* a block of its own: a sanitizer sees a read behind it */
		memcpy(torn, data, cut);
		zone = time_zone_parse(torn, cut);
		ck_assert_msg(zone == NULL, "cut to %zu of %zu bytes it was taken", cut, len);
		free(torn);
	}
	srand(1);
	for (int round = 0; round < 20000; round++) {
		memcpy(damaged, data, len);
		for (int i = 0; i < 3; i++)
			damaged[(size_t)rand() % len] = (uint8_t)rand();
		zone = time_zone_parse(damaged, len);
		if (zone != NULL)
			(void)time_zone_utc(zone, time_zone_civil(zone, rand()));
		time_zone_free(zone);
	}
}
END_TEST

UNIT_MAIN("transforms/time_zone", fixed_offsets, what_is_no_zone_is_refused, the_c_library_agrees,
	  a_time_shown_twice_is_the_first_and_a_skipped_one_is_moved_on,
	  damaged_files_are_refused_or_read_but_never_crash)
