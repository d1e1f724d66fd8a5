#include "pipeline/source_runner.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "observe/log.h"
#include "pipeline/source_records.h"
#include "pipeline/stage_thread.h"

#define POLL_MS 100
#define RETRY_FIRST_MS 100
#define RETRY_MOST_MS 5000
#define LAG_EVERY_MS 200

static const struct weir_source_ops *ops_of(const struct source_runner *runner)
{
	return runner->source.plugin->source;
}

/* Sleeps until the coordinator wants something, at most timeout_ms. */
static void sleep_ms(struct source_runner *runner, int64_t timeout_ms)
{
	uint32_t seen = wakeup_prepare(&runner->wake);
	if (atomic_load(&runner->requested) != 0 || atomic_load(&runner->failure->cancelled))
		wakeup_cancel(&runner->wake);
	else
		wakeup_wait(&runner->wake, seen, timeout_ms);
}

/* ---- barriers ---- */

weir_status source_runner_snapshot(struct source_runner *runner, uint64_t checkpoint)
{
	if (checkpoint_draft_begin(runner->draft, checkpoint, runner->instance_uuid, runner->parallelism,
				   runner->state_layout) != 0)
		return failure_no_memory(runner->failure, "checkpoint");
	runner->draft->record->watermark_ms = runner->partitions->watermarks.current_ms;
	struct weir_positions positions = {runner->draft->record, runner->failure, runner->partitions};
	plugin_enter(&runner->source, "snapshot");
	return plugin_leave(&runner->source, ops_of(runner)->snapshot(runner->source.self, &positions));
}

static weir_status send_marker(struct source_runner *runner, enum batch_kind kind, uint64_t checkpoint)
{
	weir_status s = WEIR_OK;
	if (runner->exchange != NULL)
		s = kind == BATCH_BARRIER ? key_exchange_barrier(runner->exchange, checkpoint)
					  : key_exchange_end(runner->exchange);
	if (s != WEIR_OK || !runner->has_own_queue)
		return s;
	struct batch *marker = batch_new_marker(kind, checkpoint);
	return marker != NULL ? sink_queue_put(runner->sink, marker) : failure_no_memory(runner->failure, "checkpoint");
}

/* WEIR_END behind the final one. */
static weir_status inject_barrier(struct source_runner *runner, uint64_t checkpoint, bool is_final)
{
	runner->is_checkpointing = true;
	runner->checkpoint = checkpoint;
	runner->stall_us = 0;
	weir_status s = source_runner_snapshot(runner, checkpoint);
	if (s == WEIR_OK)
		s = send_marker(runner, BATCH_BARRIER, checkpoint);
	if (s == WEIR_OK && failpoint("checkpoint_barrier_injected"))
		s = failure_set(runner->failure, WEIR_ABORT, "checkpoint", "failpoint checkpoint_barrier_injected");
	if (s == WEIR_OK && is_final)
		s = send_marker(runner, BATCH_END, 0);
	return s == WEIR_OK && is_final ? WEIR_END : s;
}

static void tell_completed(struct source_runner *runner)
{
	uint64_t completed = atomic_load_explicit(&runner->completed, memory_order_acquire);
	if (completed != runner->told_completed && ops_of(runner)->completed != NULL) {
		plugin_enter(&runner->source, "completed");
		ops_of(runner)->completed(runner->source.self, completed - 1);
		plugin_leave(&runner->source, WEIR_OK);
	}
	runner->told_completed = completed;
}

static weir_status serve_coordinator(struct source_runner *runner)
{
	tell_completed(runner);
	if (atomic_load_explicit(&runner->requested, memory_order_acquire) == 0)
		return WEIR_OK;
	bool is_final = atomic_load(&runner->requested_final);
	uint64_t requested = atomic_exchange(&runner->requested, 0);
	return inject_barrier(runner, requested - 1, is_final);
}

/* ---- records ---- */

static void count(struct source_runner *runner, struct batch *batch)
{
	metric_add(runner->records_in, batch->view.n_records);
	metric_add(runner->bytes_in, (int64_t)batch->bytes);
}

/* The checkpoint that was gone on from is the end of a bounded run, but there is more to read now. */
static weir_status refuse_more(struct source_runner *runner)
{
	return failure_set(runner->failure, WEIR_REFUSED, "source",
			   "the checkpoint is the end of a bounded run: all its windows are closed, and whatever is read now "
			   "would be late (use another checkpoint directory, or weir checkpoints resolve DIR: --use marker goes on "
			   "from its positions alone where the sink keeps a marker, as Kafka's does; --use nothing begins anew)");
}

/* From what poll() has appended into the chain. */
static weir_status push(struct source_runner *runner, struct weir_out *out)
{
	weir_status s = WEIR_OK;
	if (runner->exchange != NULL && out->first != NULL && runner->partitions->watermarks.current_ms == WATERMARK_END)
		return refuse_more(runner);
	if (!runner->has_read) {
		runner->has_read = true;
		log_debug("source", "first records read");
	}
	for (struct batch *batch; s == WEIR_OK && (batch = weir_out_take(out)) != NULL;) {
		s = source_check_records(&runner->source, runner->partitions, batch);
		if (s != WEIR_OK) {
			batch_unref(batch);
			break;
		}
		if (!runner->has_read)
			log_debug(plugin_component(&runner->source), "first records");
		runner->has_read = true;
		count(runner, batch);
		s = transform_chain_push(&runner->chain, batch);
	}
	return s;
}

