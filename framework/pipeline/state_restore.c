#include "pipeline/state_restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "state/state_chunks.h"

#define ENTRIES_AT_ONCE 256

static int check_header(const struct state_chunk_reader *reader, const struct checkpoint_chunk *chunk, uint32_t value_size,
			struct error *error)
{
	if (reader->value_size != value_size)
		return error_set(error, -EBADMSG, "its values have %" PRIu32 " bytes, the transform's have %" PRIu32,
				 reader->value_size, value_size);
	if (reader->checkpoint != chunk->checkpoint || reader->task != chunk->task ||
	    reader->window_start_ms != chunk->window_start_ms || reader->n_entries != chunk->n_entries)
		return error_set(error, -EBADMSG, "it is not the one its checkpoint lists");
	return 0;
}

/* Entries of a chunk on their way to one task. */
struct share {
	uint32_t n;
	struct state_key keys[ENTRIES_AT_ONCE];
	const void *values[ENTRIES_AT_ONCE];
};

struct restoration {
	struct state_table **tables;
	struct share *shares; /* one for each task */
	uint32_t parallelism;
	uint32_t value_size;
};

static int settle_share(struct restoration *restoration, uint32_t task, int64_t window_start_ms)
{
	struct share *share = &restoration->shares[task];
	if (share->n == 0)
		return 0;
	struct state_window *window = state_table_get(restoration->tables[task], window_start_ms);
	int r = window == NULL ? -ENOMEM : state_window_restore(window, share->keys, share->n, share->values);
	share->n = 0;
	return r;
}

static int restore_entries(struct restoration *restoration, struct state_chunk_reader *reader, struct error *error)
{
	int r = 0;
	struct state_key key;
	const uint8_t *value;
	while (r == 0 && state_chunk_next(reader, &key.data, &key.len, &value) == 1) {
		key.hash = state_key_hash(key.data, key.len);
		uint32_t task = state_task_of_key_group(state_key_group(key.hash), restoration->parallelism);
		struct share *share = &restoration->shares[task];
		share->keys[share->n] = key;
		share->values[share->n++] = value;
		if (share->n == ENTRIES_AT_ONCE)
			r = settle_share(restoration, task, reader->window_start_ms);
	}
	for (uint32_t task = 0; r == 0 && task < restoration->parallelism; task++)
		r = settle_share(restoration, task, reader->window_start_ms);
	return r == 0 ? 0 : error_set(error, r, "no memory for its entries");
}

static int restore_chunk(struct restoration *restoration, struct checkpoint_store *store, const struct checkpoint_chunk *chunk,
			 struct error *error)
{
	uint8_t *data;
	int r = checkpoint_store_read_chunk(store, chunk, &data, error);
	if (r < 0)
		return r;
	struct state_chunk_reader reader;
	r = state_chunk_open(&reader, data, chunk->bytes, error);
	if (r == 0)
		r = check_header(&reader, chunk, restoration->value_size, error);
	if (r == 0)
		r = restore_entries(restoration, &reader, error);
	free(data);
	return r == 0 ? 0 : error_prefix(error, "state chunk of window %" PRId64 ", checkpoint %" PRIu64 ", task %" PRIu32
					 ", number %" PRIu32, chunk->window_start_ms, chunk->checkpoint, chunk->task,
					 chunk->number);
}

/* Before the first chunk of a large window. Its chunks are those of a time when it was written whole, and deltas
 * that hold no more entries than it has keys (state_table_snapshot()): half of all entries, at least, are of
 * different keys. */
static void expect_keys(struct restoration *restoration, const struct checkpoint_record *record, uint32_t first)
{
	int64_t start_ms = record->chunks[first].window_start_ms;
	if (record->chunks[first].bytes < STATE_CHUNK_BYTES / 2 || state_table_find(restoration->tables[0], start_ms) != NULL)
		return;
	uint64_t n_entries = 0;
	for (uint32_t i = first; i < record->n_chunks; i++)
		if (record->chunks[i].window_start_ms == start_ms)
			n_entries += record->chunks[i].n_entries;
	for (uint32_t task = 0; task < restoration->parallelism; task++) {
		struct state_window *window = state_table_get(restoration->tables[task], start_ms);
		if (window != NULL)
			state_window_expect(window, n_entries / 2 / restoration->parallelism);
	}
}

static int restore_all(struct restoration *restoration, struct checkpoint_store *store, const struct checkpoint_record *record,
		       struct error *error)
{
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		expect_keys(restoration, record, i);
		int r = restore_chunk(restoration, store, &record->chunks[i], error);
		if (r < 0)
			return error_prefix(error, "cannot restore checkpoint %" PRIu64, record->id);
	}
	return 0;
}

int state_restore(struct checkpoint_store *store, const struct checkpoint_record *record, uint32_t value_size,
		  struct state_table **tables, uint32_t parallelism, struct error *error)
{
	struct restoration restoration = {tables, calloc(parallelism, sizeof(struct share)), parallelism, value_size};
	if (restoration.shares == NULL)
		return error_set(error, -ENOMEM, "no memory to restore checkpoint %" PRIu64, record->id);
	int r = restore_all(&restoration, store, record, error);
	free(restoration.shares);
	if (r < 0)
		return r;
	for (uint32_t task = 0; record->parallelism != parallelism && task < parallelism; task++)
		state_table_mark_all_changed(tables[task]);
	return 0;
}
