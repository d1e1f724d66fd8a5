/* One line on the terminal that says how the pipeline is doing; log lines elsewhere. */
#ifndef WEIR_SUPERVISOR_PROGRESS_H
#define WEIR_SUPERVISOR_PROGRESS_H

#include <stdbool.h>

#include "observe/metrics.h"

struct progress {
	const char *pipeline;
	struct metrics *metrics;
	bool is_terminal;
	int64_t since_ms, last_in, last_log_ms;
};

void progress_init(struct progress *progress, const char *pipeline, struct metrics *metrics);
/* Draws or logs, where it is time for that. */
void progress_show(struct progress *progress, int64_t now_ms);
/* Logs, whatever the time. */
void progress_log(struct progress *progress);
/* The line as it would be drawn. */
void progress_format(struct progress *progress, int64_t now_ms, char *text, unsigned size);
void progress_clear(struct progress *progress);

#endif
