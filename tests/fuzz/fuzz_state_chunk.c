/* Bytes of a state chunk. The first byte says whether they get their checksum set right, without which nearly
 * all would be refused for it. */
#include "base/bytes.h"
#include "fuzz.h"
#include "state/state_chunks.h"

static void seal(uint8_t *data, size_t size)
{
	if (size >= STATE_CHUNK_TRAILER_BYTES)
		bytes_store_u64(data + size - STATE_CHUNK_TRAILER_BYTES,
				bytes_checksum(data, size - STATE_CHUNK_TRAILER_BYTES));
}

/* What was read, written again. */
static void judge_taken(struct state_chunk_reader *reader, const uint8_t *data, size_t size)
{
	uint8_t *again = malloc(size);
	uint8_t *at = state_chunk_write_header(again, reader->value_size, reader->task, reader->checkpoint,
					       reader->window_start_ms);
	const uint8_t *key, *value;
	uint32_t key_len, n = 0;
	for (; state_chunk_next(reader, &key, &key_len, &value) == 1; n++)
		at = state_chunk_write_entry(at, key, (uint16_t)key_len, value, reader->value_size);
	CLAIM(n == reader->n_entries);
	CLAIM(state_chunk_seal(again, at, n) == size);
	CLAIM(memcmp(again, data, size) == 0);
	CLAIM(state_chunk_checksum(again, size) == state_chunk_checksum(data, size));
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	bool is_sealed = input_number(&input, 1) % 2 == 1;
	uint8_t *chunk = block_of(input.at, input.left);
	if (is_sealed)
		seal(chunk, input.left);
	struct error error = ERROR_INIT;
	struct state_chunk_reader reader;
	int r = state_chunk_open(&reader, chunk, input.left, &error);
	if (r < 0)
		CLAIM(error.code == r && error.text[0] != '\0');
	else
		judge_taken(&reader, chunk, input.left);
	free(chunk);
	return 0;
}
