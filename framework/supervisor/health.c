#include "supervisor/health.h"

#include "pipeline/pipeline.h"

const char *pipeline_state_name(enum pipeline_state state)
{
	static const char *const names[] = {
		[STATE_STARTING] = "STARTING",	   [STATE_RUNNING] = "RUNNING",	  [STATE_WAITING] = "WAITING",
		[STATE_STALLED] = "STALLED",	   [STATE_RESTARTING] = "RESTARTING", [STATE_STOPPING] = "STOPPING",
		[STATE_STOPPED] = "STOPPED",	   [STATE_FINISHED] = "FINISHED", [STATE_FAILED] = "FAILED",
	};
	return names[state];
}

static bool waits(struct metrics *metrics)
{
	return metrics_sum(metrics, "waiting") > 0;
}

void health_sample(struct health *health, struct metrics *metrics, int64_t now_ms)
{
	int64_t in = metrics_read(metrics, "source", "records_in"), out = metrics_read(metrics, "sink", "records_out");
	bool could_move = metrics_read(metrics, "source", "lag") > 0 && !waits(metrics) &&
			  metrics_read(metrics, "pipeline", "phase") == PIPELINE_RUNNING;
	if (!could_move || in != health->moved_in || out != health->moved_out)
		health->moved_ms = now_ms;
	health->moved_in = in;
	health->moved_out = out;
	health->samples[health->next_sample].ms = now_ms;
	health->samples[health->next_sample].in = in;
	health->samples[health->next_sample].out = out;
	health->next_sample = (health->next_sample + 1) % HEALTH_SAMPLES;
	if (health->n_samples < HEALTH_SAMPLES)
		health->n_samples++;
}

/* Where a counter began anew in between, the rate is not known: 0. */
static double rate(int64_t first, int64_t last, int64_t ms)
{
	return ms > 0 && last > first ? ((double)last - (double)first) * 1000 / (double)ms : 0;
}

static unsigned oldest(const struct health *health)
{
	return health->n_samples < HEALTH_SAMPLES ? 0 : health->next_sample;
}

static unsigned newest(const struct health *health)
{
	return (health->next_sample + HEALTH_SAMPLES - 1) % HEALTH_SAMPLES;
}

double health_rate_in(const struct health *health)
{
	unsigned first = oldest(health), last = newest(health);
	return rate(health->samples[first].in, health->samples[last].in, health->samples[last].ms - health->samples[first].ms);
}

double health_rate_out(const struct health *health)
{
	unsigned first = oldest(health), last = newest(health);
	return rate(health->samples[first].out, health->samples[last].out,
		    health->samples[last].ms - health->samples[first].ms);
}

bool health_has_come_up(struct metrics *metrics)
{
	return metrics_read(metrics, "pipeline", "phase") == PIPELINE_RUNNING || waits(metrics);
}

static bool is_stalled(const struct health *health, struct supervision *supervision, int64_t now_ms)
{
	return health->n_samples > 0 && now_ms - health->moved_ms >= supervision->stalled_after_ms;
}

enum pipeline_state health_state(const struct health *health, struct supervision *supervision, int64_t now_ms)
{
	switch (atomic_load(&supervision->phase)) {
	case SUPERVISION_STOPPING:
		return STATE_STOPPING;
	case SUPERVISION_DELAYED:
		return STATE_RESTARTING;
	default:
		break;
	}
	if (waits(&supervision->metrics))
		return STATE_WAITING;
	switch (metrics_read(&supervision->metrics, "pipeline", "phase")) {
	case PIPELINE_RUNNING:
		return is_stalled(health, supervision, now_ms) ? STATE_STALLED : STATE_RUNNING;
	case PIPELINE_GOING_BACK:
		return STATE_RESTARTING;
	default:
		return STATE_STARTING;
	}
}
