/* One value as a configuration gives it -> the typed field of an option: type, range, default. */
#ifndef WEIR_OPTIONS_OPTION_PARSE_H
#define WEIR_OPTIONS_OPTION_PARSE_H

#include <obstack.h>

#include "base/error.h"
#include "weir/plugin.h"

enum option_value_type {
	VALUE_BROKEN, /* given, but already found wrong: fills nothing and is not reported again */
	VALUE_TEXT,   /* from --set, ${...} or a table's default: read as the option's type asks for */
	VALUE_STRING,
	VALUE_INTEGER,
	VALUE_REAL,
	VALUE_BOOL,
	VALUE_LIST,
	VALUE_MAP,
	VALUE_NESTED /* a group or list that holds more than plain values: fits no option */
};

struct option_value {
	enum option_value_type type;
	const char *text;	  /* TEXT, STRING */
	const char *shown;	  /* how it stands in the file; what messages may show */
	int64_t integer;	  /* INTEGER, BOOL */
	double real;		  /* REAL */
	const char *const *texts; /* LIST: values; MAP: name, value, name, value; NULL at the end */
};

/* Stores the value in the option's field of the instance. Strings are borrowed from the value, what has
 * to be made comes from `memory`. The error's text has no subject; it hides a secret's value. */
int option_parse(const struct weir_option *option, const struct option_value *value, void *instance,
		 struct obstack *memory, struct error *error);

/* The same with the option's default, if it has one. */
int option_set_default(const struct weir_option *option, void *instance, struct obstack *memory,
		       struct error *error);

/* Can the option's `allowed` be read as its type asks for? */
int option_allowed_check(const struct weir_option *option, struct error *error);

/* What `allowed` of an integer, duration or size permits; INT64_MIN and INT64_MAX where an end is open. */
int option_number_range(const struct weir_option *option, int64_t *ret_low, int64_t *ret_high, struct error *error);

/* "duration"; NULL: no such type. */
const char *option_type_name(uint32_t type);
size_t option_type_size(uint32_t type);

#endif
