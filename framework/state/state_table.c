/* The windows of a table. */
#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state/state_internal.h"

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
		state_memory_free(window->blocks[i].data, window->blocks[i].bytes);
	free(window->blocks);
	state_memory_free(window->slots, sizeof(struct slot) << window->slots_bits);
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
	state_table_free_spare(table);
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
	state_table_keep_memory(table, window);
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
