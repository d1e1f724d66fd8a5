/* Each thing a plugin can get wrong, one at a time, on descriptors made here. */
#include <stdlib.h>
#include <string.h>

#include "plugin/plugin_check.h"
#include "tests/lib/unit_main.h"

/* Callbacks are looked for and never called. */
static void nothing(void)
{
}
#define CALLBACK(type, member) .member = (__typeof__(((struct type *)0)->member))nothing

struct instance {
	int64_t number;
};

static struct weir_option options[2];
static struct weir_source_ops source;
static struct weir_transform_ops transform;
static struct weir_windowed_ops windowed;
static struct weir_sink_ops sink;
static struct weir_plugin plugin;
static struct error error;
static enum plugin_kind kind;

static void make_good_plugins(void)
{
	options[0] = (struct weir_option){"number", WEIR_INTEGER, 0, 0, "1", "1..2", "a number"};
	options[1] = (struct weir_option){"other", WEIR_INTEGER, 0, 0, NULL, NULL, "another"};
	source = (struct weir_source_ops){.size = sizeof(source), CALLBACK(weir_source_ops, start),
					  CALLBACK(weir_source_ops, poll), CALLBACK(weir_source_ops, snapshot)};
	transform = (struct weir_transform_ops){.size = sizeof(transform), CALLBACK(weir_transform_ops, process)};
	windowed = (struct weir_windowed_ops){.size = sizeof(windowed), .table = "counts", .value_size = 8,
					      CALLBACK(weir_windowed_ops, assign), CALLBACK(weir_windowed_ops, update),
					      CALLBACK(weir_windowed_ops, fire)};
	sink = (struct weir_sink_ops){.size = sizeof(sink), .delivery = WEIR_LAST_RESOURCE,
				      .dead_letter_option = "number", CALLBACK(weir_sink_ops, peek),
				      CALLBACK(weir_sink_ops, take_over), CALLBACK(weir_sink_ops, begin),
				      CALLBACK(weir_sink_ops, write), CALLBACK(weir_sink_ops, prepare),
				      CALLBACK(weir_sink_ops, commit), CALLBACK(weir_sink_ops, abort)};
	plugin = (struct weir_plugin){.size = sizeof(plugin), .magic = WEIR_MAGIC, .abi_major = WEIR_ABI_MAJOR,
				      .abi_minor = WEIR_ABI_MINOR, .name = "try", .version = "1", .license = "none",
				      .summary = "tries", .options = options, .n_options = 2,
				      .option_size = sizeof(options[0]), .instance_size = sizeof(struct instance),
				      CALLBACK(weir_plugin, open), CALLBACK(weir_plugin, close), .sink = &sink};
}

static int check(void)
{
	return plugin_check(&plugin, "try.so", &kind, &error);
}

static void expect_refusal(const char *text)
{
	ck_assert_int_lt(check(), 0);
	ck_assert_msg(strstr(error.text, text) != NULL, "expected '%s' in: %s", text, error.text);
	make_good_plugins();
}

static void use_as(const struct weir_source_ops *as_source, const struct weir_transform_ops *as_transform,
		   const struct weir_windowed_ops *as_windowed, const struct weir_sink_ops *as_sink)
{
	plugin.source = as_source;
	plugin.transform = as_transform;
	plugin.windowed = as_windowed;
	plugin.sink = as_sink;
}

START_TEST(good_plugins_of_every_kind_are_taken)
{
	ck_assert_int_eq(check(), 0);
	ck_assert_int_eq(kind, PLUGIN_SINK);
	use_as(&source, NULL, NULL, NULL);
	ck_assert_int_eq(check(), 0);
	ck_assert_int_eq(kind, PLUGIN_SOURCE);
	use_as(NULL, &transform, NULL, NULL);
	ck_assert_int_eq(check(), 0);
	ck_assert_int_eq(kind, PLUGIN_TRANSFORM);
	use_as(NULL, NULL, &windowed, NULL);
	ck_assert_int_eq(check(), 0);
	ck_assert_int_eq(kind, PLUGIN_WINDOWED);
	plugin.n_options = 0;
	plugin.options = NULL;
	ck_assert_int_eq(check(), 0);
}
END_TEST

