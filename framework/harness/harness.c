/* A plugin, its options, and the end of everything. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration/component_description.h"
#include "harness/harness_internal.h"
#include "plugin/plugin_ask.h"
#include "plugin/plugin_check.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free
#define DEAD_LETTER_SLOTS 4096

/* ---- lines ---- */

void harness_lines_add(struct harness_lines *lines, char *take_line)
{
	char **list = take_line != NULL ? realloc(lines->list, (lines->n + 1) * sizeof(*list)) : NULL;
	if (list == NULL) {
		free(take_line);
		return;
	}
	lines->list = list;
	lines->list[lines->n++] = take_line;
}

void harness_lines_done(struct harness_lines *lines)
{
	for (uint32_t i = 0; i < lines->n; i++)
		free(lines->list[i]);
	free(lines->list);
	*lines = (struct harness_lines){NULL, 0};
}

static void take_log(void *user, enum weir_level level, const char *text)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	struct weir_harness *h = user;
	char *line;
	if (asprintf(&line, "%s: %s", names[level], text) < 0)
		return;
	pthread_mutex_lock(&h->log_lock);
	harness_lines_add(&h->logs, line);
	pthread_mutex_unlock(&h->log_lock);
}

/* ---- made and freed ---- */

static void describe_pipeline(struct weir_harness *h)
{
	static const char *const paths[] = {[PLUGIN_SOURCE] = "source",
					    [PLUGIN_TRANSFORM] = "transforms[0]",
					    [PLUGIN_WINDOWED] = "transforms[0]",
					    [PLUGIN_SINK] = "sink"};
	const struct weir_plugin *plugin = h->plugin.descriptor;
	bool is_weak = h->plugin.kind == PLUGIN_SINK && plugin->sink->delivery == WEIR_AT_LEAST_ONCE;
	h->component.path = paths[h->plugin.kind];
	h->component.plugin = &h->plugin;
	h->description = (struct pipeline_description){
		.name = h->pipeline_name,
		.guarantee = is_weak ? WEIR_AT_LEAST_ONCE_GUARANTEE : WEIR_EXACTLY_ONCE_GUARANTEE,
		.parallelism = 1,
		.checkpoint = {.interval_ms = 5000, .timeout_ms = 60000},
	};
	h->environment = (struct plugin_environment){
		.description = &h->description,
		.uuid = h->uuid,
		.instance_uuid = h->instance_uuid,
		.metrics = h->metrics,
		.failure = &h->failure,
		.partitions = &h->partitions,
		.log_tap = &h->log_tap,
	};
}

static struct weir_harness *harness_new(void)
{
	struct weir_harness *h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	obstack_specify_allocation(&h->memory, 0, _Alignof(max_align_t), malloc, free);
	obstack_init(&h->texts);
	failure_init(&h->failure, &h->wake);
	pthread_mutex_init(&h->log_lock, NULL);
	source_partitions_init(&h->partitions, 0, 0);
	h->log_tap = (struct log_tap){take_log, h};
	h->verdict = -1;
	uuid_make(h->uuid);
	h->metrics = metrics_new();
	h->pipeline_name = strdup("test");
	if (h->metrics != NULL && h->pipeline_name != NULL &&
	    batch_queue_init(&h->letters, DEAD_LETTER_SLOTS, SIZE_MAX, &h->wake, &h->failure.cancelled) == 0)
		return h;
	weir_harness_free(h);
	return NULL;
}

struct weir_harness *weir_harness_load(const char *path)
{
	struct weir_harness *h = harness_new();
	struct plugin *loaded;
	if (h == NULL || plugin_load(path, &loaded, &h->unusable) < 0)
		return h;
	h->plugin = *loaded;
	loaded->path = NULL;
	plugin_free(loaded);
	describe_pipeline(h);
	return h;
}

struct weir_harness *weir_harness_new(const struct weir_plugin *plugin)
{
	struct weir_harness *h = harness_new();
	char *file_name;
	if (h == NULL || asprintf(&file_name, "%s.so", plugin->name != NULL ? plugin->name : "") < 0)
		return h;
	if (plugin_check(plugin, file_name, &h->plugin.kind, &h->unusable) == 0) {
		h->plugin.descriptor = plugin;
		describe_pipeline(h);
	}
	free(file_name);
	return h;
}

