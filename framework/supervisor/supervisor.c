#include "supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "observe/log.h"
#include "pipeline/pipeline.h"
#include "supervisor/progress.h"

#define TICK_MS 1000
#define STUCK_DELAY_MS 1000
#define CHILD_RETURNED 32 /* added to what pipeline_process() returns: a plugin's exit(0) is no success */

struct supervisor {
	const struct pipeline_description *description;
	struct metrics *metrics;
	struct progress progress;
	sigset_t signals, before;
	pid_t child;
	unsigned attempts_used;
	bool is_stopping;
};

static void run_child(struct supervisor *supervisor, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(PIPELINE_FAILED); /* it died before prctl() */
	pthread_sigmask(SIG_SETMASK, &supervisor->before, NULL);
	exit(CHILD_RETURNED + pipeline_process(supervisor->description, supervisor->metrics));
}

static int start_child(struct supervisor *supervisor)
{
	pid_t parent = getpid();
	fflush(NULL);
	supervisor->child = fork();
	if (supervisor->child == 0)
		run_child(supervisor, parent);
	if (supervisor->child > 0)
		return 0;
	log_error("supervisor", "cannot start the pipeline process: %s", strerror(errno));
	return -1;
}

/* As if the pipeline process had exited with an enum pipeline_exit. */
static int read_status(int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) == PIPELINE_STUCK || WEXITSTATUS(status) == PIPELINE_FAILED)
		return status;
	if (WEXITSTATUS(status) >= CHILD_RETURNED)
		return W_EXITCODE(WEXITSTATUS(status) - CHILD_RETURNED, 0);
	log_error("supervisor", "something in the pipeline process, perhaps a plugin, has called exit(%d)", WEXITSTATUS(status));
	return W_EXITCODE(PIPELINE_FAILED, 0);
}

static void describe_death(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
}

static void ask_to_stop(struct supervisor *supervisor)
{
	if (!supervisor->is_stopping)
		log_info("supervisor", "stopping: a last checkpoint, then the end (again: at once)");
	supervisor->is_stopping = true;
	if (supervisor->child > 0)
		kill(supervisor->child, SIGTERM);
}

/* Waits for a signal or the time. Returns the signal, 0 for none. */
static int wait_signal(const struct supervisor *supervisor, int64_t timeout_ms)
{
	struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000};
	int signal_number = sigtimedwait(&supervisor->signals, NULL, &timeout);
	return signal_number > 0 ? signal_number : 0;
}

/* Until the pipeline process has ended; its status as from waitpid(). */
static int watch_child(struct supervisor *supervisor)
{
	for (;;) {
		int status;
		if (waitpid(supervisor->child, &status, WNOHANG) == supervisor->child) {
			supervisor->child = 0;
			progress_clear(&supervisor->progress);
			return read_status(status);
		}
		int signal_number = wait_signal(supervisor, TICK_MS);
		if (signal_number == SIGTERM || signal_number == SIGINT)
			ask_to_stop(supervisor);
		else if (signal_number == 0)
			progress_show(&supervisor->progress, clock_monotonic_ms());
	}
}

static void wait_before_restart(struct supervisor *supervisor, int64_t delay_ms)
{
	int64_t until_ms = clock_monotonic_ms() + delay_ms;
	for (int64_t now_ms; !supervisor->is_stopping && (now_ms = clock_monotonic_ms()) < until_ms;) {
		int signal_number = wait_signal(supervisor, until_ms - now_ms);
		if (signal_number == SIGTERM || signal_number == SIGINT)
			supervisor->is_stopping = true;
	}
}

/* True: start it again. False: *ret_exit_status is the end of it. */
static bool handle_death(struct supervisor *supervisor, int status, int *ret_exit_status)
{
	const struct pipeline_description *description = supervisor->description;
	struct restart_decision decision = restart_decide(status, supervisor->is_stopping, supervisor->attempts_used,
							  description->restart.attempts);
	char death[100];
	describe_death(status, death, sizeof(death));
	if (decision.verdict == RESTART_NOT) {
		*ret_exit_status = decision.exit_status;
		if (WIFSIGNALED(status) || WEXITSTATUS(status) != decision.exit_status ||
		    (decision.exit_status == PIPELINE_FAILED && !supervisor->is_stopping))
			log_error("supervisor", "the pipeline process ended: %s; %u of %u restart attempts used", death,
				  supervisor->attempts_used, (unsigned)description->restart.attempts);
		return false;
	}
	int64_t delay_ms = STUCK_DELAY_MS;
	if (decision.verdict == RESTART_AFTER_DELAY) {
		supervisor->attempts_used++;
		delay_ms = description->restart.delay_ms;
		log_error("supervisor", "the pipeline process ended: %s; restart %u of %u in %lld ms", death,
			  supervisor->attempts_used, (unsigned)description->restart.attempts, (long long)delay_ms);
	} else {
		log_error("supervisor", "the pipeline process was stuck and has ended; starting it again");
	}
	wait_before_restart(supervisor, delay_ms);
	*ret_exit_status = PIPELINE_FINISHED; /* asked to stop while nothing was running */
	return !supervisor->is_stopping;
}

int supervise(const struct pipeline_description *description)
{
	struct supervisor supervisor = {.description = description, .metrics = metrics_new()};
	if (supervisor.metrics == NULL) {
		log_error("supervisor", "out of memory");
		return PIPELINE_FAILED;
	}
	sigemptyset(&supervisor.signals);
	sigaddset(&supervisor.signals, SIGTERM);
	sigaddset(&supervisor.signals, SIGINT);
	sigaddset(&supervisor.signals, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &supervisor.signals, &supervisor.before);
	progress_init(&supervisor.progress, description->name, supervisor.metrics);
	int exit_status = PIPELINE_FAILED;
	while (start_child(&supervisor) == 0)
		if (!handle_death(&supervisor, watch_child(&supervisor), &exit_status))
			break;
	progress_log(&supervisor.progress);
	pthread_sigmask(SIG_SETMASK, &supervisor.before, NULL);
	metrics_free(supervisor.metrics);
	return exit_status;
}
