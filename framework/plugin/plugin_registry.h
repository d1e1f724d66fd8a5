/* Which plugins there are and where: plugin_path of the file, then $WEIR_PLUGIN_PATH (colon-separated),
 * then the installed plugin directory. The first file of a name wins. Each file is loaded once.
 *
 * A name may exist in more than one role: `plugin = "kafka"` is one thing as a source and another as a
 * sink. The file is looked for as NAME_source.so, NAME_transform.so or NAME_sink.so (by the role asked
 * for) in every directory, then as NAME.so; the descriptor's own name is NAME in each case. */
#ifndef WEIR_PLUGIN_PLUGIN_REGISTRY_H
#define WEIR_PLUGIN_PLUGIN_REGISTRY_H

#include <stddef.h>

#include "base/error.h"
#include "plugin/plugin_load.h"

struct plugin_registry;

struct plugin_registry *plugin_registry_new(void); /* with $WEIR_PLUGIN_PATH and the installed directory */
void plugin_registry_free(struct plugin_registry *registry);

/* Puts a directory in front of the environment's; in the order of the calls. Copied. */
void plugin_registry_add_directory(struct plugin_registry *registry, const char *directory);

enum plugin_role { ROLE_SOURCE, ROLE_TRANSFORM, ROLE_SINK };

/* Borrowed from the registry. -ENOENT: not in any directory (the text names them all and a similar
 * name); others: found but refused, or of another role (NAME.so is a sink where a source is asked for). */
int plugin_registry_find(struct plugin_registry *registry, const char *name, enum plugin_role role,
			 const struct plugin **ret_plugin, struct error *error);

/* Every *.so of every directory, sorted by name: `plugin` NULL where refused, then `why` says it. */
struct plugin_listing {
	char *name, *path;
	const struct plugin *plugin;
	char *why;
};
size_t plugin_registry_list(struct plugin_registry *registry, struct plugin_listing **ret_list);
void plugin_listing_free(struct plugin_listing *list, size_t n);

#endif
