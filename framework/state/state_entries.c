/* The arena of a window: blocks that are filled one after the other. */
#include <errno.h>

#include "state/state_internal.h"

#define MAX_BLOCKS (1u << (32 - BLOCK_UNITS_BITS))

static size_t entry_bytes(const struct state_window *window, size_t key_len)
{
	return (sizeof(struct entry) + window->value_size + key_len + 7) & ~(size_t)7;
}

/* A window of a few keys stays small; one that grows soon takes whole blocks. */
static size_t block_bytes(uint32_t number, size_t least)
{
	size_t bytes = number < 3 ? (size_t)4096 << (3 * number) : BLOCK_BYTES;
	return bytes < least ? least : bytes;
}

static int window_add_block(struct state_window *window, size_t least)
{
	if (window->n_blocks == MAX_BLOCKS ||
	    state_reserve(&window->blocks, &window->blocks_room, (size_t)window->n_blocks + 1, sizeof(struct block)) < 0)
		return -ENOMEM;
	size_t used = window->n_blocks == 0 ? 8 : 0; /* place 0 is no entry's */
	size_t bytes = block_bytes(window->n_blocks, used + least);
	uint8_t *data = bytes == BLOCK_BYTES ? state_table_take_spare_block(window->table) : NULL;
	if (data == NULL)
		data = state_memory_new(bytes);
	if (data == NULL)
		return -ENOMEM;
	window->blocks[window->n_blocks++] = (struct block){data, used, bytes};
	return 0;
}

uint32_t state_window_make_entry(struct state_window *window, const struct state_key *key)
{
	size_t bytes = entry_bytes(window, key->len);
	struct block *block = window->n_blocks == 0 ? NULL : &window->blocks[window->n_blocks - 1];
	if (block == NULL || bytes > block->bytes - block->used) {
		if (window_add_block(window, bytes) < 0)
			return 0;
		block = &window->blocks[window->n_blocks - 1];
	}
	struct entry *entry = (struct entry *)(block->data + block->used);
	*entry = (struct entry){.key_len = key->len & UINT16_MAX};
	memset(entry->value_then_key, 0, window->value_size);
	memcpy(entry->value_then_key + window->value_size, key->data, key->len);
	uint32_t at = (window->n_blocks - 1) << BLOCK_UNITS_BITS | (uint32_t)(block->used / 8);
	block->used += bytes;
	window->n_keys++;
	window->key_bytes += key->len;
	window->table->n_keys++;
	return at;
}

struct entry *state_window_next_entry(const struct state_window *window, uint64_t *cursor)
{
	uint32_t number = (uint32_t)(*cursor >> 32), passed = (uint32_t)*cursor;
	if (number == 0 && passed == 0)
		passed = 8;
	for (; number < window->n_blocks; number++, passed = 0) {
		const struct block *block = &window->blocks[number];
		if (passed >= block->used)
			continue;
		struct entry *entry = (struct entry *)(block->data + passed);
		*cursor = (uint64_t)number << 32 | (passed + entry_bytes(window, entry->key_len));
		return entry;
	}
	*cursor = (uint64_t)number << 32;
	return NULL;
}

uint32_t state_window_read(const struct state_window *window, uint64_t *cursor, struct state_entry *entries, uint32_t n)
{
	uint32_t n_read = 0;
	struct entry *entry;
	while (n_read < n && (entry = state_window_next_entry(window, cursor)) != NULL)
		entries[n_read++] = (struct state_entry){entry_key(window, entry), entry->key_len, entry->value_then_key};
	return n_read;
}
