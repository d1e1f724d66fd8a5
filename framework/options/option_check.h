/* A whole component against its option tables: fills the fields and reports everything that is wrong -
 * unknown, missing, deprecated, wrong type, out of range - not only the first. */
#ifndef WEIR_OPTIONS_OPTION_CHECK_H
#define WEIR_OPTIONS_OPTION_CHECK_H

#include "options/option_parse.h"
#include "options/option_table.h"

/* One setting as it was found, and where. */
struct option_setting {
	const char *name;
	struct option_value value;
	const char *file;
	unsigned line; /* 0: of no line, e.g. --set */
};

/* A table and the struct it fills. */
struct option_group {
	struct option_table table;
	void *instance;
};

struct option_component {
	const char *what; /* for messages: "source 'kafka'", "pipeline.checkpoint" */
	const struct option_group *groups;
	uint32_t n_groups;
	const struct option_setting *settings;
	uint32_t n_settings;
	const char *const *others; /* names that may have been meant as well, NULL at the end; may be NULL */
	struct obstack *memory;
	/* `setting` NULL: of the component as a whole */
	void (*report)(void *context, const struct option_setting *setting, bool is_warning, const char *text);
	void *context;
};

/* True: every required option has a value, so that code which relies on them may see the instance.
 * Other mistakes leave the default in place. */
bool option_check(const struct option_component *component);

#endif
