/* Runs a pipeline as a process of its own, and again by the restart strategy, whichever way it dies. */
#ifndef WEIR_SUPERVISOR_SUPERVISOR_H
#define WEIR_SUPERVISOR_SUPERVISOR_H

#include "supervisor/supervision.h"

/* Until the pipeline has ended for good; returns the exit status of the program. What others may see of it stands in
 * `supervision`, which has been described. The caller's process must have no other threads. */
int supervise(const struct pipeline_description *description, struct supervision *supervision);

/* What the death of a pipeline process leads to; pure. `status` as from waitpid(). */
enum restart_verdict { RESTART_NOT, RESTART_AT_ONCE, RESTART_AFTER_DELAY };
struct restart_decision {
	enum restart_verdict verdict;
	int exit_status; /* of the supervisor, with RESTART_NOT */
};
struct restart_decision restart_decide(int status, bool is_stopping, unsigned attempts_used, unsigned attempts);

#endif
