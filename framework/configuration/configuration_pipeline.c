/* The meaning of a configuration file: which groups there are, the pipeline's own options, and what has to
 * agree between the components. */
#include "config.h"

#include "configuration/pipeline_description.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/similar_text.h"
#include "configuration/component_check.h"
#include "configuration/findings.h"

#define SHORTEST_WATCHDOG_MS 1000

struct pipeline_settings {
	const char *name, *guarantee;
	int64_t parallelism, watchdog, stop_timeout, stalled_after;
};

struct checkpoint_settings {
	int64_t interval, timeout, retain, tolerable_failures;
	const char *directory;
};

struct restart_settings {
	int64_t attempts, delay;
};

#define PIPELINE(field, type) WEIR_FIELD(struct pipeline_settings, field, type)
static const struct weir_option pipeline_options[] = {
	{"name", WEIR_STRING, WEIR_REQUIRED, PIPELINE(name, const char *), NULL, NULL,
	 "what the pipeline is called; also part of the names of its Kafka topics and groups"},
	{"guarantee", WEIR_STRING, 0, PIPELINE(guarantee, const char *), "exactly_once", "exactly_once|at_least_once",
	 "whether each record has its effect exactly once, or may have it again after a crash"},
	{"parallelism", WEIR_INTEGER, 0, PIPELINE(parallelism, int64_t), "1", "1..128",
	 "how many tasks the windowed transform is divided over"},
	{"watchdog", WEIR_DURATION, 0, PIPELINE(watchdog, int64_t), "1m", "0..365d",
	 "a call into a plugin that takes longer is named in the log and its process started again as restart says, but "
	 "for waits that a plugin announces; \"0\": none is too long"},
	{"stop_timeout", WEIR_DURATION, 0, PIPELINE(stop_timeout, int64_t), "1m", "1 s..365d",
	 "how long an orderly stop (SIGTERM) may take; then the pipeline ends without a last checkpoint, with status 1"},
	{"stalled_after", WEIR_DURATION, 0, PIPELINE(stalled_after, int64_t), "30s", "1 s..365d",
	 "without a record in or out for so long, though there is lag, `weir status` calls the pipeline STALLED"},
};

#define CHECKPOINT(field, type) WEIR_FIELD(struct checkpoint_settings, field, type)
static const struct weir_option checkpoint_options[] = {
	{"interval", WEIR_DURATION, 0, CHECKPOINT(interval, int64_t), "5s", "10 ms..365d",
	 "time between two checkpoints"},
	{"timeout", WEIR_DURATION, 0, CHECKPOINT(timeout, int64_t), "1m", "1 ms..365d",
	 "a checkpoint that takes longer is aborted"},
	{"directory", WEIR_STRING, WEIR_REQUIRED, CHECKPOINT(directory, const char *), NULL, NULL,
	 "where checkpoints are kept"},
	{"retain", WEIR_INTEGER, 0, CHECKPOINT(retain, int64_t), "3", "1..1000000",
	 "how many completed checkpoints are kept"},
	{"tolerable_failures", WEIR_INTEGER, 0, CHECKPOINT(tolerable_failures, int64_t), "3", "0..1000000",
	 "how many checkpoints in a row may fail before the pipeline does"},
};

#define RESTART(field, type) WEIR_FIELD(struct restart_settings, field, type)
static const struct weir_option restart_options[] = {
	{"attempts", WEIR_INTEGER, 0, RESTART(attempts, int64_t), "3", "0..1000000",
	 "how often a pipeline that failed is started again"},
	{"delay", WEIR_DURATION, 0, RESTART(delay, int64_t), "10s", "0..365d", "time before such a start"},
};

