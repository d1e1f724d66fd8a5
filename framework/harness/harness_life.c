/* Open, close, restore; barriers and what comes of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "harness/harness_internal.h"
#include "observe/metric_table.h"
#include "state/state_chunks.h"

#define MOST_HANDLE_BYTES (1u << 20)

static const struct weir_sink_ops *sink_ops(const struct weir_harness *h)
{
	return h->plugin.descriptor->sink;
}

weir_status harness_ready(struct weir_harness *h, const char *call, bool suits)
{
	if (h->failure.status != WEIR_OK)
		return h->failure.status;
	if (!h->is_open)
		return failure_set(&h->failure, WEIR_FATAL, "harness", "weir_harness_%s(): the plugin is not open", call);
	if (!suits)
		return failure_set(&h->failure, WEIR_FATAL, "harness", "weir_harness_%s(): this means nothing to a %s%s", call,
				   harness_is(h, PLUGIN_WINDOWED) ? "windowed " : "", plugin_kind_name(h->plugin.kind));
	return WEIR_OK;
}

const char *weir_harness_failure(const struct weir_harness *h)
{
	return h->failure.status != WEIR_OK ? h->failure.text : "";
}

const char *harness_inside(const struct weir_harness *h)
{
	const struct plugin_instance *instances[] = {&h->instance, &h->task.transform, h->exchange != NULL ? &h->exchange->assigner : NULL};
	for (size_t i = 0; i < sizeof(instances) / sizeof(instances[0]); i++)
		if (instances[i] != NULL && instances[i]->call.callback != NULL)
			return instances[i]->call.callback;
	return NULL;
}

/* ---- instances ---- */

static void forget_failure(struct weir_harness *h)
{
	failure_done(&h->failure);
	failure_init(&h->failure, &h->wake);
}

void weir_harness_close(struct weir_harness *h)
{
	harness_take_dead_letters(h);
	plugin_instance_close(&h->instance);
	if (h->exchange != NULL) {
		plugin_instance_close(&h->exchange->assigner);
		keyed_task_done(&h->task);
		h->task = (struct keyed_task){0};
		free(h->exchange);
		h->exchange = NULL;
	}
	h->is_open = h->has_begun = false;
	forget_failure(h);
}

static weir_status no_memory(struct weir_harness *h)
{
	return failure_no_memory(&h->failure, h->component.path);
}

/* ---- windowed ---- */

static weir_status restore_chunk(struct weir_harness *h, const struct state_chunk *chunk)
{
	struct state_chunk_reader reader;
	struct error error = ERROR_INIT;
	struct state_key key;
	const uint8_t *value;
	if (state_chunk_open(&reader, chunk->data, chunk->bytes, &error) < 0)
		return failure_set(&h->failure, WEIR_FATAL, "harness", "%s", error.text);
	while (state_chunk_next(&reader, &key.data, &key.len, &value) == 1) {
		key.hash = state_key_hash(key.data, key.len);
		struct state_window *window = state_table_get(h->task.state, reader.window_start_ms);
		if (window == NULL || state_window_restore(window, &key, 1, (const void *const[]){value}) < 0)
			return no_memory(h);
	}
	return WEIR_OK;
}

static weir_status open_windowed(struct weir_harness *h)
{
	h->exchange = calloc(1, sizeof(*h->exchange));
	h->task = (struct keyed_task){
		.options = &h->component.window,
		.watermark_ms = h->partitions.watermarks.current_ms,
		.chain = h->chain,
		.state = state_table_new(h->plugin.descriptor->windowed->value_size),
		.late = metrics_register_of(h->metrics, h->component.path, METRIC_RECORDS_LATE),
		.results = metrics_register_of(h->metrics, h->component.path, METRIC_RESULTS),
	};
	if (h->exchange == NULL || h->task.state == NULL) {
		state_table_free(h->task.state);
		h->task.state = NULL;
		return no_memory(h);
	}
	h->exchange->partitions = &h->partitions;
	h->exchange->chain = &h->chain;
	h->exchange->tasks = &h->task;
	h->exchange->n_tasks = 1;
	weir_status s = plugin_instance_open(&h->exchange->assigner, &h->component, &h->environment);
	if (s == WEIR_OK)
		s = plugin_instance_open(&h->task.transform, &h->component, &h->environment);
	for (uint32_t i = 0; s == WEIR_OK && h->restored != NULL && i < h->restored->state.n_chunks; i++)
		s = restore_chunk(h, &h->restored->state.chunks[i]);
	return s;
}

