/* The memory that a pipeline process shares with its supervisor, after something scribbled over it: bytes of the
 * input, repeated, from some place on. The supervisor goes on reading, and a restarted process registering. */
#include "fuzz.h"
#include "observe/metrics.h"
#include "supervisor/progress.h"

static void scribble(struct metrics *metrics, struct input *input)
{
	size_t at = (size_t)input_number(input, 3) % sizeof(*metrics), bytes = (size_t)input_number(input, 3);
	if (bytes > sizeof(*metrics) - at)
		bytes = sizeof(*metrics) - at;
	for (size_t i = 0; i < bytes && input->left > 0; i++)
		((uint8_t *)metrics)[at + i] = input->at[i % input->left];
}

static void look(struct metrics *metrics)
{
	char text[300];
	struct progress progress;
	progress_init(&progress, "p", metrics);
	for (int64_t now_ms = 1; now_ms < 3; now_ms++) {
		memset(text, 'x', sizeof(text));
		progress_format(&progress, progress.since_ms + now_ms, text, sizeof(text));
		CLAIM(memchr(text, '\0', sizeof(text)) != NULL && strncmp(text, "p: in ", 6) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	static struct metrics *metrics;
	if (metrics == NULL)
		metrics = malloc(sizeof(*metrics)); /* a sanitizer sees its end */
	CLAIM(metrics != NULL);
	memset(metrics, 0, sizeof(*metrics));
	struct weir_metric *in = metrics_register(metrics, "source", 1, "records_in", "records", "help");
	struct weir_metric *completed = metrics_register(metrics, "checkpoint", 2, "last_completed", "ms", "help");
	metrics_register(metrics, "transform", 1, "records_late", "records", "help");
	metric_set(in, (int64_t)input_number(&input, 8));
	metric_set(completed, (int64_t)input_number(&input, 8));
	look(metrics);
	scribble(metrics, &input);
	look(metrics);
	struct weir_metric *again = metrics_register(metrics, "source", 1, "records_in", "records", "help");
	CLAIM(again != NULL);
	metric_add(again, 1);
	look(metrics);
	return 0;
}
