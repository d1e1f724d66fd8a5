/* Whole files against the plugins of tests/plugins: what becomes of a good one, and what is said of bad ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "configuration/pipeline_description.h"
#include "tests/lib/unit_main.h"

/* libconfig 1.5 loses the bytes of a text that stands where none may, as in { "x" }. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static char directory[] = "/tmp/weir_test_XXXXXX";
static struct pipeline_description *pipeline;
static struct findings findings;
static struct plugin_registry *registry; /* owns the plugins that the description borrows */

static void forget(void)
{
	pipeline_description_free(pipeline);
	pipeline = NULL;
	findings_done(&findings);
	plugin_registry_free(registry);
	registry = NULL;
}

static void set_up(void)
{
	setenv("WEIR_PLUGIN_PATH", TEST_PLUGINS, 1);
	setenv("WEIR_TEST_SECRET", "hunter2", 1);
	setenv("WEIR_TEST_INTERVAL", "7s", 1);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
}

static void tear_down(void)
{
	forget();
	ck_assert_int_eq(chdir("/"), 0);
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", directory);
	ck_assert_int_eq(system(command), 0);
}

static int read_bytes(const char *content, size_t len, const struct override *overrides, uint32_t n_overrides)
{
	FILE *file = fopen("job.conf", "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(content, 1, len, file), len);
	fclose(file);
	forget();
	registry = plugin_registry_new();
	return pipeline_description_read("job.conf", overrides, n_overrides, registry, &pipeline, &findings);
}

static int read_text(const char *content)
{
	return read_bytes(content, strlen(content), NULL, 0);
}

/* All findings as `weir validate` prints them. */
static const char *printed(void)
{
	static char text[8192];
	memset(text, 0, sizeof(text));
	FILE *out = fmemopen(text, sizeof(text), "w");
	findings_print(&findings, out);
	fclose(out);
	return text;
}

static void expect_finding(const char *expected)
{
	ck_assert_msg(strstr(printed(), expected) != NULL, "expected '%s' in:\n%s", expected, printed());
}

static void expect_only(const char *expected)
{
	ck_assert_msg(findings.n == 1, "expected only '%s' in:\n%s", expected, printed());
	expect_finding(expected);
}

static void expect_good(void)
{
	ck_assert_msg(pipeline != NULL && findings.n == 0, "expected no finding:\n%s", printed());
}

#define PIPELINE "pipeline = { name = \"p\"; checkpoint = { directory = \"/d\"; }; };\n"
#define SOURCE "source = { plugin = \"try\"; topic = \"t\"; };\n"
#define WINDOWED "transforms = ( { plugin = \"try_windowed\"; window = \"5s\"; } );\n"
#define SINK "sink = { plugin = \"try\"; };\n"

static const char whole_file[] =
	"# everything that can be said\n"
	"@include \"empty.conf\"\n"
	"pipeline = {\n"
	"  name = \"ip-count\"; guarantee = \"at_least_once\"; parallelism = 4; watchdog = \"90s\"; stop_timeout = \"9s\";\n"
	"  checkpoint = { interval = \"1s\"; timeout = \"2m\"; directory = \"/var/lib/x\"; retain = 0x5;\n"
	"                 tolerable_failures = 1; };\n"
	"  restart = { attempts = 7; delay = \"1 min\"; };\n"
	"};\n"
	"plugin_path = [ \"/nonexistent\" ];\n"
	"source : { plugin = \"try\"; name = \"in\"; topic = \"t$$\"; password = \"${env:WEIR_TEST_SECRET}\"; batch = 5000000000;\n"
	"           timeout = \"250 ms\"; buffer = 512; rate = 1; follow = false; topics = [ \"x\", \"y\" ];\n"
	"           client = { fetch_min_bytes = 100000; flag = true; share = 0.5; text = \"a\"; }; };\n"
	"transforms = ( { plugin = \"try_plain\"; on_error = \"skip\"; },\n"
	"               { plugin = \"try_windowed\"; window = \"5s\"; allowed_lateness = \"6s\";\n"
	"                 watermark = \"bounded_out_of_orderness\"; max_out_of_orderness = \"2s\"; idle_timeout = \"1h\";\n"
	"                 emit = \"final\"; late_records = \"dead_letter\"; on_error = \"dead_letter\"; } );\n"
	"sink = { plugin = \"try\"; dead_letters = \"aside\"; };\n";

static void put_empty_include(void)
{
	fclose(fopen("empty.conf", "w"));
}

/* struct try_source of tests/plugins/try_source.c */
struct try_source {
	const char *topic, *password, *mode, *old_mode;
	int64_t batch, timeout, buffer;
	double rate;
	bool follow;
	const char *const *topics, *const *client;
};

START_TEST(a_whole_file_becomes_a_description)
{
	put_empty_include();
	ck_assert_int_eq(read_text(whole_file), 0);
	expect_good();
	ck_assert_str_eq(pipeline->file, "job.conf");
	ck_assert_str_eq(pipeline->name, "ip-count");
	ck_assert_int_eq(pipeline->guarantee, WEIR_AT_LEAST_ONCE_GUARANTEE);
	ck_assert_uint_eq(pipeline->parallelism, 4);
	ck_assert_int_eq(pipeline->watchdog_ms, 90000);
	ck_assert_int_eq(pipeline->stop_timeout_ms, 9000);
	ck_assert_int_eq(pipeline->checkpoint.interval_ms, 1000);
	ck_assert_int_eq(pipeline->checkpoint.timeout_ms, 120000);
	ck_assert_str_eq(pipeline->checkpoint.directory, "/var/lib/x");
	ck_assert_uint_eq(pipeline->checkpoint.retain, 5);
	ck_assert_uint_eq(pipeline->checkpoint.tolerable_failures, 1);
	ck_assert_uint_eq(pipeline->restart.attempts, 7);
	ck_assert_int_eq(pipeline->restart.delay_ms, 60000);
	ck_assert_uint_eq(pipeline->n_transforms, 2);
	ck_assert_uint_eq(pipeline->source.line, 10);
	ck_assert_str_eq(pipeline->transforms[1].path, "transforms[1]");
	ck_assert_uint_eq(pipeline->transforms[1].line, 14);
	ck_assert_int_eq(pipeline->transforms[0].on_error, ON_ERROR_SKIP);
	ck_assert_int_eq(pipeline->transforms[1].on_error, ON_ERROR_DEAD_LETTER);
	ck_assert_int_eq(pipeline->sink.plugin->kind, PLUGIN_SINK);
}
END_TEST

START_TEST(options_reach_the_instance_of_the_plugin)
{
	put_empty_include();
	ck_assert_int_eq(read_text(whole_file), 0);
	const struct try_source *source = pipeline->source.options;
	ck_assert_str_eq(source->topic, "t$");
	ck_assert_str_eq(source->password, "hunter2");
	ck_assert_str_eq(source->mode, "fast");
	ck_assert_ptr_null(source->old_mode);
	ck_assert_int_eq(source->batch, 5000000000);
	ck_assert_int_eq(source->timeout, 250);
	ck_assert_int_eq(source->buffer, 512);
	ck_assert(source->rate == 1.0 && !source->follow);
	ck_assert_str_eq(source->topics[1], "y");
	ck_assert_ptr_null(source->topics[2]);
	static const char *const client[] = {"fetch_min_bytes", "100000", "flag", "true", "share", "0.5", "text", "a"};
	for (size_t i = 0; i < sizeof(client) / sizeof(client[0]); i++)
		ck_assert_str_eq(source->client[i], client[i]);
	ck_assert_ptr_null(source->client[8]);
}
END_TEST

START_TEST(windows_are_weirs_own_options)
{
	put_empty_include();
	ck_assert_int_eq(read_text(whole_file), 0);
	const struct window_options *window = &pipeline->transforms[1].window;
	ck_assert_int_eq(window->window, 5000);
	ck_assert_int_eq(window->allowed_lateness, 6000);
	ck_assert_str_eq(window->watermark, "bounded_out_of_orderness");
	ck_assert_int_eq(window->max_out_of_orderness, 2000);
	ck_assert_int_eq(window->idle_timeout, 3600000);
	ck_assert_int_eq(window->emit, EMIT_FINAL);
	ck_assert_int_eq(window->late, LATE_DEAD_LETTER);
}
END_TEST

START_TEST(what_is_not_said_has_its_default)
{
	ck_assert_int_eq(read_text(PIPELINE SOURCE WINDOWED SINK), 0);
	expect_good();
	ck_assert_int_eq(pipeline->guarantee, WEIR_EXACTLY_ONCE_GUARANTEE);
	ck_assert_uint_eq(pipeline->parallelism, 1);
	ck_assert_int_eq(pipeline->watchdog_ms, 60000);
	ck_assert_int_eq(pipeline->stop_timeout_ms, 60000);
	ck_assert_int_eq(pipeline->checkpoint.interval_ms, 5000);
	ck_assert_int_eq(pipeline->checkpoint.timeout_ms, 60000);
	ck_assert_uint_eq(pipeline->checkpoint.retain, 3);
	ck_assert_uint_eq(pipeline->checkpoint.tolerable_failures, 3);
	ck_assert_uint_eq(pipeline->restart.attempts, 3);
	ck_assert_int_eq(pipeline->restart.delay_ms, 10000);
	const struct window_options *window = &pipeline->transforms[0].window;
	ck_assert_int_eq(window->allowed_lateness, 0);
	ck_assert_str_eq(window->watermark, "ascending");
	ck_assert_int_eq(window->idle_timeout, 30000);
	ck_assert_int_eq(window->emit, EMIT_UPDATES);
	ck_assert_int_eq(window->late, LATE_COUNT);
	ck_assert_int_eq(pipeline->transforms[0].on_error, ON_ERROR_FAIL);
}
END_TEST

START_TEST(every_mistake_is_named_in_one_go)
{
	ck_assert_int_lt(read_text("pipeline = {\n"
				   "  name = \"six mistakes\";\n"
				   "  checkpoint = { interval = \"5 sec\"; };\n"
				   "  paralelism = 4;\n"
				   "};\n"
				   "sourse = 1;\n"
				   "source = { plugin = \"try\"; topic = 5; timeout = \"2m\"; mode = \"fats\"; };\n"
				   "transforms = ( { plugin = \"try_windwoed\"; window = \"5s\"; }, { plugin = \"try_weak\"; } );\n"
				   "sink = { plugin = \"other_major\"; };\n"),
			 0);
	expect_finding("job.conf:6: error: unknown setting 'sourse'; did you mean 'source'?\n");
	expect_finding("job.conf:2: error: the pipeline's name 'six mistakes' does not fit Kafka's topics");
	expect_finding("job.conf:3: error: option 'interval' of pipeline.checkpoint: expected a duration with its unit, "
		       "like \"250 ms\", \"5s\" or \"1m\", found \"5 sec\"\n");
	expect_finding("job.conf:3: error: pipeline.checkpoint lacks the option 'directory'");
	expect_finding("job.conf:4: error: unknown option 'paralelism' of pipeline; did you mean 'parallelism'?\n");
	expect_finding("job.conf:7: error: option 'topic' of source 'try': expected text in double quotes, found 5\n");
	expect_finding("job.conf:7: error: option 'timeout' of source 'try': \"2m\" is not allowed; allowed: 10 ms..1m\n");
	expect_finding("job.conf:7: error: option 'mode' of source 'try': \"fats\" is not allowed; allowed: fast|slow|exact; "
		       "did you mean \"fast\"?\n");
	expect_finding("job.conf:8: error: transforms[0]: plugin 'try_windwoed' not found; did you mean 'try_windowed'? "
		       "Looked in: " TEST_PLUGINS);
	expect_finding("job.conf:8: error: transforms[1]: plugin 'try_weak' is a sink, not a transform");
	expect_finding("job.conf:9: error: sink: cannot use plugin '" TEST_PLUGINS "/other_major.so': built for plugin ABI 9.7");
	ck_assert_uint_eq(findings.n_errors, 11);
}
END_TEST

START_TEST(deadlines_are_none_or_sensible)
{
	ck_assert_int_eq(read_text("pipeline = { name = \"x\"; watchdog = \"0\"; checkpoint = { directory = \"x\"; }; };\n" SOURCE SINK), 0);
	ck_assert_int_eq(pipeline->watchdog_ms, 0);
	ck_assert_int_lt(read_text("pipeline = { name = \"x\"; checkpoint = { directory = \"x\"; };\n"
				   "watchdog = \"200 ms\"; stop_timeout = \"0\"; };\n" SOURCE SINK), 0);
	expect_finding("job.conf:2: error: option 'watchdog' of pipeline is shorter than a second");
	expect_finding("job.conf:2: error: option 'stop_timeout' of pipeline: \"0\" is not allowed; allowed: 1 s..365d");
	ck_assert_uint_eq(findings.n_errors, 2);
}
END_TEST

START_TEST(groups_that_are_missing_or_no_groups_are_named)
{
	ck_assert_int_lt(read_text(""), 0);
	expect_finding("job.conf: error: the group 'pipeline' is missing");
	expect_finding("job.conf: error: the group 'source' is missing");
	expect_finding("job.conf: error: the group 'sink' is missing");
	ck_assert_uint_eq(findings.n, 3);
	ck_assert_int_lt(read_text("pipeline = 1; source = [ 1 ]; transforms = { }; sink = \"x\";"), 0);
	expect_finding("'pipeline' is not a group");
	expect_finding("'source' is not a group");
	expect_finding("'transforms' is not a list of groups");
	expect_finding("'sink' is not a group");
	ck_assert_int_lt(read_text("pipeline = { checkpoint = 5; };" SOURCE "transforms = ( 5 );" SINK), 0);
	expect_finding("'checkpoint' is not a group");
	expect_finding("transforms[0] is not a group");
	ck_assert_int_lt(read_text(PIPELINE "source = { }; sink = { plugin = 5; };"), 0);
	expect_finding("job.conf:2: error: source lacks the option 'plugin'");
	expect_finding("option 'plugin' of sink: expected the name of a plugin in double quotes, found 5");
}
END_TEST

START_TEST(names_have_to_fit_kafka)
{
	static const char *const bad[] = {"", ".", "..", "a b", "a/b", "\xc3\xa4", NULL};
	char text[1024], name[202];
	for (const char *const *one = bad; *one != NULL; one++) {
		snprintf(text, sizeof(text), "pipeline = { name = \"%s\"; checkpoint = { directory = \"/d\"; }; };" SOURCE SINK, *one);
		ck_assert_msg(read_text(text) < 0, "'%s' was taken", *one);
		expect_only("does not fit Kafka's topics");
	}
	for (int len = 200; len <= 201; len++) {
		memset(name, 'a', sizeof(name));
		name[len] = '\0';
		snprintf(text, sizeof(text), "pipeline = { name = \"%s\"; checkpoint = { directory = \"/d\"; }; };" SOURCE SINK, name);
		ck_assert_int_eq(read_text(text) == 0, len == 200);
	}
}
END_TEST

START_TEST(set_replaces_makes_and_reaches_nested_values)
{
	const struct override overrides[] = {{"pipeline.checkpoint.interval", "1s"},
					     {"pipeline.restart.attempts", "9"},
					     {"source.topics", "x,y"},
					     {"source.client.fetch_min_bytes", "12"},
					     {"source.follow", "false"},
					     {"transforms[0].window", "7s"},
					     {"sink.dead_letters", "${env:WEIR_TEST_INTERVAL}"}};
	const char content[] = PIPELINE SOURCE WINDOWED SINK;
	ck_assert_int_eq(read_bytes(content, strlen(content), overrides, 7), 0);
	expect_good();
	const struct try_source *source = pipeline->source.options;
	ck_assert_int_eq(pipeline->checkpoint.interval_ms, 1000);
	ck_assert_uint_eq(pipeline->restart.attempts, 9);
	ck_assert_str_eq(source->topics[1], "y");
	ck_assert_str_eq(source->client[0], "fetch_min_bytes");
	ck_assert_str_eq(source->client[1], "12");
	ck_assert(!source->follow);
	ck_assert_int_eq(pipeline->transforms[0].window.window, 7000);
	ck_assert_str_eq(*(const char *const *)pipeline->sink.options, "7s");
}
END_TEST

START_TEST(set_that_cannot_be_applied_is_a_finding_of_its_own)
{
	const struct override overrides[] = {{"transforms[1].window", "7s"}, {"transforms[x].window", "7s"},
					     {"source.topic.x", "1"},	     {"pipeline.parallelism", "many"},
					     {"source.tpoic", "1"},	     {"", "1"},
					     {"source.", "1"},		     {"transforms[0]", "1"}};
	const char content[] = PIPELINE SOURCE WINDOWED SINK;
	ck_assert_int_lt(read_bytes(content, strlen(content), overrides, 8), 0);
	expect_finding("--set transforms[1].window: error: the file has no such group");
	expect_finding("--set transforms[x].window: error: the file has no such group");
	expect_finding("--set source.topic.x: error: the file has no such group");
	expect_finding("--set pipeline.parallelism: error: option 'parallelism' of pipeline: expected an integer, like 42, "
		       "found \"many\"");
	expect_finding("--set source.tpoic: error: unknown option 'tpoic' of source 'try'; did you mean 'topic'?");
	expect_finding("--set : error: that is not the name of a setting");
	expect_finding("--set source.: error: that is not the name of a setting");
	expect_finding("--set transforms[0]: error: that is not the name of a setting");
}
END_TEST

START_TEST(references_are_read_as_the_option_asks)
{
	ck_assert_int_eq(read_text("pipeline = { name = \"p\"; checkpoint = { directory = \"/d\"; interval = "
				   "\"${env:WEIR_TEST_INTERVAL}\"; }; };" SOURCE SINK), 0);
	ck_assert_int_eq(pipeline->checkpoint.interval_ms, 7000);
	ck_assert_int_lt(read_text(PIPELINE "source = { plugin = \"try\"; topic = \"${env:WEIR_TEST_UNSET}\"; };" SINK), 0);
	expect_only("job.conf:2: error: topic: the environment has no 'WEIR_TEST_UNSET'");
	static const char *const options[] = {"plugin = \"try\"; mode = ", "plugin = \"try\"; timeout = ",
					      "plugin = \"try\"; batch = ", "plugin = \"try\"; topics = ", "plugin = "};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		char text[512];
		snprintf(text, sizeof(text), PIPELINE "source = { topic = \"t\"; %s\"${env:WEIR_TEST_UNSET}\"; };" SINK, options[i]);
		ck_assert_int_lt(read_text(text), 0);
		expect_only("the environment has no 'WEIR_TEST_UNSET'");
	}
	ck_assert_int_lt(read_text(PIPELINE "source = { plugin = \"try\"; topic = \"t\"; client = { x = \"${env:WEIR_TEST_UNSET}\"; }; };" SINK), 0);
	expect_only("job.conf:2: error: x: the environment has no 'WEIR_TEST_UNSET'");
}
END_TEST

