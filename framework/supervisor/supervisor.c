#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/service_notify.h"
#include "observe/log.h"
#include "observe/metric_table.h"
#include "pipeline/pipeline.h"
#include "supervisor/health.h"
#include "supervisor/progress.h"

#define TICK_MS 1000
#define KILL_GRACE_MS 5000 /* beyond stop_timeout, which the pipeline process keeps itself */
#define SAME_REQUEST_MS 100 /* timeout(1) and others signal the process and then its group */
#define STUCK_DELAY_MS 1000
#define EXTEND_TIMEOUT_US 30000000 /* of the service manager, from each turn of the loop on */
#define LEAST_DESCRIPTORS 64 /* store, plugins and a connection or two */
#define CHILD_RETURNED 32 /* added to what pipeline_process() returns: a plugin's exit(0) is no success */

struct supervisor {
	const struct pipeline_description *description;
	struct supervision *supervision;
	struct metrics *metrics; /* of the supervision */
	struct progress progress, notified;
	sigset_t signals, before;
	struct weir_metric *resident;
	pid_t child;
	bool is_stopping, is_ready;
	uint32_t errors_before; /* the child was started */
	int64_t tick_ms;
	int64_t asked_ms;    /* when the stop was asked for */
	int64_t stopping_ms; /* how long it has taken so far */
};

static struct metrics *metrics_of_process;

static void keep_error(const char *text)
{
	metrics_set_error(metrics_of_process, text);
}

static void run_child(struct supervisor *supervisor, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(PIPELINE_FAILED); /* it died before prctl() */
	pthread_sigmask(SIG_SETMASK, &supervisor->before, NULL);
	service_forget();
	metrics_of_process = supervisor->metrics;
	log_errors_to(keep_error);
	exit(CHILD_RETURNED + pipeline_process(supervisor->description, supervisor->metrics));
}

/* Logs what the pipeline process could not say itself, and keeps it as the last error. */
static void report(struct supervisor *supervisor, const char *fmt, ...)
{
	char text[300];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	log_error("supervisor", "%s", text);
	metrics_set_error(supervisor->metrics, text);
}

static void set_phase(struct supervisor *supervisor, enum supervision_phase phase)
{
	atomic_store(&supervisor->supervision->phase, phase);
}

static int start_child(struct supervisor *supervisor)
{
	pid_t parent = getpid();
	fflush(NULL);
	metrics_repair(supervisor->metrics);
	metrics_reset(supervisor->metrics, "phase");
	metrics_reset(supervisor->metrics, "waiting");
	supervisor->errors_before = atomic_load(&supervisor->metrics->error_sequence);
	supervisor->child = fork();
	if (supervisor->child == 0)
		run_child(supervisor, parent);
	if (supervisor->child > 0) {
		supervisor->supervision->process = supervisor->child;
		set_phase(supervisor, SUPERVISION_STARTED);
		return 0;
	}
	report(supervisor, "cannot start the pipeline process: %s", strerror(errno));
	return -1;
}

/* As if the pipeline process had exited with an enum pipeline_exit. */
static int read_status(struct supervisor *supervisor, int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) == PIPELINE_STUCK || WEXITSTATUS(status) == PIPELINE_FAILED)
		return status;
	if (WEXITSTATUS(status) >= CHILD_RETURNED)
		return W_EXITCODE(WEXITSTATUS(status) - CHILD_RETURNED, 0);
	report(supervisor, "something in the pipeline process, perhaps a plugin, has called exit(%d)", WEXITSTATUS(status));
	return W_EXITCODE(PIPELINE_FAILED, 0);
}

static void describe_death(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
}

/* The first time: in order. Again: at once, which is exactly once at the next start all the same. */
static void ask_to_stop(struct supervisor *supervisor)
{
	int64_t now_ms = clock_monotonic_ms();
	if (supervisor->is_stopping && now_ms - supervisor->asked_ms < SAME_REQUEST_MS)
		return;
	service_notify("STOPPING=1");
	set_phase(supervisor, SUPERVISION_STOPPING);
	if (!supervisor->is_stopping)
		log_info("supervisor", "stopping: a last checkpoint, then the end (again: at once)");
	if (supervisor->child > 0)
		kill(supervisor->child, supervisor->is_stopping ? SIGKILL : SIGTERM);
	supervisor->is_stopping = true;
	supervisor->asked_ms = now_ms;
}

