/* Keys of state chunks in the store, and how many checkpoint records list each: one that no record lists
 * any more can go. Pure. */
#ifndef WEIR_CHECKPOINT_CHUNK_USES_H
#define WEIR_CHECKPOINT_CHUNK_USES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "checkpoint/checkpoint_record.h"

#define CHUNK_KEY_BYTES 24

/* Window start, checkpoint, task, number, big-endian: the chunks of a window lie together. */
void chunk_key(const struct checkpoint_chunk *chunk, uint8_t key[CHUNK_KEY_BYTES]);

/* For messages. The second takes a key as found, which may be of any length. */
void chunk_name(const struct checkpoint_chunk *chunk, char *text, size_t size);
void chunk_key_name(const uint8_t *key, size_t bytes, char *text, size_t size);

struct chunk_use { /* node of a search tree (search.h); the key comes first */
	uint8_t key[CHUNK_KEY_BYTES];
	uint32_t n_records;
	bool seen; /* the caller's */
};

/* A tree begins as NULL and ends with tdestroy(uses, free). */
struct chunk_use *chunk_uses_find(void *uses, const uint8_t *key);
/* One record more lists it. 0 or -ENOMEM. */
int chunk_uses_add(void **uses, const struct checkpoint_chunk *chunk);
int chunk_uses_add_record(void **uses, const struct checkpoint_record *record, struct error *error);
/* True when that was its last user. */
bool chunk_uses_remove(void **uses, const uint8_t *key);

#endif