START_TEST(secrets_are_in_no_finding)
{
	static const char *const settings[] = {
		"password = [ \"hunter2\" ];",			/* wrong type */
		"mode = \"exact\"; password = \"hunter2\";",	/* the plugin's own words */
		"mode = \"exact\"; password = \"${env:WEIR_TEST_SECRET}\";",
		"batch = \"${env:WEIR_TEST_SECRET}\";",		/* in an option that is none */
		"pasword = \"hunter2\";",			/* misspelt */
		"password = \"hunter2\" x;",			/* syntax */
		"password = hunter2;",
		"password = \"hunter2;",
		"password = \"a\"; password = \"hunter2\";",
	};
	char text[512];
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(text, sizeof(text), PIPELINE "source = { plugin = \"try\"; topic = \"t\";\n%s };" SINK, settings[i]);
		ck_assert_msg(read_text(text) < 0, "%s was taken", settings[i]);
		ck_assert_uint_ge(findings.n, 1);
		ck_assert_msg(strstr(printed(), "hunter2") == NULL, "%s", printed());
	}
	const struct override overrides[] = {{"source.password", "hunter2"}, {"source.mode", "exact"}};
	const char content[] = PIPELINE SOURCE SINK;
	ck_assert_int_lt(read_bytes(content, strlen(content), overrides, 2), 0);
	expect_only("--set source.password: error: option 'password' of source 'try': no login with '***' in mode exact");
}
END_TEST

