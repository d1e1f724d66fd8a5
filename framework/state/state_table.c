/* The windows of a table, and the memory they leave to each other. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state/state_internal.h"

#define HUGE_PAGE ((size_t)2 << 20)
#define SPARE_SLOTS_BITS 18 /* index arrays of so many bits are worth keeping */

uint64_t state_key_hash(const uint8_t *key, size_t len)
{
	return XXH3_64bits(key, len);
}

int state_reserve(void *array, uint32_t *room, size_t n, size_t element_bytes)
{
	void **list = array;
	if (n <= *room)
		return 0;
	size_t more = n + *room;
	void *bigger = more > UINT32_MAX ? NULL : realloc(*list, more * element_bytes);
	if (bigger == NULL)
		return -ENOMEM;
	*list = bigger;
	*room = (uint32_t)more;
	return 0;
}

/* Big pieces come in huge pages: with ten million keys most of an upsert is the way through page tables. */
void *state_memory_new(size_t bytes)
{
	if (bytes < HUGE_PAGE)
		return malloc(bytes);
	bytes = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	void *memory = aligned_alloc(HUGE_PAGE, bytes);
	if (memory != NULL)
		(void)madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

uint8_t *state_table_take_spare_block(struct state_table *table)
{
	void *block = table->spare_blocks;
	if (block != NULL) {
		memcpy(&table->spare_blocks, block, sizeof(void *));
		table->n_spare_blocks--;
	}
	return block;
}

static struct state_window *window_new(struct state_table *table, int64_t start_ms)
{
	struct state_window *window = calloc(1, sizeof(*window));
	if (window == NULL)
		return NULL;
	*window = (struct state_window){.table = table, .start_ms = start_ms, .value_size = table->value_size,
					.slots_bits = STATE_LEAST_SLOTS_BITS, .slots = state_slots_new(STATE_LEAST_SLOTS_BITS),
					.write_whole = true};
	if (window->slots == NULL) {
		free(window);
		return NULL;
	}
	return window;
}

static void window_free(struct state_window *window)
{
	for (uint32_t i = 0; i < window->n_blocks; i++)
		free(window->blocks[i].data);
	free(window->blocks);
	free(window->slots);
	free(window->changed);
	free(window);
}

struct state_table *state_table_new(uint32_t value_size)
{
	struct state_table *table = value_size > 1u << 30 ? NULL : calloc(1, sizeof(*table));
	if (table != NULL) {
		table->value_size = value_size;
		table->snapshot = 1;
	}
	return table;
}

void state_table_free(struct state_table *table)
{
	if (table == NULL)
		return;
	for (uint32_t i = 0; i < table->n_windows; i++)
		window_free(table->windows[i]);
	while (table->n_spare_blocks > 0)
		free(state_table_take_spare_block(table));
	free(table->spare_slots);
	free(table->windows);
	free(table->dropped);
	free(table);
}

size_t state_table_n_keys(const struct state_table *table)
{
	return table->n_keys;
}

size_t state_table_bytes(const struct state_table *table)
{
	size_t bytes = sizeof(*table) + table->windows_room * sizeof(*table->windows) + table->dropped_room * sizeof(int64_t) +
		       table->n_spare_blocks * BLOCK_BYTES;
	if (table->spare_slots != NULL)
		bytes += sizeof(struct slot) << table->spare_slots_bits;
	for (uint32_t i = 0; i < table->n_windows; i++) {
		const struct state_window *window = table->windows[i];
		bytes += sizeof(*window) + (sizeof(struct slot) << window->slots_bits) +
			 window->blocks_room * sizeof(struct block) + window->changed_room * sizeof(uint32_t);
		for (uint32_t b = 0; b < window->n_blocks; b++)
			bytes += window->blocks[b].bytes;
	}
	return bytes;
}

/* Number of the first window that does not start before `start_ms`. */
static uint32_t windows_lower_bound(const struct state_table *table, int64_t start_ms)
{
	uint32_t low = 0, high = table->n_windows;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (table->windows[middle]->start_ms < start_ms)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct state_window *state_table_find(struct state_table *table, int64_t start_ms)
{
	if (table->recent != NULL && table->recent->start_ms == start_ms)
		return table->recent;
	uint32_t i = windows_lower_bound(table, start_ms);
	if (i == table->n_windows || table->windows[i]->start_ms != start_ms)
		return NULL;
	return table->recent = table->windows[i];
}

struct state_window *state_table_get(struct state_table *table, int64_t start_ms)
{
	struct state_window *window = state_table_find(table, start_ms);
	size_t n_windows = (size_t)table->n_windows + 1;
	if (window != NULL || state_reserve(&table->windows, &table->windows_room, n_windows, sizeof(*table->windows)) < 0 ||
	    state_reserve(&table->dropped, &table->dropped_room, table->n_dropped + n_windows, sizeof(*table->dropped)) < 0)
		return window;
	window = window_new(table, start_ms);
	if (window == NULL)
		return NULL;
	uint32_t i = windows_lower_bound(table, start_ms);
	memmove(table->windows + i + 1, table->windows + i, (table->n_windows - i) * sizeof(*table->windows));
	table->windows[i] = window;
	table->n_windows++;
	return table->recent = window;
}

struct state_window *state_table_first(struct state_table *table)
{
	return table->n_windows == 0 ? NULL : table->windows[0];
}

struct state_window *state_window_next(struct state_window *window)
{
	const struct state_table *table = window->table;
	uint32_t i = windows_lower_bound(table, window->start_ms) + 1;
	return i == table->n_windows ? NULL : table->windows[i];
}

/* Its large pieces become the table's spare ones, up to as many blocks as it had itself. */
static void table_take_memory(struct state_table *table, struct state_window *window)
{
	for (uint32_t i = 0; i < window->n_blocks; i++) {
		struct block *block = &window->blocks[i];
		if (block->bytes != BLOCK_BYTES || table->n_spare_blocks >= window->n_blocks)
			continue;
		memcpy(block->data, &table->spare_blocks, sizeof(void *));
		table->spare_blocks = block->data;
		table->n_spare_blocks++;
		block->data = NULL;
	}
	while (table->n_spare_blocks > window->n_blocks)
		free(state_table_take_spare_block(table));
	free(table->spare_slots);
	table->spare_slots = NULL;
	if (window->slots_bits >= SPARE_SLOTS_BITS) {
		table->spare_slots = window->slots;
		table->spare_slots_bits = window->slots_bits;
		window->slots = NULL;
	}
}

void state_table_drop(struct state_table *table, struct state_window *window)
{
	uint32_t i = windows_lower_bound(table, window->start_ms);
	table->n_windows--;
	memmove(table->windows + i, table->windows + i + 1, (table->n_windows - i) * sizeof(*table->windows));
	if (window->is_stored)
		table->dropped[table->n_dropped++] = window->start_ms;
	table->n_keys -= window->n_keys;
	if (table->recent == window)
		table->recent = NULL;
	table_take_memory(table, window);
	window_free(window);
}

int64_t state_window_start(const struct state_window *window)
{
	return window->start_ms;
}

size_t state_window_n_keys(const struct state_window *window)
{
	return window->n_keys;
}
