#include "config.h"

#include "control/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/service_notify.h"
#include "control/control_server.h"
#include "control/fleet.h"
#include "pipeline/pipeline.h"
#include "supervisor/pipeline_directory.h"

#define TICK_MS 500
#define EXTEND_TIMEOUT_US 30000000 /* of the service manager, from each turn of the loop on */

struct daemon {
	struct fleet fleet;
	struct control_server *server;
	int signals; /* signalfd */
	int64_t tick_ms, notified_ms;
	bool said_ready, said_reloading;
};

/* ---- requests ---- */

static void handle(void *context, uint64_t client, const struct ucred *who, const struct control_request *request)
{
	struct daemon *daemon = context;
	if (request->command != CONTROL_STATUS)
		log_info("daemon", "user %u asks: %s %s", (unsigned)who->uid, control_command_name(request->command), request->name);
	fleet_handle(&daemon->fleet, client, request);
}

static void answer(void *context, uint64_t client, json_t *take_answer)
{
	struct daemon *daemon = context;
	control_server_answer(daemon->server, client, take_answer);
}

/* ---- signals ---- */

static void reap(struct daemon *daemon, int64_t now_ms)
{
	int status;
	pid_t process;
	while ((process = waitpid(-1, &status, WNOHANG)) > 0)
		fleet_reap(&daemon->fleet, process, status, now_ms);
}

static void stop(struct daemon *daemon)
{
	service_notify("STOPPING=1");
	log_info("daemon", "stopping every pipeline: a last checkpoint each, then the end%s",
		 daemon->fleet.is_stopping ? "; asked again: at once" : "");
	fleet_stop(&daemon->fleet);
}

static void take_signals(struct daemon *daemon, int64_t now_ms)
{
	struct signalfd_siginfo info;
	while (read(daemon->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			fleet_reload(&daemon->fleet, 0);
		else if (info.ssi_signo != SIGCHLD)
			stop(daemon);
	}
	reap(daemon, now_ms);
}

static int open_signals(struct error *error)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd >= 0 ? fd : error_set(error, -errno, "cannot wait for signals: %s", strerror(errno));
}

/* ---- what a service manager hears ---- */

static void notify_status(const struct daemon *daemon, int64_t now_ms)
{
	unsigned n = 0, n_good = 0;
	for (const struct member *member = daemon->fleet.members; member != NULL; member = member->next_member) {
		enum pipeline_state state = fleet_state(member, now_ms);
		n++;
		n_good += state == STATE_RUNNING || state == STATE_FINISHED;
	}
	service_notify("STATUS=%u pipelines, %u of them running or finished", n, n_good);
}

/* Only from the loop, in each turn: a loop that stands still says nothing. */
static void notify(struct daemon *daemon, int64_t now_ms)
{
	bool is_reloading = fleet_is_reloading(&daemon->fleet);
	if (!service_is_notified())
		return;
	if (is_reloading && daemon->said_ready && !daemon->said_reloading)
		service_notify("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_us());
	daemon->said_reloading = is_reloading;
	if (daemon->fleet.is_loaded && !is_reloading && !daemon->said_ready)
		service_notify("READY=1");
	daemon->said_ready = daemon->fleet.is_loaded && !is_reloading;
	if (now_ms - daemon->notified_ms < daemon->tick_ms)
		return;
	daemon->notified_ms = now_ms;
	service_notify("WATCHDOG=1");
	if (daemon->fleet.is_stopping || !daemon->said_ready)
		service_notify("EXTEND_TIMEOUT_USEC=%d", EXTEND_TIMEOUT_US);
	notify_status(daemon, now_ms);
}

/* ---- the loop ---- */

static void wait_for_something(struct daemon *daemon)
{
	struct pollfd *fds = calloc(2 + CONTROL_CLIENTS + fleet_n_readings(&daemon->fleet), sizeof(*fds));
	if (fds == NULL)
		return; /* the loop goes on without a rest, until there is memory */
	size_t n = 0;
	fds[n++] = (struct pollfd){daemon->signals, POLLIN, 0};
	n += control_server_poll(daemon->server, fds + n);
	n += fleet_poll(&daemon->fleet, fds + n);
	(void)poll(fds, n, (int)daemon->tick_ms);
	free(fds);
}

static void turn(struct daemon *daemon)
{
	int64_t now_ms = clock_monotonic_ms();
	take_signals(daemon, now_ms);
	control_server_serve(daemon->server, now_ms);
	fleet_turn(&daemon->fleet, now_ms);
	notify(daemon, now_ms);
}

static bool were_stopped_in_order(const struct fleet *fleet)
{
	for (const struct member *member = fleet->members; member != NULL; member = member->next_member)
		if (member->is_asked_to_stop && member->exit_status != 0)
			return false;
	return true;
}

/* A folder that cannot be read is a mistake of whoever starts the daemon; later everything goes on as it was. */
static int begin(struct daemon *daemon, const struct daemon_options *options, struct error *error)
{
	char **files = NULL;
	size_t n = 0;
	if (pipeline_directory_list(options->directory, &files, &n, error) != 0 ||
	    control_server_new(options->socket_path, handle, daemon, &daemon->server, error) != 0) {
		pipeline_directory_free(files, n);
		return error->code;
	}
	pipeline_directory_free(files, n);
	daemon->signals = open_signals(error);
	return daemon->signals >= 0 ? 0 : error->code;
}

int daemon_run(const struct daemon_options *options)
{
	struct daemon daemon = {.signals = -1};
	struct error error = ERROR_INIT;
	daemon.fleet = (struct fleet){.directory = options->directory, .options = options->keeper, .answer = answer,
				      .context = &daemon};
	int64_t watchdog_ms = service_watchdog_ms();
	daemon.tick_ms = watchdog_ms > 0 && watchdog_ms / 3 < TICK_MS ? watchdog_ms / 3 : TICK_MS;
	int exit_status = PIPELINE_MISCONFIGURED;
	if (begin(&daemon, options, &error) == 0) {
		log_info("daemon", "serving the pipelines of '%s', answering at '%s'", options->directory, options->socket_path);
		fleet_reload(&daemon.fleet, 0);
		do {
			turn(&daemon);
			wait_for_something(&daemon);
		} while (!daemon.fleet.is_stopping || !fleet_has_ended(&daemon.fleet));
		exit_status = were_stopped_in_order(&daemon.fleet) ? PIPELINE_FINISHED : PIPELINE_FAILED;
		log_info("daemon", "ended");
	} else {
		log_error("daemon", "%s", error.text);
	}
	control_server_free(daemon.server);
	fleet_done(&daemon.fleet);
	if (daemon.signals >= 0)
		close(daemon.signals);
	return exit_status;
}
