#include "pipeline/sink_runner.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "observe/log.h"
#include "pipeline/stage_thread.h"

#define RETRY_FIRST_MS 50
#define RETRY_MOST_MS 2000

static const struct weir_sink_ops *ops_of(const struct sink_runner *runner)
{
	return runner->sink.plugin->sink;
}

static weir_status store_failed(struct sink_runner *runner, const struct error *error)
{
	/* What RocksDB refused may have reached the disk or not: only a new start can tell. */
	return failure_set(runner->failure, WEIR_ABORT, "checkpoint", "%s", error->text);
}

static weir_status pass(struct sink_runner *runner, const char *name)
{
	return failpoint(name) ? failure_set(runner->failure, WEIR_ABORT, "checkpoint", "failpoint %s", name) : WEIR_OK;
}

/* Before the next try of a call that returned WEIR_RETRY. False: cancelled. */
static bool wait_to_retry(struct sink_runner *runner, int64_t *retry_ms)
{
	if (atomic_load(&runner->failure->cancelled))
		return false;
	nanosleep(&(struct timespec){*retry_ms / 1000, *retry_ms % 1000 * 1000000}, NULL);
	*retry_ms = *retry_ms * 2 < RETRY_MOST_MS ? *retry_ms * 2 : RETRY_MOST_MS;
	return true;
}

/* Calls the plugin, again while it asks for that. */
#define CALL_SINK(runner, status, name, call)                                           \
	do {                                                                            \
		int64_t retry_ms_ = RETRY_FIRST_MS;                                     \
		do {                                                                    \
			plugin_enter(&(runner)->sink, (name));                          \
			(status) = plugin_leave_or_retry(&(runner)->sink, (call));               \
		} while ((status) == WEIR_RETRY && wait_to_retry((runner), &retry_ms_)); \
	} while (0)

/* Only when there is something to write or to prepare: an idle sink holds nothing open. */
static weir_status begin_if_needed(struct sink_runner *runner)
{
	if (runner->has_begun)
		return WEIR_OK;
	weir_status s;
	CALL_SINK(runner, s, "begin", ops_of(runner)->begin(runner->sink.self, runner->next_checkpoint));
	runner->has_begun = s == WEIR_OK;
	return s;
}

static weir_status write_batch(struct sink_runner *runner, const struct batch *batch)
{
	weir_status s = begin_if_needed(runner);
	if (s != WEIR_OK)
		return s;
	CALL_SINK(runner, s, "write", ops_of(runner)->write(runner->sink.self, &batch->view));
	metric_add(batch->view.output == WEIR_DEAD_LETTERS ? runner->dead_letters : runner->records_out,
		   batch->view.n_records);
	return s;
}

/* ---- finishing a checkpoint ---- */

static weir_status prepare(struct sink_runner *runner, struct checkpoint_record *record)
{
	struct weir_position *positions = plugin_positions(record);
	if (positions == NULL)
		return failure_no_memory(runner->failure, "checkpoint");
	struct weir_checkpoint checkpoint = {
		.size = sizeof(checkpoint),
		.n_positions = record->n_positions,
		.id = record->id,
		.positions = positions,
		.source_system = runner->source_system,
		.watermark_ms = record->watermark_ms,
	};
	struct weir_slice handle = {NULL, 0};
	weir_status s;
	CALL_SINK(runner, s, "prepare", ops_of(runner)->prepare(runner->sink.self, &checkpoint, &handle));
	free(positions);
	if (s == WEIR_OK && checkpoint_record_add_handle(record, plugin_component(&runner->sink), handle.data,
							 (uint32_t)handle.len) != 0)
		s = failure_no_memory(runner->failure, "checkpoint");
	return s;
}

static uint32_t count_new_chunks(const struct checkpoint_draft *draft)
{
	uint32_t n = 0;
	for (uint32_t task = 0; task < draft->n_tasks; task++)
		n += draft->deltas[task].n_chunks;
	return n;
}

/* Brings the manifest up to date with one task's delta; its new chunks are appended to `list`. */
static int merge_delta(struct sink_runner *runner, uint32_t task, struct checkpoint_chunk *chunks,
		       struct checkpoint_new_chunk *list, uint32_t *n)
{
	const struct state_delta *delta = &runner->draft->deltas[task];
	checkpoint_manifest_replace(&runner->manifest, task, delta->replaced_windows, delta->n_replaced_windows);
	for (uint32_t i = 0; i < delta->n_chunks; i++, ++*n) {
		const struct state_chunk *chunk = &delta->chunks[i];
		chunks[*n] = (struct checkpoint_chunk){
			.checkpoint = runner->draft->record->id,
			.task = task,
			.number = i,
			.window_start_ms = chunk->window_start_ms,
			.n_entries = chunk->n_entries,
			.bytes = chunk->bytes,
			.checksum = state_chunk_checksum(chunk->data, chunk->bytes),
		};
		list[*n] = (struct checkpoint_new_chunk){&chunks[*n], chunk->data};
		if (checkpoint_manifest_add(&runner->manifest, &chunks[*n]) != 0)
			return -1;
	}
	return 0;
}

