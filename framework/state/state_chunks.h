/* The bytes of a packed chunk, part of the store's format:
 *   header  magic "WCHK", format version, value size, task, checkpoint, window start, number of entries
 *   entry   key length (2 bytes), key, value
 *   trailer XXH3-64 of all before it
 * All numbers little-endian. Reading trusts nothing: every length is checked. */
#ifndef WEIR_STATE_STATE_CHUNKS_H
#define WEIR_STATE_STATE_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

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