static void release_batch(void *item)
{
	batch_unref(item);
}

void weir_harness_free(struct weir_harness *h)
{
	if (h == NULL)
		return;
	weir_harness_close(h);
	weir_harness_forget(h);
	if (h->letters.slots != NULL)
		batch_queue_done(&h->letters, release_batch);
	source_partitions_done(&h->partitions);
	failure_done(&h->failure);
	metrics_free(h->metrics);
	harness_lines_done(&h->complaints);
	harness_lines_done(&h->logs);
	pthread_mutex_destroy(&h->log_lock);
	for (uint32_t i = 0; i < h->n_prepared; i++)
		free(h->prepared[i].handle);
	free(h->prepared);
	free(h->settings);
	free(h->pipeline_name);
	free(h->plugin.path);
	obstack_free(&h->texts, NULL);
	obstack_free(&h->memory, NULL);
	free(h);
}

const struct weir_plugin *weir_harness_plugin(const struct weir_harness *h)
{
	return h->plugin.descriptor;
}

void weir_harness_pipeline(struct weir_harness *h, const char *name)
{
	char *copy = strdup(name);
	if (copy == NULL)
		return;
	free(h->pipeline_name);
	h->description.name = h->pipeline_name = copy;
}

/* ---- options ---- */

static struct option_table own_table(const struct weir_harness *h)
{
	const struct weir_plugin *plugin = h->plugin.descriptor;
	return (struct option_table){plugin->options, plugin->n_options, plugin->option_size};
}

static void unset(struct weir_harness *h, const char *name)
{
	for (uint32_t i = 0; i < h->n_settings; i++)
		if (strcmp(h->settings[i].name, name) == 0) {
			h->settings[i] = h->settings[--h->n_settings];
			return;
		}
}

void harness_set(struct weir_harness *h, const struct option_setting *setting)
{
	unset(h, setting->name);
	struct option_setting *settings = realloc(h->settings, (h->n_settings + 1) * sizeof(*settings));
	if (settings == NULL)
		return; /* the plugin then complains of what it lacks */
	h->settings = settings;
	h->settings[h->n_settings++] = *setting;
}

static char *kept(struct weir_harness *h, const char *text)
{
	return obstack_copy0(&h->memory, text, strlen(text));
}

/* "client.linger_ms": which map, and the key in it; NULL: no such thing. */
static const char *map_key(const struct weir_harness *h, const char *name, struct weir_option *ret_option)
{
	struct option_table table = h->plugin.descriptor != NULL ? own_table(h) : (struct option_table){0};
	for (uint32_t i = 0; i < table.n_options; i++) {
		struct weir_option option = option_at(&table, i);
		size_t len = strlen(option.name);
		if (option.type == WEIR_MAP && strncmp(option.name, name, len) == 0 && name[len] == '.') {
			*ret_option = option;
			return name + len + 1;
		}
	}
	return NULL;
}

/* The map as it was, without `key`, and with its new value unless that is NULL. */
static void set_in_map(struct weir_harness *h, const char *map, const char *key, const char *value)
{
	const char *const *old = NULL;
	for (uint32_t i = 0; i < h->n_settings; i++)
		if (strcmp(h->settings[i].name, map) == 0)
			old = h->settings[i].value.texts;
	char *key_copy = kept(h, key), *value_copy = value != NULL ? kept(h, value) : NULL, *none = NULL;
	for (; old != NULL && old[0] != NULL; old += 2)
		if (strcmp(old[0], key) != 0)
			obstack_grow(&h->memory, old, 2 * sizeof(*old));
	if (value != NULL) {
		obstack_grow(&h->memory, &key_copy, sizeof(key_copy));
		obstack_grow(&h->memory, &value_copy, sizeof(value_copy));
	}
	obstack_grow(&h->memory, &none, sizeof(none));
	harness_set(h, &(struct option_setting){
		.name = map, .value = {.type = VALUE_MAP, .shown = "{ ... }", .texts = obstack_finish(&h->memory)}});
}