START_TEST(the_plugins_own_check_points_to_the_option)
{
	ck_assert_int_lt(read_text("pipeline = { name = \"p\"; checkpoint = { directory = \"/d\"; interval = \"20 ms\"; }; };\n"
				   "source = { plugin = \"try\"; topic = \"t\";\n timeout = \"30 ms\"; };\n" SINK), 0);
	expect_only("job.conf:3: error: option 'timeout' of source 'try': longer than the checkpoint interval");
	ck_assert_int_lt(read_text(PIPELINE "source = { plugin = \"try\"; topic = \"t\"; mode = \"slow\"; unknown = 1; };" SINK), 0);
	expect_finding("unknown option 'unknown'");
	expect_finding("job.conf:2: error: source 'try': the plugin refuses its options without saying why");
	ck_assert_int_lt(read_text(PIPELINE "source = { plugin = \"try\"; mode = \"slow\"; };" SINK), 0);
	expect_only("lacks the option 'topic'"); /* check() may rely on what is required */
}
END_TEST

START_TEST(a_pipeline_has_one_windowed_transform_and_its_window_is_sound)
{
	ck_assert_int_lt(read_text(PIPELINE SOURCE "transforms = ( { plugin = \"try_windowed\"; window = \"5s\"; },\n"
				   "{ plugin = \"try_windowed\"; window = \"5s\"; } );" SINK), 0);
	expect_only("job.conf:4: error: a pipeline can have one windowed transform; transforms[0] 'try_windowed' is there");
	ck_assert_int_lt(read_text(PIPELINE SOURCE "transforms = ( { plugin = \"try_windowed\"; window = \"0\"; } );" SINK), 0);
	expect_only("option 'window' of transforms[0] 'try_windowed': \"0\" is not allowed; allowed: 1 ms..36500d");
	ck_assert_int_lt(read_text(PIPELINE SOURCE "transforms = ( { plugin = \"try_windowed\"; } );" SINK), 0);
	expect_only("transforms[0] 'try_windowed' lacks the option 'window'");
	ck_assert_int_lt(read_text(PIPELINE SOURCE "transforms = ( { plugin = \"try_windowed\"; window = \"1s\";\n"
				   "max_out_of_orderness = \"1s\"; } );" SINK), 0);
	expect_only("job.conf:4: error: option 'max_out_of_orderness' of transforms[0] 'try_windowed' needs watermark");
}
END_TEST

