/* The first thing that went wrong in a pipeline, kept for whoever ends it. Setting it cancels the
 * pipeline: every thread leaves its loop, nobody waits for room or items any longer. */
#ifndef WEIR_PIPELINE_FAILURE_H
#define WEIR_PIPELINE_FAILURE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "pipeline/wakeup.h"
#include "weir/plugin.h"

struct failure {
	pthread_mutex_t lock;
	atomic_bool cancelled;
	weir_status status; /* WEIR_OK: cancelled without a failure */
	char text[4096];
	struct wakeup *coordinator; /* woken; borrowed */
};

void failure_init(struct failure *failure, struct wakeup *coordinator);
void failure_done(struct failure *failure);

/* Any thread. Only the first call counts. Returns `status`. */
weir_status failure_set(struct failure *failure, weir_status status, const char *component, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Adds to the text of the first. */
void failure_add(struct failure *failure, const char *text);
weir_status failure_no_memory(struct failure *failure, const char *component);
/* Cancels without a failure. */
void failure_cancel(struct failure *failure);

#endif
