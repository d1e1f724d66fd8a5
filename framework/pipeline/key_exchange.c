#include "pipeline/key_exchange.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/stage_thread.h"

#define MOST_EVENT_TIME_MS INT64_C(9000000000000000) /* sums with durations cannot overflow */

static weir_status no_memory(struct key_exchange *exchange)
{
	return failure_no_memory(exchange->assigner.ctx.failure, plugin_component(&exchange->assigner));
}

/* ---- to one task ---- */

static size_t bytes_of(const void *item)
{
	return ((const struct keyed_batch *)item)->bytes;
}

static void keyed_batch_free(void *item)
{
	struct keyed_batch *batch = item;
	batch_unref(batch->origin);
	free(batch);
}

static struct keyed_batch *keyed_batch_new(enum keyed_kind kind, uint32_t n)
{
	struct keyed_batch *batch =
		malloc(sizeof(*batch) + n * (sizeof(batch->keys[0]) + sizeof(batch->folds[0])));
	if (batch == NULL)
		return NULL;
	*batch = (struct keyed_batch){.kind = kind, .n = n};
	batch->folds = (struct weir_fold *)(batch + 1);
	batch->keys = (struct state_key *)(batch->folds + n);
	return batch;
}

static weir_status put(struct key_exchange *exchange, uint32_t task, struct keyed_batch *take_batch)
{
	if (batch_queue_put(&exchange->inputs[task].queue, take_batch, take_batch->bytes))
		return WEIR_OK;
	keyed_batch_free(take_batch);
	return WEIR_END;
}

static weir_status put_to_all(struct key_exchange *exchange, const struct keyed_batch *what)
{
	weir_status s = WEIR_OK;
	for (uint32_t task = 0; s == WEIR_OK && task < exchange->n_tasks; task++) {
		struct keyed_batch *batch = keyed_batch_new(what->kind, 0);
		if (batch == NULL)
			return no_memory(exchange);
		batch->checkpoint = what->checkpoint;
		batch->watermark_ms = what->watermark_ms;
		s = put(exchange, task, batch);
	}
	return s;
}

static weir_status handle(struct keyed_task *task, struct keyed_batch *batch)
{
	switch (batch->kind) {
	case KEYED_RECORDS:
		return keyed_task_process(task, batch->keys, batch->folds, batch->n);
	case KEYED_WATERMARK:
		return keyed_task_watermark(task, batch->watermark_ms);
	case KEYED_BARRIER:
		return keyed_task_barrier(task, batch->checkpoint);
	case KEYED_END:
		break;
	}
	weir_status s = keyed_task_end(task);
	return s == WEIR_OK ? WEIR_END : s;
}

static struct keyed_batch *next_batch(struct key_exchange_input *input)
{
	while (!atomic_load(input->queue.cancelled)) {
		struct keyed_batch *batch = batch_queue_take(&input->queue, bytes_of);
		if (batch != NULL)
			return batch;
		uint32_t seen = wakeup_prepare(&input->has_items);
		if (batch_queue_is_empty(&input->queue) && !atomic_load(input->queue.cancelled))
			wakeup_wait(&input->has_items, seen, 1000);
		else
			wakeup_cancel(&input->has_items);
	}
	return NULL;
}

struct task_thread {
	struct keyed_task *task;
	struct key_exchange_input *input;
};

static void *run_task(void *argument)
{
	struct task_thread thread = *(struct task_thread *)argument;
	free(argument);
	weir_status s = WEIR_OK;
	for (struct keyed_batch *batch; s == WEIR_OK && (batch = next_batch(thread.input)) != NULL;) {
		s = handle(thread.task, batch);
		keyed_batch_free(batch);
	}
	return NULL;
}

