/* From the description to runners, chains and queues. */
#define _GNU_SOURCE /* asprintf */
#include "pipeline/pipeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "observe/log.h"
#include "observe/metric_table.h"
#include "pipeline/state_restore.h"

#define SINK_SLOTS 64
#define SINK_BYTES (64u << 20)
#define TASK_SLOTS 16
#define TASK_BYTES (32u << 20)

static weir_status no_memory(struct pipeline *p)
{
	return failure_no_memory(&p->failure, "pipeline");
}

/* Index of the windowed transform; n_transforms where there is none. */
static uint32_t windowed_at(const struct pipeline_description *description)
{
	uint32_t i = 0;
	while (i < description->n_transforms && description->transforms[i].plugin->kind != PLUGIN_WINDOWED)
		i++;
	return i;
}

const struct component_description *pipeline_windowed(const struct pipeline_description *description)
{
	uint32_t at = windowed_at(description);
	return at < description->n_transforms ? &description->transforms[at] : NULL;
}

int pipeline_state_layout(const struct pipeline_description *description, char **ret_layout)
{
	*ret_layout = NULL;
	const struct component_description *windowed = pipeline_windowed(description);
	if (windowed == NULL)
		return 0;
	const struct weir_windowed_ops *ops = windowed->plugin->descriptor->windowed;
	return asprintf(ret_layout, "%s: table %s, version %u, %u bytes a value, window %lld ms",
			windowed->plugin->descriptor->name, ops->table, (unsigned)ops->state_version,
			(unsigned)ops->value_size, (long long)windowed->window.window) < 0 ? -1 : 0;
}

static weir_status open_chain(struct pipeline *p, struct transform_chain *chain, uint32_t first, uint32_t end)
{
	chain->transforms = calloc(end - first + 1, sizeof(*chain->transforms));
	if (chain->transforms == NULL)
		return no_memory(p);
	weir_status s = WEIR_OK;
	for (uint32_t i = first; s == WEIR_OK && i < end; i++) {
		chain->n_transforms++;
		s = plugin_instance_open(&chain->transforms[i - first], &p->description->transforms[i], &p->environment);
	}
	return s;
}

static struct weir_metric *fresh_gauge(struct pipeline *p, const char *component, enum own_metric which)
{
	struct weir_metric *gauge = metrics_register_of(p->metrics, component, which);
	metric_set(gauge, 0);
	return gauge;
}

/* ---- the sink ---- */

static void on_completed(void *user, uint64_t checkpoint)
{
	source_runner_completed(user, checkpoint);
}

static weir_status build_sink(struct pipeline *p)
{
	struct sink_runner *sink = &p->sink;
	bool has_keyed = pipeline_windowed(p->description) != NULL;
	uint32_t n_tasks = has_keyed ? p->description->parallelism : 0;
	uint32_t n_inputs = n_tasks > 1 ? n_tasks + 1 : 1;
	sink->inputs = calloc(n_inputs, sizeof(*sink->inputs));
	if (sink->inputs == NULL || checkpoint_draft_init(&p->draft, n_tasks) != 0)
		return no_memory(p);
	for (; sink->n_inputs < n_inputs; sink->n_inputs++)
		if (batch_queue_init(&sink->inputs[sink->n_inputs].queue, SINK_SLOTS, SINK_BYTES / n_inputs,
				     &sink->has_items, &p->failure.cancelled) != 0)
			return no_memory(p);
	sink->draft = &p->draft;
	sink->retain = p->description->checkpoint.retain;
	sink->next_checkpoint = p->next_checkpoint;
	sink->failure = &p->failure;
	sink->coordinator = p->wake;
	sink->on_completed = on_completed;
	sink->user = &p->source;
	sink->records_out = metrics_register_own(p->metrics, METRIC_RECORDS_OUT);
	sink->dead_letters = metrics_register_own(p->metrics, METRIC_DEAD_LETTERS);
	sink->last_checkpoint = metrics_register_own(p->metrics, METRIC_LAST_ID);
	sink->last_completed = metrics_register_own(p->metrics, METRIC_LAST_COMPLETED);
	sink->last_completed_monotonic = metrics_register_own(p->metrics, METRIC_LAST_COMPLETED_MONOTONIC);
	sink->last_duration = metrics_register_own(p->metrics, METRIC_LAST_DURATION);
	sink->last_bytes = metrics_register_own(p->metrics, METRIC_LAST_BYTES);
	sink->n_checkpoints = metrics_register_own(p->metrics, METRIC_COMPLETED);
	return WEIR_OK;
}

/* ---- the keyed part ---- */

static weir_status build_task(struct pipeline *p, struct keyed_task *task, uint32_t number, struct batch_queue *sink)
{
	const struct component_description *windowed = pipeline_windowed(p->description);
	*task = (struct keyed_task){
		.options = &windowed->window,
		.number = number,
		.watermark_ms = p->partitions.watermarks.current_ms,
		.draft = &p->draft,
		.chain = {.deliver = deliver_to_sink, .target = sink, .sink = sink},
		.late = metrics_register_of(p->metrics, windowed->path, METRIC_RECORDS_LATE),
		.results = metrics_register_of(p->metrics, windowed->path, METRIC_RESULTS),
		.keys = fresh_gauge(p, windowed->path, METRIC_STATE_KEYS),
		.state_bytes = fresh_gauge(p, windowed->path, METRIC_STATE_BYTES),
	};
	task->state = state_table_new(windowed->plugin->descriptor->windowed->value_size);
	if (task->state == NULL)
		return no_memory(p);
	weir_status s = plugin_instance_open(&task->transform, windowed, &p->environment);
	return s == WEIR_OK ? open_chain(p, &task->chain, windowed_at(p->description) + 1, p->description->n_transforms) : s;
}