static const struct configuration_group file_groups[] = {
	{"pipeline", "The pipeline as a whole.", OPTION_TABLE(pipeline_options)},
	{"pipeline.checkpoint", "When checkpoints are made and where they are kept.", OPTION_TABLE(checkpoint_options)},
	{"pipeline.restart", "What happens when the pipeline fails.", OPTION_TABLE(restart_options)},
	{"source", "A group: the plugin that records come from, and its options.", {0}},
	{"transforms",
	 "A list of groups, ( { plugin = \"...\"; }, ... ): what is done with the records, in this order. May be left out.", {0}},
	{"sink", "A group: the plugin that results go to, and its options.", {0}},
	{"plugin_path",
	 "A list of directories, [ \"/opt/plugins\" ], that are searched for plugins before all others. May be left out.", {0}},
	{0},
};

const struct configuration_group *configuration_groups(void)
{
	return file_groups;
}

/* What is being read, and what came out of it so far. */
struct reading {
	struct configuration_file file;
	struct plugin_registry *registry;
	const config_setting_t *pipeline_group; /* NULL: not there */
	struct pipeline_settings pipeline;
	struct checkpoint_settings checkpoint;
	struct restart_settings restart;
	struct component source, sink; /* group NULL: not there */
	struct component *transforms;
	uint32_t n_transforms;
};

/* The description and whatever it points to, but the plugins. */
struct owned_description {
	struct pipeline_description description; /* first, so that its address is the whole's */
	struct obstack memory;
};

static struct findings *findings_of(struct reading *reading)
{
	return reading->file.findings;
}

static struct line_origin origin_of(struct reading *reading, const config_setting_t *setting)
{
	return configuration_file_origin(&reading->file, setting);
}

/* ---- the groups ---------------------------------------------------------------------------------- */

static void check_top_level_names(struct reading *reading)
{
	const config_setting_t *root = config_root_setting(&reading->file.config);
	for (int i = 0; i < config_setting_length(root); i++) {
		const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
		struct similar_text similar = SIMILAR_TEXT_INIT(config_setting_name(setting));
		struct line_origin origin = origin_of(reading, setting);
		bool known = false;
		for (const struct configuration_group *group = file_groups; group->path != NULL; group++) {
			if (strchr(group->path, '.') != NULL)
				continue;
			known = known || strcmp(group->path, config_setting_name(setting)) == 0;
			similar_text_consider(&similar, group->path);
		}
		if (!known && similar.best != NULL)
			findings_error(findings_of(reading), origin.file, origin.line,
				       "unknown setting '%s'; did you mean '%s'?", config_setting_name(setting), similar.best);
		else if (!known)
			findings_error(findings_of(reading), origin.file, origin.line,
				       "unknown setting '%s'; known: pipeline, source, transforms, sink, plugin_path",
				       config_setting_name(setting));
	}
}

/* NULL: not there or no group, which is then reported where it has to be there. */
static const config_setting_t *group_of(struct reading *reading, const config_setting_t *parent, const char *name,
					const char *missing)
{
	const config_setting_t *group = config_setting_get_member(parent, name);
	struct line_origin origin = origin_of(reading, group != NULL ? group : parent);
	if (group != NULL && config_setting_is_group(group))
		return group;
	if (group != NULL)
		findings_error(findings_of(reading), origin.file, origin.line, "'%s' is not a group: write %s = { ... };",
			       name, name);
	else if (missing != NULL)
		findings_error(findings_of(reading), reading->file.path, origin.line, "%s", missing);
	return NULL;
}

/* ---- the pipeline's own options ------------------------------------------------------------------ */

struct group_report {
	struct reading *reading;
	const config_setting_t *group; /* NULL: not there */
};

static void report_option(void *context, const struct option_setting *setting, bool is_warning, const char *text)
{
	const struct group_report *report = context;
	struct reading *reading = report->reading;
	struct line_origin origin = {reading->file.path, 0};
	if (setting != NULL)
		origin = (struct line_origin){setting->file, setting->line};
	else if (report->group != NULL)
		origin = origin_of(reading, report->group);
	findings_add(findings_of(reading), is_warning, origin.file, origin.line, "%s", text);
}

