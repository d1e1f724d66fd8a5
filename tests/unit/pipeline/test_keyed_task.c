/* The event-time rules of a windowed transform, against the table of the design and against a model that
 * follows Flink's words record by record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/keyed_task.h"
#include "tests/lib/unit_main.h"

#define WINDOW 5000

/* A counter whose results are "start key count". */
static weir_status update(void *self, const struct weir_fold *folds, uint32_t n)
{
	(void)self;
	for (uint32_t i = 0; i < n; i++)
		++*(uint64_t *)folds[i].value;
	return WEIR_OK;
}

static weir_status fire(void *self, const struct weir_window *window, const struct weir_entry *entries,
			uint32_t n, struct weir_out *out)
{
	(void)self;
	for (uint32_t i = 0; i < n; i++) {
		struct weir_record *record = weir_out_append(out, 1);
		char *text = weir_out_alloc(out, 64);
		int len = snprintf(text, 64, "%lld %.*s %llu", (long long)window->start_ms, (int)entries[i].key.len,
				   (const char *)entries[i].key.data, *(const unsigned long long *)entries[i].value);
		record->value = (struct weir_slice){(uint8_t *)text, (size_t)len};
	}
	return WEIR_OK;
}

static const struct weir_windowed_ops ops = {
	.size = sizeof(ops), .table = "counts", .value_size = 8, .update = update, .fire = fire};
static const struct weir_plugin plugin = {.size = sizeof(plugin), .name = "count", .windowed = &ops};

struct fixture {
	struct window_options options;
	struct component_description component;
	struct wakeup coordinator, has_items;
	struct failure failure;
	struct metrics *metrics;
	struct source_partitions partitions;
	struct batch_queue sink;
	struct checkpoint_draft draft;
	struct keyed_task task;
	char output[1 << 16]; /* results and dead letters, joined by ';' */
};

static struct fixture *fixture_new(int64_t lateness_ms, enum window_emit emit, enum late_policy late)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->options = (struct window_options){.window = WINDOW, .allowed_lateness = lateness_ms, .emit = emit, .late = late};
	f->component = (struct component_description){.path = "transforms[0]"};
	f->metrics = metrics_new();
	failure_init(&f->failure, &f->coordinator);
	source_partitions_init(&f->partitions, 0, 0);
	source_partitions_index(&f->partitions, "topic", 3);
	batch_queue_init(&f->sink, 1024, 1 << 30, &f->has_items, &f->failure.cancelled);
	checkpoint_draft_init(&f->draft, 1);
	f->task = (struct keyed_task){
		.transform = {.plugin = &plugin,
			      .ctx = {.component = &f->component, .failure = &f->failure, .metrics = f->metrics,
				      .partitions = &f->partitions, .dead_letters = {.output = WEIR_DEAD_LETTERS}}},
		.chain = {.deliver = deliver_to_sink, .target = &f->sink, .sink = &f->sink},
		.state = state_table_new(8),
		.options = &f->options,
		.watermark_ms = WATERMARK_NONE,
		.draft = &f->draft,
		.late = metrics_register(f->metrics, "t", WEIR_COUNTER, "late", "", ""),
		.results = metrics_register(f->metrics, "t", WEIR_COUNTER, "results", "", ""),
		.keys = metrics_register(f->metrics, "t", WEIR_GAUGE, "keys", "", ""),
		.state_bytes = metrics_register(f->metrics, "t", WEIR_GAUGE, "bytes", "", ""),
	};
	return f;
}

static size_t bytes_of(const void *item)
{
	return ((const struct batch *)item)->bytes;
}

static void release_batch(void *item)
{
	batch_unref(item);
}

static void fixture_free(struct fixture *f)
{
	keyed_task_done(&f->task);
	batch_queue_done(&f->sink, release_batch);
	checkpoint_draft_done(&f->draft);
	source_partitions_done(&f->partitions);
	failure_done(&f->failure);
	metrics_free(f->metrics);
	free(f);
}

static const char *output_of(struct fixture *f)
{
	f->output[0] = '\0';
	size_t n = 0;
	for (struct batch *batch; (batch = batch_queue_take(&f->sink, bytes_of)) != NULL; batch_unref(batch))
		for (uint32_t i = 0; i < batch->view.n_records; i++)
			n += (size_t)snprintf(f->output + n, sizeof(f->output) - n, "%s%.*s;",
					      batch->view.output == WEIR_DEAD_LETTERS ? "dead " : "",
					      (int)batch->records[i].value.len, (const char *)batch->records[i].value.data);
	return f->output;
}