static int start_task(struct key_exchange *exchange, uint32_t number)
{
	struct task_thread *thread = malloc(sizeof(*thread));
	if (thread == NULL)
		return -1;
	*thread = (struct task_thread){&exchange->tasks[number], &exchange->inputs[number]};
	if (stage_thread_start(&exchange->inputs[number].thread, run_task, thread) != 0) {
		free(thread);
		return -1;
	}
	exchange->inputs[number].has_thread = true;
	return 0;
}

int key_exchange_start(struct key_exchange *exchange)
{
	for (uint32_t task = 0; exchange->inputs != NULL && task < exchange->n_tasks; task++)
		if (start_task(exchange, task) != 0)
			return -1;
	return 0;
}

bool key_exchange_join(struct key_exchange *exchange, int64_t deadline_ms)
{
	for (uint32_t task = 0; exchange->inputs != NULL && task < exchange->n_tasks; task++) {
		struct key_exchange_input *input = &exchange->inputs[task];
		wakeup_signal(&input->has_items);
		if (input->has_thread && !stage_thread_join(input->thread, deadline_ms))
			return false;
		input->has_thread = false;
	}
	return true;
}

void key_exchange_empty(struct key_exchange *exchange)
{
	for (uint32_t task = 0; exchange->inputs != NULL && task < exchange->n_tasks; task++)
		batch_queue_done(&exchange->inputs[task].queue, keyed_batch_free);
}

void key_exchange_done(struct key_exchange *exchange)
{
	key_exchange_empty(exchange);
	plugin_instance_close(&exchange->assigner);
	for (uint32_t task = 0; task < exchange->n_tasks; task++)
		keyed_task_done(&exchange->tasks[task]);
	free(exchange->inputs);
	free(exchange->tasks);
	free(exchange);
}

/* ---- from the source ---- */

static weir_status assign(struct key_exchange *exchange, struct batch *batch)
{
	struct plugin_instance *assigner = &exchange->assigner;
	memset(exchange->assignments, 0, batch->view.n_records * sizeof(exchange->assignments[0]));
	/* Keys go into the memory of the batch itself: they live as long as the records. */
	struct weir_out keys = {.memory = batch->memory};
	plugin_enter(assigner, "assign");
	weir_status s = plugin_leave(assigner, assigner->plugin->windowed->assign(
		assigner->self, &batch->view, &keys, exchange->assignments));
	return s == WEIR_OK ? transform_chain_dead_letters(exchange->chain, assigner) : s;
}

static weir_status check_assignment(struct key_exchange *exchange, const struct weir_assignment *assignment)
{
	if (assignment->key.len > UINT16_MAX)
		return failure_set(exchange->assigner.ctx.failure, WEIR_FATAL, plugin_component(&exchange->assigner),
				   "assign() gave a key of %zu bytes; at most 65535 are allowed", assignment->key.len);
	if (assignment->event_time_ms > MOST_EVENT_TIME_MS || assignment->event_time_ms < -MOST_EVENT_TIME_MS)
		return failure_set(exchange->assigner.ctx.failure, WEIR_FATAL, plugin_component(&exchange->assigner),
				   "assign() gave the event time %lld ms, which is out of range",
				   (long long)assignment->event_time_ms);
	return WEIR_OK;
}

/* Notes the greatest event time of each run of records from one partition. */
static void observe(struct key_exchange *exchange, const struct batch *batch)
{
	uint32_t n = batch->view.n_records;
	for (uint32_t i = 0; i < n;) {
		uint32_t partition = batch->records[i].partition;
		int64_t most = INT64_MIN;
		for (; i < n && batch->records[i].partition == partition; i++)
			if (exchange->assignments[i].key.data != NULL && exchange->assignments[i].event_time_ms > most)
				most = exchange->assignments[i].event_time_ms;
		if (partition < exchange->partitions->watermarks.n_partitions)
			watermarks_observe(&exchange->partitions->watermarks, partition, most);
	}
}

