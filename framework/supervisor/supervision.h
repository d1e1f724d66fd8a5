/* What a supervisor lets others see of its pipeline: memory that it shares with the daemon, which reads it without
 * asking, also after a crash. Numbers in it may have been spoilt by a plugin; texts may lack their end. */
#ifndef WEIR_SUPERVISOR_SUPERVISION_H
#define WEIR_SUPERVISOR_SUPERVISION_H

#include "configuration/pipeline_description.h"
#include "observe/metrics.h"

enum supervision_phase {
	SUPERVISION_STARTED, /* there is a pipeline process */
	SUPERVISION_DELAYED, /* there will be one again after the delay */
	SUPERVISION_STOPPING
};

struct supervision {
	struct metrics metrics;
	_Atomic uint32_t phase, attempts_used;
	_Atomic int32_t process; /* 0: none */

	/* What was read from the file, before the first start. */
	char name[208];
	uint64_t fingerprint;
	uint32_t attempts;
	int64_t restart_delay_ms, stop_timeout_ms, stalled_after_ms;
	char findings[16384]; /* lines "file:line: error: text" */
	uint32_t n_errors;
};

/* Shared with the children that are forked later. NULL = no memory. */
struct supervision *supervision_new(void);
void supervision_free(struct supervision *supervision);

void supervision_describe(struct supervision *supervision, const struct pipeline_description *description);
void supervision_set_findings(struct supervision *supervision, const struct findings *findings);

#endif