/* ---- sources ---- */

static weir_status survey(struct weir_harness *h, const struct weir_position *positions, uint32_t n)
{
	const struct weir_source_ops *ops = h->plugin.descriptor->source;
	const struct weir_survey *found = NULL;
	uint32_t n_found = 0;
	if (!WEIR_HAS(ops, survey) || ops->survey == NULL)
		return WEIR_OK;
	plugin_enter(&h->instance, "survey");
	weir_status s = plugin_leave(&h->instance, ops->survey(h->instance.self, positions, n, &found, &n_found));
	for (uint32_t i = 0; s == WEIR_OK && i < n_found; i++)
		if (found[i].fit != WEIR_FITS)
			s = failure_set(&h->failure, WEIR_REFUSED, "source", "the position of %s, partition %d, does not fit: %s",
					found[i].stream, (int)found[i].partition, found[i].why != NULL ? found[i].why : "no reason given");
	return s;
}

static weir_status open_source(struct weir_harness *h)
{
	struct weir_position *positions = h->restored != NULL ? plugin_positions(h->restored->record) : NULL;
	uint32_t n = h->restored != NULL ? h->restored->record->n_positions : 0;
	if (h->restored != NULL && positions == NULL)
		return no_memory(h);
	weir_status s = plugin_instance_open(&h->instance, &h->component, &h->environment);
	if (s == WEIR_OK)
		s = survey(h, positions, n);
	if (s == WEIR_OK) {
		plugin_enter(&h->instance, "start");
		s = plugin_leave(&h->instance, h->plugin.descriptor->source->start(h->instance.self, positions, n));
	}
	free(positions);
	return s;
}

/* ---- sinks ---- */

weir_status harness_sink_begin(struct weir_harness *h)
{
	if (h->has_begun)
		return WEIR_OK;
	plugin_enter(&h->instance, "begin");
	weir_status s = plugin_leave_or_retry(&h->instance, sink_ops(h)->begin(h->instance.self, h->next_id));
	h->has_begun = s == WEIR_OK;
	return s;
}

static weir_status settle(struct weir_harness *h, bool commits, uint64_t id, struct weir_slice handle)
{
	plugin_enter(&h->instance, commits ? "commit" : "abort");
	return plugin_leave_or_retry(&h->instance, commits ? sink_ops(h)->commit(h->instance.self, id, handle)
							   : sink_ops(h)->abort(h->instance.self, id, handle));
}

static void forget_prepared(struct weir_harness *h, uint32_t index)
{
	free(h->prepared[index].handle);
	h->prepared[index] = h->prepared[--h->n_prepared];
}

static bool is_prepared(const struct weir_harness *h, uint64_t id, uint32_t *ret_index)
{
	for (uint32_t i = 0; i < h->n_prepared; i++)
		if (h->prepared[i].id == id) {
			*ret_index = i;
			return true;
		}
	return false;
}

/* What was decided with an earlier checkpoint is settled with it; what came later is undone. */
static weir_status settle_prepared(struct weir_harness *h)
{
	weir_status s = WEIR_OK;
	while (s == WEIR_OK && h->n_prepared > 0) {
		const struct harness_prepared *last = &h->prepared[h->n_prepared - 1];
		bool commits = h->restored != NULL && last->id <= h->restored->record->id;
		s = settle(h, commits, last->id, (struct weir_slice){last->handle, last->bytes});
		if (s == WEIR_OK)
			forget_prepared(h, h->n_prepared - 1);
	}
	return s;
}