static weir_status build_inputs(struct pipeline *p, struct key_exchange *exchange, uint32_t n_tasks)
{
	exchange->inputs = calloc(n_tasks, sizeof(*exchange->inputs));
	if (exchange->inputs == NULL)
		return no_memory(p);
	for (uint32_t i = 0; i < n_tasks; i++)
		if (batch_queue_init(&exchange->inputs[i].queue, TASK_SLOTS, TASK_BYTES,
				     &exchange->inputs[i].has_items, &p->failure.cancelled) != 0)
			return no_memory(p);
	return WEIR_OK;
}

static weir_status build_exchange(struct pipeline *p)
{
	uint32_t n_tasks = p->description->parallelism;
	struct key_exchange *exchange = p->exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL)
		return no_memory(p);
	exchange->partitions = &p->partitions;
	exchange->chain = &p->source.chain;
	exchange->tasks = calloc(n_tasks, sizeof(*exchange->tasks));
	if (exchange->tasks == NULL)
		return no_memory(p);
	weir_status s = plugin_instance_open(&exchange->assigner, pipeline_windowed(p->description), &p->environment);
	if (s == WEIR_OK && n_tasks > 1)
		s = build_inputs(p, exchange, n_tasks);
	for (; s == WEIR_OK && exchange->n_tasks < n_tasks; exchange->n_tasks++)
		s = build_task(p, &exchange->tasks[exchange->n_tasks], exchange->n_tasks,
			       &p->sink.inputs[exchange->n_tasks].queue);
	return s;
}

/* ---- the source ---- */

static void build_source(struct pipeline *p)
{
	struct source_runner *source = &p->source;
	struct batch_queue *own_queue = &p->sink.inputs[p->sink.n_inputs - 1].queue;
	source->partitions = &p->partitions;
	source->exchange = p->exchange;
	source->sink = own_queue;
	source->has_own_queue = p->exchange == NULL || p->exchange->inputs != NULL;
	source->chain.sink = own_queue;
	source->chain.deliver = p->exchange != NULL ? key_exchange_push : deliver_to_sink;
	source->chain.target = p->exchange != NULL ? (void *)p->exchange : own_queue;
	source->draft = &p->draft;
	source->instance_uuid = p->instance_uuid;
	source->state_layout = p->state_layout;
	source->parallelism = p->description->parallelism;
	source->failure = &p->failure;
	source->coordinator = p->wake;
	source->records_in = metrics_register_own(p->metrics, METRIC_RECORDS_IN);
	source->bytes_in = metrics_register_own(p->metrics, METRIC_BYTES_IN);
	source->lag = metrics_register_own(p->metrics, METRIC_LAG);
	source->watermark = metrics_register_own(p->metrics, METRIC_WATERMARK);
	source->checkpoint_stall = metrics_register_own(p->metrics, METRIC_CHECKPOINT_STALL);
	metric_set(source->lag, -1);
}

weir_status pipeline_build(struct pipeline *p)
{
	weir_status s = build_sink(p);
	if (s == WEIR_OK && pipeline_windowed(p->description) != NULL)
		s = build_exchange(p);
	if (s != WEIR_OK)
		return s;
	build_source(p);
	return open_chain(p, &p->source.chain, 0, windowed_at(p->description));
}

/* ---- state from the checkpoint ---- */

static void report_restored(const struct pipeline *p, int64_t started_us)
{
	uint64_t n_keys = 0;
	for (uint32_t i = 0; i < p->exchange->n_tasks; i++)
		n_keys += state_table_n_keys(p->exchange->tasks[i].state);
	log_info("checkpoint", "state of %" PRIu64 " keys restored in %.1f ms", n_keys,
		 (double)(clock_monotonic_us() - started_us) / 1000);
}

weir_status pipeline_restore_state(struct pipeline *p)
{
	if (p->restored == NULL || p->restored->state_layout == NULL || p->exchange == NULL)
		return WEIR_OK;
	struct state_table *tables[STATE_KEY_GROUPS];
	for (uint32_t i = 0; i < p->exchange->n_tasks; i++)
		tables[i] = p->exchange->tasks[i].state;
	struct error error = ERROR_INIT;
	int64_t started_us = clock_monotonic_us();
	if (state_restore(p->store, p->restored, pipeline_windowed(p->description)->plugin->descriptor->windowed->value_size,
			  tables, p->exchange->n_tasks, &error) != 0)
		return pipeline_store_failure(p, &error);
	report_restored(p, started_us);
	if (p->restored->parallelism != p->exchange->n_tasks)
		return WEIR_OK; /* every chunk is written anew by the next checkpoint */
	for (uint32_t i = 0; i < p->restored->n_chunks; i++)
		if (checkpoint_manifest_add(&p->sink.manifest, &p->restored->chunks[i]) != 0)
			return no_memory(p);
	return WEIR_OK;
}
