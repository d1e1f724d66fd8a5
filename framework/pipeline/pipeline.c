#include "pipeline/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "observe/log.h"
#include "observe/metric_table.h"

#define JOIN_MS 30000
#define ROLLBACK_FIRST_MS 100
#define ROLLBACK_MOST_MS 10000
#define SAME_TEXT_AGAIN_MS 60000
#define STOP_LOOK_MS 1000
#define SPARE_DESCRIPTORS 48

/* ---- signals ---- */

static atomic_bool stop_requested;
static struct wakeup coordinator_wake; /* one pipeline a process; outlives what it wakes */

/* SIGTERM asks for an orderly stop; the deadline ends the process as it is: still exactly once at the next
 * start. More of them mean nothing: a stop of a whole process group sends one here and one through the
 * supervisor, which knows whether it was asked twice. */
static void *wait_for_signals(void *argument)
{
	int64_t allowed_ms = *(int64_t *)argument;
	free(argument);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	int signal_number;
	sigwait(&set, &signal_number);
	atomic_store(&stop_requested, true);
	wakeup_signal(&coordinator_wake);
	int64_t last_ms = clock_monotonic_ms();
	for (int64_t passed_ms = 0; passed_ms < allowed_ms; passed_ms += clock_awake_ms(&last_ms, STOP_LOOK_MS)) {
		int64_t left_ms = allowed_ms - passed_ms < STOP_LOOK_MS ? allowed_ms - passed_ms : STOP_LOOK_MS;
		nanosleep(&(struct timespec){left_ms / 1000, left_ms % 1000 * 1000000}, NULL);
	}
	log_error("pipeline", "no orderly stop within %lld ms (pipeline.stop_timeout): ending without a last checkpoint; the "
		  "next start goes on from the last completed one", (long long)allowed_ms);
	_exit(PIPELINE_FAILED);
}

static int start_signal_thread(int64_t stop_deadline_ms)
{
	int64_t *argument = malloc(sizeof(*argument));
	if (argument == NULL)
		return -1;
	*argument = stop_deadline_ms;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* inherited by every thread, those of the plugins too */
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	pthread_t thread;
	if (pthread_create(&thread, NULL, wait_for_signals, argument) != 0) {
		free(argument);
		return -1;
	}
	pthread_detach(thread);
	return 0;
}

/* ---- one run ---- */

static void init(struct pipeline *p, struct watchdog *watchdog)
{
	const struct component_description *windowed = pipeline_windowed(p->description);
	p->wake = &coordinator_wake;
	failure_init(&p->failure, p->wake);
	source_partitions_init(&p->partitions, windowed != NULL ? windowed->window.max_out_of_orderness : 0,
			       windowed != NULL ? windowed->window.idle_timeout : 0);
	p->sink.decides = pipeline_decides_outside(p->description);
	p->environment = (struct plugin_environment){
		.description = p->description,
		.uuid = "",
		.instance_uuid = p->instance_uuid,
		.metrics = p->metrics,
		.failure = &p->failure,
		.partitions = &p->partitions,
		.watchdog = watchdog,
	};
}

static weir_status start_source(struct pipeline *p)
{
	struct weir_position *positions = p->restored != NULL ? plugin_positions(p->restored) : NULL;
	if (p->restored != NULL && positions == NULL)
		return failure_no_memory(&p->failure, "source");
	uint32_t n = p->restored != NULL ? p->restored->n_positions : 0;
	struct plugin_instance *source = &p->source.source;
	plugin_enter(source, "start");
	weir_status s = plugin_leave(source, source->plugin->source->start(source->self, positions, n));
	free(positions);
	return s;
}

/* Where positions, identity and marker are made durable before the first record is read: a crash cannot
 * lose the start position of "latest", nor make a lost store look like a first start. */
static weir_status make_first_checkpoint(struct pipeline *p)
{
	if (!p->settles_marker || failpoint("rule_first_checkpoint_before_records"))
		return WEIR_OK;
	weir_status s = source_runner_snapshot(&p->source, p->next_checkpoint);
	for (uint32_t task = 0; s == WEIR_OK && task < p->draft.n_tasks; task++)
		if (state_table_snapshot(p->exchange->tasks[task].state, p->next_checkpoint, task, &p->draft.deltas[task]) != 0)
			s = failure_no_memory(&p->failure, "checkpoint");
	if (s == WEIR_OK)
		s = sink_runner_finish_checkpoint(&p->sink);
	if (s == WEIR_OK)
		p->next_checkpoint++;
	return s;
}