static weir_status ask(struct weir_harness *h, const char *callback, weir_status (*question)(void *, struct weir_verdict *))
{
	struct weir_verdict verdict = {.size = sizeof(verdict)};
	plugin_enter(&h->instance, callback);
	weir_status s = plugin_leave(&h->instance, question(h->instance.self, &verdict));
	h->verdict = s == WEIR_OK && verdict.found ? (int64_t)verdict.checkpoint : -1;
	return s;
}

static weir_status ask_last_resource(struct weir_harness *h)
{
	weir_status s = ask(h, "peek", sink_ops(h)->peek);
	if (s == WEIR_OK)
		s = ask(h, "take_over", sink_ops(h)->take_over);
	int64_t expected = h->restored != NULL ? (int64_t)h->restored->record->id : -1;
	if (s == WEIR_OK && h->verdict != expected)
		s = failure_set(&h->failure, WEIR_REFUSED, "sink",
				"it shows checkpoint %lld as committed, but is to go on from %lld (-1 = none)",
				(long long)h->verdict, (long long)expected);
	return s;
}

static weir_status open_sink(struct weir_harness *h)
{
	weir_status s = plugin_instance_open(&h->instance, &h->component, &h->environment);
	bool decides = sink_ops(h)->delivery == WEIR_LAST_RESOURCE;
	if (s == WEIR_OK && decides)
		s = ask_last_resource(h);
	if (s == WEIR_OK && !decides && h->restored != NULL && h->restored->record->n_handles > 0)
		s = settle(h, true, h->restored->record->id, weir_snapshot_handle(h->restored));
	if (s == WEIR_OK)
		s = settle_prepared(h);
	if (s == WEIR_OK && sink_ops(h)->resume != NULL) {
		plugin_enter(&h->instance, "resume");
		s = plugin_leave(&h->instance, sink_ops(h)->resume(h->instance.self,
								   h->restored != NULL ? h->restored->record->id : 0));
	}
	return s;
}

/* ---- open and restore ---- */

static weir_status refuse_options(struct weir_harness *h)
{
	const char *why = weir_harness_complaint(h, 0);
	return failure_set(&h->failure, WEIR_FATAL, "options", "%s", why != NULL ? why : "out of memory");
}

static void begin_partitions(struct weir_harness *h)
{
	source_partitions_done(&h->partitions);
	source_partitions_init(&h->partitions, h->component.window.max_out_of_orderness, h->component.window.idle_timeout);
	source_partitions_restore(&h->partitions, h->restored != NULL ? h->restored->record : NULL);
	for (uint32_t i = 0; h->restored != NULL && i < h->restored->record->n_positions; i++) {
		const struct checkpoint_position *position = &h->restored->record->positions[i];
		if (!harness_is(h, PLUGIN_SOURCE))
			weir_harness_partition(h, position->stream, position->partition);
	}
}

static weir_status open_kind(struct weir_harness *h)
{
	switch (h->plugin.kind) {
	case PLUGIN_SOURCE:
		return open_source(h);
	case PLUGIN_WINDOWED:
		return open_windowed(h);
	case PLUGIN_SINK:
		return open_sink(h);
	case PLUGIN_TRANSFORM:
		break;
	}
	return plugin_instance_open(&h->instance, &h->component, &h->environment);
}

weir_status weir_harness_restore(struct weir_harness *h, const struct weir_snapshot *snapshot)
{
	weir_harness_close(h);
	if (weir_harness_check(h) != WEIR_OK)
		return refuse_options(h);
	h->restored = snapshot;
	h->next_id = snapshot != NULL ? snapshot->record->id + 1 : 0;
	uuid_make(h->instance_uuid);
	begin_partitions(h);
	h->chain = (struct transform_chain){.transforms = &h->instance, .n_transforms = 1, .deliver = harness_deliver,
					    .target = h, .sink = &h->letters};
	if (harness_is(h, PLUGIN_WINDOWED))
		h->chain.transforms = NULL, h->chain.n_transforms = 0;
	h->is_open = true;
	weir_status s = open_kind(h);
	h->restored = NULL;
	h->partitions.restored = NULL;
	return s == WEIR_RETRY ? failure_set(&h->failure, WEIR_ABORT, h->component.path, "asks for a retry at the start") : s;
}

