/* A source that the conformance kit must catch: the numbers from 0 to 99 from each of two partitions. As built:
 * FORGETS_POSITION leaves the second partition out of its snapshots; IGNORES_INTERRUPT sleeps its time-out out.
 * As neither it keeps the contract of ABI 1.0, see tests/contract/old. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <weir/plugin.h>

#define NUMBERS 100
#define N_PARTITIONS 2

struct broken {
	struct weir_ctx *ctx;
	const struct weir_host *host;
	uint32_t partitions[N_PARTITIONS];
	int64_t next[N_PARTITIONS];
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool interrupted;
};

static weir_status broken_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct broken *broken = self;
	broken->ctx = ctx;
	broken->host = host;
	pthread_mutex_init(&broken->lock, NULL);
	pthread_cond_init(&broken->woken, NULL);
	return WEIR_OK;
}

static void broken_close(void *self)
{
	struct broken *broken = self;
	pthread_mutex_destroy(&broken->lock);
	pthread_cond_destroy(&broken->woken);
}

static weir_status broken_start(void *self, const struct weir_position *positions, uint32_t n_positions)
{
	struct broken *broken = self;
	for (int i = 0; i < N_PARTITIONS; i++)
		broken->partitions[i] = broken->host->partition(broken->ctx, "numbers", i);
	for (uint32_t i = 0; i < n_positions; i++)
		if (positions[i].partition < N_PARTITIONS)
			broken->next[positions[i].partition] = positions[i].offset;
	return WEIR_OK;
}

static void interrupt_sleep(void *self)
{
	struct broken *broken = self;
	pthread_mutex_lock(&broken->lock);
#ifndef IGNORES_INTERRUPT
	broken->interrupted = true;
#endif
	pthread_cond_signal(&broken->woken);
	pthread_mutex_unlock(&broken->lock);
}

static void sleep_until_interrupted(struct broken *broken, int64_t timeout_ms)
{
	struct timespec end;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += timeout_ms % 1000 * 1000000;
	end.tv_sec += timeout_ms / 1000 + end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	pthread_mutex_lock(&broken->lock);
	while (!broken->interrupted && pthread_cond_timedwait(&broken->woken, &broken->lock, &end) == 0)
		;
	broken->interrupted = false;
	pthread_mutex_unlock(&broken->lock);
}

static weir_status append(struct broken *broken, struct weir_out *out, int partition)
{
	struct weir_record *record = broken->host->append(out, 1);
	char *text = broken->host->alloc(out, 24);
	if (record == NULL || text == NULL)
		return WEIR_FATAL;
	int len = snprintf(text, 24, "%lld", (long long)broken->next[partition]);
	record->value = (struct weir_slice){(const uint8_t *)text, (size_t)len};
	record->partition = broken->partitions[partition];
	record->offset = broken->next[partition]++;
	return WEIR_OK;
}

static weir_status broken_poll(void *self, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	struct broken *broken = self;
	weir_status s = WEIR_OK;
	uint32_t n = 0;
	for (int i = 0; i < N_PARTITIONS; i++) {
		for (uint32_t k = 0; s == WEIR_OK && k <= max_records / N_PARTITIONS && broken->next[i] < NUMBERS; k++, n++)
			s = append(broken, out, i);
		broken->host->partition_lag(broken->ctx, broken->partitions[i], NUMBERS - broken->next[i]);
	}
	if (n > 0)
		return s;
	sleep_until_interrupted(broken, timeout_ms);
	return WEIR_IDLE;
}

static weir_status broken_snapshot(void *self, struct weir_positions *positions)
{
	struct broken *broken = self;
	weir_status s = WEIR_OK;
#ifdef FORGETS_POSITION
	int n = 1;
#else
	int n = N_PARTITIONS;
#endif
	for (int i = 0; s == WEIR_OK && i < n; i++)
		s = broken->host->position(positions, &(struct weir_position){"numbers", i, broken->next[i], -1, NULL});
	return s;
}

static const struct weir_source_ops ops = {.size = sizeof(ops), .start = broken_start, .poll = broken_poll,
					   .interrupt = interrupt_sleep, .snapshot = broken_snapshot};

WEIR_PLUGIN(.name = NAME, .version = "1.0", .license = "Apache-2.0", .summary = "breaks the contract on purpose",
	    .instance_size = sizeof(struct broken), .open = broken_open, .close = broken_close, .source = &ops);
