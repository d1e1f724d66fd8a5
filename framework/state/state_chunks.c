#include "state/state_chunks.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/bytes.h"
#include "base/failpoint.h"

#define MAGIC 0x4b484357u /* "WCHK" */
#define FORMAT_VERSION 1
#define AT_N_ENTRIES 32 /* in the header */

uint8_t *state_chunk_write_header(uint8_t *data, uint32_t value_size, uint32_t task, uint64_t checkpoint,
				  int64_t window_start_ms)
{
	bytes_store_u32(data, MAGIC);
	bytes_store_u32(data + 4, FORMAT_VERSION);
	bytes_store_u32(data + 8, value_size);
	bytes_store_u32(data + 12, task);
	bytes_store_u64(data + 16, checkpoint);
	bytes_store_u64(data + 24, (uint64_t)window_start_ms);
	return data + STATE_CHUNK_HEADER_BYTES;
}

/* Keys and values are short: four to sixteen bytes are copied without a call, in two parts that overlap. */
static inline void copy_bytes(uint8_t *to, const uint8_t *from, size_t len)
{
	if (len >= 8 && len <= 16) {
		memcpy(to, from, 8);
		memcpy(to + len - 8, from + len - 8, 8);
	} else if (len >= 4 && len < 8) {
		memcpy(to, from, 4);
		memcpy(to + len - 4, from + len - 4, 4);
	} else {
		memcpy(to, from, len);
	}
}

uint8_t *state_chunk_write_entry(uint8_t *at, const uint8_t *key, uint16_t key_len, const void *value,
				 uint32_t value_size)
{
	bytes_store_u16(at, key_len);
	copy_bytes(at + 2, key, key_len);
	copy_bytes(at + 2 + key_len, value, value_size);
	return at + STATE_CHUNK_ENTRY_BYTES(key_len, value_size);
}

size_t state_chunk_seal(uint8_t *data, uint8_t *at, uint32_t n_entries)
{
	bytes_store_u32(data + AT_N_ENTRIES, n_entries);
	bytes_store_u64(at, bytes_checksum(data, (size_t)(at - data)));
	return (size_t)(at - data) + STATE_CHUNK_TRAILER_BYTES;
}

/* Do the entries fill the bytes between header and trailer to the last one? */
static bool entries_fit(const struct state_chunk_reader *reader)
{
	const uint8_t *at = reader->at;
	for (uint32_t i = 0; i < reader->n_entries; i++) {
		size_t left = (size_t)(reader->end - at);
		if (left < 2)
			return false;
		size_t bytes = STATE_CHUNK_ENTRY_BYTES(bytes_load_u16(at), reader->value_size);
		if (bytes > left)
			return false;
		at += bytes;
	}
	return at == reader->end;
}

int state_chunk_open(struct state_chunk_reader *reader, const uint8_t *data, size_t bytes, struct error *error)
{
	if (bytes < STATE_CHUNK_HEADER_BYTES + STATE_CHUNK_TRAILER_BYTES)
		return error_set(error, -EBADMSG, "state chunk of %zu bytes: too short", bytes);
	if (bytes_load_u32(data) != MAGIC)
		return error_set(error, -EBADMSG, "state chunk of %zu bytes: does not begin with WCHK", bytes);
	if (bytes_checksum(data, bytes - STATE_CHUNK_TRAILER_BYTES) != state_chunk_checksum(data, bytes) &&
	    !failpoint("rule_chunk_checksum"))
		return error_set(error, -EBADMSG, "state chunk of %zu bytes: its checksum is wrong", bytes);
	uint32_t version = bytes_load_u32(data + 4);
	if (version != FORMAT_VERSION)
		return error_set(error, -EBADMSG, "state chunk has format version %" PRIu32 ", this weir reads %d", version,
				 FORMAT_VERSION);
	*reader = (struct state_chunk_reader){
		.at = data + STATE_CHUNK_HEADER_BYTES,
		.end = data + bytes - STATE_CHUNK_TRAILER_BYTES,
		.value_size = bytes_load_u32(data + 8),
		.task = bytes_load_u32(data + 12),
		.checkpoint = bytes_load_u64(data + 16),
		.window_start_ms = (int64_t)bytes_load_u64(data + 24),
		.n_entries = bytes_load_u32(data + AT_N_ENTRIES),
	};
	if (!entries_fit(reader))
		return error_set(error, -EBADMSG, "state chunk of %zu bytes: does not hold the %" PRIu32 " entries it says",
				 bytes, reader->n_entries);
	return 0;
}

int state_chunk_next(struct state_chunk_reader *reader, const uint8_t **ret_key, uint32_t *ret_key_len,
		     const uint8_t **ret_value)
{
	if (reader->n_read == reader->n_entries)
		return 0;
	reader->n_read++;
	*ret_key_len = bytes_load_u16(reader->at);
	*ret_key = reader->at + 2;
	*ret_value = *ret_key + *ret_key_len;
	reader->at = *ret_value + reader->value_size;
	return 1;
}

uint64_t state_chunk_checksum(const uint8_t *data, size_t bytes)
{
	return bytes < STATE_CHUNK_TRAILER_BYTES ? 0 : bytes_load_u64(data + bytes - STATE_CHUNK_TRAILER_BYTES);
}
