#include "base/text_units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

/* Smallest first. The first name of a factor is the one that is written back. */
static const struct unit duration_units[] = {{"ms", 1},	      {"s", 1000},	    {"m", 60 * 1000},
					     {"min", 60 * 1000}, {"h", 60 * 60 * 1000}, {"d", 24 * 60 * 60 * 1000},
					     {NULL, 0}};
static const struct unit size_units[] = {
	{"B", 1},	      {"kB", 1000},	   {"KB", 1000}, {"KiB", 1024},
	{"MB", 1000000},      {"MiB", 1 << 20},	   {"GB", 1000000000}, {"GiB", 1 << 30},
	{"TB", 1000000000000}, {"TiB", 1LL << 40}, {NULL, 0}};

int text_to_integer(const char *text, int64_t *ret_number)
{
	const char *digits = text + (*text == '-' || *text == '+');
	bool is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	if (!(is_hex ? isxdigit((unsigned char)digits[2]) : isdigit((unsigned char)digits[0])))
		return -EINVAL;
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, is_hex ? 16 : 10);
	if (*end != '\0')
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

static int text_to_units(const char *text, const struct unit *units, bool needs_unit, int64_t *ret_value)
{
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	int range = errno;
	end += strspn(end, " ");
	int64_t factor = 0;
	if (*end == '\0' && (!needs_unit || number == 0))
		factor = 1;
	for (; factor == 0 && units->name != NULL; units++)
		if (strcmp(end, units->name) == 0)
			factor = units->factor;
	if (factor == 0)
		return -EINVAL;
	if (range == ERANGE || number > INT64_MAX / factor)
		return -ERANGE;
	*ret_value = number * factor;
	return 0;
}

int text_to_duration(const char *text, int64_t *ret_ms)
{
	return text_to_units(text, duration_units, true, ret_ms);
}

int text_to_bytes(const char *text, int64_t *ret_bytes)
{
	return text_to_units(text, size_units, false, ret_bytes);
}

static const struct unit *greatest_divisor(int64_t value, const struct unit *units)
{
	const struct unit *best = units;
	for (const struct unit *unit = units; unit->name != NULL; unit++)
		if (value != 0 && value % unit->factor == 0 && unit->factor > best->factor)
			best = unit;
	return best;
}

void duration_to_text(int64_t ms, char text[TEXT_UNITS_SIZE])
{
	const struct unit *unit = greatest_divisor(ms, duration_units);
	snprintf(text, TEXT_UNITS_SIZE, "%" PRId64 " %s", ms / unit->factor, unit->name);
}

void bytes_to_text(int64_t bytes, char text[TEXT_UNITS_SIZE])
{
	const struct unit *unit = greatest_divisor(bytes, size_units);
	snprintf(text, TEXT_UNITS_SIZE, "%" PRId64 " %s", bytes / unit->factor, unit->name);
}
