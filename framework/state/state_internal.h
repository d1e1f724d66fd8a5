/* What the parts of the keyed state share with each other; nobody else includes it.
 *
 * Each window has an arena and an index. The arena holds compact entries in the order they were made;
 * they never move, so pointers to values stay good until the window goes. The index is open addressing
 * over 8-byte slots: 32 bits of the hash and where the entry lies. */
#ifndef WEIR_STATE_STATE_INTERNAL_H
#define WEIR_STATE_STATE_INTERNAL_H

#include <string.h>

#include "state/state_table.h"

#define BLOCK_UNITS_BITS 18 /* an entry's place: number of the block, then 8-byte units into it */
#define BLOCK_BYTES ((size_t)8 << BLOCK_UNITS_BITS)

struct entry {
	uint64_t key_len : 16;
	uint64_t listed_in : 48; /* number of the snapshot whose list of changes it is on */
	uint8_t value_then_key[];
};

struct slot {
	uint32_t tag; /* upper half of the hash */
	uint32_t at;  /* of the entry; 0 = free */
};

struct block {
	uint8_t *data;
	size_t used, bytes;
};

struct state_window {
	struct state_table *table;
	int64_t start_ms;
	uint32_t value_size;
	uint32_t slots_bits;
	struct slot *slots;
	struct block *blocks;
	uint32_t n_blocks, blocks_room;
	size_t n_keys, key_bytes;

	/* What the store has of it. Before it is there, or when all of it must be written anyway, single
	 * changes are not listed. */
	bool is_stored, write_whole;
	uint32_t n_deltas; /* written since it was last written whole, and their entries */
	size_t delta_entries;
	uint32_t *changed; /* places of entries */
	size_t n_changed, changed_room, changed_key_bytes;
};

struct state_table {
	uint32_t value_size;
	struct state_window **windows; /* by start */
	uint32_t n_windows, windows_room;
	struct state_window *recent; /* found last */
	size_t n_keys;
	uint64_t snapshot; /* number of the one to come, from 1 */
	int64_t *dropped;  /* stored windows that went since the last one; room for all that may still go */
	uint32_t n_dropped, dropped_room;

	/* Memory of the window that went last and of indexes that grew, for those to come. */
	void *spare_blocks; /* each begins with a pointer to the next */
	uint32_t n_spare_blocks;
	struct slot *spare_slots;
	uint32_t spare_slots_bits;
};

/* Room for at least n elements; the array is left as it was when there is no memory. */
int state_reserve(void *array, uint32_t *room, size_t n, size_t element_bytes);

/* ---- memory: state_memory.c ---- */

/* Zeroed; given back with the size it was asked for. */
void *state_memory_new(size_t bytes);
void state_memory_free(void *memory, size_t bytes); /* NULL is fine */
/* Of BLOCK_BYTES, not zeroed; NULL = none left. */
uint8_t *state_table_take_spare_block(struct state_table *table);
/* An index that became too small: the entries that follow need the blocks. */
void state_table_keep_slots_as_blocks(struct state_table *table, struct slot *slots, uint32_t bits);
/* The large pieces of a window that goes, up to as many blocks as it had itself. */
void state_table_keep_memory(struct state_table *table, struct state_window *window);
void state_table_free_spare(struct state_table *table);

/* ---- entries: state_entries.c ---- */

/* A new entry with a zeroed value, not in the index yet. 0 = no memory. */
uint32_t state_window_make_entry(struct state_window *window, const struct state_key *key);
/* Entries in the order they were made; the cursor is the block's number and the bytes passed in it. */
struct entry *state_window_next_entry(const struct state_window *window, uint64_t *cursor);

static inline struct entry *entry_at(const struct state_window *window, uint32_t at)
{
	const struct block *block = &window->blocks[at >> BLOCK_UNITS_BITS];
	return (struct entry *)(block->data + (size_t)(at & ((1u << BLOCK_UNITS_BITS) - 1)) * 8);
}

static inline const uint8_t *entry_key(const struct state_window *window, const struct entry *entry)
{
	return entry->value_then_key + window->value_size;
}

/* Keys are short: no call of memcmp(). The last part overlaps what was compared before it. */
static inline bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (len >= 8) {
		for (size_t at = 0; at + 8 < len; at += 8)
			if (memcmp(a + at, b + at, 8) != 0)
				return false;
		return memcmp(a + len - 8, b + len - 8, 8) == 0;
	}
	if (len >= 4)
		return memcmp(a, b, 4) == 0 && memcmp(a + len - 4, b + len - 4, 4) == 0;
	return len == 0 || (a[0] == b[0] && a[len / 2] == b[len / 2] && a[len - 1] == b[len - 1]);
}

static inline bool entry_has_key(const struct state_window *window, const struct entry *entry, const struct state_key *key)
{
	return entry->key_len == key->len && bytes_equal(entry_key(window, entry), key->data, key->len);
}

/* ---- index: state_index.c ---- */

#define STATE_LEAST_SLOTS_BITS 4

struct slot *state_slots_new(uint32_t bits);

#endif
