#include "options/option_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/similar_text.h"

static void report(const struct option_component *component, const struct option_setting *setting,
		   bool is_warning, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void report(const struct option_component *component, const struct option_setting *setting,
		   bool is_warning, const char *fmt, ...)
{
	struct error error;
	va_list arguments;
	va_start(arguments, fmt);
	error_setv(&error, 0, fmt, arguments);
	va_end(arguments);
	component->report(component->context, setting, is_warning, error.text);
}

static const struct option_setting *setting_of(const struct option_component *component, const char *name)
{
	for (uint32_t i = 0; i < component->n_settings; i++)
		if (strcmp(component->settings[i].name, name) == 0)
			return &component->settings[i];
	return NULL;
}

/* Whether the option, if required, has its value. */
static bool check_option(const struct option_component *component, const struct weir_option *option,
			 void *instance)
{
	struct error error = ERROR_INIT;
	(void)option_set_default(option, instance, component->memory, NULL); /* held when the table was checked */
	const struct option_setting *setting = setting_of(component, option->name);
	bool required = (option->flags & WEIR_REQUIRED) != 0;
	if (setting == NULL) {
		if (required)
			report(component, NULL, false, "%s lacks the option '%s': %s", component->what,
			       option->name, option->doc != NULL ? option->doc : "it is required");
		return !required;
	}
	if (option->flags & WEIR_DEPRECATED)
		report(component, setting, true, "option '%s' of %s is deprecated: %s", option->name,
		       component->what, option->doc != NULL ? option->doc : "it will go away");
	if (setting->value.type == VALUE_BROKEN)
		return !required;
	if (option_parse(option, &setting->value, instance, component->memory, &error) == 0)
		return true;
	report(component, setting, false, "option '%s' of %s: %s", option->name, component->what, error.text);
	return !required;
}

static bool is_known(const struct option_component *component, const char *name, struct similar_text *similar)
{
	bool known = false;
	for (uint32_t g = 0; g < component->n_groups; g++)
		for (uint32_t i = 0; i < component->groups[g].table.n_options; i++) {
			const char *option = option_at(&component->groups[g].table, i).name;
			known = known || strcmp(option, name) == 0;
			similar_text_consider(similar, option);
		}
	for (const char *const *other = component->others; other != NULL && *other != NULL; other++)
		similar_text_consider(similar, *other);
	return known;
}

static void check_unknown(const struct option_component *component)
{
	for (uint32_t i = 0; i < component->n_settings; i++) {
		const struct option_setting *setting = &component->settings[i];
		struct similar_text similar = SIMILAR_TEXT_INIT(setting->name);
		if (is_known(component, setting->name, &similar))
			continue;
		if (similar.best != NULL)
			report(component, setting, false, "unknown option '%s' of %s; did you mean '%s'?",
			       setting->name, component->what, similar.best);
		else
			report(component, setting, false, "unknown option '%s' of %s", setting->name,
			       component->what);
	}
}

bool option_check(const struct option_component *component)
{
	bool complete = true;
	check_unknown(component);
	for (uint32_t g = 0; g < component->n_groups; g++)
		for (uint32_t i = 0; i < component->groups[g].table.n_options; i++) {
			struct weir_option option = option_at(&component->groups[g].table, i);
			complete &= check_option(component, &option, component->groups[g].instance);
		}
	return complete;
}
