/* The options that weir itself gives every component, by kind. A plugin's own may not have their names. */
#ifndef WEIR_PLUGIN_STANDARD_OPTIONS_H
#define WEIR_PLUGIN_STANDARD_OPTIONS_H

#include "options/option_table.h"
#include "plugin/plugin_load.h"

struct standard_options {
	const char *plugin, *name;
	const char *on_error; /* transforms */
	/* windowed transforms; durations in ms */
	int64_t window, allowed_lateness, max_out_of_orderness, idle_timeout;
	const char *watermark, *emit, *late_records;
};

struct option_table standard_options(enum plugin_kind kind);

#endif
