#include "configuration/component_settings.h"

#include <errno.h>
#include <string.h>

#include "configuration/configuration_file.h"
#include "configuration/findings.h"

static bool is_of(const config_setting_t *group, const char *plugin)
{
	const char *name;
	return group != NULL && config_setting_is_group(group) && config_setting_lookup_string(group, "plugin", &name) &&
	       strcmp(name, plugin) == 0;
}

static const config_setting_t *find_group(const struct configuration_file *file, const char *plugin, enum plugin_role role)
{
	if (role != ROLE_TRANSFORM) {
		const config_setting_t *group = config_lookup(&file->config, role == ROLE_SOURCE ? "source" : "sink");
		return is_of(group, plugin) ? group : NULL;
	}
	const config_setting_t *list = config_lookup(&file->config, "transforms");
	for (int i = 0; list != NULL && i < config_setting_length(list); i++)
		if (is_of(config_setting_get_elem(list, (unsigned)i), plugin))
			return config_setting_get_elem(list, (unsigned)i);
	return NULL;
}

int component_settings_read(const char *path, const char *plugin, enum plugin_role role, struct obstack *memory,
			    const struct option_setting **ret_settings, uint32_t *ret_n_settings,
			    struct findings *findings)
{
	static const char *const roles[] = {[ROLE_SOURCE] = "source", [ROLE_TRANSFORM] = "transform", [ROLE_SINK] = "sink"};
	struct configuration_file file;
	if (configuration_file_open(&file, path, NULL, 0, memory, findings)) {
		const config_setting_t *group = find_group(&file, plugin, role);
		if (group != NULL)
			*ret_n_settings = configuration_file_settings(&file, group, NULL, ret_settings);
		else
			findings_error(findings, path, 0, "there is no %s with plugin = \"%s\"", roles[role], plugin);
	}
	configuration_file_close(&file);
	return findings->n_errors == 0 ? 0 : -EINVAL;
}