static weir_status start_threads(struct pipeline *p)
{
	if (sink_runner_start(&p->sink) != 0 || (p->exchange != NULL && key_exchange_start(p->exchange) != 0) ||
	    source_runner_start(&p->source) != 0)
		return failure_set(&p->failure, WEIR_FATAL, "pipeline", "cannot start a thread");
	return WEIR_OK;
}

static weir_status open_pipeline(struct pipeline *p)
{
	if (pipeline_state_layout(p->description, &p->state_layout) != 0)
		return failure_no_memory(&p->failure, "pipeline");
	weir_status s = pipeline_recover(p);
	if (s == WEIR_OK)
		source_partitions_restore(&p->partitions, p->restored);
	if (s == WEIR_OK)
		s = pipeline_build(p);
	if (s == WEIR_OK)
		s = pipeline_restore_state(p);
	log_debug("pipeline", "state restored");
	if (s == WEIR_OK)
		s = start_source(p);
	if (s == WEIR_OK)
		s = make_first_checkpoint(p);
	return s == WEIR_OK ? start_threads(p) : s;
}

/* Something the epoch has to know, in the order in which it matters. */
static enum epoch_event next_event(struct pipeline *p)
{
	uint64_t completed = atomic_load_explicit(&p->sink.completed, memory_order_acquire);
	if (p->epoch.is_under_way && completed == p->epoch.under_way + 1)
		return EPOCH_COMPLETED;
	if (!p->epoch.wants_final && atomic_load(&p->source.input_ended))
		return EPOCH_INPUT_ENDED;
	if (!p->epoch.wants_final && atomic_load(&stop_requested))
		return EPOCH_STOP;
	return EPOCH_TICK;
}

static void act(struct pipeline *p, enum epoch_action action)
{
	switch (action) {
	case EPOCH_INJECT:
	case EPOCH_INJECT_FINAL:
		source_runner_request_barrier(&p->source, p->epoch.under_way, action == EPOCH_INJECT_FINAL);
		break;
	case EPOCH_TIMED_OUT:
		p->timed_out = true;
		failure_set(&p->failure, WEIR_ABORT, "checkpoint", "checkpoint %llu is not complete after %lld ms (checkpoint.timeout)",
			    (unsigned long long)p->epoch.under_way, (long long)p->epoch.timeout_ms);
		break;
	case EPOCH_FINISHED:
		failure_cancel(&p->failure);
		break;
	case EPOCH_NOTHING:
		break;
	}
}

static void coordinate(struct pipeline *p)
{
	epoch_init(&p->epoch, p->next_checkpoint, p->description->checkpoint.interval_ms,
		   p->description->checkpoint.timeout_ms, clock_monotonic_ms());
	while (!atomic_load(&p->failure.cancelled)) {
		uint32_t seen = wakeup_prepare(p->wake);
		enum epoch_event event = next_event(p);
		int64_t now_ms = clock_monotonic_ms();
		enum epoch_action action = epoch_handle(&p->epoch, event, now_ms);
		if (event == EPOCH_TICK && action == EPOCH_NOTHING && !atomic_load(&p->failure.cancelled)) {
			wakeup_wait(p->wake, seen, epoch_sleep_ms(&p->epoch, now_ms));
			continue;
		}
		wakeup_cancel(p->wake);
		act(p, action);
	}
}

/* ---- taking it down ---- */

static void leave_stuck(struct pipeline *p)
{
	watchdog_report(p->environment.watchdog);
	log_error("pipeline", "a thread has not ended within %d ms: ending the process", JOIN_MS);
	_exit(PIPELINE_STUCK);
}

static void wake_writers(struct pipeline *p)
{
	for (uint32_t i = 0; i < p->sink.n_inputs; i++)
		wakeup_signal(&p->sink.inputs[i].queue.has_room);
	for (uint32_t i = 0; p->exchange != NULL && p->exchange->inputs != NULL && i < p->exchange->n_tasks; i++)
		wakeup_signal(&p->exchange->inputs[i].queue.has_room);
}

