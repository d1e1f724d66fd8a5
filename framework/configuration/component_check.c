#include "config.h"

#include "configuration/component_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration/component_description.h"
#include "configuration/findings.h"
#include "plugin/plugin_ask.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static const struct option_setting *setting_of(const struct component *component, const char *option)
{
	for (uint32_t i = 0; i < component->n_settings; i++)
		if (strcmp(component->settings[i].name, option) == 0)
			return &component->settings[i];
	return NULL;
}

bool component_sets(const struct component *component, const char *option)
{
	return setting_of(component, option) != NULL;
}

struct line_origin component_origin(const struct component *component, const char *option)
{
	const struct option_setting *setting = option != NULL ? setting_of(component, option) : NULL;
	if (setting != NULL)
		return (struct line_origin){setting->file, setting->line};
	return configuration_file_origin(component->file, component->group);
}

/* ---- options ------------------------------------------------------------------------------------- */

static void report_option(void *context, const struct option_setting *setting, bool is_warning, const char *text)
{
	const struct component *component = context;
	struct line_origin origin = component_origin(component, setting != NULL ? setting->name : NULL);
	findings_add(component->file->findings, is_warning, origin.file, origin.line, "%s", text);
}

static void hide_secrets(const struct component *component, const struct option_table *table)
{
	for (uint32_t i = 0; i < table->n_options; i++) {
		struct weir_option option = option_at(table, i);
		const struct option_setting *setting = setting_of(component, option.name);
		if (setting == NULL || !(option.flags & WEIR_SECRET))
			continue;
		if (setting->value.text != NULL)
			hidden_text_add(&component->file->hidden, setting->value.text, component->file->memory);
		for (const char *const *text = setting->value.texts; text != NULL && *text != NULL; text++)
			hidden_text_add(&component->file->hidden, *text, component->file->memory);
	}
}

static void fill_options(struct component *component)
{
	const struct weir_plugin *descriptor = component->plugin->descriptor;
	struct option_group groups[] = {
		{standard_options(component->plugin->kind), &component->standard},
		{{descriptor->options, descriptor->n_options, descriptor->option_size}, NULL},
	};
	component->options = obstack_alloc(component->file->memory, descriptor->instance_size + 1);
	memset(component->options, 0, descriptor->instance_size);
	groups[1].instance = component->options;
	hide_secrets(component, &groups[1].table);
	component->is_complete = option_check(&(struct option_component){
		.what = component->what,
		.groups = groups,
		.n_groups = 2,
		.settings = component->settings,
		.n_settings = component->n_settings,
		.memory = component->file->memory,
		.report = report_option,
		.context = component,
	});
}

static const char *plugin_name(struct component *component)
{
	const struct option_setting *setting = setting_of(component, "plugin");
	struct line_origin origin = component_origin(component, "plugin");
	if (setting == NULL)
		findings_error(component->file->findings, origin.file, origin.line,
			       "%s lacks the option 'plugin'; `weir plugins list` names the installed ones",
			       component->path);
	else if (setting->value.type == VALUE_TEXT || setting->value.type == VALUE_STRING)
		return setting->value.text;
	else if (setting->value.type != VALUE_BROKEN)
		findings_error(component->file->findings, origin.file, origin.line,
			       "option 'plugin' of %s: expected the name of a plugin in double quotes, found %s",
			       component->path, setting->value.shown);
	return NULL;
}

void component_read(struct component *component, struct configuration_file *file, const config_setting_t *group,
		    const char *path, enum plugin_role role, struct plugin_registry *registry)
{
	struct error error = ERROR_INIT;
	*component = (struct component){.file = file, .group = group, .path = path, .what = path};
	component->n_settings = configuration_file_settings(file, group, NULL, &component->settings);
	const char *name = plugin_name(component);
	if (name == NULL)
		return;
	if (plugin_registry_find(registry, name, role, &component->plugin, &error) < 0) {
		struct line_origin origin = component_origin(component, "plugin");
		findings_error(file->findings, origin.file, origin.line, "%s: %s", path, error.text);
		return;
	}
	obstack_printf(file->memory, "%s '%s'", path, name);
	obstack_1grow(file->memory, '\0');
	component->what = obstack_finish(file->memory);
	fill_options(component);
}

/* ---- the plugin's own check ---------------------------------------------------------------------- */

static void report_from_plugin(void *context, bool is_warning, const char *option, const char *text)
{
	const struct component *component = context;
	struct line_origin origin = component_origin(component, option);
	char shown[sizeof(((struct error *)0)->text)];
	snprintf(shown, sizeof(shown), "%s", text);
	text_hide(shown, component->file->hidden);
	if (option != NULL)
		findings_add(component->file->findings, is_warning, origin.file, origin.line, "option '%s' of %s: %s",
			     option, component->what, shown);
	else
		findings_add(component->file->findings, is_warning, origin.file, origin.line, "%s: %s",
			     component->what, shown);
}

void component_ask_plugin(struct component *component, const struct weir_pipeline_info *pipeline)
{
	if (component->plugin == NULL || !component->is_complete)
		return;
	const struct weir_plugin *descriptor = component->plugin->descriptor;
	struct plugin_question question = {
		.plugin = descriptor,
		/* a copy, so that what check() keeps in the instance is in no instance that runs */
		.instance = obstack_copy(component->file->memory, component->options, descriptor->instance_size),
		.pipeline = *pipeline,
		.report = report_from_plugin,
		.context = component,
	};
	question.pipeline.component = component->path;
	plugin_ask(&question);
}

/* ---- the result ---------------------------------------------------------------------------------- */

void component_describe(const struct component *component, struct component_description *ret_description)
{
	*ret_description = (struct component_description){
		.path = component->path,
		.line = configuration_file_origin(component->file, component->group).line,
		.plugin = component->plugin,
		.options = component->options,
	};
	component_description_standard(ret_description, &component->standard);
}
