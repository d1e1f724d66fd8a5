/* Tables of struct weir_option as their author built them: the stride may be shorter or longer than ours. */
#ifndef WEIR_OPTIONS_OPTION_TABLE_H
#define WEIR_OPTIONS_OPTION_TABLE_H

#include "base/error.h"
#include "weir/plugin.h"

struct option_table {
	const struct weir_option *options;
	uint32_t n_options, stride;
};

#define OPTION_TABLE(array) {(array), sizeof(array) / sizeof((array)[0]), sizeof((array)[0])}

/* What the author's struct does not reach is zero. */
struct weir_option option_at(const struct option_table *table, uint32_t i);

/* Is the table itself sound: names, types, fields inside the instance, defaults that are allowed? */
int option_table_check(const struct option_table *table, size_t instance_size, struct error *error);

#endif