weir_status weir_harness_open(struct weir_harness *h)
{
	return weir_harness_restore(h, NULL);
}

/* ---- barriers ---- */

/* What was fed, as a source would name it. */
static weir_status add_positions(struct weir_harness *h, struct checkpoint_record *record)
{
	for (uint32_t i = 0; i < h->partitions.n; i++) {
		struct source_partition *partition = &h->partitions.list[i];
		struct checkpoint_position position = {
			.stream = partition->stream,
			.partition = partition->number,
			.offset = partition->next_offset,
			.stop = -1,
			.max_event_time_ms = h->partitions.watermarks.partitions[i].max_event_time_ms,
		};
		if (checkpoint_record_add_position(record, &position) != 0)
			return no_memory(h);
	}
	return WEIR_OK;
}

static weir_status snapshot_source(struct weir_harness *h, struct checkpoint_record *record)
{
	struct weir_positions positions = {record, &h->failure, &h->partitions};
	plugin_enter(&h->instance, "snapshot");
	return plugin_leave(&h->instance, h->plugin.descriptor->source->snapshot(h->instance.self, &positions));
}

static weir_status snapshot_state(struct weir_harness *h, struct weir_snapshot *snapshot)
{
	state_table_mark_all_changed(h->task.state);
	return state_table_snapshot(h->task.state, h->next_id, 0, &snapshot->state) == 0 ? WEIR_OK : no_memory(h);
}

