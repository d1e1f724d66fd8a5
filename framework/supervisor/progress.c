#include "supervisor/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "observe/log.h"

#define LOG_EVERY_MS 30000

static void wipe_line(void)
{
	(void)!write(STDERR_FILENO, "\r\033[K", 4);
}

void progress_init(struct progress *progress, const char *pipeline, struct metrics *metrics)
{
	*progress = (struct progress){
		.pipeline = pipeline,
		.metrics = metrics,
		.is_terminal = isatty(STDERR_FILENO) == 1,
		.since_ms = clock_monotonic_ms(),
		.last_log_ms = clock_monotonic_ms(),
	};
	if (progress->is_terminal)
		log_before_line(wipe_line);
}

static void format_checkpoint(struct progress *progress, int64_t now_ms, char *text, unsigned size)
{
	int64_t completed_ms = metrics_read(progress->metrics, "checkpoint", "last_completed_monotonic");
	if (completed_ms == 0)
		snprintf(text, size, "none yet");
	else
		snprintf(text, size, "%" PRId64 ", %.1f s ago", metrics_read(progress->metrics, "checkpoint", "last_id"),
			 ((double)now_ms - (double)completed_ms) / 1000);
}

/* Only where there are any: what the user would not expect to be missing from the results. */
static void append_count(char *text, unsigned size, int64_t count, const char *what)
{
	size_t len = strlen(text);
	if (count > 0)
		snprintf(text + len, size - len, ", %" PRId64 " %s", count, what);
}

void progress_format(struct progress *progress, int64_t now_ms, char *text, unsigned size)
{
	int64_t in = metrics_read(progress->metrics, "source", "records_in");
	int64_t elapsed_ms = now_ms - progress->since_ms > 0 ? now_ms - progress->since_ms : 1;
	int64_t lag = metrics_read(progress->metrics, "source", "lag");
	char lag_text[24] = "unknown", checkpoint[64];
	if (lag >= 0)
		snprintf(lag_text, sizeof(lag_text), "%" PRId64, lag);
	format_checkpoint(progress, now_ms, checkpoint, sizeof(checkpoint));
	double rate = ((double)in - (double)progress->last_in) * 1000 / (double)elapsed_ms;
	snprintf(text, size, "%s: in %" PRId64 " (%.0f/s), out %" PRId64 ", lag %s, checkpoint %s", progress->pipeline, in, rate,
		 metrics_read(progress->metrics, "sink", "records_out"), lag_text, checkpoint);
	append_count(text, size, metrics_sum(progress->metrics, "records_late"), "late");
	append_count(text, size, metrics_sum(progress->metrics, "records_rejected"), "could not be processed");
	append_count(text, size, metrics_read(progress->metrics, "process", "resident") >> 20, "MiB");
	progress->last_in = in;
	progress->since_ms = now_ms;
}

void progress_log(struct progress *progress)
{
	char text[300];
	progress_format(progress, clock_monotonic_ms(), text, sizeof(text));
	log_info("progress", "%s", text);
}

void progress_show(struct progress *progress, int64_t now_ms)
{
	if (progress->is_terminal) {
		char text[300], line[320];
		progress_format(progress, now_ms, text, sizeof(text));
		int n = snprintf(line, sizeof(line), "\r\033[K%s", text);
		(void)!write(STDERR_FILENO, line, (size_t)n);
	} else if (now_ms - progress->last_log_ms >= LOG_EVERY_MS) {
		progress->last_log_ms = now_ms;
		progress_log(progress);
	}
}

void progress_clear(struct progress *progress)
{
	if (progress->is_terminal)
		wipe_line();
}