START_TEST(versions_are_compared_and_both_are_named)
{
	plugin.magic = 1;
	expect_refusal("its magic is 0x00000001");
	plugin.abi_major = 2;
	plugin.abi_minor = 3;
	expect_refusal("built for plugin ABI 2.3, this weir has 1.1");
	plugin.abi_minor = WEIR_ABI_MINOR + 1;
	expect_refusal("a newer weir is needed");
	plugin.abi_minor = WEIR_ABI_MINOR + 1;
	plugin.flags = WEIR_ASKS_HOST;
	ck_assert_int_eq(check(), 0);
	plugin.size = offsetof(struct weir_plugin, sink);
	expect_refusal("too few for any version");
}
END_TEST

START_TEST(a_plugin_has_exactly_one_kind)
{
	use_as(NULL, NULL, NULL, NULL);
	expect_refusal("it is none");
	use_as(&source, NULL, NULL, &sink);
	expect_refusal("it is several");
}
END_TEST

START_TEST(the_file_is_named_like_the_plugin_and_its_kind)
{
	ck_assert_int_eq(plugin_check(&plugin, "try_sink.so", &kind, &error), 0);
	ck_assert_int_lt(plugin_check(&plugin, "try_source.so", &kind, &error), 0);
	ck_assert_int_lt(plugin_check(&plugin, "trial.so", &kind, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "the sink 'try', so its file must be try.so or try_sink.so, not trial.so"));
}
END_TEST

START_TEST(texts_for_people_have_to_be_there)
{
	plugin.name = NULL;
	expect_refusal("no name");
	plugin.version = "";
	expect_refusal("no version");
	plugin.summary = NULL;
	expect_refusal("no summary");
}
END_TEST

START_TEST(a_missing_callback_is_named)
{
	plugin.open = NULL;
	expect_refusal("open()");
	plugin.close = NULL;
	expect_refusal("close()");
	sink.prepare = NULL;
	expect_refusal("prepare()");
	sink.peek = NULL;
	expect_refusal("peek()");
	sink.delivery = WEIR_TWO_PHASE;
	sink.peek = NULL;
	sink.take_over = NULL;
	ck_assert_int_eq(check(), 0);
	use_as(&source, NULL, NULL, NULL);
	source.snapshot = NULL;
	expect_refusal("snapshot()");
	use_as(NULL, &transform, NULL, NULL);
	transform.process = NULL;
	expect_refusal("process()");
	use_as(NULL, NULL, &windowed, NULL);
	windowed.fire = NULL;
	expect_refusal("fire()");
}
END_TEST

START_TEST(a_callback_behind_the_end_of_a_struct_is_missing)
{
	sink.size = offsetof(struct weir_sink_ops, abort);
	expect_refusal("abort()");
}
END_TEST

START_TEST(numbers_that_make_no_sense_are_refused)
{
	sink.delivery = 0;
	expect_refusal("delivery is 0");
	sink.delivery = 4;
	expect_refusal("delivery is 4");
	sink.dead_letter_option = "nowhere";
	expect_refusal("dead_letter_option 'nowhere'");
	sink.dead_letter_option = "";
	ck_assert_int_eq(check(), 0);
	use_as(NULL, NULL, &windowed, NULL);
	windowed.value_size = 0;
	expect_refusal("value_size is 0");
	use_as(NULL, NULL, &windowed, NULL);
	windowed.value_size = 65536;
	expect_refusal("value_size is 65536");
	use_as(NULL, NULL, &windowed, NULL);
	windowed.table = NULL;
	expect_refusal("does not name its table");
}
END_TEST

START_TEST(the_option_table_has_to_be_sound)
{
	plugin.options = NULL;
	expect_refusal("option table is not sound");
	plugin.option_size = 8;
	expect_refusal("option table is not sound");
	options[1].name = "number";
	expect_refusal("'number' is there twice");
	plugin.instance_size = 4;
	expect_refusal("'number' has no field");
	options[1].name = "plugin";
	expect_refusal("'plugin': weir itself");
	use_as(NULL, NULL, &windowed, NULL);
	options[1].name = "window";
	expect_refusal("'window': weir itself");
	options[1].name = "window"; /* a sink may have one */
	ck_assert_int_eq(check(), 0);
}
END_TEST

UNIT_MAIN_WITH("plugin/plugin_check", make_good_plugins, NULL, good_plugins_of_every_kind_are_taken,
	       versions_are_compared_and_both_are_named, a_plugin_has_exactly_one_kind,
	       the_file_is_named_like_the_plugin_and_its_kind, texts_for_people_have_to_be_there,
	       a_missing_callback_is_named, a_callback_behind_the_end_of_a_struct_is_missing,
	       numbers_that_make_no_sense_are_refused, the_option_table_has_to_be_sound)
