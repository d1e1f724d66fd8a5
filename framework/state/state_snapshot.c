/* What changed since the last snapshot, packed. */
#include <errno.h>
#include <stdlib.h>

#include "state/state_chunks.h"
#include "state/state_internal.h"

#define PREFETCHED 16 /* entries that are on their way */

/* The entries a snapshot of a window takes: all of them, or the changed ones. */
struct packing {
	const struct state_window *window;
	bool whole;
	uint64_t cursor;     /* whole */
	size_t n_taken;	     /* changed */
	size_t entries_left; /* to be packed, and their bytes in chunks */
	size_t bytes_left;
};

static struct packing packing_start(const struct state_window *window, bool whole)
{
	size_t n = whole ? window->n_keys : window->n_changed;
	size_t key_bytes = whole ? window->key_bytes : window->changed_key_bytes;
	return (struct packing){.window = window, .whole = whole, .entries_left = n,
				.bytes_left = n * STATE_CHUNK_ENTRY_BYTES(0, window->value_size) + key_bytes};
}

static struct entry *packing_next(struct packing *packing)
{
	const struct state_window *window = packing->window;
	if (packing->whole)
		return state_window_next_entry(window, &packing->cursor);
	if (packing->n_taken + PREFETCHED < window->n_changed)
		__builtin_prefetch(entry_at(window, window->changed[packing->n_taken + PREFETCHED]));
	return entry_at(window, window->changed[packing->n_taken++]);
}

/* Packs `entry` and what follows it while there is room; returns the entry that comes after, NULL at the
 * end. An entry that is too large for a chunk gets a larger chunk, alone. */
static int pack_chunk(struct packing *packing, struct entry **entry, uint64_t checkpoint, uint32_t task,
		      struct state_chunk *ret_chunk)
{
	const struct state_window *window = packing->window;
	size_t frame = STATE_CHUNK_HEADER_BYTES + STATE_CHUNK_TRAILER_BYTES;
	size_t next = STATE_CHUNK_ENTRY_BYTES((*entry)->key_len, window->value_size);
	size_t room = next > STATE_CHUNK_BYTES - frame ? next : STATE_CHUNK_BYTES - frame;
	if (packing->bytes_left < room)
		room = packing->bytes_left;
	uint8_t *data = malloc(frame + room);
	if (data == NULL)
		return -ENOMEM;
	uint8_t *at = state_chunk_write_header(data, window->value_size, task, checkpoint, window->start_ms);
	uint32_t n_entries = 0;
	do {
		at = state_chunk_write_entry(at, entry_key(window, *entry), (*entry)->key_len, (*entry)->value_then_key,
					     window->value_size);
		n_entries++;
		room -= next;
		packing->bytes_left -= next;
		*entry = --packing->entries_left == 0 ? NULL : packing_next(packing);
		if (*entry != NULL)
			next = STATE_CHUNK_ENTRY_BYTES((*entry)->key_len, window->value_size);
	} while (*entry != NULL && next <= room);
	*ret_chunk = (struct state_chunk){window->start_ms, n_entries, (uint32_t)state_chunk_seal(data, at, n_entries), data};
	return 0;
}

static bool window_is_changed(const struct state_window *window)
{
	return window->write_whole ? window->n_keys > 0 : window->n_changed > 0;
}

/* Time for the fold? Also where all keys have changed: then writing it whole costs no more. */
static bool window_is_written_whole(const struct state_window *window)
{
	return window->write_whole || window->n_changed == window->n_keys || window->n_deltas == STATE_MAX_DELTAS ||
	       window->delta_entries + window->n_changed > window->n_keys;
}

static int window_pack(const struct state_window *window, uint64_t checkpoint, uint32_t task, struct state_delta *delta,
		       uint32_t *chunks_room)
{
	struct packing packing = packing_start(window, window_is_written_whole(window));
	struct entry *entry = packing_next(&packing);
	while (entry != NULL) {
		int r = state_reserve(&delta->chunks, chunks_room, (size_t)delta->n_chunks + 1, sizeof(*delta->chunks));
		if (r == 0)
			r = pack_chunk(&packing, &entry, checkpoint, task, &delta->chunks[delta->n_chunks]);
		if (r < 0)
			return r;
		delta->n_chunks++;
	}
	if (packing.whole && window->is_stored)
		delta->replaced_windows[delta->n_replaced_windows++] = window->start_ms;
	return 0;
}

static void window_settle(struct state_window *window)
{
	bool whole = window_is_written_whole(window);
	window->n_deltas = whole ? 0 : window->n_deltas + 1;
	window->delta_entries = whole ? 0 : window->delta_entries + window->n_changed;
	window->n_changed = window->changed_key_bytes = 0;
	window->is_stored = true;
	window->write_whole = false;
}

int state_table_snapshot(struct state_table *table, uint64_t checkpoint, uint32_t task, struct state_delta *ret_delta)
{
	struct state_delta delta = {0};
	uint32_t chunks_room = 0;
	int r = 0;
	size_t most_replaced = (size_t)table->n_dropped + table->n_windows;
	if (most_replaced != 0) {
		delta.replaced_windows = malloc(most_replaced * sizeof(*delta.replaced_windows));
		if (delta.replaced_windows == NULL)
			return -ENOMEM;
		memcpy(delta.replaced_windows, table->dropped, table->n_dropped * sizeof(*table->dropped));
		delta.n_replaced_windows = table->n_dropped;
	}
	for (uint32_t i = 0; i < table->n_windows && r == 0; i++)
		if (window_is_changed(table->windows[i]))
			r = window_pack(table->windows[i], checkpoint, task, &delta, &chunks_room);
	if (r < 0) {
		state_delta_done(&delta);
		return r;
	}
	for (uint32_t i = 0; i < table->n_windows; i++)
		if (window_is_changed(table->windows[i]))
			window_settle(table->windows[i]);
	table->n_dropped = 0;
	table->snapshot++;
	*ret_delta = delta;
	return 0;
}

void state_delta_done(struct state_delta *delta)
{
	for (uint32_t i = 0; i < delta->n_chunks; i++)
		free(delta->chunks[i].data);
	free(delta->chunks);
	free(delta->replaced_windows);
	*delta = (struct state_delta){0};
}

void state_table_mark_all_changed(struct state_table *table)
{
	for (uint32_t i = 0; i < table->n_windows; i++)
		table->windows[i]->write_whole = true;
}
