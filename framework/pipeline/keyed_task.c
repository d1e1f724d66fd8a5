/* The event-time rules are Flink's (EventTimeTrigger, WindowOperator): a window fires when the watermark
 * reaches its last millisecond; a record that comes later but within the allowed lateness fires it again
 * for its key; when the watermark reaches last millisecond + lateness, the window is dropped, and a record
 * for it is late from then on. */
#include "pipeline/keyed_task.h"

#include <stdlib.h>

#define ENTRIES_A_CALL 512

static int64_t window_start_of(int64_t event_time_ms, int64_t window_ms)
{
	int64_t rest = event_time_ms % window_ms;
	return event_time_ms - (rest < 0 ? rest + window_ms : rest);
}

static int64_t last_ms_of(const struct keyed_task *task, int64_t window_start_ms)
{
	return window_start_ms + task->options->window - 1;
}

static bool has_ended(const struct keyed_task *task, int64_t window_start_ms)
{
	return last_ms_of(task, window_start_ms) <= task->watermark_ms;
}

static bool is_late(const struct keyed_task *task, int64_t window_start_ms)
{
	return last_ms_of(task, window_start_ms) + task->options->allowed_lateness <= task->watermark_ms;
}

static weir_status no_memory(struct keyed_task *task)
{
	return failure_no_memory(task->transform.ctx.failure, plugin_component(&task->transform));
}

static weir_status fire_entries(struct keyed_task *task, int64_t window_start_ms,
				const struct weir_entry *entries, uint32_t n)
{
	struct plugin_instance *transform = &task->transform;
	struct weir_window window = {window_start_ms, window_start_ms + task->options->window};
	struct weir_out out = {.partition = WEIR_NO_PARTITION};
	plugin_enter(transform, "fire");
	weir_status s = plugin_leave(transform, transform->plugin->windowed->fire(transform->self, &window, entries, n, &out));
	for (struct batch *batch; s == WEIR_OK && (batch = weir_out_take(&out)) != NULL;) {
		metric_add(task->results, batch->view.n_records);
		s = transform_chain_push(&task->chain, batch);
	}
	weir_out_done(&out);
	return s;
}

static weir_status fire_window(struct keyed_task *task, const struct state_window *window)
{
	struct state_entry read[ENTRIES_A_CALL];
	struct weir_entry entries[ENTRIES_A_CALL];
	uint64_t cursor = 0;
	weir_status s = WEIR_OK;
	for (uint32_t n; s == WEIR_OK && (n = state_window_read(window, &cursor, read, ENTRIES_A_CALL)) > 0;) {
		for (uint32_t i = 0; i < n; i++)
			entries[i] = (struct weir_entry){{read[i].key, read[i].key_len}, read[i].value};
		s = fire_entries(task, state_window_start(window), entries, n);
	}
	return s;
}

/* ---- records ---- */

static weir_status update(struct keyed_task *task, const struct weir_fold *folds, uint32_t n)
{
	plugin_enter(&task->transform, "update");
	return plugin_leave(&task->transform,
			    task->transform.plugin->windowed->update(task->transform.self, folds, n));
}

/* The window has been reported already: each record corrects the result of its key. */
static weir_status correct(struct keyed_task *task, int64_t start_ms, const struct state_key *keys,
			   const struct weir_fold *folds, uint32_t n)
{
	weir_status s = WEIR_OK;
	for (uint32_t i = 0; s == WEIR_OK && i < n; i++) {
		struct weir_entry entry = {{keys[i].data, keys[i].len}, folds[i].value};
		s = update(task, &folds[i], 1);
		if (s == WEIR_OK)
			s = fire_entries(task, start_ms, &entry, 1);
	}
	return s;
}

static weir_status set_late_aside(struct keyed_task *task, const struct weir_fold *folds, uint32_t n)
{
	metric_add(task->late, n);
	if (task->options->late != LATE_DEAD_LETTER)
		return WEIR_OK;
	weir_status s = WEIR_OK;
	for (uint32_t i = 0; s == WEIR_OK && i < n; i++)
		s = plugin_dead_letter(&task->transform, folds[i].record, "late: its window is closed");
	return s == WEIR_OK ? transform_chain_dead_letters(&task->chain, &task->transform) : s;
}