/* One batch: pairs of event time and a key of one letter. */
static void process(struct fixture *f, uint32_t n, const int64_t *times, const char *letters)
{
	static struct weir_record record = {.value = {(const uint8_t *)"line", 4}, .offset = 12};
	struct state_key keys[16];
	struct weir_fold folds[16];
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *key = (const uint8_t *)letters + i;
		keys[i] = (struct state_key){key, 1, state_key_hash(key, 1)};
		folds[i] = (struct weir_fold){.record = &record, .event_time_ms = times[i]};
	}
	ck_assert_int_eq(keyed_task_process(&f->task, keys, folds, n), WEIR_OK);
}

#define PROCESS(f, letters, ...) process(f, sizeof(letters) - 1, (const int64_t[]){__VA_ARGS__}, letters)
#define WATERMARK(f, ms) ck_assert_int_eq(keyed_task_watermark(&(f)->task, ms), WEIR_OK)

START_TEST(a_window_fires_when_the_watermark_reaches_its_last_millisecond)
{
	struct fixture *f = fixture_new(0, EMIT_UPDATES, LATE_COUNT);
	PROCESS(f, "aab", 0, 4999, 100);
	WATERMARK(f, 4998);
	ck_assert_str_eq(output_of(f), "");
	WATERMARK(f, 4999);
	ck_assert_str_eq(output_of(f), "0 a 2;0 b 1;");
	WATERMARK(f, 5000);
	ck_assert_str_eq(output_of(f), "");
	fixture_free(f);
}
END_TEST

START_TEST(windows_are_aligned_to_the_epoch_on_both_sides_of_it)
{
	struct fixture *f = fixture_new(0, EMIT_UPDATES, LATE_COUNT);
	PROCESS(f, "aaaa", -1, -5000, -5001, 0);
	WATERMARK(f, WATERMARK_END);
	ck_assert_str_eq(output_of(f), "-10000 a 1;-5000 a 2;0 a 1;");
	fixture_free(f);
}
END_TEST

START_TEST(a_record_within_the_lateness_corrects_its_key_alone)
{
	struct fixture *f = fixture_new(5000, EMIT_UPDATES, LATE_COUNT);
	PROCESS(f, "ab", 0, 1);
	WATERMARK(f, 9998);
	ck_assert_str_eq(output_of(f), "0 a 1;0 b 1;");
	PROCESS(f, "aa", 2, 3);
	ck_assert_str_eq(output_of(f), "0 a 2;0 a 3;");
	fixture_free(f);
}
END_TEST

START_TEST(behind_the_lateness_it_is_late_and_counted)
{
	struct fixture *f = fixture_new(5000, EMIT_UPDATES, LATE_COUNT);
	PROCESS(f, "a", 0);
	WATERMARK(f, 9999); /* last millisecond + lateness <= watermark */
	output_of(f);
	PROCESS(f, "a", 2);
	ck_assert_str_eq(output_of(f), "");
	ck_assert_int_eq(metric_get(f->task.late), 1);
	ck_assert_uint_eq(state_table_n_keys(f->task.state), 0);
	fixture_free(f);
}
END_TEST

START_TEST(late_records_go_to_the_dead_letters_where_asked_for)
{
	struct fixture *f = fixture_new(0, EMIT_UPDATES, LATE_DEAD_LETTER);
	WATERMARK(f, 20000);
	PROCESS(f, "ab", 2, 20001);
	ck_assert_str_eq(output_of(f), "dead line;");
	fixture_free(f);
}
END_TEST

START_TEST(final_results_come_once_when_nothing_can_change_them)
{
	struct fixture *f = fixture_new(5000, EMIT_FINAL, LATE_COUNT);
	PROCESS(f, "a", 0);
	WATERMARK(f, 9998);
	PROCESS(f, "a", 1);
	ck_assert_str_eq(output_of(f), "");
	WATERMARK(f, 9999);
	ck_assert_str_eq(output_of(f), "0 a 2;");
	fixture_free(f);
}
END_TEST

START_TEST(the_end_of_input_fires_and_drops_everything)
{
	struct fixture *f = fixture_new(5000, EMIT_UPDATES, LATE_COUNT);
	PROCESS(f, "ab", 0, 7000);
	WATERMARK(f, 5500);
	output_of(f);
	WATERMARK(f, WATERMARK_END);
	ck_assert_str_eq(output_of(f), "5000 b 1;");
	ck_assert_ptr_null(state_table_first(f->task.state));
	fixture_free(f);
}
END_TEST