/* How long nothing was read while a checkpoint was under way: whatever held this thread, it was behind the last poll(). */
static void note_stall(struct source_runner *runner)
{
	if (!runner->is_checkpointing)
		return;
	int64_t us = clock_monotonic_us() - runner->polled_us;
	if (us > runner->stall_us)
		runner->stall_us = us;
	if (runner->told_completed != runner->checkpoint + 1)
		return;
	runner->is_checkpointing = false;
	metric_set(runner->checkpoint_stall, runner->stall_us);
	log_debug("source", "checkpoint %" PRIu64 ": reading stood still for %" PRId64 " us at most", runner->checkpoint,
		  runner->stall_us);
}

static weir_status poll_once(struct source_runner *runner, int64_t *retry_ms)
{
	struct weir_out out = {.partition = WEIR_NO_PARTITION};
	note_stall(runner);
	plugin_enter(&runner->source, "poll");
	weir_status s = plugin_leave_poll(&runner->source,
					      ops_of(runner)->poll(runner->source.self, &out, BATCH_RECORDS, POLL_MS));
	runner->polled_us = clock_monotonic_us();
	if (s == WEIR_OK)
		s = push(runner, &out);
	else if (out.first != NULL && !atomic_load(&runner->failure->cancelled))
		s = failure_set(runner->failure, WEIR_FATAL, plugin_component(&runner->source),
				"plugin '%s' appended records in poll(), but returned status %d", runner->source.plugin->name, (int)s);
	weir_out_done(&out);
	if (s == WEIR_RETRY) {
		sleep_ms(runner, *retry_ms);
		*retry_ms = *retry_ms * 2 < RETRY_MOST_MS ? *retry_ms * 2 : RETRY_MOST_MS;
		return WEIR_OK;
	}
	*retry_ms = RETRY_FIRST_MS;
	return s == WEIR_IDLE ? WEIR_OK : s;
}

static weir_status advance_watermark(struct source_runner *runner, int64_t now_ms)
{
	struct watermarks *watermarks = &runner->partitions->watermarks;
	watermarks_tick(watermarks, now_ms);
	if (runner->exchange == NULL || !watermarks_advance(watermarks))
		return WEIR_OK;
	metric_set(runner->watermark, watermarks->current_ms);
	return key_exchange_watermark(runner->exchange, watermarks->current_ms);
}

static void report_lag(struct source_runner *runner, int64_t now_ms)
{
	if (now_ms - runner->lag_reported_ms < LAG_EVERY_MS)
		return;
	runner->lag_reported_ms = now_ms;
	metric_set(runner->lag, source_partitions_lag(runner->partitions));
}

/* The end of a bounded input: all windows close, and the coordinator lets the last barrier in. */
static weir_status finish_input(struct source_runner *runner)
{
	weir_status s = WEIR_OK;
	if (runner->exchange != NULL) {
		runner->partitions->watermarks.current_ms = WATERMARK_END;
		s = key_exchange_watermark(runner->exchange, WATERMARK_END);
	}
	metric_set(runner->lag, 0);
	atomic_store(&runner->input_ended, true);
	wakeup_signal(runner->coordinator);
	while (s == WEIR_OK && !atomic_load(&runner->failure->cancelled)) {
		sleep_ms(runner, 1000);
		s = serve_coordinator(runner);
	}
	return s;
}

static void *run(void *argument)
{
	struct source_runner *runner = argument;
	runner->polled_us = clock_monotonic_us();
	int64_t retry_ms = RETRY_FIRST_MS;
	weir_status s = WEIR_OK;
	while (s == WEIR_OK && !atomic_load(&runner->failure->cancelled)) {
		s = serve_coordinator(runner);
		if (s != WEIR_OK)
			break;
		s = poll_once(runner, &retry_ms);
		if (s == WEIR_END) {
			finish_input(runner);
			break;
		}
		int64_t now_ms = clock_monotonic_ms();
		report_lag(runner, now_ms);
		if (s == WEIR_OK)
			s = advance_watermark(runner, now_ms);
	}
	return NULL;
}

/* ---- for the coordinator ---- */

int source_runner_start(struct source_runner *runner)
{
	if (stage_thread_start(&runner->thread, run, runner) != 0)
		return -1;
	runner->has_thread = true;
	return 0;
}

bool source_runner_join(struct source_runner *runner, int64_t deadline_ms)
{
	if (!runner->has_thread)
		return true;
	source_runner_interrupt(runner);
	if (!stage_thread_join(runner->thread, deadline_ms))
		return false;
	runner->has_thread = false;
	return true;
}

void source_runner_done(struct source_runner *runner)
{
	for (uint32_t i = 0; i < runner->chain.n_transforms; i++)
		plugin_instance_close(&runner->chain.transforms[i]);
	free(runner->chain.transforms);
	if (runner->source.is_open)
		tell_completed(runner); /* the last one, completed when the thread had ended */
	plugin_instance_close(&runner->source);
}

void source_runner_request_barrier(struct source_runner *runner, uint64_t checkpoint, bool is_final)
{
	atomic_store(&runner->requested_final, is_final);
	atomic_store_explicit(&runner->requested, checkpoint + 1, memory_order_release);
	source_runner_interrupt(runner);
}

void source_runner_interrupt(struct source_runner *runner)
{
	wakeup_signal(&runner->wake);
	plugin_interrupt(&runner->source);
}

void source_runner_completed(struct source_runner *runner, uint64_t checkpoint)
{
	atomic_store_explicit(&runner->completed, checkpoint + 1, memory_order_release);
}