static int list_live_chunks(struct sink_runner *runner, struct checkpoint_record *record)
{
	for (uint32_t i = 0; i < runner->manifest.n_chunks; i++)
		if (checkpoint_record_add_chunk(record, &runner->manifest.chunks[i]) != 0)
			return -1;
	return 0;
}

/* The record with all its chunks into the store, as PENDING. */
static weir_status store_pending(struct sink_runner *runner, struct checkpoint_record *record)
{
	uint32_t n_new = count_new_chunks(runner->draft), n = 0;
	struct checkpoint_chunk *chunks = calloc(n_new + 1, sizeof(*chunks));
	struct checkpoint_new_chunk *list = calloc(n_new + 1, sizeof(*list));
	int r = chunks != NULL && list != NULL ? 0 : -1;
	for (uint32_t task = 0; r == 0 && task < runner->draft->n_tasks; task++)
		r = merge_delta(runner, task, chunks, list, &n);
	if (r == 0)
		r = list_live_chunks(runner, record);
	weir_status s = r == 0 ? WEIR_OK : failure_no_memory(runner->failure, "checkpoint");
	struct error error = ERROR_INIT;
	/* Where the store itself decides, COMPLETED is written right behind and synced. */
	if (s == WEIR_OK && checkpoint_store_put(runner->store, record, list, n, runner->decides, &error) != 0)
		s = store_failed(runner, &error);
	free(chunks);
	free(list);
	return s;
}

static weir_status store_completed(struct sink_runner *runner, uint64_t id)
{
	struct error error = ERROR_INIT;
	int64_t now_ms = clock_wall_ms();
	if (checkpoint_store_complete(runner->store, id, now_ms, runner->retain, !runner->decides, &error) != 0)
		return store_failed(runner, &error);
	metric_set(runner->last_completed, now_ms);
	metric_set(runner->last_completed_monotonic, clock_monotonic_ms());
	return WEIR_OK;
}

static weir_status commit(struct sink_runner *runner, const struct checkpoint_record *record)
{
	const struct checkpoint_handle *handle = &record->handles[0];
	struct weir_slice slice = {handle->data, handle->bytes};
	weir_status s;
	CALL_SINK(runner, s, "commit", ops_of(runner)->commit(runner->sink.self, record->id, slice));
	return s;
}

static weir_status decide(struct sink_runner *runner, const struct checkpoint_record *record)
{
	weir_status s = WEIR_OK;
	if (runner->decides) {
		s = commit(runner, record);
		if (s == WEIR_OK)
			s = pass(runner, "checkpoint_after_commit");
		return s == WEIR_OK ? store_completed(runner, record->id) : s;
	}
	if (failpoint("rule_completed_before_rename"))
		s = commit(runner, record);
	if (s == WEIR_OK)
		s = pass(runner, "checkpoint_before_completed");
	if (s == WEIR_OK)
		s = store_completed(runner, record->id);
	if (s == WEIR_OK)
		s = pass(runner, "checkpoint_after_completed_before_commit");
	return s == WEIR_OK ? commit(runner, record) : s;
}

static void report(struct sink_runner *runner, const struct checkpoint_record *record)
{
	int64_t ms = (clock_monotonic_us() - runner->draft->started_us) / 1000, bytes = 0, n_changed = 0;
	for (uint32_t task = 0; task < runner->draft->n_tasks; task++)
		for (uint32_t i = 0; i < runner->draft->deltas[task].n_chunks; i++) {
			bytes += runner->draft->deltas[task].chunks[i].bytes;
			n_changed += runner->draft->deltas[task].chunks[i].n_entries;
		}
	metric_set(runner->last_checkpoint, (int64_t)record->id);
	metric_set(runner->last_duration, ms);
	metric_set(runner->last_bytes, bytes);
	metric_add(runner->n_checkpoints, 1);
	log_debug("checkpoint", "checkpoint %" PRIu64 ": %" PRId64 " ms, %" PRId64 " changed keys, %" PRId64 " bytes of state",
		  record->id, ms, n_changed, bytes);
}

weir_status sink_runner_finish_checkpoint(struct sink_runner *runner)
{
	struct checkpoint_record *record = runner->draft->record;
	runner->next_checkpoint = record->id;
	weir_status s = begin_if_needed(runner);
	if (s == WEIR_OK)
		s = prepare(runner, record);
	if (s == WEIR_OK && failpoint("rule_pending_before_commit"))
		s = commit(runner, record);
	log_debug("checkpoint", "%llu prepared", (unsigned long long)record->id);
	if (s == WEIR_OK)
		s = pass(runner, "checkpoint_before_pending");
	if (s == WEIR_OK)
		s = store_pending(runner, record);
	log_debug("checkpoint", "%llu stored", (unsigned long long)record->id);
	if (s == WEIR_OK)
		s = pass(runner, "checkpoint_after_pending");
	if (s == WEIR_OK)
		s = decide(runner, record);
	if (s == WEIR_OK)
		s = pass(runner, "checkpoint_after_completed");
	if (s != WEIR_OK)
		return s;
	report(runner, record);
	runner->next_checkpoint = record->id + 1;
	runner->has_begun = false;
	runner->on_completed(runner->user, record->id);
	atomic_store_explicit(&runner->completed, record->id + 1, memory_order_release);
	wakeup_signal(runner->coordinator);
	return WEIR_OK;
}

