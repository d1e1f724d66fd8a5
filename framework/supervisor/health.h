/* How a pipeline is doing, from what its supervisor and its counters show. */
#ifndef WEIR_SUPERVISOR_HEALTH_H
#define WEIR_SUPERVISOR_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisor/supervision.h"

enum pipeline_state {
	STATE_STARTING,	  /* being recovered, or not started yet */
	STATE_RUNNING,
	STATE_WAITING,	  /* for a broker, or whatever a plugin says it waits for */
	STATE_STALLED,	  /* no record in or out for `stalled_after`, though there is lag */
	STATE_RESTARTING, /* after a death, or going back to the last checkpoint; or another version is to start */
	STATE_STOPPING,
	STATE_STOPPED,	  /* as somebody has asked for */
	STATE_FINISHED,	  /* at the end of its input */
	STATE_FAILED
};

const char *pipeline_state_name(enum pipeline_state state); /* "RUNNING" */

/* Counters over time. Zeroed is new. */
#define HEALTH_SAMPLES 6
struct health {
	struct {
		int64_t ms, in, out;
	} samples[HEALTH_SAMPLES]; /* a ring */
	unsigned n_samples, next_sample;
	/* When last a record went in or out, or none could. */
	int64_t moved_ms, moved_in, moved_out;
};

/* About once a second. */
void health_sample(struct health *health, struct metrics *metrics, int64_t now_ms);
/* Records a second, over the samples there are. */
double health_rate_in(const struct health *health);
double health_rate_out(const struct health *health);

/* Of a pipeline that has a supervisor which runs. */
enum pipeline_state health_state(const struct health *health, struct supervision *supervision, int64_t now_ms);

/* It runs, or waits for something outside. */
bool health_has_come_up(struct metrics *metrics);

#endif
