#include "observe/metrics.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/utf8.h"

static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;
static struct weir_metric unread;

struct metrics *metrics_new(void)
{
	void *memory = mmap(NULL, sizeof(struct metrics), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

void metrics_free(struct metrics *metrics)
{
	if (metrics != NULL)
		munmap(metrics, sizeof(*metrics));
}

/* What a wild write can make of it is not believed: a crash of a plugin is none of the supervisor's. */
static uint32_t count(struct metrics *metrics)
{
	uint32_t n = atomic_load_explicit(&metrics->n_metrics, memory_order_acquire);
	return n <= METRICS_MAX ? n : 0;
}

static bool is_named(const struct weir_metric *metric, const char *name)
{
	return strncmp(metric->name, name, sizeof(metric->name)) == 0;
}

static bool is_of(const struct weir_metric *metric, const char *component)
{
	return strncmp(metric->component, component, sizeof(metric->component)) == 0;
}

void metrics_repair(struct metrics *metrics)
{
	bool is_sound = atomic_load(&metrics->n_metrics) <= METRICS_MAX;
	for (uint32_t i = 0; is_sound && i < count(metrics); i++) {
		const struct weir_metric *metric = &metrics->metrics[i];
		is_sound = memchr(metric->name, '\0', sizeof(metric->name)) != NULL &&
			   memchr(metric->component, '\0', sizeof(metric->component)) != NULL;
	}
	if (!is_sound)
		memset(metrics, 0, offsetof(struct metrics, error_sequence));
}

struct weir_metric *metrics_find(struct metrics *metrics, const char *component, const char *name)
{
	uint32_t n = count(metrics);
	for (uint32_t i = 0; i < n; i++) {
		struct weir_metric *metric = &metrics->metrics[i];
		if (is_named(metric, name) && is_of(metric, component))
			return metric;
	}
	return NULL;
}

static struct weir_metric *append(struct metrics *metrics, const char *component, uint32_t kind,
				  const char *name, const char *unit, const char *help)
{
	uint32_t n = atomic_load_explicit(&metrics->n_metrics, memory_order_relaxed);
	if (n >= METRICS_MAX)
		return &unread;
	struct weir_metric *metric = &metrics->metrics[n];
	snprintf(metric->component, sizeof(metric->component), "%s", component);
	snprintf(metric->name, sizeof(metric->name), "%s", name);
	snprintf(metric->unit, sizeof(metric->unit), "%s", unit != NULL ? unit : "");
	snprintf(metric->help, sizeof(metric->help), "%s", help != NULL ? help : "");
	metric->kind = kind;
	atomic_store_explicit(&metrics->n_metrics, n + 1, memory_order_release);
	return metric;
}

struct weir_metric *metrics_register(struct metrics *metrics, const char *component, uint32_t kind,
				     const char *name, const char *unit, const char *help)
{
	pthread_mutex_lock(&registering);
	struct weir_metric *metric = metrics_find(metrics, component, name);
	if (metric == NULL)
		metric = append(metrics, component, kind, name, unit, help);
	pthread_mutex_unlock(&registering);
	return metric;
}

int64_t metrics_read(struct metrics *metrics, const char *component, const char *name)
{
	struct weir_metric *metric = metrics_find(metrics, component, name);
	return metric != NULL ? metric_get(metric) : 0;
}

int64_t metrics_sum(struct metrics *metrics, const char *name)
{
	uint64_t sum = 0;
	uint32_t n = count(metrics);
	for (uint32_t i = 0; i < n; i++)
		if (is_named(&metrics->metrics[i], name))
			sum += (uint64_t)metric_get(&metrics->metrics[i]);
	return (int64_t)sum;
}

void metrics_reset(struct metrics *metrics, const char *name)
{
	uint32_t n = count(metrics);
	for (uint32_t i = 0; i < n; i++)
		if (is_named(&metrics->metrics[i], name))
			metric_set(&metrics->metrics[i], 0);
}

void metrics_set_error(struct metrics *metrics, const char *text)
{
	pthread_mutex_lock(&registering);
	uint32_t writing = atomic_load(&metrics->error_sequence) | 1; /* also where a writer was killed */
	atomic_store(&metrics->error_sequence, writing);
	atomic_thread_fence(memory_order_seq_cst);
	metrics->last_error.wall_ms = clock_wall_ms();
	snprintf(metrics->last_error.text, sizeof(metrics->last_error.text), "%s", text);
	atomic_store(&metrics->error_sequence, writing + 1);
	pthread_mutex_unlock(&registering);
}

/* What is being written just now is read as far as it is there. */
void metrics_get_error(struct metrics *metrics, struct last_error *ret_error)
{
	uint32_t before, after;
	int attempts = 3;
	do {
		before = atomic_load(&metrics->error_sequence);
		memcpy(ret_error, &metrics->last_error, sizeof(*ret_error));
		atomic_thread_fence(memory_order_seq_cst);
		after = atomic_load(&metrics->error_sequence);
	} while ((before != after || (before & 1) != 0) && --attempts > 0);
	ret_error->sequence = after;
	ret_error->text[sizeof(ret_error->text) - 1] = '\0';
	utf8_clean(ret_error->text);
}
