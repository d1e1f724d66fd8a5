/* What keyed state costs: an upsert with 1,000 / 1M / 10M keys, a snapshot of all and of what changed, and
 * writing 1M changed keys to a checkpoint store and restoring them.
 *   state_bench [DIR]     DIR: where the store is made (default /tmp) */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pipeline/state_restore.h"
#include "state/state_chunks.h"

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

static void *take_memory(size_t bytes)
{
	void *memory = malloc(bytes);
	if (memory == NULL)
		exit(1);
	return memory;
}

static void expect_success(int r, const struct error *error)
{
	if (r < 0) {
		fprintf(stderr, "state_bench: %s\n", error->text);
		exit(1);
	}
}

static struct keys keys_new(uint32_t n)
{
	struct keys keys = {take_memory((size_t)n * KEY_BYTES), take_memory(n * sizeof(struct state_key)), n};
	for (uint32_t i = 0; i < n; i++) {
		char *text = keys.texts + (size_t)i * KEY_BYTES;
		int len = snprintf(text, KEY_BYTES, "%u.%u.%u.%u", 10 + (i >> 24), i >> 16 & 255, i >> 8 & 255, i & 255);
		keys.list[i] = (struct state_key){(uint8_t *)text, (uint32_t)len, state_key_hash((uint8_t *)text, (size_t)len)};
	}
	return keys;
}

/* Upserts and counts up. The keys of a batch are hashed and in the cache, as they are in a pipeline. */
static double ns_per_upsert(struct state_window *window, const struct keys *keys, uint64_t n_batches, bool in_order)
{
	static struct state_key batch[BATCH];
	static char texts[BATCH][KEY_BYTES];
	void *values[BATCH];
	int64_t us = 0;
	for (uint64_t done = 0; done < n_batches * BATCH; done += BATCH) {
		for (uint32_t i = 0; i < BATCH; i++) {
			batch[i] = keys->list[in_order ? (done + i) % keys->n : random_next() % keys->n];
			memcpy(texts[i], batch[i].data, KEY_BYTES);
			batch[i].data = (uint8_t *)texts[i];
		}
		int64_t start = clock_monotonic_us();
		if (state_window_upsert(window, batch, BATCH, values) < 0)
			exit(1);
		for (uint32_t i = 0; i < BATCH; i++)
			++*(uint64_t *)values[i];
		us += clock_monotonic_us() - start;
	}
	return (double)us * 1000 / (double)(n_batches * BATCH);
}

static double snapshot_ms(struct state_table *table, uint64_t checkpoint, struct state_delta *ret_delta)
{
	int64_t start = clock_monotonic_us();
	if (state_table_snapshot(table, checkpoint, 0, ret_delta) < 0)
		exit(1);
	return (double)(clock_monotonic_us() - start) / 1000;
}

static void measure_table(uint32_t n)
{
	struct keys keys = keys_new(n);
	struct state_table *table = state_table_new(8);
	struct state_window *window = state_table_get(table, 0);
	struct state_delta delta;
	double made = ns_per_upsert(window, &keys, (n + BATCH - 1) / BATCH, true);
	double unlisted = ns_per_upsert(window, &keys, 10000, false);
	size_t bytes = state_table_bytes(table);
	double whole = snapshot_ms(table, 0, &delta);
	state_delta_done(&delta);
	double listed = ns_per_upsert(window, &keys, n < 100000 ? 10000 : n / 8 / BATCH, false);
	double changed = snapshot_ms(table, 1, &delta);
	uint64_t n_changed = 0;
	for (uint32_t i = 0; i < delta.n_chunks; i++)
		n_changed += delta.chunks[i].n_entries;
	state_delta_done(&delta);
	printf("%8" PRIu32 " keys: upsert %.1f ns (%.1f ns while changes are listed, %.1f ns where the key is new), %.0f bytes a key;\n"
	       "               snapshot of all %.1f ms, of %" PRIu64 " changed keys %.1f ms\n", n, unlisted, listed, made,
	       (double)bytes / n, whole, n_changed, changed);
	state_table_free(table);
	free(keys.texts);
	free(keys.list);
}