/* One that is stopped, or hangs in the kernel, does not keep its deadline. */
static void keep_deadline(struct supervisor *supervisor, int64_t passed_ms)
{
	int64_t allowed_ms = supervisor->description->stop_timeout_ms + KILL_GRACE_MS, before_ms = supervisor->stopping_ms;
	if (!supervisor->is_stopping)
		return;
	supervisor->stopping_ms += passed_ms;
	if (before_ms >= allowed_ms || supervisor->stopping_ms < allowed_ms)
		return;
	report(supervisor, "the pipeline process has not ended within %lld ms (pipeline.stop_timeout and a little): killing it",
	       (long long)allowed_ms);
	kill(supervisor->child, SIGKILL);
}

/* Of the pipeline process; a plugin that leaks is seen. */
static void measure_memory(const struct supervisor *supervisor)
{
	char path[40], text[80] = "";
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)supervisor->child);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	long long total, resident;
	if (read(fd, text, sizeof(text) - 1) > 0 && sscanf(text, "%lld %lld", &total, &resident) == 2)
		metric_set(supervisor->resident, resident * sysconf(_SC_PAGESIZE));
	close(fd);
}

/* Waits for a signal or the time. Returns the signal, 0 for none. */
static int wait_signal(const struct supervisor *supervisor, int64_t timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
	int signal_number = sigtimedwait(&supervisor->signals, NULL, &timeout);
	return signal_number > 0 ? signal_number : 0;
}

/* A service manager hears from every turn of the loop, and only from there: where it stands still, nothing is said. */
static void notify(struct supervisor *supervisor, int64_t now_ms)
{
	if (!service_is_notified())
		return;
	service_notify("WATCHDOG=1");
	bool has_come_up = health_has_come_up(supervisor->metrics);
	if (has_come_up && !supervisor->is_ready)
		service_notify("READY=1");
	supervisor->is_ready = supervisor->is_ready || has_come_up;
	if (!supervisor->is_ready || supervisor->is_stopping)
		service_notify("EXTEND_TIMEOUT_USEC=%d", EXTEND_TIMEOUT_US);
	char text[300];
	progress_format(&supervisor->notified, now_ms, text, sizeof(text));
	service_notify("STATUS=%s", text);
}

/* Until the pipeline process has ended; its status as from waitpid(). */
static int watch_child(struct supervisor *supervisor)
{
	int64_t last_ms = clock_monotonic_ms(), measured_ms = last_ms;
	for (;;) {
		int status;
		if (waitpid(supervisor->child, &status, WNOHANG) == supervisor->child) {
			supervisor->child = 0;
			supervisor->supervision->process = 0;
			progress_clear(&supervisor->progress);
			return read_status(supervisor, status);
		}
		int signal_number = wait_signal(supervisor, supervisor->tick_ms);
		keep_deadline(supervisor, clock_awake_ms(&last_ms, TICK_MS));
		if (signal_number == SIGTERM || signal_number == SIGINT)
			ask_to_stop(supervisor);
		if (last_ms - measured_ms >= TICK_MS) {
			measured_ms = last_ms;
			measure_memory(supervisor);
			progress_show(&supervisor->progress, last_ms);
		}
		notify(supervisor, last_ms);
	}
}

static void wait_before_restart(struct supervisor *supervisor, int64_t delay_ms)
{
	int64_t until_ms = clock_monotonic_ms() + delay_ms;
	set_phase(supervisor, SUPERVISION_DELAYED);
	for (int64_t now_ms; !supervisor->is_stopping && (now_ms = clock_monotonic_ms()) < until_ms;) {
		notify(supervisor, now_ms);
		int64_t left_ms = until_ms - now_ms;
		int signal_number = wait_signal(supervisor, left_ms < supervisor->tick_ms ? left_ms : supervisor->tick_ms);
		if (signal_number == SIGTERM || signal_number == SIGINT)
			supervisor->is_stopping = true;
	}
}

