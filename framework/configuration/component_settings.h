/* The settings of one component, taken out of a pipeline's file: for those who run a plugin without its pipeline. */
#ifndef WEIR_CONFIGURATION_COMPONENT_SETTINGS_H
#define WEIR_CONFIGURATION_COMPONENT_SETTINGS_H

#include "configuration/pipeline_description.h"
#include "options/option_check.h"

/* Of the group "source", "sink" or the first of "transforms" whose `plugin` is this one. Strings live in `memory`.
 * 0, or -EINVAL with findings that say why; the rest of the file is not looked at. */
int component_settings_read(const char *file, const char *plugin, enum plugin_role role, struct obstack *memory,
			    const struct option_setting **ret_settings, uint32_t *ret_n_settings,
			    struct findings *findings);

#endif
