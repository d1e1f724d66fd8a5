/* The bytes of a packed chunk, part of the store's format:
 *   header  magic "WCHK", format version, value size, task (4 bytes each), checkpoint, window start
 *           (8 bytes each), number of entries (4 bytes)
 *   entry   key length (2 bytes), key, value
 *   trailer XXH3-64 of all before it
 * All numbers little-endian. Reading trusts nothing: every length is checked. */
#ifndef WEIR_STATE_STATE_CHUNKS_H
#define WEIR_STATE_STATE_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define STATE_CHUNK_HEADER_BYTES 36
#define STATE_CHUNK_TRAILER_BYTES 8
#define STATE_CHUNK_ENTRY_BYTES(key_len, value_size) (2 + (size_t)(key_len) + (value_size))

/* Writing, into memory with room for all: header first, then the entries, each where the last one ended;
 * returns where the next goes. Sealing appends the trailer and returns the bytes of the whole chunk. */
uint8_t *state_chunk_write_header(uint8_t *data, uint32_t value_size, uint32_t task, uint64_t checkpoint,
				  int64_t window_start_ms);
uint8_t *state_chunk_write_entry(uint8_t *at, const uint8_t *key, uint16_t key_len, const void *value,
				 uint32_t value_size);
size_t state_chunk_seal(uint8_t *data, uint8_t *at, uint32_t n_entries);

struct state_chunk_reader {
	const uint8_t *at, *end;
	uint32_t value_size, task, n_entries, n_read;
	uint64_t checkpoint;
	int64_t window_start_ms;
};

/* Checks header, checksum and lengths of the whole chunk. `data` is borrowed while reading. */
int state_chunk_open(struct state_chunk_reader *reader, const uint8_t *data, size_t bytes, struct error *error);
/* 1: an entry (borrowed from data), 0: no more. */
int state_chunk_next(struct state_chunk_reader *reader, const uint8_t **ret_key, uint32_t *ret_key_len,
		     const uint8_t **ret_value);
/* The trailer's checksum, as checkpoint records list it. */
uint64_t state_chunk_checksum(const uint8_t *data, size_t bytes);

#endif