void weir_harness_option(struct weir_harness *h, const char *name, const char *value)
{
	struct weir_option map;
	const char *key = map_key(h, name, &map);
	if (key != NULL) {
		set_in_map(h, map.name, key, value);
		return;
	}
	if (value == NULL) {
		unset(h, name);
		return;
	}
	const char *text = kept(h, value);
	harness_set(h, &(struct option_setting){
		.name = kept(h, name), .value = {.type = VALUE_TEXT, .text = text, .shown = text}});
}

static const char *what_of(struct weir_harness *h)
{
	obstack_printf(&h->memory, "%s '%s'", plugin_kind_name(h->plugin.kind), h->plugin.descriptor->name);
	obstack_1grow(&h->memory, '\0');
	return obstack_finish(&h->memory);
}

struct checking {
	struct weir_harness *h;
	const char *what;
	bool failed;
};

static void take_complaint(void *context, const struct option_setting *setting, bool is_warning, const char *text)
{
	struct checking *checking = context;
	(void)setting;
	harness_lines_add(&checking->h->complaints, strdup(text));
	checking->failed |= !is_warning;
}

static void take_answer(void *context, bool is_warning, const char *option, const char *text)
{
	struct checking *checking = context;
	struct error line;
	if (option != NULL)
		error_set(&line, 0, "option '%s' of %s: %s", option, checking->what, text);
	else
		error_set(&line, 0, "%s: %s", checking->what, text);
	take_complaint(checking, NULL, is_warning, line.text);
}

static void fill_options(struct weir_harness *h, struct checking *checking)
{
	const struct weir_plugin *plugin = h->plugin.descriptor;
	struct option_value name = {.type = VALUE_TEXT, .text = plugin->name, .shown = plugin->name};
	harness_set(h, &(struct option_setting){.name = "plugin", .value = name});
	void *options = obstack_alloc(&h->memory, plugin->instance_size + 1);
	memset(options, 0, plugin->instance_size);
	struct option_group groups[] = {{standard_options(h->plugin.kind), &h->standard}, {own_table(h), options}};
	h->is_complete = option_check(&(struct option_component){
		.what = checking->what,
		.groups = groups,
		.n_groups = 2,
		.settings = h->settings,
		.n_settings = h->n_settings,
		.memory = &h->memory,
		.report = take_complaint,
		.context = checking,
	});
	h->component.options = options;
	component_description_standard(&h->component, &h->standard);
}

static void ask_plugin(struct weir_harness *h, struct checking *checking)
{
	const struct weir_plugin *plugin = h->plugin.descriptor;
	struct plugin_question question = {
		.plugin = plugin,
		.instance = obstack_copy(&h->memory, h->component.options, plugin->instance_size),
		.pipeline = {.size = sizeof(question.pipeline),
			     .guarantee = h->description.guarantee,
			     .name = h->pipeline_name,
			     .component = h->component.path,
			     .uuid = "",
			     .instance_uuid = "",
			     .checkpoint_interval_ms = h->description.checkpoint.interval_ms,
			     .checkpoint_timeout_ms = h->description.checkpoint.timeout_ms,
			     .parallelism = h->description.parallelism},
		.report = take_answer,
		.context = checking,
	};
	plugin_ask(&question);
}

weir_status weir_harness_check(struct weir_harness *h)
{
	harness_lines_done(&h->complaints);
	if (h->plugin.descriptor == NULL) {
		harness_lines_add(&h->complaints, strdup(h->unusable.text));
		return WEIR_FATAL;
	}
	struct checking checking = {h, what_of(h), false};
	fill_options(h, &checking);
	if (h->is_complete)
		ask_plugin(h, &checking);
	return checking.failed ? WEIR_FATAL : WEIR_OK;
}

uint32_t weir_harness_n_complaints(const struct weir_harness *h)
{
	return h->complaints.n;
}

const char *weir_harness_complaint(const struct weir_harness *h, uint32_t index)
{
	return index < h->complaints.n ? h->complaints.list[index] : NULL;
}
