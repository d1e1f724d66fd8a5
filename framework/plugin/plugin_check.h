/* Is what a plugin says of itself whole: versions, kind, callbacks, options? Looks, calls nothing. */
#ifndef WEIR_PLUGIN_PLUGIN_CHECK_H
#define WEIR_PLUGIN_PLUGIN_CHECK_H

#include "plugin/plugin_load.h"

/* `file_name` without folder: it must agree with the plugin's name and kind. */
int plugin_check(const struct weir_plugin *descriptor, const char *file_name, enum plugin_kind *ret_kind,
		 struct error *error);

#endif
