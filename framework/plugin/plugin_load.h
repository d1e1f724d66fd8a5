/* From a shared object to a checked descriptor: dlopen, magic, version rule, mandatory callbacks, name
 * = file name (NAME.so, NAME_source.so, NAME_transform.so or NAME_sink.so, as its kind is). Nothing of the plugin runs but its entry point,
 * and nothing at all where somebody else could have put it there (plugin_safety.h). */
#ifndef WEIR_PLUGIN_PLUGIN_LOAD_H
#define WEIR_PLUGIN_PLUGIN_LOAD_H

#include "base/error.h"
#include "weir/plugin.h"

enum plugin_kind { PLUGIN_SOURCE, PLUGIN_TRANSFORM, PLUGIN_WINDOWED, PLUGIN_SINK };

/* A loaded plugin. Stays loaded until the process ends: its threads and atexit handlers may outlive us. */
struct plugin {
	const struct weir_plugin *descriptor; /* the plugin's own; may be shorter than ours, see WEIR_HAS() */
	enum plugin_kind kind;
	char *path;
};

/* Loads one file. Errors name the file, what was found and what was expected (both versions, the
 * missing callback, the two names...). */
int plugin_load(const char *path, struct plugin **ret_plugin, struct error *error);
void plugin_free(struct plugin *plugin);

/* "source", "transform", "transform" (windowed too), "sink": as a user says it. */
const char *plugin_kind_name(enum plugin_kind kind);

#endif
