/* Each window has an arena and an index. The arena holds compact entries in the order they were made;
 * they never move, so pointers to values stay good until the window goes. The index is open addressing
 * over 8-byte slots: 32 bits of the hash and where the entry lies. A key's place follows from the top bits
 * of those 32 (the lowest bits of the hash choose the task and are alike here), so growing the index reads
 * no entry, and writes the new slots nearly in order. */
#include "state/state_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "state/state_chunks.h"

#define BLOCK_UNITS_BITS 18 /* an entry's place: number of the block, then 8-byte units into it */
#define BLOCK_BYTES ((size_t)8 << BLOCK_UNITS_BITS)
#define MAX_BLOCKS (1u << (32 - BLOCK_UNITS_BITS))
#define HUGE_PAGE ((size_t)2 << 20)
#define LEAST_SLOTS_BITS 4
#define SPARE_SLOTS_BITS 18 /* index arrays of so many bits are worth keeping */
#define MOST_SLOTS_BITS 31
#define UPSERT_GROUP 32 /* keys whose memory is asked for together */

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

	/* Memory of the window that went last, at most as much as it had, for those to come: fresh pages
	 * cost more than all else about a new key. */
	void *spare_blocks; /* each begins with a pointer to the next */
	uint32_t n_spare_blocks;
	struct slot *spare_slots;
	uint32_t spare_slots_bits;
};

uint64_t state_key_hash(const uint8_t *key, size_t len)
{
	return XXH3_64bits(key, len);
}

/* Room for at least n elements; the array is left as it was when there is no memory. */
static int reserve(void *array, uint32_t *room, size_t n, size_t element_bytes)
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
static void *memory_new(size_t bytes)
{
	if (bytes < HUGE_PAGE)
		return malloc(bytes);
	bytes = (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	void *memory = aligned_alloc(HUGE_PAGE, bytes);
	if (memory != NULL)
		(void)madvise(memory, bytes, MADV_HUGEPAGE);
	return memory;
}

/* ---- entries ---- */

static inline struct entry *entry_at(const struct state_window *window, uint32_t at)
{
	const struct block *block = &window->blocks[at >> BLOCK_UNITS_BITS];
	return (struct entry *)(block->data + (size_t)(at & ((1u << BLOCK_UNITS_BITS) - 1)) * 8);
}

static inline const uint8_t *entry_key(const struct state_window *window, const struct entry *entry)
{
	return entry->value_then_key + window->value_size;
}

static size_t entry_bytes(const struct state_window *window, size_t key_len)
{
	return (sizeof(struct entry) + window->value_size + key_len + 7) & ~(size_t)7;
}

static inline bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (len < 8)
		return memcmp(a, b, len) == 0;
	uint64_t x, y;
	for (size_t at = 0; at + 8 < len; at += 8) {
		memcpy(&x, a + at, 8);
		memcpy(&y, b + at, 8);
		if (x != y)
			return false;
	}
	memcpy(&x, a + len - 8, 8); /* overlaps what was compared */
	memcpy(&y, b + len - 8, 8);
	return x == y;
}

static inline bool entry_has_key(const struct state_window *window, const struct entry *entry, const struct state_key *key)
{
	return entry->key_len == key->len && bytes_equal(entry_key(window, entry), key->data, key->len);
}

/* A window of a few keys stays small; one that grows soon takes whole blocks. */
static size_t block_bytes(uint32_t number, size_t least)
{
	size_t bytes = number < 3 ? (size_t)4096 << (3 * number) : BLOCK_BYTES;
	return bytes < least ? least : bytes;
}

static uint8_t *table_take_spare_block(struct state_table *table)
{
	void *block = table->spare_blocks;
	if (block != NULL) {
		memcpy(&table->spare_blocks, block, sizeof(void *));
		table->n_spare_blocks--;
	}
	return block;
}

static int window_add_block(struct state_window *window, size_t least)
{
	if (window->n_blocks == MAX_BLOCKS ||
	    reserve(&window->blocks, &window->blocks_room, (size_t)window->n_blocks + 1, sizeof(struct block)) < 0)
		return -ENOMEM;
	size_t used = window->n_blocks == 0 ? 8 : 0; /* place 0 is no entry's */
	size_t bytes = block_bytes(window->n_blocks, used + least);
	uint8_t *data = bytes == BLOCK_BYTES ? table_take_spare_block(window->table) : NULL;
	if (data == NULL)
		data = memory_new(bytes);
	if (data == NULL)
		return -ENOMEM;
	window->blocks[window->n_blocks++] = (struct block){data, used, bytes};
	return 0;
}

/* A new entry with a zeroed value, not in the index yet. 0 = no memory. */
static uint32_t window_make_entry(struct state_window *window, const struct state_key *key)
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

/* Entries in the order they were made; the cursor is the block's number and the bytes passed in it. */
static struct entry *window_next_entry(const struct state_window *window, uint64_t *cursor)
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

/* ---- index ---- */

