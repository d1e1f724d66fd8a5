/* Bytes of a checkpoint record; what is taken is written as the same bytes, and goes through the lists of its
 * chunks. The first byte says whether the checksum is set right beforehand. */
#define _GNU_SOURCE
#include <search.h>

#include "base/bytes.h"
#include "checkpoint/checkpoint_manifest.h"
#include "checkpoint/checkpoint_record.h"
#include "checkpoint/chunk_uses.h"
#include "fuzz.h"

/* Listed once and once more, then taken off again: each chunk goes with its last user. */
static void count_uses(const struct checkpoint_record *record)
{
	void *uses = NULL;
	uint8_t key[CHUNK_KEY_BYTES];
	char name[160], key_name[160];
	CLAIM(chunk_uses_add_record(&uses, record, NULL) == 0 && chunk_uses_add_record(&uses, record, NULL) == 0);
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		chunk_key(&record->chunks[i], key);
		CLAIM(chunk_uses_find(uses, key) != NULL);
		chunk_name(&record->chunks[i], name, sizeof(name));
		chunk_key_name(key, sizeof(key), key_name, sizeof(key_name));
		CLAIM(strcmp(name, key_name) == 0);
		CLAIM(!chunk_uses_remove(&uses, key));
	}
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		chunk_key(&record->chunks[i], key);
		(void)chunk_uses_remove(&uses, key);
	}
	CLAIM(uses == NULL);
}

static void replace_windows(const struct checkpoint_record *record)
{
	struct checkpoint_manifest manifest = {0};
	for (uint32_t i = 0; i < record->n_chunks; i++)
		CLAIM(checkpoint_manifest_add(&manifest, &record->chunks[i]) == 0);
	if (record->n_chunks > 0) {
		const struct checkpoint_chunk *first = &record->chunks[0];
		checkpoint_manifest_replace(&manifest, first->task, &first->window_start_ms, 1);
		CLAIM(manifest.n_chunks < record->n_chunks);
		for (uint32_t i = 0; i < manifest.n_chunks; i++)
			CLAIM(manifest.chunks[i].task != first->task ||
			      manifest.chunks[i].window_start_ms != first->window_start_ms);
	}
	checkpoint_manifest_done(&manifest);
}

static void judge_taken(const struct checkpoint_record *record, const uint8_t *data, size_t size)
{
	uint8_t *again;
	size_t again_size;
	CLAIM(checkpoint_record_encode(record, &again, &again_size) == 0);
	CLAIM(again_size == size && memcmp(again, data, size) == 0);
	free(again);
	count_uses(record);
	replace_windows(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	bool is_sealed = input_number(&input, 1) % 2 == 1;
	uint8_t *bytes = block_of(input.at, input.left);
	if (is_sealed && input.left >= 8)
		bytes_store_u64(bytes + input.left - 8, bytes_checksum(bytes, input.left - 8));
	struct error error = ERROR_INIT;
	struct checkpoint_record *record = NULL;
	int r = checkpoint_record_decode(bytes, input.left, &record, &error);
	if (r < 0)
		CLAIM(record == NULL && error.code == r && error.text[0] != '\0');
	else
		judge_taken(record, bytes, input.left);
	checkpoint_record_free(record);
	free(bytes);
	return 0;
}
