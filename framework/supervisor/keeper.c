#include "config.h"

#include "supervisor/keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/service_notify.h"
#include "pipeline/pipeline.h"
#include "supervisor/supervisor.h"

#define CHANNEL (STDERR_FILENO + 1) /* in the keeper */
#define HAS_READ '+'
#define REFUSES '-'
#define GO_ON '!'

/* ---- in the keeper ---- */

static void leave_daemon_behind(pid_t daemon, int channel)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != daemon)
		_exit(PIPELINE_FAILED); /* it died before prctl() */
	signal(SIGHUP, SIG_IGN); /* the daemon's */
	sigset_t none;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	service_forget();
	if (channel != CHANNEL)
		dup2(channel, CHANNEL);
	close_range(CHANNEL + 1, ~0U, 0);
}

static struct pipeline_description *read_file(struct supervision *supervision, const struct keeper_options *options,
					      const char *file)
{
	struct pipeline_description *description = NULL;
	struct findings findings = {0};
	struct plugin_registry *registry = plugin_registry_new();
	for (uint32_t i = 0; registry != NULL && i < options->n_plugin_directories; i++)
		plugin_registry_add_directory(registry, options->plugin_directories[i]);
	if (registry != NULL &&
	    pipeline_description_read(file, NULL, 0, registry, &description, &findings) == 0)
		supervision_describe(supervision, description);
	supervision_set_findings(supervision, &findings);
	findings_done(&findings);
	return description; /* with the registry, until the process ends */
}

/* False: the daemon has no use for this version. */
static bool is_to_go_on(void)
{
	char answer = 0;
	while (read(CHANNEL, &answer, 1) < 0 && errno == EINTR)
		;
	return answer == GO_ON;
}

static int keep(struct supervision *supervision, const struct keeper_options *options, const char *file)
{
	struct pipeline_description *description = read_file(supervision, options, file);
	char answer = description != NULL ? HAS_READ : REFUSES;
	if (write(CHANNEL, &answer, 1) != 1 || description == NULL || !is_to_go_on())
		return PIPELINE_MISCONFIGURED;
	close(CHANNEL);
	log_configure(options->log_format, options->log_level, description->name);
	log_name_pipeline();
	return supervise(description, supervision);
}

/* ---- in the daemon ---- */

int keeper_start(struct keeper *keeper, const struct keeper_options *options, const char *file, struct error *error)
{
	int channel[2] = {-1, -1};
	*keeper = (struct keeper){.channel = -1, .supervision = supervision_new()};
	if (keeper->supervision == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0)
		goto failed;
	pid_t daemon = getpid();
	fflush(NULL);
	keeper->process = fork();
	if (keeper->process == 0) {
		leave_daemon_behind(daemon, channel[1]);
		exit(keep(keeper->supervision, options, file));
	}
	if (keeper->process < 0)
		goto failed;
	close(channel[1]);
	keeper->channel = channel[0];
	return 0;
failed:;
	int r = error_set(error, -errno, "cannot start a process for '%s': %s", file, strerror(errno));
	close(channel[0]);
	close(channel[1]);
	supervision_free(keeper->supervision);
	*keeper = (struct keeper){.channel = -1};
	return r;
}

enum keeper_answer keeper_answer(struct keeper *keeper)
{
	char answer;
	ssize_t n = recv(keeper->channel, &answer, 1, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? KEEPER_READS : KEEPER_IS_GONE;
	return n == 0 ? KEEPER_IS_GONE : answer == HAS_READ ? KEEPER_HAS_READ : KEEPER_REFUSES;
}

void keeper_go_on(struct keeper *keeper, uint32_t attempts_used)
{
	char go_on = GO_ON;
	atomic_store(&keeper->supervision->attempts_used, attempts_used);
	(void)send(keeper->channel, &go_on, 1, MSG_NOSIGNAL);
	close(keeper->channel);
	keeper->channel = -1;
}

void keeper_done(struct keeper *keeper)
{
	if (keeper->channel >= 0 && keeper->process > 0)
		kill(keeper->process, SIGKILL);
	if (keeper->channel >= 0)
		close(keeper->channel);
	supervision_free(keeper->supervision);
	*keeper = (struct keeper){.channel = -1};
}
