/* One component of a pipeline - source, transform or sink - from its group in the file: finds the plugin,
 * fills its options, asks the plugin whether they agree. */
#ifndef WEIR_CONFIGURATION_COMPONENT_CHECK_H
#define WEIR_CONFIGURATION_COMPONENT_CHECK_H

#include "configuration/configuration_file.h"
#include "plugin/standard_options.h"

/* A component while it is being checked. */
struct component {
	struct configuration_file *file;
	const config_setting_t *group;
	const char *path; /* "source", "transforms[0]", "sink" */
	const char *what; /* "sink 'kafka'", for messages */
	const struct plugin *plugin; /* NULL: none that could be used */
	const struct option_setting *settings;
	uint32_t n_settings;
	struct standard_options standard;
	void *options;
	bool is_complete; /* all required options have values */
};

void component_read(struct component *component, struct configuration_file *file, const config_setting_t *group,
		    const char *path, enum plugin_role role, struct plugin_registry *registry);

/* Runs the plugin's check(). `pipeline`: without the component's name, which is filled in here. */
void component_ask_plugin(struct component *component, const struct weir_pipeline_info *pipeline);

/* Where an option was set; where not, the component itself. */
struct line_origin component_origin(const struct component *component, const char *option);
bool component_sets(const struct component *component, const char *option);

void component_describe(const struct component *component, struct component_description *ret_description);

#endif