static struct state_window *window_at(struct keyed_task *task, int64_t start_ms)
{
	if (task->window == NULL || task->window_start_ms != start_ms) {
		task->window = state_table_get(task->state, start_ms);
		task->window_start_ms = start_ms;
	}
	return task->window;
}

static weir_status process_run(struct keyed_task *task, int64_t start_ms, const struct state_key *keys,
			       struct weir_fold *folds, uint32_t n)
{
	if (is_late(task, start_ms))
		return set_late_aside(task, folds, n);
	struct state_window *window = window_at(task, start_ms);
	if (window == NULL || state_window_upsert(window, keys, n, task->values) != 0)
		return no_memory(task);
	for (uint32_t i = 0; i < n; i++)
		folds[i].value = task->values[i];
	if (task->options->emit == EMIT_UPDATES && has_ended(task, start_ms))
		return correct(task, start_ms, keys, folds, n);
	return update(task, folds, n);
}

static weir_status make_room(struct keyed_task *task, uint32_t n)
{
	if (n <= task->n_values)
		return WEIR_OK;
	void **values = realloc(task->values, n * sizeof(*values));
	if (values == NULL)
		return no_memory(task);
	task->values = values;
	task->n_values = n;
	return WEIR_OK;
}

weir_status keyed_task_process(struct keyed_task *task, const struct state_key *keys, struct weir_fold *folds, uint32_t n)
{
	weir_status s = make_room(task, n);
	for (uint32_t first = 0, end; s == WEIR_OK && first < n; first = end) {
		int64_t start_ms = window_start_of(folds[first].event_time_ms, task->options->window);
		for (end = first + 1; end < n; end++)
			if ((uint64_t)(folds[end].event_time_ms - start_ms) >= (uint64_t)task->options->window)
				break;
		s = process_run(task, start_ms, keys + first, folds + first, end - first);
	}
	return s;
}

/* ---- watermarks ---- */

weir_status keyed_task_watermark(struct keyed_task *task, int64_t watermark_ms)
{
	if (watermark_ms <= task->watermark_ms)
		return WEIR_OK;
	int64_t before_ms = task->watermark_ms;
	task->watermark_ms = watermark_ms;
	weir_status s = WEIR_OK;
	for (struct state_window *window = state_table_first(task->state), *next; s == WEIR_OK && window != NULL; window = next) {
		next = state_window_next(window);
		int64_t start_ms = state_window_start(window);
		if (!has_ended(task, start_ms))
			break;
		bool is_new = last_ms_of(task, start_ms) > before_ms;
		bool is_closed = is_late(task, start_ms);
		if (task->options->emit == EMIT_UPDATES ? is_new : is_closed)
			s = fire_window(task, window);
		if (s == WEIR_OK && is_closed) {
			if (window == task->window)
				task->window = NULL;
			state_table_drop(task->state, window);
		}
	}
	return s;
}

/* ---- barriers ---- */

static weir_status send_marker(struct keyed_task *task, enum batch_kind kind, uint64_t checkpoint)
{
	struct batch *marker = batch_new_marker(kind, checkpoint);
	return marker != NULL ? sink_queue_put(task->chain.sink, marker) : no_memory(task);
}

/* The gauge is the sum over all tasks: each adds what has changed with it. */
static void report(struct weir_metric *gauge, int64_t *reported, int64_t value)
{
	metric_add(gauge, value - *reported);
	*reported = value;
}

weir_status keyed_task_barrier(struct keyed_task *task, uint64_t checkpoint)
{
	if (state_table_snapshot(task->state, checkpoint, task->number, &task->draft->deltas[task->number]) != 0)
		return no_memory(task);
	report(task->keys, &task->reported_keys, (int64_t)state_table_n_keys(task->state));
	report(task->state_bytes, &task->reported_bytes, (int64_t)state_table_bytes(task->state));
	return send_marker(task, BATCH_BARRIER, checkpoint);
}

weir_status keyed_task_end(struct keyed_task *task)
{
	return send_marker(task, BATCH_END, 0);
}

void keyed_task_done(struct keyed_task *task)
{
	plugin_instance_close(&task->transform);
	for (uint32_t i = 0; i < task->chain.n_transforms; i++)
		plugin_instance_close(&task->chain.transforms[i]);
	free(task->chain.transforms);
	state_table_free(task->state);
	free(task->values);
}