static struct checkpoint_record *put_delta(struct checkpoint_store *store, const struct state_delta *delta, uint64_t id)
{
	struct error error = ERROR_INIT;
	struct checkpoint_record *record = checkpoint_record_new();
	struct checkpoint_new_chunk *chunks = take_memory(delta->n_chunks * sizeof(*chunks));
	if (record == NULL)
		exit(1);
	record->id = id;
	record->parallelism = 1;
	for (uint32_t i = 0; i < delta->n_chunks; i++) {
		const struct state_chunk *chunk = &delta->chunks[i];
		struct checkpoint_chunk place = {id, 0, i, chunk->window_start_ms, chunk->n_entries, chunk->bytes,
						 state_chunk_checksum(chunk->data, chunk->bytes)};
		if (checkpoint_record_add_chunk(record, &place) < 0)
			exit(1);
	}
	for (uint32_t i = 0; i < delta->n_chunks; i++)
		chunks[i] = (struct checkpoint_new_chunk){&record->chunks[i], delta->chunks[i].data};
	expect_success(checkpoint_store_put(store, record, chunks, delta->n_chunks, true, &error), &error);
	free(chunks);
	return record;
}

static void measure_store(const char *directory, uint32_t n)
{
	char path[256];
	struct error error = ERROR_INIT;
	struct checkpoint_store *store;
	snprintf(path, sizeof(path), "%s/state-bench-XXXXXX", directory);
	if (mkdtemp(path) == NULL)
		exit(1);
	expect_success(checkpoint_store_open(path, "bench", STORE_CREATE, &store, NULL, &error), &error);
	struct keys keys = keys_new(n);
	struct state_table *table = state_table_new(8);
	struct checkpoint_record *record = NULL;
	for (uint64_t id = 0; id < 6; id++) {
		struct state_delta delta;
		ns_per_upsert(state_table_get(table, 0), &keys, (n + BATCH - 1) / BATCH, true);
		double packed = snapshot_ms(table, id, &delta);
		int64_t start = clock_monotonic_us();
		checkpoint_record_free(record);
		record = put_delta(store, &delta, id);
		int64_t put = clock_monotonic_us();
		expect_success(checkpoint_store_complete(store, id, clock_wall_ms(), 3, false, &error), &error);
		int64_t completed = clock_monotonic_us();
		printf("%8" PRIu32 " changed keys: snapshot %.1f ms, put and sync %.1f ms, complete %.1f ms\n", n, packed,
		       (double)(put - start) / 1000, (double)(completed - put) / 1000);
		state_delta_done(&delta);
	}
	state_table_free(table);
	checkpoint_store_close(store);
	int64_t start = clock_monotonic_us();
	expect_success(checkpoint_store_open(path, "bench", STORE_READ_WRITE, &store, NULL, &error), &error);
	int64_t opened = clock_monotonic_us();
	table = state_table_new(8);
	expect_success(state_restore(store, record, 8, &table, 1, &error), &error);
	printf("%8" PRIu32 " keys: store opened in %.1f ms, state restored in %.1f ms\n", n, (double)(opened - start) / 1000,
	       (double)(clock_monotonic_us() - opened) / 1000);
	checkpoint_store_close(store);
	checkpoint_record_free(record);
	state_table_free(table);
	free(keys.texts);
	free(keys.list);
	char command[300];
	snprintf(command, sizeof(command), "rm -rf %s", path);
	if (system(command) != 0)
		exit(1);
}

int main(int argc, char **argv)
{
	measure_table(1000);
	measure_table(1000000);
	measure_table(10000000);
	measure_store(argc > 1 ? argv[1] : "/tmp", 1000000);
	return 0;
}
