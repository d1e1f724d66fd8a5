/* The index of a window, and the way from keys to values. A key's place follows from the top bits of 32 of
 * its hash (the lowest bits of the hash choose the task and are alike here), so growing the index reads no
 * entry, and writes the new slots nearly in order. */
#include <errno.h>
#include <stdlib.h>

#include "state/state_internal.h"

#define MOST_SLOTS_BITS 31
#define GROUP 16 /* keys whose memory is asked for together */

static inline uint32_t hash_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline uint32_t slot_first(uint32_t tag, uint32_t slots_bits)
{
	return tag >> (32 - slots_bits);
}

struct slot *state_slots_new(uint32_t bits)
{
	return state_memory_new(sizeof(struct slot) << bits);
}

static int window_move_index(struct state_window *window, struct slot *slots, uint32_t bits)
{
	if (slots == NULL)
		return -ENOMEM;
	uint32_t mask = (1u << bits) - 1;
	for (uint32_t i = 0; i < 1u << window->slots_bits; i++) {
		struct slot slot = window->slots[i];
		if (slot.at == 0)
			continue;
		uint32_t to = slot_first(slot.tag, bits);
		while (slots[to].at != 0)
			to = (to + 1) & mask;
		slots[to] = slot;
	}
	state_table_keep_slots_as_blocks(window->table, window->slots, window->slots_bits);
	window->slots = slots;
	window->slots_bits = bits;
	return 0;
}

/* Twice as large; or at once as large as that of the window that went last, when this one has shown that
 * it will be of its kind. */
static int window_grow_index(struct state_window *window)
{
	struct state_table *table = window->table;
	uint32_t bits = window->slots_bits + 1;
	if (table->spare_slots == NULL || bits > table->spare_slots_bits || bits + 4 < table->spare_slots_bits)
		return window_move_index(window, bits > MOST_SLOTS_BITS ? NULL : state_slots_new(bits), bits);
	struct slot *slots = table->spare_slots;
	bits = table->spare_slots_bits;
	table->spare_slots = NULL;
	memset(slots, 0, sizeof(*slots) << bits);
	return window_move_index(window, slots, bits);
}

static bool is_full(size_t n_keys, uint32_t slots_bits)
{
	return n_keys >= (size_t)3 << slots_bits >> 2;
}

void state_window_expect(struct state_window *window, uint64_t n_keys)
{
	uint32_t bits = window->slots_bits;
	while (bits < MOST_SLOTS_BITS && is_full(n_keys, bits))
		bits++;
	if (bits > window->slots_bits)
		(void)window_move_index(window, state_slots_new(bits), bits);
}

/* The first entry whose tag is the key's: nearly always the one, where the key is there. 0 = none. */
static inline uint32_t window_guess(const struct state_window *window, uint32_t tag)
{
	uint32_t mask = (1u << window->slots_bits) - 1;
	for (uint32_t i = slot_first(tag, window->slots_bits);; i = (i + 1) & mask) {
		struct slot slot = window->slots[i];
		if (slot.at == 0 || slot.tag == tag)
			return slot.at;
	}
}

/* 0 or a negative number; *ret_made tells which it was. */
static int window_find_or_make(struct state_window *window, const struct state_key *key, uint32_t *ret_at, bool *ret_made)
{
	if (key->len > UINT16_MAX)
		return -EINVAL;
	if (is_full(window->n_keys, window->slots_bits)) {
		int r = window_grow_index(window);
		if (r < 0)
			return r;
	}
	uint32_t tag = hash_tag(key->hash), mask = (1u << window->slots_bits) - 1;
	uint32_t i = slot_first(tag, window->slots_bits);
	for (; window->slots[i].at != 0; i = (i + 1) & mask) {
		struct slot slot = window->slots[i];
		if (slot.tag == tag && entry_has_key(window, entry_at(window, slot.at), key)) {
			*ret_made = false;
			*ret_at = slot.at;
			return 0;
		}
	}
	uint32_t at = state_window_make_entry(window, key);
	if (at == 0)
		return -ENOMEM;
	window->slots[i] = (struct slot){tag, at};
	*ret_made = true;
	*ret_at = at;
	return 0;
}

/* ---- upsert ---- */

static int window_reserve_changed(struct state_window *window, uint32_t n)
{
	if (window->write_whole || n <= window->changed_room - window->n_changed)
		return 0;
	size_t room = 2 * window->changed_room + n;
	uint32_t *changed = realloc(window->changed, room * sizeof(*changed));
	if (changed == NULL)
		return -ENOMEM;
	window->changed = changed;
	window->changed_room = room;
	return 0;
}

static inline void window_mark_changed(struct state_window *window, struct entry *entry, uint32_t at)
{
	if (window->write_whole || entry->listed_in == window->table->snapshot)
		return;
	entry->listed_in = window->table->snapshot & (((uint64_t)1 << 48) - 1);
	window->changed[window->n_changed++] = at;
	window->changed_key_bytes += entry->key_len;
}

/* In passes, so that the memory of all keys is on its way before the first one is needed. */
static void window_guess_group(const struct state_window *window, const struct state_key *keys, uint32_t n, uint32_t *guesses)
{
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(&window->slots[slot_first(hash_tag(keys[i].hash), window->slots_bits)]);
	for (uint32_t i = 0; i < n; i++) {
		guesses[i] = window_guess(window, hash_tag(keys[i].hash));
		if (guesses[i] != 0)
			__builtin_prefetch(entry_at(window, guesses[i]), 1);
	}
}

/* From what was guessed to what is so. */
static inline int window_place(struct state_window *window, const struct state_key *key, uint32_t *at, bool *ret_made)
{
	*ret_made = false;
	if (*at != 0 && entry_has_key(window, entry_at(window, *at), key))
		return 0;
	return window_find_or_make(window, key, at, ret_made);
}

static int upsert_group(struct state_window *window, const struct state_key *keys, uint32_t n, void **values)
{
	uint32_t places[GROUP];
	bool made;
	int r = window_reserve_changed(window, n);
	window_guess_group(window, keys, n, places);
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		r = window_place(window, &keys[i], &places[i], &made);
		if (r < 0)
			break;
		struct entry *entry = entry_at(window, places[i]);
		window_mark_changed(window, entry, places[i]);
		values[i] = entry->value_then_key;
	}
	return r;
}

int state_window_upsert(struct state_window *window, const struct state_key *keys, uint32_t n, void **values)
{
	for (uint32_t at = 0; at < n; at += GROUP) {
		uint32_t n_group = n - at < GROUP ? n - at : GROUP;
		int r = upsert_group(window, keys + at, n_group, values + at);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- restore ---- */

static int restore_group(struct state_window *window, const struct state_key *keys, uint32_t n, const void *const *values)
{
	uint32_t places[GROUP];
	bool made;
	window_guess_group(window, keys, n, places);
	for (uint32_t i = 0; i < n; i++) {
		int r = window_place(window, &keys[i], &places[i], &made);
		if (r < 0)
			return r;
		memcpy(entry_at(window, places[i])->value_then_key, values[i], window->value_size);
		/* A key that comes again was in a delta: so much is known of how long the chain is. */
		window->delta_entries += !made;
	}
	return 0;
}

int state_window_restore(struct state_window *window, const struct state_key *keys, uint32_t n, const void *const *values)
{
	int r = 0;
	for (uint32_t at = 0; r == 0 && at < n; at += GROUP)
		r = restore_group(window, keys + at, n - at < GROUP ? n - at : GROUP, values + at);
	window->is_stored = true;
	window->write_whole = false;
	return r;
}