int harness_add_prepared(struct weir_harness *h, uint64_t id, struct weir_slice handle)
{
	struct harness_prepared *prepared = realloc(h->prepared, (h->n_prepared + 1) * sizeof(*prepared));
	uint8_t *copy = malloc(handle.len + 1);
	if (prepared != NULL)
		h->prepared = prepared;
	if (prepared == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	if (handle.len > 0)
		memcpy(copy, handle.data, handle.len);
	h->prepared[h->n_prepared++] = (struct harness_prepared){id, copy, handle.len};
	return 0;
}

static weir_status keep_handle(struct weir_harness *h, struct checkpoint_record *record, struct weir_slice handle)
{
	if (handle.len > MOST_HANDLE_BYTES || (handle.len > 0 && handle.data == NULL))
		return failure_set(&h->failure, WEIR_FATAL, "sink", "prepare() gave a handle of %zu bytes%s; at most 1 MiB is allowed",
				   handle.len, handle.data == NULL ? " without data" : "");
	if (harness_add_prepared(h, h->next_id, handle) != 0 ||
	    checkpoint_record_add_handle(record, "sink", handle.data, (uint32_t)handle.len) != 0)
		return no_memory(h);
	return WEIR_OK;
}

static weir_status prepare_sink(struct weir_harness *h, struct checkpoint_record *record)
{
	weir_status s = harness_sink_begin(h);
	struct weir_position *positions = s == WEIR_OK ? plugin_positions(record) : NULL;
	if (s != WEIR_OK || positions == NULL)
		return s != WEIR_OK ? s : no_memory(h);
	struct weir_checkpoint checkpoint = {
		.size = sizeof(checkpoint),
		.n_positions = record->n_positions,
		.id = record->id,
		.positions = positions,
		.source_system = "harness",
		.watermark_ms = record->watermark_ms,
	};
	struct weir_slice handle = {NULL, 0};
	plugin_enter(&h->instance, "prepare");
	s = plugin_leave_or_retry(&h->instance, sink_ops(h)->prepare(h->instance.self, &checkpoint, &handle));
	free(positions);
	return s == WEIR_OK ? keep_handle(h, record, handle) : s;
}

static weir_status fill(struct weir_harness *h, struct weir_snapshot *snapshot)
{
	struct checkpoint_record *record = snapshot->record;
	record->id = h->next_id;
	record->watermark_ms = h->partitions.watermarks.current_ms;
	if (harness_is(h, PLUGIN_SOURCE))
		return snapshot_source(h, record);
	weir_status s = add_positions(h, record);
	if (s == WEIR_OK && harness_is(h, PLUGIN_WINDOWED))
		s = snapshot_state(h, snapshot);
	if (s == WEIR_OK && harness_is(h, PLUGIN_SINK))
		s = prepare_sink(h, record);
	return s;
}

weir_status weir_harness_barrier(struct weir_harness *h, struct weir_snapshot **ret_snapshot)
{
	weir_status s = harness_ready(h, "barrier", true);
	if (s != WEIR_OK)
		return s;
	struct weir_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	if (snapshot == NULL || (snapshot->record = checkpoint_record_new()) == NULL) {
		free(snapshot);
		return no_memory(h);
	}
	s = fill(h, snapshot);
	if (s != WEIR_OK) {
		weir_snapshot_free(snapshot);
		return s;
	}
	h->next_id++;
	h->has_begun = false;
	*ret_snapshot = snapshot;
	return WEIR_OK;
}

static void tell_completed(struct weir_harness *h, uint64_t id)
{
	const struct weir_source_ops *ops = h->plugin.descriptor->source;
	if (ops->completed == NULL)
		return;
	plugin_enter(&h->instance, "completed");
	ops->completed(h->instance.self, id);
	plugin_leave(&h->instance, WEIR_OK);
}

static weir_status settle_snapshot(struct weir_harness *h, bool commits, const struct weir_snapshot *snapshot)
{
	uint32_t index;
	weir_status s = settle(h, commits, snapshot->record->id, weir_snapshot_handle(snapshot));
	if (s == WEIR_OK && is_prepared(h, snapshot->record->id, &index))
		forget_prepared(h, index);
	return s;
}

weir_status weir_harness_complete(struct weir_harness *h, const struct weir_snapshot *snapshot)
{
	weir_status s = harness_ready(h, "complete", true);
	if (s == WEIR_OK && harness_is(h, PLUGIN_SOURCE))
		tell_completed(h, snapshot->record->id);
	if (s == WEIR_OK && harness_is(h, PLUGIN_SINK))
		s = settle_snapshot(h, true, snapshot);
	return s;
}

weir_status weir_harness_abort(struct weir_harness *h, const struct weir_snapshot *snapshot)
{
	weir_status s = harness_ready(h, "abort", harness_is(h, PLUGIN_SINK));
	return s == WEIR_OK ? settle_snapshot(h, false, snapshot) : s;
}

/* ---- snapshots ---- */

void weir_snapshot_free(struct weir_snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	checkpoint_record_free(snapshot->record);
	state_delta_done(&snapshot->state);
	free(snapshot);
}

uint64_t weir_snapshot_id(const struct weir_snapshot *snapshot)
{
	return snapshot->record->id;
}

uint32_t weir_snapshot_n_positions(const struct weir_snapshot *snapshot)
{
	return snapshot->record->n_positions;
}

struct weir_position weir_snapshot_position(const struct weir_snapshot *snapshot, uint32_t index)
{
	if (index >= snapshot->record->n_positions)
		return (struct weir_position){0};
	const struct checkpoint_position *from = &snapshot->record->positions[index];
	return (struct weir_position){from->stream, from->partition, from->offset, from->stop, from->note};
}

struct weir_slice weir_snapshot_handle(const struct weir_snapshot *snapshot)
{
	if (snapshot->record->n_handles == 0)
		return (struct weir_slice){NULL, 0};
	return (struct weir_slice){snapshot->record->handles[0].data, snapshot->record->handles[0].bytes};
}

int64_t weir_snapshot_watermark(const struct weir_snapshot *snapshot)
{
	return snapshot->record->watermark_ms;
}