static void join_threads(struct pipeline *p)
{
	failure_cancel(&p->failure);
	wake_writers(p);
	int64_t deadline_ms = clock_monotonic_ms() + JOIN_MS;
	if (!source_runner_join(&p->source, deadline_ms) ||
	    (p->exchange != NULL && !key_exchange_join(p->exchange, deadline_ms)) ||
	    !sink_runner_join(&p->sink, deadline_ms))
		leave_stuck(p);
}

/* After the join. */
static void done(struct pipeline *p)
{
	/* A source can only be closed when nobody holds its records any more. */
	if (p->exchange != NULL)
		key_exchange_empty(p->exchange);
	sink_runner_empty(&p->sink);
	source_runner_done(&p->source);
	if (p->exchange != NULL)
		key_exchange_done(p->exchange);
	sink_runner_done(&p->sink);
	checkpoint_draft_done(&p->draft);
	checkpoint_store_close(p->store);
	checkpoint_record_free(p->restored);
	source_partitions_done(&p->partitions);
	free(p->state_layout);
	failure_done(&p->failure);
}

/* ---- run after run ---- */

struct run_result {
	weir_status status; /* WEIR_OK: finished or stopped in order */
	char text[sizeof(((struct failure *)0)->text)];
	bool timed_out, has_progressed;
};

static void end_without_reason(struct pipeline *p)
{
	p->failure.status = WEIR_FATAL;
	snprintf(p->failure.text, sizeof(p->failure.text), "pipeline: it ended, but neither finished nor failed");
}

/* *has_taken_over: whether a run in this process has, before and after this one. */
static struct run_result run_once(const struct pipeline_description *description, struct metrics *metrics,
				  struct weir_metric *phase, const char *instance_uuid, struct watchdog *watchdog, bool *has_taken_over)
{
	struct pipeline p = {
		.description = description,
		.metrics = metrics,
		.instance_uuid = instance_uuid,
		.had_taken_over = *has_taken_over,
	};
	init(&p, watchdog);
	if (open_pipeline(&p) == WEIR_OK) {
		metric_set(phase, PIPELINE_RUNNING);
		log_info("pipeline", "running");
		coordinate(&p);
	}
	join_threads(&p);
	*has_taken_over = p.had_taken_over || p.has_taken_over;
	if (p.failure.status == WEIR_OK && !p.epoch.is_over)
		end_without_reason(&p);
	struct run_result result = {
		.status = p.failure.status,
		.timed_out = p.timed_out,
		.has_progressed = atomic_load(&p.sink.completed) != 0,
	};
	memcpy(result.text, p.failure.text, sizeof(result.text));
	done(&p);
	return result;
}

static bool goes_on(weir_status status)
{
	return status == WEIR_ABORT;
}

static int exit_of(const struct run_result *result)
{
	switch (result->status) {
	case WEIR_OK:
		log_info("pipeline", "finished");
		return PIPELINE_FINISHED;
	case WEIR_REFUSED:
		log_error("pipeline", "refused: %s", result->text);
		return PIPELINE_REFUSED;
	case WEIR_FENCED:
		log_error("pipeline", "fenced: %s", result->text);
		return PIPELINE_FENCED;
	default:
		log_error("pipeline", "failed: %s", result->text);
		return PIPELINE_FAILED;
	}
}

/* Weir's own are closed between two runs: what is open then has been leaked, and only a new process gets rid
 * of it. */
