/* Nothing without documentation: each shipped plugin and each of its options, each setting of a pipeline's file,
 * each metric that a run registers. (The pages made from it: documentation.sh.) */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "configuration/pipeline_description.h"
#include "observe/log.h"
#include "observe/metric_table.h"
#include "pipeline/pipeline.h"
#include "plugin/plugin_registry.h"
#include "plugin/standard_options.h"
#include "tests/lib/unit_main.h"

enum { N_SHIPPED = 7 }; /* a name counts once for each of its kinds */

static struct plugin_registry *registry;

static void add_built_plugins(void)
{
	static const char *const patterns[] = {TOP_BUILDDIR "/connectors/*/.libs", TOP_BUILDDIR "/transforms/*/.libs"};
	registry = plugin_registry_new();
	for (size_t p = 0; p < 2; p++) {
		glob_t found;
		ck_assert_int_eq(glob(patterns[p], 0, NULL, &found), 0);
		for (size_t i = 0; i < found.gl_pathc; i++)
			plugin_registry_add_directory(registry, found.gl_pathv[i]);
		globfree(&found);
	}
}

static void free_plugins(void)
{
	plugin_registry_free(registry);
}

static bool says_something(const char *text)
{
	return text != NULL && strlen(text) >= 10;
}

static void expect_documented(const struct option_table *table, const char *what)
{
	for (uint32_t i = 0; i < table->n_options; i++) {
		struct weir_option option = option_at(table, i);
		ck_assert_msg(says_something(option.doc), "option '%s' of %s has no documentation", option.name, what);
	}
}

START_TEST(shipped_plugins_and_their_options)
{
	struct plugin_listing *listings;
	size_t n = plugin_registry_list(registry, &listings), n_shipped = 0;
	for (size_t i = 0; i < n; i++) {
		if (strncmp(listings[i].path, TOP_BUILDDIR, strlen(TOP_BUILDDIR)) != 0)
			continue; /* of a weir that is installed */
		ck_assert_msg(listings[i].plugin != NULL, "%s: %s", listings[i].path, listings[i].why);
		const struct weir_plugin *plugin = listings[i].plugin->descriptor;
		ck_assert_msg(says_something(plugin->summary), "plugin %s has no summary", listings[i].path);
		ck_assert_msg(says_something(plugin->doc), "plugin %s has no doc", listings[i].path);
		ck_assert_msg(says_something(plugin->example), "plugin %s has no example", listings[i].path);
		expect_documented(&(struct option_table){plugin->options, plugin->n_options, plugin->option_size},
				  listings[i].path);
		n_shipped++;
	}
	plugin_listing_free(listings, n);
	ck_assert_uint_ge(n_shipped, N_SHIPPED);
}
END_TEST

START_TEST(settings_of_a_file)
{
	for (const struct configuration_group *group = configuration_groups(); group->path != NULL; group++) {
		ck_assert_msg(says_something(group->doc), "'%s' has no documentation", group->path);
		expect_documented(&group->table, group->path);
	}
	struct option_table standard = standard_options(PLUGIN_WINDOWED);
	expect_documented(&standard, "every windowed transform");
}
END_TEST

START_TEST(the_table_of_metrics)
{
	for (unsigned i = 0; i < N_OWN_METRICS; i++) {
		const struct metric_description *metric = metric_description((enum own_metric)i);
		ck_assert_msg(metric->name != NULL, "metric %u is not in the table", i);
		ck_assert_msg(says_something(metric->help), "metric '%s' has no documentation", metric->name);
		ck_assert_msg(metric->component != NULL || metric->of != NULL, "metric '%s' belongs to nothing", metric->name);
	}
}
END_TEST

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* From a file to a file, counted: what a run registers is in `metrics`. */
static void run_pipeline(struct metrics *metrics)
{
	static const char configuration[] =
		"pipeline = { name = \"documented\"; checkpoint = { interval = \"100 ms\"; directory = \"store\"; }; };\n"
		"source = { plugin = \"file\"; path = \"in\"; stop = \"latest\"; };\n"
		"transforms = ( { plugin = \"ip_count\"; window = \"5s\"; } );\n"
		"sink = { plugin = \"file\"; directory = \"out\"; };\n";
	char dir[] = "/tmp/weir-documentation-XXXXXX", command[64];
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	write_file("job.conf", configuration);
	write_file("in", "2019-09-15_16:23:35 192.168.1.1\n2019-09-15_16:23:47 192.168.1.2\n");
	struct pipeline_description *description = NULL;
	struct findings findings;
	int r = pipeline_description_read("job.conf", NULL, 0, registry, &description, &findings);
	findings_print(&findings, stderr);
	findings_done(&findings);
	ck_assert_int_eq(r, 0);
	log_configure(LOG_FORMAT_TEXT, LOG_LEVEL_WARN, "documented");
	pid_t child = fork();
	if (child == 0)
		_exit(pipeline_process(description, metrics));
	int status;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(status == 0, "the pipeline process ended with status %d", status);
	pipeline_description_free(description);
	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static bool is_in_table(const struct weir_metric *metric)
{
	for (unsigned i = 0; i < N_OWN_METRICS; i++)
		if (strcmp(metric_description((enum own_metric)i)->name, metric->name) == 0)
			return true;
	return false;
}

START_TEST(metrics_of_a_run)
{
	struct metrics *metrics = metrics_new();
	run_pipeline(metrics);
	uint32_t n = atomic_load(&metrics->n_metrics);
	ck_assert_uint_ge(n, 15);
	for (uint32_t i = 0; i < n; i++)
		ck_assert_msg(is_in_table(&metrics->metrics[i]),
			      "metric '%s' of %s is in no table: the manual does not know it", metrics->metrics[i].name,
			      metrics->metrics[i].component);
	metrics_free(metrics);
}
END_TEST

UNIT_MAIN_WITH("contract/documentation", add_built_plugins, free_plugins, shipped_plugins_and_their_options,
	       settings_of_a_file, the_table_of_metrics, metrics_of_a_run)
