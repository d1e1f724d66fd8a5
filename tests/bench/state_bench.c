/* Nanoseconds per upsert for 1,000 / 1M / 10M keys. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "state/state_table.h"

#define BATCH 1024
#define KEY_BYTES 24

struct keys {
	char *texts;
	struct state_key *list;
	uint32_t n;
};

static uint64_t seed = 1;

static uint64_t random_next(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed >> 33;
}

static struct keys keys_new(uint32_t n)
{
	struct keys keys = {malloc((size_t)n * KEY_BYTES), malloc(n * sizeof(struct state_key)), n};
	for (uint32_t i = 0; i < n; i++) {
		char *text = keys.texts + (size_t)i * KEY_BYTES;
		int len = snprintf(text, KEY_BYTES, "%u.%u.%u.%u", i >> 24 | 10u, i >> 16 & 255, i >> 8 & 255, i & 255);
		keys.list[i] = (struct state_key){(uint8_t *)text, (uint32_t)len, state_key_hash((uint8_t *)text, (size_t)len)};
	}
	return keys;
}

/* Copies keys at random beforehand, as they would come in a batch: hashed, and in the cache. */
static double upsert(struct state_window *window, const struct keys *keys, uint64_t n_upserts, int in_order)
{
	static struct state_key batch[BATCH];
	static char texts[BATCH][KEY_BYTES];
	void *values[BATCH];
	int64_t us = 0;
	for (uint64_t done = 0; done < n_upserts; done += BATCH) {
		for (uint32_t i = 0; i < BATCH; i++) {
			batch[i] = keys->list[in_order ? (done + i) % keys->n : random_next() % keys->n];
			memcpy(texts[i], batch[i].data, KEY_BYTES);
			batch[i].data = (uint8_t *)texts[i];
		}
		int64_t start = clock_monotonic_us();
		if (state_window_upsert(window, batch, BATCH, values) < 0)
			abort();
		for (uint32_t i = 0; i < BATCH; i++)
			++*(uint64_t *)values[i];
		us += clock_monotonic_us() - start;
	}
	return (double)us * 1000 / (double)n_upserts;
}

static void measure(uint32_t n)
{
	struct keys keys = keys_new(n);
	struct state_table *table = state_table_new(8);
	struct state_window *window = state_table_get(table, 0);
	double first = upsert(window, &keys, n < 1000000 ? 1024 : n, 1);
	double again = upsert(window, &keys, 20000000, 0);
	printf("%8" PRIu32 " keys: %5.1f ns per upsert, %5.1f ns for a new key, %.0f bytes per key\n", n, again, first,
	       (double)state_table_bytes(table) / n);
	struct state_delta delta;
	int64_t start = clock_monotonic_us();
	if (state_table_snapshot(table, 1, 0, &delta) < 0)
		abort();
	printf("                snapshot of all: %.1f ms, %" PRIu32 " chunks\n", (double)(clock_monotonic_us() - start) / 1000, delta.n_chunks);
	state_delta_done(&delta);
	again = upsert(window, &keys, n < 1000000 ? 1024 : n / 4, 0);
	start = clock_monotonic_us();
	if (state_table_snapshot(table, 2, 0, &delta) < 0)
		abort();
	printf("                snapshot of changes: %.1f ms, %" PRIu32 " chunks (%.1f ns per upsert with listing)\n", (double)(clock_monotonic_us() - start) / 1000, delta.n_chunks, again);
	state_delta_done(&delta);
	state_table_free(table);
	free(keys.texts);
	free(keys.list);
}

int main(void)
{
	measure(1000);
	measure(1000000);
	measure(10000000);
	return 0;
}