static void fill_group(struct reading *reading, const config_setting_t *group, const config_setting_t *around,
		       const char *what, struct option_table table, void *instance, const char *const *others)
{
	struct group_report report = {reading, group != NULL ? group : around};
	struct option_group options = {table, instance};
	struct option_component component = {.what = what, .groups = &options, .n_groups = 1, .others = others,
					     .memory = reading->file.memory, .report = report_option,
					     .context = &report};
	if (group != NULL)
		component.n_settings = configuration_file_settings(&reading->file, group, others, &component.settings);
	(void)option_check(&component);
}

/* Also part of the names of Kafka topics, groups and transactions, with something behind it. */
static bool fits_kafka(const char *name)
{
	size_t len = strlen(name);
	return len >= 1 && len <= 200 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

/* What plugins wait for in every call, such as poll(), must not look like a hang. */
static void check_watchdog(struct reading *reading, const config_setting_t *group)
{
	if (reading->pipeline.watchdog == 0 || reading->pipeline.watchdog >= SHORTEST_WATCHDOG_MS)
		return;
	struct line_origin origin = origin_of(reading, config_setting_get_member(group, "watchdog"));
	findings_error(findings_of(reading), origin.file, origin.line,
		       "option 'watchdog' of pipeline is shorter than a second, which healthy plugins may take; \"0\" switches "
		       "the watchdog off");
}

static void read_pipeline(struct reading *reading)
{
	static const char *const groups[] = {"checkpoint", "restart", NULL};
	const config_setting_t *root = config_root_setting(&reading->file.config), *checkpoint = NULL, *restart = NULL;
	const config_setting_t *group = group_of(reading, root, "pipeline",
						 "the group 'pipeline' is missing: pipeline = { name = \"...\"; "
						 "checkpoint = { directory = \"...\"; }; };");
	reading->pipeline_group = group;
	if (group != NULL) {
		checkpoint = group_of(reading, group, "checkpoint", NULL);
		restart = group_of(reading, group, "restart", NULL);
	} else if (config_setting_get_member(root, "pipeline") == NULL) {
		return; /* one finding says it all */
	}
	fill_group(reading, group, NULL, "pipeline", (struct option_table)OPTION_TABLE(pipeline_options),
		   &reading->pipeline, groups);
	fill_group(reading, checkpoint, group, "pipeline.checkpoint",
		   (struct option_table)OPTION_TABLE(checkpoint_options), &reading->checkpoint, NULL);
	fill_group(reading, restart, group, "pipeline.restart", (struct option_table)OPTION_TABLE(restart_options),
		   &reading->restart, NULL);
	check_watchdog(reading, group);
	if (reading->pipeline.name != NULL && !fits_kafka(reading->pipeline.name)) {
		struct line_origin origin = origin_of(reading, config_setting_get_member(group, "name"));
		findings_error(findings_of(reading), origin.file, origin.line,
			       "the pipeline's name '%.210s' does not fit Kafka's topics: use 1 to 200 of the characters "
			       "a-z A-Z 0-9 . _ -", reading->pipeline.name);
	}
}

/* ---- plugin_path --------------------------------------------------------------------------------- */

static void read_plugin_path(struct reading *reading)
{
	static const struct weir_option option = {"plugin_path", WEIR_LIST, 0, 0, NULL, NULL, ""};
	const char *const *directories = NULL;
	struct error error = ERROR_INIT;
	const config_setting_t *setting =
		config_setting_get_member(config_root_setting(&reading->file.config), "plugin_path");
	if (setting == NULL)
		return;
	struct option_value value = configuration_file_value(&reading->file, setting);
	struct line_origin origin = origin_of(reading, setting);
	if (value.type != VALUE_BROKEN &&
	    option_parse(&option, &value, &directories, reading->file.memory, &error) < 0)
		findings_error(findings_of(reading), origin.file, origin.line, "plugin_path: %s", error.text);
	for (; directories != NULL && *directories != NULL; directories++)
		plugin_registry_add_directory(reading->registry, *directories);
}

/* ---- components ---------------------------------------------------------------------------------- */

static void read_component(struct reading *reading, struct component *component, const char *name,
			   enum plugin_role role, const char *missing)
{
	const config_setting_t *group = group_of(reading, config_root_setting(&reading->file.config), name, missing);
	if (group != NULL)
		component_read(component, &reading->file, group, name, role, reading->registry);
}

static void read_transforms(struct reading *reading)
{
	const config_setting_t *list =
		config_setting_get_member(config_root_setting(&reading->file.config), "transforms");
	if (list == NULL)
		return;
	struct line_origin origin = origin_of(reading, list);
	if (!config_setting_is_list(list)) {
		findings_error(findings_of(reading), origin.file, origin.line,
			       "'transforms' is not a list of groups: write transforms = ( { plugin = \"...\"; } );");
		return;
	}
	unsigned n = (unsigned)config_setting_length(list);
	reading->transforms = obstack_alloc(reading->file.memory, (n + 1) * sizeof(*reading->transforms));
	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *group = config_setting_get_elem(list, i);
		origin = origin_of(reading, group);
		obstack_printf(reading->file.memory, "transforms[%u]", i);
		obstack_1grow(reading->file.memory, '\0');
		const char *path = obstack_finish(reading->file.memory);
		if (config_setting_is_group(group))
			component_read(&reading->transforms[reading->n_transforms++], &reading->file, group, path,
				       ROLE_TRANSFORM, reading->registry);
		else
			findings_error(findings_of(reading), origin.file, origin.line,
				       "%s is not a group: write { plugin = \"...\"; }", path);
	}
}