static bool descriptors_have_run_out(void)
{
	int spare[SPARE_DESCRIPTORS], n = 0;
	while (n < SPARE_DESCRIPTORS && (spare[n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		n++;
	bool have_run_out = n < SPARE_DESCRIPTORS && errno == EMFILE;
	while (n > 0)
		close(spare[--n]);
	return have_run_out;
}

struct rollbacks {
	int64_t delay_ms, said_ms;
	char said[sizeof(((struct failure *)0)->text)];
	uint32_t n_timeouts; /* of checkpoints, in a row */
};

/* But for numbers: those of a checkpoint and its files are others each time. */
static bool says_the_same(const char *text, const char *other)
{
	static const char digits[] = "0123456789";
	for (;; text++, other++) {
		text += strspn(text, digits);
		other += strspn(other, digits);
		if (*text != *other || *text == '\0')
			return *text == *other;
	}
}

/* Says why, once in a while where it stays the same, and waits. */
static void wait_before_next_run(struct rollbacks *rollbacks, const struct run_result *result)
{
	if (result->has_progressed)
		rollbacks->delay_ms = ROLLBACK_FIRST_MS;
	int64_t now_ms = clock_monotonic_ms();
	if (!says_the_same(rollbacks->said, result->text) || now_ms - rollbacks->said_ms >= SAME_TEXT_AGAIN_MS) {
		log_warn("pipeline", "%s; going back to the last checkpoint and trying again", result->text);
		memcpy(rollbacks->said, result->text, sizeof(rollbacks->said));
		rollbacks->said_ms = now_ms;
	}
	uint32_t seen = wakeup_prepare(&coordinator_wake);
	if (atomic_load(&stop_requested))
		wakeup_cancel(&coordinator_wake);
	else
		wakeup_wait(&coordinator_wake, seen, rollbacks->delay_ms);
	rollbacks->delay_ms = rollbacks->delay_ms * 2 < ROLLBACK_MOST_MS ? rollbacks->delay_ms * 2 : ROLLBACK_MOST_MS;
}

/* A plugin hangs: the supervisor's restart strategy applies, as to any other way to die. */
static void end_hung_process(void)
{
	_exit(PIPELINE_FAILED);
}

/* Run after run, until one is the last. */
static int run_to_end(const struct pipeline_description *description, struct metrics *metrics, struct watchdog *watchdog)
{
	log_debug("pipeline", "process started");
	char instance_uuid[UUID_BYTES];
	uuid_make(instance_uuid);
	struct weir_metric *n_rollbacks = metrics_register_own(metrics, METRIC_ROLLBACKS);
	struct weir_metric *phase = metrics_register_own(metrics, METRIC_PHASE);
	bool has_taken_over = false;
	struct rollbacks rollbacks = {.delay_ms = ROLLBACK_FIRST_MS};
	for (;;) {
		struct run_result result = run_once(description, metrics, phase, instance_uuid, watchdog, &has_taken_over);
		if (!goes_on(result.status))
			return exit_of(&result);
		if (atomic_load(&stop_requested)) {
			log_warn("pipeline", "stopped without a last checkpoint: %s", result.text);
			return PIPELINE_FINISHED;
		}
		rollbacks.n_timeouts = result.timed_out ? (result.has_progressed ? 1 : rollbacks.n_timeouts + 1) : 0;
		if (rollbacks.n_timeouts > description->checkpoint.tolerable_failures) {
			log_error("pipeline", "failed: %s, %u times in a row (checkpoint.tolerable_failures)", result.text,
				  (unsigned)rollbacks.n_timeouts);
			return PIPELINE_FAILED;
		}
		if (descriptors_have_run_out()) {
			log_error("pipeline", "failed: %s; this process has too many files open, perhaps a plugin leaks them",
				  result.text);
			return PIPELINE_FAILED;
		}
		metric_add(n_rollbacks, 1);
		metric_set(phase, PIPELINE_GOING_BACK);
		metrics_set_error(metrics, result.text);
		(void)failpoint("pipeline_rolling_back"); /* the store is free, but the instance is not over */
		wait_before_next_run(&rollbacks, &result);
	}
}

int pipeline_process(const struct pipeline_description *description, struct metrics *metrics)
{
	/* Batches come and go by the megabyte: giving them back to the kernel each time costs more than all
	 * that is done with them. */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 128 << 20);
	struct watchdog watchdog;
	if (start_signal_thread(description->stop_timeout_ms) != 0 ||
	    watchdog_start(&watchdog, description->watchdog_ms, end_hung_process) != 0) {
		log_error("pipeline", "cannot start a thread");
		return PIPELINE_FAILED;
	}
	int status = run_to_end(description, metrics, &watchdog);
	watchdog_stop(&watchdog);
	return status;
}