START_TEST(dead_letters_need_a_sink_that_takes_them)
{
	ck_assert_int_lt(read_text(PIPELINE SOURCE "transforms = ( { plugin = \"try_plain\";\non_error = \"dead_letter\"; } );" SINK), 0);
	expect_only("job.conf:4: error: on_error = \"dead_letter\" of transforms[0] 'try_plain' needs the option "
		    "'dead_letters' of sink 'try' to be set");
	ck_assert_int_lt(read_text(PIPELINE SOURCE "transforms = ( { plugin = \"try_windowed\"; window = \"1s\";\n"
				   "late_records = \"dead_letter\"; } );" SINK), 0);
	expect_only("job.conf:4: error: late_records = \"dead_letter\"");
	ck_assert_int_lt(read_text("pipeline = { name = \"p\"; guarantee = \"at_least_once\"; checkpoint = { directory = \"/d\"; }; };"
				   SOURCE "transforms = ( { plugin = \"try_plain\"; on_error = \"dead_letter\"; } );"
				   "sink = { plugin = \"try_weak\"; dead_letters = \"x\"; };"), 0);
	expect_only("sink 'try_weak' takes no dead letters");
}
END_TEST

START_TEST(guarantees_that_cannot_be_kept_are_told)
{
	ck_assert_int_lt(read_text(PIPELINE SOURCE "sink = { plugin = \"try_weak\"; };"), 0);
	expect_only("sink 'try_weak' delivers at least once only: set pipeline.guarantee = \"at_least_once\"");
	ck_assert_int_eq(read_text(PIPELINE "source = { plugin = \"try_fleeting\"; topic = \"t\"; };" SINK), 0);
	expect_only("job.conf:2: warning: source 'try_fleeting' cannot be read again");
	ck_assert_int_eq(read_text("pipeline = { name = \"p\";\nparallelism = 2; checkpoint = { directory = \"/d\"; }; };" SOURCE SINK), 0);
	expect_only("job.conf:2: warning: parallelism = 2 has no effect");
	ck_assert_int_eq(read_text(PIPELINE "source = { plugin = \"try\"; topic = \"t\"; old_mode = \"x\"; };" SINK), 0);
	expect_only("warning: option 'old_mode' of source 'try' is deprecated: use mode");
}
END_TEST