/* It died without a word of its own. */
static void keep_death(struct supervisor *supervisor, const char *death)
{
	char text[160];
	snprintf(text, sizeof(text), "the pipeline process ended: %s", death);
	metrics_set_error(supervisor->metrics, text);
}

/* True: start it again. False: *ret_exit_status is the end of it. */
static bool handle_death(struct supervisor *supervisor, int status, int *ret_exit_status)
{
	const struct pipeline_description *description = supervisor->description;
	_Atomic uint32_t *attempts_used = &supervisor->supervision->attempts_used;
	struct restart_decision decision = restart_decide(status, supervisor->is_stopping, *attempts_used,
							  description->restart.attempts);
	char death[100];
	describe_death(status, death, sizeof(death));
	if (status != 0 && supervisor->errors_before == atomic_load(&supervisor->metrics->error_sequence))
		keep_death(supervisor, death);
	if (decision.verdict == RESTART_NOT) {
		*ret_exit_status = decision.exit_status;
		if (WIFSIGNALED(status) || WEXITSTATUS(status) != decision.exit_status ||
		    (decision.exit_status == PIPELINE_FAILED && !supervisor->is_stopping))
			log_error("supervisor", "the pipeline process ended: %s; %u of %u restart attempts used", death,
				  (unsigned)*attempts_used, (unsigned)description->restart.attempts);
		return false;
	}
	int64_t delay_ms = STUCK_DELAY_MS;
	if (decision.verdict == RESTART_AFTER_DELAY) {
		++*attempts_used;
		delay_ms = description->restart.delay_ms;
		log_error("supervisor", "the pipeline process ended: %s; restart %u of %u in %lld ms", death,
			  (unsigned)*attempts_used, (unsigned)description->restart.attempts, (long long)delay_ms);
	} else {
		log_error("supervisor", "the pipeline process was stuck and has ended; starting it again");
	}
	wait_before_restart(supervisor, delay_ms);
	*ret_exit_status = PIPELINE_FINISHED; /* asked to stop while nothing was running */
	return !supervisor->is_stopping;
}

/* As many as may be: the store's files and connections to brokers count. */
static bool has_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return true;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_max >= LEAST_DESCRIPTORS)
		return true;
	log_error("supervisor", "at most %llu files may be open at a time, and a pipeline needs %d or more: raise the limit "
		  "(ulimit -n, LimitNOFILE= of systemd)", (unsigned long long)limit.rlim_max, LEAST_DESCRIPTORS);
	return false;
}

/* Often enough for the service manager's watchdog. */
static int64_t tick_ms(void)
{
	int64_t watchdog_ms = service_watchdog_ms();
	return watchdog_ms > 0 && watchdog_ms / 3 < TICK_MS ? watchdog_ms / 3 : TICK_MS;
}

int supervise(const struct pipeline_description *description, struct supervision *supervision)
{
	if (!has_descriptors())
		return PIPELINE_MISCONFIGURED;
	struct supervisor supervisor = {.description = description, .supervision = supervision,
					.metrics = &supervision->metrics, .tick_ms = tick_ms()};
	sigemptyset(&supervisor.signals);
	sigaddset(&supervisor.signals, SIGTERM);
	sigaddset(&supervisor.signals, SIGINT);
	sigaddset(&supervisor.signals, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &supervisor.signals, &supervisor.before);
	progress_init(&supervisor.progress, description->name, supervisor.metrics);
	progress_init(&supervisor.notified, description->name, supervisor.metrics);
	supervisor.resident = metrics_register_own(supervisor.metrics, METRIC_RESIDENT);
	int exit_status, status;
	do {
		status = start_child(&supervisor) == 0 ? watch_child(&supervisor) : W_EXITCODE(PIPELINE_FAILED, 0);
	} while (handle_death(&supervisor, status, &exit_status));
	progress_log(&supervisor.progress);
	if (exit_status == PIPELINE_FINISHED && !supervisor.is_ready)
		service_notify("READY=1"); /* it ran too shortly for the loop to see */
	pthread_sigmask(SIG_SETMASK, &supervisor.before, NULL);
	return exit_status;
}