static void ask_plugins(struct reading *reading)
{
	const struct weir_pipeline_info info = {
		.size = sizeof(info),
		.guarantee = strcmp(reading->pipeline.guarantee, "exactly_once") == 0 ? WEIR_EXACTLY_ONCE_GUARANTEE
										      : WEIR_AT_LEAST_ONCE_GUARANTEE,
		.name = reading->pipeline.name != NULL ? reading->pipeline.name : "",
		.uuid = "",
		.instance_uuid = "",
		.checkpoint_interval_ms = reading->checkpoint.interval,
		.checkpoint_timeout_ms = reading->checkpoint.timeout,
		.parallelism = (uint32_t)reading->pipeline.parallelism,
	};
	component_ask_plugin(&reading->source, &info);
	for (uint32_t i = 0; i < reading->n_transforms; i++)
		component_ask_plugin(&reading->transforms[i], &info);
	component_ask_plugin(&reading->sink, &info);
}

/* ---- what has to agree ---------------------------------------------------------------------------- */

static bool is_windowed(const struct component *component)
{
	return component->plugin != NULL && component->plugin->kind == PLUGIN_WINDOWED;
}

static void check_window(struct reading *reading, const struct component *transform)
{
	struct line_origin origin = component_origin(transform, "max_out_of_orderness");
	if (component_sets(transform, "max_out_of_orderness") &&
	    strcmp(transform->standard.watermark, "bounded_out_of_orderness") != 0)
		findings_error(findings_of(reading), origin.file, origin.line,
			       "option 'max_out_of_orderness' of %s needs watermark = \"bounded_out_of_orderness\"",
			       transform->what);
}

static void check_windows(struct reading *reading)
{
	const struct component *first = NULL;
	bool all_known = true;
	for (uint32_t i = 0; i < reading->n_transforms; i++) {
		const struct component *transform = &reading->transforms[i];
		all_known = all_known && transform->plugin != NULL;
		if (!is_windowed(transform))
			continue;
		struct line_origin origin = component_origin(transform, "plugin");
		check_window(reading, transform);
		if (first != NULL)
			findings_error(findings_of(reading), origin.file, origin.line,
				       "a pipeline can have one windowed transform; %s is there already, so %s must "
				       "go, or into a pipeline of its own", first->what, transform->what);
		else
			first = transform;
	}
	if (first == NULL && all_known && reading->pipeline.parallelism > 1) {
		struct line_origin origin =
			origin_of(reading, config_setting_get_member(reading->pipeline_group, "parallelism"));
		findings_warning(findings_of(reading), origin.file, origin.line,
				 "parallelism = %d has no effect: only a windowed transform is divided over tasks",
				 (int)reading->pipeline.parallelism);
	}
}