START_TEST(syntax_errors_name_the_line_and_the_setting)
{
	ck_assert_int_lt(read_text("pipeline = { name = \"p\";\n  interval = 5s;\n};"), 0);
	expect_only("job.conf:2: error: syntax error at 'interval'");
	ck_assert_int_lt(read_text("a = 1;\na = 2;\n"), 0);
	expect_only("job.conf:2: error: duplicate setting name at 'a': the name is already there");
	ck_assert_int_lt(read_text("a = [ 1, \"b\" ];"), 0);
	expect_only("must be of one kind");
}
END_TEST

START_TEST(files_that_cannot_be_read_are_findings)
{
	registry = plugin_registry_new();
	ck_assert_int_lt(pipeline_description_read("nowhere.conf", NULL, 0, registry, &pipeline, &findings), 0);
	expect_only("nowhere.conf: error: cannot read 'nowhere.conf': No such file or directory");
	findings_done(&findings);
	ck_assert_int_lt(pipeline_description_read("/tmp", NULL, 0, registry, &pipeline, &findings), 0);
	expect_only("cannot read '/tmp': it is a directory");
}
END_TEST

START_TEST(control_characters_do_not_reach_the_terminal)
{
	ck_assert_int_lt(read_text("pipeline = { name = \"\\x1b[2J\"; checkpoint = { directory = \"/d\"; }; };" SOURCE SINK), 0);
	expect_only("name '?[2J'");
}
END_TEST

