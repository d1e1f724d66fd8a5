/* The sink's thread with a sink that writes down what it is told and what the store holds at that moment;
 * the store is the real one, in a temporary directory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "pipeline/sink_runner.h"
#include "pipeline/transform_runner.h"
#include "tests/lib/unit_main.h"

static struct fixture {
	char directory[64];
	struct component_description component;
	struct wakeup coordinator;
	struct failure failure;
	struct metrics *metrics;
	struct source_partitions partitions;
	struct checkpoint_draft draft;
	struct sink_runner runner;
	const char *fails_in; /* callback that returns WEIR_ABORT */
	unsigned n_retries;   /* how often write() wants to be called again */
	uint64_t completed;
	char said[4096];
} f;

static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	size_t n = strlen(f.said);
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(f.said + n, sizeof(f.said) - n, fmt, arguments);
	va_end(arguments);
}

static const char *store_shows(void)
{
	static char text[64];
	struct checkpoint_record *completed, *pending;
	ck_assert_int_eq(checkpoint_store_newest(f.runner.store, &completed, &pending, NULL), 0);
	snprintf(text, sizeof(text), "[completed %d pending %d]", completed != NULL ? (int)completed->id : -1,
		 pending != NULL ? (int)pending->id : -1);
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
	return text;
}

static weir_status result_of(const char *callback)
{
	if (f.fails_in == NULL || strcmp(f.fails_in, callback) != 0)
		return WEIR_OK;
	snprintf(f.runner.sink.ctx.error, sizeof(f.runner.sink.ctx.error), "no %s today", callback);
	return WEIR_ABORT;
}

static weir_status on_begin(void *self, uint64_t checkpoint)
{
	(void)self;
	say("begin %d;", (int)checkpoint);
	return result_of("begin");
}

static weir_status on_write(void *self, const struct weir_batch *batch)
{
	(void)self;
	if (f.n_retries > 0) {
		f.n_retries--;
		return WEIR_RETRY;
	}
	say("write %.*s;", (int)batch->records[0].value.len, (const char *)batch->records[0].value.data);
	return result_of("write");
}

static weir_status on_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	(void)self;
	say("prepare %d at %d %s;", (int)checkpoint->id, (int)checkpoint->positions[0].offset, store_shows());
	*ret_handle = (struct weir_slice){(const uint8_t *)"handle", 6};
	return result_of("prepare");
}

static weir_status on_commit(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self;
	say("commit %d %.*s %s;", (int)checkpoint, (int)handle.len, (const char *)handle.data, store_shows());
	return result_of("commit");
}

static const struct weir_sink_ops ops = {
	.size = sizeof(ops), .begin = on_begin, .write = on_write, .prepare = on_prepare, .commit = on_commit};
static const struct weir_plugin plugin = {.size = sizeof(plugin), .name = "diary", .sink = &ops};

static void on_completed(void *user, uint64_t checkpoint)
{
	(void)user;
	f.completed = checkpoint;
}