static bool field_is_set(const struct component *component, const char *name)
{
	const struct weir_plugin *descriptor = component->plugin->descriptor;
	struct option_table table = {descriptor->options, descriptor->n_options, descriptor->option_size};
	for (uint32_t i = 0; i < table.n_options; i++) {
		struct weir_option option = option_at(&table, i);
		const void *pointer = NULL;
		if (strcmp(option.name, name) != 0 || option.type == WEIR_BOOL)
			continue;
		memcpy(&pointer, (const char *)component->options + option.offset, sizeof(pointer));
		return pointer != NULL || component_sets(component, name);
	}
	return component_sets(component, name);
}

static void check_dead_letters(struct reading *reading, const struct component *transform, const char *option,
			       const char *value)
{
	const struct component *sink = &reading->sink;
	if (value == NULL || strcmp(value, "dead_letter") != 0 || sink->plugin == NULL)
		return;
	const char *needed = sink->plugin->descriptor->sink->dead_letter_option;
	struct line_origin origin = component_origin(transform, option);
	if (needed == NULL)
		findings_error(findings_of(reading), origin.file, origin.line,
			       "%s = \"dead_letter\" of %s: %s takes no dead letters", option, transform->what,
			       sink->what);
	else if (*needed != '\0' && !field_is_set(sink, needed))
		findings_error(findings_of(reading), origin.file, origin.line,
			       "%s = \"dead_letter\" of %s needs the option '%s' of %s to be set", option,
			       transform->what, needed, sink->what);
}

static void check_delivery(struct reading *reading)
{
	struct component *source = &reading->source, *sink = &reading->sink;
	if (sink->plugin != NULL && sink->plugin->descriptor->sink->delivery == WEIR_AT_LEAST_ONCE &&
	    strcmp(reading->pipeline.guarantee, "exactly_once") == 0) {
		struct line_origin origin = component_origin(sink, "plugin");
		findings_error(findings_of(reading), origin.file, origin.line,
			       "%s delivers at least once only: set pipeline.guarantee = \"at_least_once\" or take another "
			       "sink", sink->what);
	}
	if (source->plugin != NULL && (source->plugin->descriptor->source->flags & WEIR_CANNOT_REWIND)) {
		struct line_origin origin = component_origin(source, "plugin");
		findings_warning(findings_of(reading), origin.file, origin.line,
				 "%s cannot be read again: what was read after the last checkpoint is lost in a crash",
				 source->what);
	}
}

static void check_agreement(struct reading *reading)
{
	check_windows(reading);
	for (uint32_t i = 0; i < reading->n_transforms; i++) {
		const struct component *transform = &reading->transforms[i];
		check_dead_letters(reading, transform, "on_error", transform->standard.on_error);
		check_dead_letters(reading, transform, "late_records", transform->standard.late_records);
	}
	check_delivery(reading);
}

/* ---- all together --------------------------------------------------------------------------------- */

static void set_defaults(struct reading *reading)
{
	const struct {
		struct option_table table;
		void *instance;
	} groups[] = {{OPTION_TABLE(pipeline_options), &reading->pipeline},
		      {OPTION_TABLE(checkpoint_options), &reading->checkpoint},
		      {OPTION_TABLE(restart_options), &reading->restart}};
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		for (uint32_t i = 0; i < groups[g].table.n_options; i++)
			(void)option_set_default(&groups[g].table.options[i], groups[g].instance,
						 reading->file.memory, NULL);
}