/* Each finding says where, but for what is missing from the whole file, and what. */
static void judge_findings(int r, size_t at)
{
	ck_assert_msg((r == 0) == (findings.n_errors == 0) && (r == 0) == (pipeline != NULL), "byte %zu", at);
	for (uint32_t i = 0; i < findings.n; i++) {
		const struct finding *finding = &findings.list[i];
		ck_assert_msg(strcmp(finding->file, "job.conf") == 0 || strcmp(finding->file, "empty.conf") == 0, "byte %zu: %s",
			      at, printed());
		ck_assert_msg(finding->text[0] != '\0', "byte %zu: %s", at, printed());
		ck_assert_msg(finding->line > 0 || strstr(finding->text, "the group '") != NULL ||
			      strstr(finding->text, "cannot read") != NULL, "byte %zu: %s", at, printed());
	}
}

START_TEST(every_beginning_of_a_file_gives_findings_that_say_where)
{
	put_empty_include();
	size_t whole = strlen(whole_file) - strlen("};\n");
	for (size_t len = 0; len < whole; len++) {
		int r = read_bytes(whole_file, len, NULL, 0);
		ck_assert_msg(r < 0 && findings.n > 0, "the first %zu bytes were taken", len);
		judge_findings(r, len);
	}
}
END_TEST