START_TEST(a_watermark_that_goes_back_changes_nothing)
{
	struct fixture *f = fixture_new(0, EMIT_UPDATES, LATE_COUNT);
	WATERMARK(f, 20000);
	WATERMARK(f, 3000);
	PROCESS(f, "a", 4000);
	ck_assert_int_eq(metric_get(f->task.late), 1);
	fixture_free(f);
}
END_TEST

/* ---- the model: one record at a time, arrays instead of tables ---- */

#define MODEL_WINDOWS 12
#define MODEL_KEYS 4

struct model {
	uint64_t counts[MODEL_WINDOWS][MODEL_KEYS];
	int64_t watermark_ms, lateness_ms;
	unsigned n_late;
	char output[1 << 15];
};

static void model_emit(struct model *model, int window, int key)
{
	size_t n = strlen(model->output);
	snprintf(model->output + n, sizeof(model->output) - n, "%d %c %llu;", window * WINDOW, 'a' + key,
		 (unsigned long long)model->counts[window][key]);
}

static void model_record(struct model *model, int64_t time_ms, int key)
{
	int window = (int)(time_ms / WINDOW);
	int64_t last_ms = (int64_t)window * WINDOW + WINDOW - 1;
	if (last_ms + model->lateness_ms <= model->watermark_ms) {
		model->n_late++;
		return;
	}
	model->counts[window][key]++;
	if (last_ms <= model->watermark_ms)
		model_emit(model, window, key);
}

static void model_watermark(struct model *model, int64_t watermark_ms)
{
	for (int window = 0; window < MODEL_WINDOWS; window++) {
		int64_t last_ms = (int64_t)window * WINDOW + WINDOW - 1;
		for (int key = 0; last_ms > model->watermark_ms && last_ms <= watermark_ms && key < MODEL_KEYS; key++)
			if (model->counts[window][key] > 0)
				model_emit(model, window, key);
		if (last_ms + model->lateness_ms <= watermark_ms)
			memset(model->counts[window], 0, sizeof(model->counts[window]));
	}
	model->watermark_ms = watermark_ms;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of keys within one firing is the table's own: compared as sets. */
static void sort_parts(char *text)
{
	char copy[1 << 15], *parts[4096], *rest = NULL;
	size_t n = 0;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *part = strtok_r(copy, ";", &rest); part != NULL; part = strtok_r(NULL, ";", &rest))
		parts[n++] = part;
	qsort(parts, n, sizeof(parts[0]), by_text);
	text[0] = '\0';
	for (size_t i = 0, at = 0; i < n; i++)
		at += (size_t)sprintf(text + at, "%s;", parts[i]);
}

START_TEST(random_streams_give_what_the_model_gives)
{
	srand(4711);
	for (int round = 0; round < 300; round++) {
		int64_t lateness_ms = rand() % 3 * 2500;
		struct fixture *f = fixture_new(lateness_ms, EMIT_UPDATES, LATE_COUNT);
		struct model model = {.watermark_ms = WATERMARK_NONE, .lateness_ms = lateness_ms};
		int64_t time_ms = 0;
		for (int step = 0; step < 40; step++) {
			static const char *const letters[] = {"a", "b", "c", "d"};
			int64_t record_ms = time_ms - rand() % 12000;
			int key = rand() % MODEL_KEYS;
			record_ms = record_ms < 0 ? 0 : record_ms;
			process(f, 1, &record_ms, letters[key]);
			model_record(&model, record_ms, key);
			time_ms += rand() % 1300;
			if (rand() % 3 == 0) {
				WATERMARK(f, time_ms - 1);
				model_watermark(&model, time_ms - 1);
			}
			char *got = strdup(output_of(f));
			sort_parts(got);
			sort_parts(model.output);
			ck_assert_str_eq(got, model.output);
			model.output[0] = '\0';
			free(got);
		}
		ck_assert_int_eq(metric_get(f->task.late), model.n_late);
		fixture_free(f);
	}
}
END_TEST

UNIT_MAIN("pipeline/keyed_task", a_window_fires_when_the_watermark_reaches_its_last_millisecond,
	  windows_are_aligned_to_the_epoch_on_both_sides_of_it,
	  a_record_within_the_lateness_corrects_its_key_alone,
	  behind_the_lateness_it_is_late_and_counted,
	  late_records_go_to_the_dead_letters_where_asked_for,
	  final_results_come_once_when_nothing_can_change_them,
	  the_end_of_input_fires_and_drops_everything, a_watermark_that_goes_back_changes_nothing,
	  random_streams_give_what_the_model_gives)