static void read_all(struct reading *reading)
{
	set_defaults(reading); /* also where no group is: the plugins' checks see them */
	check_top_level_names(reading);
	read_plugin_path(reading);
	read_pipeline(reading);
	read_component(reading, &reading->source, "source", ROLE_SOURCE,
		       "the group 'source' is missing: source = { plugin = \"...\"; };");
	read_transforms(reading);
	read_component(reading, &reading->sink, "sink", ROLE_SINK,
		       "the group 'sink' is missing: sink = { plugin = \"...\"; };");
	ask_plugins(reading);
	check_agreement(reading);
}

static void describe(const struct reading *reading, struct pipeline_description *description)
{
	struct obstack *memory = reading->file.memory;
	*description = (struct pipeline_description){
		.file = obstack_copy0(memory, reading->file.path, strlen(reading->file.path)),
		.name = reading->pipeline.name,
		.guarantee = strcmp(reading->pipeline.guarantee, "exactly_once") == 0 ? WEIR_EXACTLY_ONCE_GUARANTEE
										      : WEIR_AT_LEAST_ONCE_GUARANTEE,
		.parallelism = (uint32_t)reading->pipeline.parallelism,
		.watchdog_ms = reading->pipeline.watchdog,
		.stop_timeout_ms = reading->pipeline.stop_timeout,
		.stalled_after_ms = reading->pipeline.stalled_after,
		.fingerprint = configuration_file_fingerprint(&reading->file),
		.checkpoint = {.interval_ms = reading->checkpoint.interval,
			       .timeout_ms = reading->checkpoint.timeout,
			       .directory = reading->checkpoint.directory,
			       .retain = (uint32_t)reading->checkpoint.retain,
			       .tolerable_failures = (uint32_t)reading->checkpoint.tolerable_failures},
		.restart = {.attempts = (uint32_t)reading->restart.attempts, .delay_ms = reading->restart.delay},
		.transforms = obstack_alloc(memory, (reading->n_transforms + 1) * sizeof(*description->transforms)),
		.n_transforms = reading->n_transforms,
	};
	component_describe(&reading->source, &description->source);
	for (uint32_t i = 0; i < reading->n_transforms; i++)
		component_describe(&reading->transforms[i], &description->transforms[i]);
	component_describe(&reading->sink, &description->sink);
}

int pipeline_description_read(const char *file, const struct override *overrides, uint32_t n_overrides,
			      struct plugin_registry *registry, struct pipeline_description **ret_pipeline,
			      struct findings *ret_findings)
{
	*ret_findings = (struct findings){0};
	struct owned_description *owned = calloc(1, sizeof(*owned));
	if (owned == NULL) {
		findings_error(ret_findings, file, 0, "no memory");
		return -ENOMEM;
	}
	/* instances of plugins are made from it too */
	obstack_specify_allocation(&owned->memory, 0, _Alignof(max_align_t), malloc, free);
	struct reading reading = {.registry = registry};
	if (configuration_file_open(&reading.file, file, overrides, n_overrides, &owned->memory, ret_findings))
		read_all(&reading);
	int r = ret_findings->n_errors == 0 ? 0 : -EINVAL;
	if (r == 0) {
		describe(&reading, &owned->description);
		*ret_pipeline = &owned->description;
	}
	configuration_file_close(&reading.file);
	if (r < 0)
		pipeline_description_free(&owned->description);
	return r;
}

void pipeline_description_free(struct pipeline_description *pipeline)
{
	if (pipeline == NULL)
		return;
	struct owned_description *owned = (struct owned_description *)pipeline;
	obstack_free(&owned->memory, NULL);
	free(owned);
}

bool override_parse(char *text, struct override *ret_override)
{
	char *equals = strchr(text, '=');
	if (equals == NULL || equals == text)
		return false;
	*equals = '\0';
	*ret_override = (struct override){text, equals + 1};
	return true;
}
