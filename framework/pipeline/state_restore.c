#include "pipeline/state_restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "state/state_chunks.h"

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

static int restore_entries(struct state_chunk_reader *reader, struct state_table **tables, uint32_t parallelism,
			   struct error *error)
{
	struct state_key key;
	const uint8_t *value;
	while (state_chunk_next(reader, &key.data, &key.len, &value) == 1) {
		key.hash = state_key_hash(key.data, key.len);
		uint32_t task = state_task_of_key_group(state_key_group(key.hash), parallelism);
		struct state_window *window = state_table_get(tables[task], reader->window_start_ms);
		if (window == NULL || state_window_restore(window, &key, value) < 0)
			return error_set(error, -ENOMEM, "no memory for its entries");
	}
	return 0;
}

static int restore_chunk(struct checkpoint_store *store, const struct checkpoint_chunk *chunk, uint32_t value_size,
			 struct state_table **tables, uint32_t parallelism, struct error *error)
{
	uint8_t *data;
	int r = checkpoint_store_read_chunk(store, chunk, &data, error);
	if (r < 0)
		return r;
	struct state_chunk_reader reader;
	r = state_chunk_open(&reader, data, chunk->bytes, error);
	if (r == 0)
		r = check_header(&reader, chunk, value_size, error);
	if (r == 0)
		r = restore_entries(&reader, tables, parallelism, error);
	free(data);
	return r == 0 ? 0 : error_prefix(error, "state chunk of window %" PRId64 ", checkpoint %" PRIu64 ", task %" PRIu32
					 ", number %" PRIu32, chunk->window_start_ms, chunk->checkpoint, chunk->task,
					 chunk->number);
}

int state_restore(struct checkpoint_store *store, const struct checkpoint_record *record, uint32_t value_size,
		  struct state_table **tables, uint32_t parallelism, struct error *error)
{
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		int r = restore_chunk(store, &record->chunks[i], value_size, tables, parallelism, error);
		if (r < 0)
			return error_prefix(error, "cannot restore checkpoint %" PRIu64, record->id);
	}
	for (uint32_t task = 0; record->parallelism != parallelism && task < parallelism; task++)
		state_table_mark_all_changed(tables[task]);
	return 0;
}
