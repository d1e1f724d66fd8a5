#include "checkpoint/chunk_uses.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void chunk_key(const struct checkpoint_chunk *chunk, uint8_t key[CHUNK_KEY_BYTES])
{
	/* The sign turned round, windows before 1970 come first. */
	uint64_t window = htobe64((uint64_t)chunk->window_start_ms ^ (uint64_t)1 << 63);
	uint64_t checkpoint = htobe64(chunk->checkpoint);
	uint32_t task = htobe32(chunk->task), number = htobe32(chunk->number);
	memcpy(key, &window, 8);
	memcpy(key + 8, &checkpoint, 8);
	memcpy(key + 16, &task, 4);
	memcpy(key + 20, &number, 4);
}

void chunk_name(const struct checkpoint_chunk *chunk, char *text, size_t size)
{
	snprintf(text, size, "chunk of window %" PRId64 ", checkpoint %" PRIu64 ", task %" PRIu32 ", number %" PRIu32,
		 chunk->window_start_ms, chunk->checkpoint, chunk->task, chunk->number);
}

void chunk_key_name(const uint8_t *key, size_t bytes, char *text, size_t size)
{
	if (bytes != CHUNK_KEY_BYTES) {
		snprintf(text, size, "entry with a key of %zu bytes", bytes);
		return;
	}
	struct checkpoint_chunk chunk = {0};
	uint64_t window;
	memcpy(&window, key, 8);
	chunk.window_start_ms = (int64_t)(be64toh(window) ^ (uint64_t)1 << 63);
	memcpy(&chunk.checkpoint, key + 8, 8);
	memcpy(&chunk.task, key + 16, 4);
	memcpy(&chunk.number, key + 20, 4);
	chunk.checkpoint = be64toh(chunk.checkpoint);
	chunk.task = be32toh(chunk.task);
	chunk.number = be32toh(chunk.number);
	chunk_name(&chunk, text, size);
}

static int compare_uses(const void *a, const void *b)
{
	return memcmp(a, b, CHUNK_KEY_BYTES);
}

struct chunk_use *chunk_uses_find(void *uses, const uint8_t *key)
{
	void *node = tfind(key, &uses, compare_uses);
	return node == NULL ? NULL : *(struct chunk_use **)node;
}

int chunk_uses_add(void **uses, const struct checkpoint_chunk *chunk)
{
	uint8_t key[CHUNK_KEY_BYTES];
	chunk_key(chunk, key);
	struct chunk_use *use = chunk_uses_find(*uses, key);
	if (use == NULL) {
		use = calloc(1, sizeof(*use));
		if (use == NULL)
			return -ENOMEM;
		memcpy(use->key, key, sizeof(key));
		if (tsearch(use, uses, compare_uses) == NULL) {
			free(use);
			return -ENOMEM;
		}
	}
	use->n_records++;
	return 0;
}

int chunk_uses_add_record(void **uses, const struct checkpoint_record *record, struct error *error)
{
	for (uint32_t i = 0; i < record->n_chunks; i++)
		if (chunk_uses_add(uses, &record->chunks[i]) < 0)
			return error_set(error, -ENOMEM, "no memory for the list of state chunks");
	return 0;
}

bool chunk_uses_remove(void **uses, const uint8_t *key)
{
	struct chunk_use *use = chunk_uses_find(*uses, key);
	if (use == NULL || --use->n_records > 0)
		return false;
	tdelete(use, uses, compare_uses);
	free(use);
	return true;
}