START_TEST(every_byte_of_a_file_may_be_another)
{
	put_empty_include();
	static const char others[] = {'\0', '"', '{', '}', '\\', '@', '$', '\xff'};
	char text[sizeof(whole_file)];
	memcpy(text, whole_file, sizeof(whole_file));
	for (size_t at = 0; at + 1 < sizeof(whole_file); at++) {
		const char was = text[at], changes[] = {others[at % sizeof(others)], (char)(was ^ 1 << at % 8)};
		for (size_t i = 0; i < sizeof(changes); i++) {
			text[at] = changes[i];
			judge_findings(read_bytes(text, sizeof(text) - 1, NULL, 0), at);
		}
		text[at] = was;
	}
}
END_TEST

UNIT_MAIN_WITH("configuration/pipeline", set_up, tear_down, a_whole_file_becomes_a_description,
	       options_reach_the_instance_of_the_plugin, windows_are_weirs_own_options,
	       what_is_not_said_has_its_default, every_mistake_is_named_in_one_go, deadlines_are_none_or_sensible,
	       groups_that_are_missing_or_no_groups_are_named, names_have_to_fit_kafka,
	       set_replaces_makes_and_reaches_nested_values,
	       set_that_cannot_be_applied_is_a_finding_of_its_own,
	       references_are_read_as_the_option_asks, secrets_are_in_no_finding,
	       the_plugins_own_check_points_to_the_option,
	       a_pipeline_has_one_windowed_transform_and_its_window_is_sound,
	       dead_letters_need_a_sink_that_takes_them, guarantees_that_cannot_be_kept_are_told,
	       syntax_errors_name_the_line_and_the_setting, files_that_cannot_be_read_are_findings,
	       control_characters_do_not_reach_the_terminal,
	       every_beginning_of_a_file_gives_findings_that_say_where,
	       every_byte_of_a_file_may_be_another)
