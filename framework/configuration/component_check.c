#include "config.h"

#include "configuration/component_check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "configuration/findings.h"

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

/* What stands behind a struct weir_ctx during check(). */
struct check_context {
	const struct component *component;
	struct weir_pipeline_info pipeline;
	unsigned n_found;
};

static struct check_context *context_of(struct weir_ctx *ctx)
{
	return (struct check_context *)ctx;
}

static void report_from_plugin(struct check_context *context, bool is_warning, const char *option, const char *fmt,
			       va_list arguments)
{
	struct error error;
	const struct component *component = context->component;
	struct line_origin origin = component_origin(component, option);
	error_setv(&error, 0, fmt, arguments);
	text_hide(error.text, component->file->hidden);
	if (option != NULL)
		findings_add(component->file->findings, is_warning, origin.file, origin.line, "option '%s' of %s: %s",
			     option, component->what, error.text);
	else
		findings_add(component->file->findings, is_warning, origin.file, origin.line, "%s: %s",
			     component->what, error.text);
	context->n_found += !is_warning;
}

static void check_log(struct weir_ctx *ctx, enum weir_level level, const char *fmt, ...)
{
	if (level < WEIR_WARN)
		return;
	va_list arguments;
	va_start(arguments, fmt);
	report_from_plugin(context_of(ctx), true, NULL, fmt, arguments);
	va_end(arguments);
}

static weir_status check_fail(struct weir_ctx *ctx, weir_status status, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	report_from_plugin(context_of(ctx), false, NULL, fmt, arguments);
	va_end(arguments);
	return status;
}

static weir_status check_bad_option(struct weir_ctx *ctx, const char *option, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	report_from_plugin(context_of(ctx), false, option, fmt, arguments);
	va_end(arguments);
	return WEIR_FATAL;
}

static const struct weir_pipeline_info *check_pipeline(struct weir_ctx *ctx)
{
	return &context_of(ctx)->pipeline;
}

static weir_status check_failpoint(struct weir_ctx *ctx, const char *name)
{
	(void)ctx;
	return failpoint(name) ? WEIR_FATAL : WEIR_OK;
}

/* The services below have no place in check(); they refuse without harm. */

static struct weir_metric *check_metric(struct weir_ctx *ctx, enum weir_metric_kind kind, const char *name,
					const char *unit, const char *help)
{
	static char nowhere;
	(void)ctx, (void)kind, (void)name, (void)unit, (void)help;
	return (struct weir_metric *)(void *)&nowhere; /* never NULL, and measure() leaves it alone */
}

static void check_measure(struct weir_metric *metric, int64_t value)
{
	(void)metric, (void)value;
}

static struct weir_record *check_append(struct weir_out *out, uint32_t n_records)
{
	(void)out, (void)n_records;
	return NULL;
}

static void *check_alloc(struct weir_out *out, size_t bytes)
{
	(void)out, (void)bytes;
	return NULL;
}

static weir_status check_adopt(struct weir_out *out, void *owner, void (*release)(void *owner))
{
	(void)out;
	release(owner);
	return WEIR_FATAL;
}

static weir_status check_reject(struct weir_ctx *ctx, const struct weir_record *record, const char *why)
{
	(void)ctx, (void)record, (void)why;
	return WEIR_FATAL;
}

static uint32_t check_partition(struct weir_ctx *ctx, const char *stream, int32_t partition)
{
	(void)ctx, (void)stream, (void)partition;
	return WEIR_NO_PARTITION;
}

static void check_partition_lag(struct weir_ctx *ctx, uint32_t partition, int64_t lag)
{
	(void)ctx, (void)partition, (void)lag;
}

static void check_partition_end(struct weir_ctx *ctx, uint32_t partition)
{
	(void)ctx, (void)partition;
}

static weir_status check_position(struct weir_positions *positions, const struct weir_position *position)
{
	(void)positions, (void)position;
	return WEIR_FATAL;
}

static void check_may_take(struct weir_ctx *ctx, int64_t ms)
{
	(void)ctx, (void)ms;
}

static const struct weir_host check_host = {
	.size = sizeof(check_host),
	.abi_major = WEIR_ABI_MAJOR,
	.abi_minor = WEIR_ABI_MINOR,
	.log = check_log,
	.metric = check_metric,
	.measure = check_measure,
	.pipeline = check_pipeline,
	.fail = check_fail,
	.bad_option = check_bad_option,
	.failpoint = check_failpoint,
	.append = check_append,
	.alloc = check_alloc,
	.adopt = check_adopt,
	.reject = check_reject,
	.partition = check_partition,
	.partition_lag = check_partition_lag,
	.partition_end = check_partition_end,
	.position = check_position,
	.may_take = check_may_take,
};

static void found_without_words(struct check_context *context, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	report_from_plugin(context, false, NULL, fmt, arguments);
	va_end(arguments);
}

void component_ask_plugin(struct component *component, const struct weir_pipeline_info *pipeline)
{
	if (component->plugin == NULL || !component->is_complete || component->plugin->descriptor->check == NULL)
		return;
	const struct weir_plugin *descriptor = component->plugin->descriptor;
	struct check_context context = {component, *pipeline, 0};
	context.pipeline.component = component->path;
	/* a copy, so that what check() keeps in the instance is in no instance that runs */
	void *instance = obstack_copy(component->file->memory, component->options, descriptor->instance_size);
	weir_status status = descriptor->check(instance, (struct weir_ctx *)&context, &check_host);
	if (status != WEIR_OK && context.n_found == 0)
		found_without_words(&context, "the plugin refuses its options without saying why (status %d)", status);
}

/* ---- the result ---------------------------------------------------------------------------------- */

void component_describe(const struct component *component, struct component_description *ret_description)
{
	const struct standard_options *standard = &component->standard;
	*ret_description = (struct component_description){
		.path = component->path,
		.line = configuration_file_origin(component->file, component->group).line,
		.plugin = component->plugin,
		.options = component->options,
	};
	if (standard->on_error != NULL)
		ret_description->on_error = strcmp(standard->on_error, "skip") == 0	   ? ON_ERROR_SKIP
					    : strcmp(standard->on_error, "dead_letter") == 0 ? ON_ERROR_DEAD_LETTER
											     : ON_ERROR_FAIL;
	if (component->plugin->kind == PLUGIN_WINDOWED)
		ret_description->window = (struct window_options){
			.window = standard->window,
			.allowed_lateness = standard->allowed_lateness,
			.watermark = standard->watermark,
			.max_out_of_orderness = standard->max_out_of_orderness,
			.idle_timeout = standard->idle_timeout,
			.emit = strcmp(standard->emit, "final") == 0 ? EMIT_FINAL : EMIT_UPDATES,
			.late = strcmp(standard->late_records, "dead_letter") == 0 ? LATE_DEAD_LETTER : LATE_COUNT,
		};
}