static void setup(uint32_t n_inputs, bool decides)
{
	memset(&f, 0, sizeof(f));
	snprintf(f.directory, sizeof(f.directory), "/tmp/test_sink_runner.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(f.directory));
	f.component = (struct component_description){.path = "sink"};
	f.metrics = metrics_new();
	failure_init(&f.failure, &f.coordinator);
	checkpoint_draft_init(&f.draft, 0);
	struct sink_runner *runner = &f.runner;
	ck_assert_int_eq(checkpoint_store_open(f.directory, "p", STORE_CREATE, &runner->store, NULL, NULL), 0);
	runner->sink = (struct plugin_instance){
		.plugin = &plugin, .ctx = {.component = &f.component, .failure = &f.failure, .metrics = f.metrics}};
	runner->inputs = calloc(n_inputs, sizeof(*runner->inputs));
	for (; runner->n_inputs < n_inputs; runner->n_inputs++)
		batch_queue_init(&runner->inputs[runner->n_inputs].queue, 64, 1 << 20, &runner->has_items, &f.failure.cancelled);
	runner->draft = &f.draft;
	runner->retain = 3;
	runner->decides = decides;
	runner->next_checkpoint = 1;
	runner->failure = &f.failure;
	runner->coordinator = &f.coordinator;
	runner->on_completed = on_completed;
	struct weir_metric *metric = metrics_register(f.metrics, "sink", WEIR_GAUGE, "all", "", "");
	runner->records_out = runner->dead_letters = runner->last_checkpoint = metric;
	runner->last_completed = runner->last_completed_monotonic = metric;
	runner->last_duration = runner->last_bytes = runner->n_checkpoints = metric;
}

static void teardown(void)
{
	checkpoint_store_close(f.runner.store);
	sink_runner_done(&f.runner);
	checkpoint_draft_done(&f.draft);
	failure_done(&f.failure);
	metrics_free(f.metrics);
	char command[100];
	snprintf(command, sizeof(command), "rm -rf %s", f.directory);
	ck_assert_int_eq(system(command), 0);
}

static void draft(uint64_t checkpoint, int64_t offset)
{
	checkpoint_draft_begin(&f.draft, checkpoint, "00000000-0000-4000-8000-000000000000", 1, NULL);
	checkpoint_record_add_position(f.draft.record, &(struct checkpoint_position){.stream = (char *)"topic", .offset = offset});
}

static void put_text(uint32_t input, const char *text)
{
	struct weir_out out = {0};
	weir_out_append(&out, 1)->value = (struct weir_slice){(const uint8_t *)text, strlen(text)};
	ck_assert_int_eq(sink_queue_put(&f.runner.inputs[input].queue, weir_out_take(&out)), WEIR_OK);
	weir_out_done(&out);
}

static void put_marker(uint32_t input, enum batch_kind kind, uint64_t checkpoint)
{
	ck_assert_int_eq(sink_queue_put(&f.runner.inputs[input].queue, batch_new_marker(kind, checkpoint)), WEIR_OK);
}

/* Lets the thread work off what has been put, to the end of all inputs or a failure. */
static void run(void)
{
	ck_assert_int_eq(sink_runner_start(&f.runner), 0);
	ck_assert(sink_runner_join(&f.runner, clock_monotonic_ms() + 20000));
}

START_TEST(a_last_resource_commits_between_pending_and_completed)
{
	setup(1, true);
	draft(1, 7);
	put_text(0, "a");
	put_marker(0, BATCH_BARRIER, 1);
	put_marker(0, BATCH_END, 0);
	run();
	ck_assert_str_eq(f.said, "begin 1;write a;prepare 1 at 7 [completed -1 pending -1];"
				 "commit 1 handle [completed -1 pending 1];");
	ck_assert_str_eq(store_shows(), "[completed 1 pending -1]");
	ck_assert_uint_eq(f.completed, 1);
	teardown();
}
END_TEST

START_TEST(where_the_store_decides_it_has_completed_before_the_commit)
{
	setup(1, false);
	draft(1, 7);
	put_marker(0, BATCH_BARRIER, 1);
	put_marker(0, BATCH_END, 0);
	run();
	ck_assert_str_eq(f.said, "begin 1;prepare 1 at 7 [completed -1 pending -1];"
				 "commit 1 handle [completed 1 pending -1];");
	teardown();
}
END_TEST

START_TEST(nothing_behind_a_barrier_is_written_before_all_inputs_have_it)
{
	setup(3, true);
	draft(1, 7);
	put_text(0, "a");
	put_marker(0, BATCH_BARRIER, 1);
	put_text(0, "b");
	put_text(1, "c");
	put_marker(2, BATCH_BARRIER, 1);
	put_text(2, "d");
	ck_assert_int_eq(sink_runner_start(&f.runner), 0);
	usleep(100000);
	put_text(1, "e");
	put_marker(1, BATCH_BARRIER, 1);
	for (uint32_t i = 0; i < 3; i++)
		put_marker(i, BATCH_END, 0);
	ck_assert(sink_runner_join(&f.runner, clock_monotonic_ms() + 20000));
	const char *decision = strstr(f.said, "prepare 1");
	ck_assert_ptr_nonnull(decision);
	const char *const before[] = {"write a;", "write c;", "write e;"}, *const behind[] = {"write b;", "write d;"};
	for (int i = 0; i < 3; i++)
		ck_assert_msg(strstr(f.said, before[i]) != NULL && strstr(f.said, before[i]) < decision, "%s in %s", before[i], f.said);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(strstr(decision, behind[i]) != NULL, "%s in %s", behind[i], f.said);
	teardown();
}
END_TEST

START_TEST(a_sink_with_nothing_to_write_holds_nothing_open)
{
	setup(1, true);
	put_marker(0, BATCH_END, 0);
	run();
	ck_assert_str_eq(f.said, "");
	teardown();
}
END_TEST

START_TEST(a_write_that_asks_for_it_is_repeated)
{
	setup(1, true);
	f.n_retries = 3;
	put_text(0, "a");
	put_marker(0, BATCH_END, 0);
	run();
	ck_assert_str_eq(f.said, "begin 1;write a;");
	ck_assert_int_eq(f.failure.status, WEIR_OK);
	teardown();
}
END_TEST

START_TEST(a_failed_prepare_leaves_nothing_in_the_store)
{
	setup(1, true);
	f.fails_in = "prepare";
	draft(1, 7);
	put_marker(0, BATCH_BARRIER, 1);
	run();
	ck_assert_str_eq(store_shows(), "[completed -1 pending -1]");
	ck_assert_int_eq(f.failure.status, WEIR_ABORT);
	ck_assert_str_eq(f.failure.text, "sink: no prepare today");
	teardown();
}
END_TEST

START_TEST(a_failed_commit_leaves_the_checkpoint_undecided)
{
	setup(1, true);
	f.fails_in = "commit";
	draft(1, 7);
	put_marker(0, BATCH_BARRIER, 1);
	put_text(0, "never");
	run();
	ck_assert_str_eq(store_shows(), "[completed -1 pending 1]");
	ck_assert_ptr_null(strstr(f.said, "never"));
	ck_assert_uint_eq(f.completed, 0);
	teardown();
}
END_TEST

UNIT_MAIN("pipeline/sink_runner", a_last_resource_commits_between_pending_and_completed,
	  where_the_store_decides_it_has_completed_before_the_commit,
	  nothing_behind_a_barrier_is_written_before_all_inputs_have_it,
	  a_sink_with_nothing_to_write_holds_nothing_open, a_write_that_asks_for_it_is_repeated,
	  a_failed_prepare_leaves_nothing_in_the_store,
	  a_failed_commit_leaves_the_checkpoint_undecided)
