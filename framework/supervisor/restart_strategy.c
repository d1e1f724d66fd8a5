#include <sys/wait.h>

#include "pipeline/pipeline.h"
#include "supervisor/supervisor.h"

static bool is_final(int exit_status)
{
	return exit_status == PIPELINE_FINISHED || exit_status == PIPELINE_MISCONFIGURED ||
	       exit_status == PIPELINE_REFUSED || exit_status == PIPELINE_FENCED;
}

struct restart_decision restart_decide(int status, bool is_stopping, unsigned attempts_used, unsigned attempts)
{
	if (WIFEXITED(status) && is_final(WEXITSTATUS(status)))
		return (struct restart_decision){RESTART_NOT, WEXITSTATUS(status)};
	if (is_stopping)
		return (struct restart_decision){RESTART_NOT, PIPELINE_FAILED};
	if (WIFEXITED(status) && WEXITSTATUS(status) == PIPELINE_STUCK)
		return (struct restart_decision){RESTART_AT_ONCE, 0};
	if (attempts_used < attempts)
		return (struct restart_decision){RESTART_AFTER_DELAY, 0};
	return (struct restart_decision){RESTART_NOT, PIPELINE_FAILED};
}