static inline uint32_t hash_tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline uint32_t slot_first(uint32_t tag, uint32_t slots_bits)
{
	return tag >> (32 - slots_bits);
}

static struct slot *slots_new(uint32_t bits)
{
	size_t bytes = sizeof(struct slot) << bits;
	struct slot *slots = memory_new(bytes);
	if (slots != NULL)
		memset(slots, 0, bytes);
	return slots;
}

/* Twice as large; or at once as large as that of the window that went last, when this one has shown that
 * it will be of its kind. */
static struct slot *window_larger_slots(struct state_window *window, uint32_t *bits)
{
	struct state_table *table = window->table;
	*bits = window->slots_bits + 1;
	if (table->spare_slots == NULL || *bits > table->spare_slots_bits || *bits + 4 < table->spare_slots_bits)
		return *bits > MOST_SLOTS_BITS ? NULL : slots_new(*bits);
	struct slot *slots = table->spare_slots;
	*bits = table->spare_slots_bits;
	table->spare_slots = NULL;
	memset(slots, 0, sizeof(*slots) << *bits);
	return slots;
}

static int window_grow_index(struct state_window *window)
{
	uint32_t bits;
	struct slot *slots = window_larger_slots(window, &bits);
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
	free(window->slots);
	window->slots = slots;
	window->slots_bits = bits;
	return 0;
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
	if (window->n_keys >= (size_t)3 << window->slots_bits >> 2) {
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
	uint32_t at = window_make_entry(window, key);
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
static int upsert_group(struct state_window *window, const struct state_key *keys, uint32_t n, void **values)
{
	uint32_t guesses[UPSERT_GROUP];
	int r = window_reserve_changed(window, n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n; i++)
		__builtin_prefetch(&window->slots[slot_first(hash_tag(keys[i].hash), window->slots_bits)]);
	for (uint32_t i = 0; i < n; i++) {
		guesses[i] = window_guess(window, hash_tag(keys[i].hash));
		if (guesses[i] != 0)
			__builtin_prefetch(entry_at(window, guesses[i]), 1);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = guesses[i];
		bool made;
		if (at == 0 || !entry_has_key(window, entry_at(window, at), &keys[i])) {
			r = window_find_or_make(window, &keys[i], &at, &made);
			if (r < 0)
				return r;
		}
		struct entry *entry = entry_at(window, at);
		window_mark_changed(window, entry, at);
		values[i] = entry->value_then_key;
	}
	return 0;
}

int state_window_upsert(struct state_window *window, const struct state_key *keys, uint32_t n, void **values)
{
	for (uint32_t at = 0; at < n; at += UPSERT_GROUP) {
		uint32_t n_group = n - at < UPSERT_GROUP ? n - at : UPSERT_GROUP;
		int r = upsert_group(window, keys + at, n_group, values + at);
		if (r < 0)
			return r;
	}
	return 0;
}

uint32_t state_window_read(const struct state_window *window, uint64_t *cursor, struct state_entry *entries, uint32_t n)
{
	uint32_t n_read = 0;
	struct entry *entry;
	while (n_read < n && (entry = window_next_entry(window, cursor)) != NULL)
		entries[n_read++] = (struct state_entry){entry_key(window, entry), entry->key_len, entry->value_then_key};
	return n_read;
}

/* ---- windows ---- */

static struct state_window *window_new(struct state_table *table, int64_t start_ms)
{
	struct state_window *window = calloc(1, sizeof(*window));
	if (window == NULL)
		return NULL;
	*window = (struct state_window){.table = table, .start_ms = start_ms, .value_size = table->value_size,
					.slots_bits = LEAST_SLOTS_BITS, .slots = slots_new(LEAST_SLOTS_BITS),
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
		free(table_take_spare_block(table));
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
	if (window != NULL || reserve(&table->windows, &table->windows_room, n_windows, sizeof(*table->windows)) < 0 ||
	    reserve(&table->dropped, &table->dropped_room, table->n_dropped + n_windows, sizeof(*table->dropped)) < 0)
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
		free(table_take_spare_block(table));
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

/* ---- snapshots ---- */

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
		return window_next_entry(window, &packing->cursor);
	if (packing->n_taken + 8 < window->n_changed)
		__builtin_prefetch(entry_at(window, window->changed[packing->n_taken + 8]));
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
		int r = reserve(&delta->chunks, chunks_room, (size_t)delta->n_chunks + 1, sizeof(*delta->chunks));
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

int state_window_restore(struct state_window *window, const struct state_key *key, const void *value)
{
	uint32_t at;
	bool made;
	int r = window_find_or_make(window, key, &at, &made);
	if (r < 0)
		return r;
	memcpy(entry_at(window, at)->value_then_key, value, window->value_size);
	/* A key that comes again was in a delta: so much is known of how long the chain is. */
	window->delta_entries += !made;
	window->is_stored = true;
	window->write_whole = false;
	return 0;
}

void state_table_mark_all_changed(struct state_table *table)
{
	for (uint32_t i = 0; i < table->n_windows; i++)
		table->windows[i]->write_whole = true;
}