/* Fills keys and folds with the records that have a key. Returns how many, or UINT32_MAX. */
static uint32_t compact(struct key_exchange *exchange, const struct batch *batch)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < batch->view.n_records; i++) {
		const struct weir_assignment *assignment = &exchange->assignments[i];
		if (assignment->key.data == NULL)
			continue;
		if (check_assignment(exchange, assignment) != WEIR_OK)
			return UINT32_MAX;
		exchange->keys[n] = (struct state_key){
			assignment->key.data, (uint32_t)assignment->key.len,
			state_key_hash(assignment->key.data, assignment->key.len)};
		exchange->folds[n] = (struct weir_fold){
			NULL, &batch->records[i], assignment->event_time_ms, assignment->carry};
		n++;
	}
	return n;
}

/* Shares the records out over the tasks' queues; the order for each key stays. */
static weir_status scatter(struct key_exchange *exchange, struct batch *batch, uint32_t n)
{
	uint32_t counts[STATE_KEY_GROUPS] = {0};
	for (uint32_t i = 0; i < n; i++) {
		exchange->task_of[i] = (uint8_t)state_task_of_key_group(
			state_key_group(exchange->keys[i].hash), exchange->n_tasks);
		counts[exchange->task_of[i]]++;
	}
	struct keyed_batch *parts[STATE_KEY_GROUPS] = {NULL};
	weir_status s = WEIR_OK;
	for (uint32_t task = 0; task < exchange->n_tasks && s == WEIR_OK; task++) {
		if (counts[task] == 0)
			continue;
		parts[task] = keyed_batch_new(KEYED_RECORDS, counts[task]);
		if (parts[task] == NULL) {
			s = no_memory(exchange);
			break;
		}
		parts[task]->origin = batch_ref(batch);
		parts[task]->bytes = batch_measure(batch) * counts[task] / n;
		parts[task]->n = 0;
	}
	for (uint32_t i = 0; s == WEIR_OK && i < n; i++) {
		struct keyed_batch *part = parts[exchange->task_of[i]];
		part->keys[part->n] = exchange->keys[i];
		part->folds[part->n++] = exchange->folds[i];
	}
	for (uint32_t task = 0; task < exchange->n_tasks; task++) {
		if (parts[task] == NULL)
			continue;
		if (s == WEIR_OK)
			s = put(exchange, task, parts[task]);
		else
			keyed_batch_free(parts[task]);
	}
	return s;
}

weir_status key_exchange_push(void *target, struct batch *take_batch)
{
	struct key_exchange *exchange = target;
	weir_status s = assign(exchange, take_batch);
	if (s == WEIR_OK) {
		observe(exchange, take_batch);
		uint32_t n = compact(exchange, take_batch);
		if (n == UINT32_MAX)
			s = WEIR_FATAL;
		else if (n > 0)
			s = exchange->inputs == NULL
				    ? keyed_task_process(&exchange->tasks[0], exchange->keys, exchange->folds, n)
				    : scatter(exchange, take_batch, n);
	}
	batch_unref(take_batch);
	return s;
}

weir_status key_exchange_watermark(struct key_exchange *exchange, int64_t watermark_ms)
{
	if (exchange->inputs == NULL)
		return keyed_task_watermark(&exchange->tasks[0], watermark_ms);
	return put_to_all(exchange, &(struct keyed_batch){.kind = KEYED_WATERMARK, .watermark_ms = watermark_ms});
}

weir_status key_exchange_barrier(struct key_exchange *exchange, uint64_t checkpoint)
{
	if (exchange->inputs == NULL)
		return keyed_task_barrier(&exchange->tasks[0], checkpoint);
	return put_to_all(exchange, &(struct keyed_batch){.kind = KEYED_BARRIER, .checkpoint = checkpoint});
}

weir_status key_exchange_end(struct key_exchange *exchange)
{
	if (exchange->inputs == NULL)
		return keyed_task_end(&exchange->tasks[0]);
	return put_to_all(exchange, &(struct keyed_batch){.kind = KEYED_END});
}