/* ---- inputs ---- */

static size_t bytes_of(const void *item)
{
	return ((const struct batch *)item)->bytes;
}

static bool has_all(const struct sink_runner *runner, bool (*test)(const struct sink_input *))
{
	for (uint32_t i = 0; i < runner->n_inputs; i++)
		if (!test(&runner->inputs[i]))
			return false;
	return true;
}

static bool is_aligned(const struct sink_input *input)
{
	return input->is_aligned;
}

static bool has_ended(const struct sink_input *input)
{
	return input->has_ended;
}

static bool is_held_back(const struct sink_input *input)
{
	return input->is_aligned && !failpoint("rule_sink_aligns_barriers");
}

/* The next item of the inputs in turn. One whose barrier has arrived is not read until it has arrived
 * everywhere. NULL: nothing to read now. */
static struct batch *take(struct sink_runner *runner, struct sink_input **ret_input)
{
	for (uint32_t i = 0; i < runner->n_inputs; i++) {
		struct sink_input *input = &runner->inputs[(runner->next_input + i) % runner->n_inputs];
		if (is_held_back(input) || input->has_ended)
			continue;
		struct batch *batch = batch_queue_take(&input->queue, bytes_of);
		if (batch != NULL) {
			runner->next_input = (runner->next_input + i + 1) % runner->n_inputs;
			*ret_input = input;
			return batch;
		}
	}
	return NULL;
}

static bool has_something(struct sink_runner *runner)
{
	for (uint32_t i = 0; i < runner->n_inputs; i++) {
		struct sink_input *input = &runner->inputs[i];
		if (!is_held_back(input) && !input->has_ended && !batch_queue_is_empty(&input->queue))
			return true;
	}
	return false;
}

static struct batch *next_item(struct sink_runner *runner, struct sink_input **ret_input)
{
	while (!atomic_load(&runner->failure->cancelled)) {
		struct batch *batch = take(runner, ret_input);
		if (batch != NULL)
			return batch;
		uint32_t seen = wakeup_prepare(&runner->has_items);
		if (!has_something(runner) && !atomic_load(&runner->failure->cancelled))
			wakeup_wait(&runner->has_items, seen, 1000);
		else
			wakeup_cancel(&runner->has_items);
	}
	return NULL;
}

static weir_status align(struct sink_runner *runner, struct sink_input *input)
{
	input->is_aligned = true;
	if (!has_all(runner, is_aligned))
		return WEIR_OK;
	for (uint32_t i = 0; i < runner->n_inputs; i++)
		runner->inputs[i].is_aligned = false;
	return sink_runner_finish_checkpoint(runner);
}

static weir_status handle(struct sink_runner *runner, struct sink_input *input, const struct batch *batch)
{
	switch (batch->kind) {
	case BATCH_RECORDS_KIND:
		return write_batch(runner, batch);
	case BATCH_BARRIER:
		return align(runner, input);
	case BATCH_END:
		break;
	}
	input->has_ended = true;
	return has_all(runner, has_ended) ? WEIR_END : WEIR_OK;
}

static void *run(void *argument)
{
	struct sink_runner *runner = argument;
	struct sink_input *input = NULL;
	weir_status s = WEIR_OK;
	for (struct batch *batch; s == WEIR_OK && (batch = next_item(runner, &input)) != NULL;) {
		s = handle(runner, input, batch);
		batch_unref(batch);
	}
	return NULL;
}

int sink_runner_start(struct sink_runner *runner)
{
	if (stage_thread_start(&runner->thread, run, runner) != 0)
		return -1;
	runner->has_thread = true;
	return 0;
}

bool sink_runner_join(struct sink_runner *runner, int64_t deadline_ms)
{
	wakeup_signal(&runner->has_items);
	if (runner->has_thread && !stage_thread_join(runner->thread, deadline_ms))
		return false;
	runner->has_thread = false;
	return true;
}

static void release_batch(void *item)
{
	batch_unref(item);
}

void sink_runner_empty(struct sink_runner *runner)
{
	for (uint32_t i = 0; i < runner->n_inputs; i++)
		batch_queue_done(&runner->inputs[i].queue, release_batch);
}

void sink_runner_done(struct sink_runner *runner)
{
	sink_runner_empty(runner);
	free(runner->inputs);
	checkpoint_manifest_done(&runner->manifest);
	plugin_instance_close(&runner->sink);
}
