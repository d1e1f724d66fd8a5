/* Keyed state of one task: for each window a table of key -> value, in memory. The hot path of every
 * windowed transform. Knows which values changed since the last snapshot, so that a checkpoint writes
 * only those. One thread at a time. */
#ifndef WEIR_STATE_STATE_TABLE_H
#define WEIR_STATE_STATE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_KEY_GROUPS 128 /* part of the store's format */

/* XXH3 of the key, 64 bits, seed 0: the same on every machine and in every version. */
uint64_t state_key_hash(const uint8_t *key, size_t len);
static inline uint32_t state_key_group(uint64_t hash)
{
	return (uint32_t)(hash % STATE_KEY_GROUPS);
}
/* Which of `parallelism` tasks owns a key group: contiguous ranges, as even as can be. */
static inline uint32_t state_task_of_key_group(uint32_t key_group, uint32_t parallelism)
{
	return key_group * parallelism / STATE_KEY_GROUPS;
}

struct state_key {
	const uint8_t *data;
	uint32_t len; /* <= 65535 */
	uint64_t hash;
};

struct state_table;
struct state_window;

struct state_table *state_table_new(uint32_t value_size);
void state_table_free(struct state_table *table);
size_t state_table_n_keys(const struct state_table *table);
size_t state_table_bytes(const struct state_table *table); /* memory held */

/* The window that starts then; NULL when there is none (find) or no memory (get). */
struct state_window *state_table_find(struct state_table *table, int64_t start_ms);
struct state_window *state_table_get(struct state_table *table, int64_t start_ms);
/* The window with the smallest start, NULL when empty; the next by start. */
struct state_window *state_table_first(struct state_table *table);
struct state_window *state_window_next(struct state_window *window);
/* Forgets a window and all its keys; the next snapshot says so. */
void state_table_drop(struct state_table *table, struct state_window *window);

int64_t state_window_start(const struct state_window *window);
size_t state_window_n_keys(const struct state_window *window);

/* Finds or makes the values of n keys (zeroed when new) and marks them changed. values[i] is aligned to
 * 8 and stays where it is until the window is dropped. 0 or -ENOMEM. */
int state_window_upsert(struct state_window *window, const struct state_key *keys, uint32_t n, void **values);

/* Reads up to n entries in the order they were made, from *cursor (0 at first; it is moved on). Returns
 * how many; 0 at the end. Keys and values stay where they are until the window is dropped. */
struct state_entry {
	const uint8_t *key;
	uint32_t key_len;
	void *value;
};
uint32_t state_window_read(const struct state_window *window, uint64_t *cursor, struct state_entry *entries, uint32_t n);

/* ---- snapshots ---- */

/* Packed entries of one window, at most about STATE_CHUNK_BYTES: see state_chunks.h for the bytes. */
#define STATE_CHUNK_BYTES (256 * 1024)
struct state_chunk {
	int64_t window_start_ms;
	uint32_t n_entries;
	uint32_t bytes;
	uint8_t *data; /* owned */
};

/* What changed since the last snapshot. */
struct state_delta {
	struct state_chunk *chunks; /* in the order to be applied */
	uint32_t n_chunks;
	/* Windows whose earlier chunks of this task are no longer needed: dropped, or written whole. */
	int64_t *replaced_windows;
	uint32_t n_replaced_windows;
};

/* Packs what changed and begins anew. A window whose deltas since it was last written whole hold more
 * entries than it has keys (or are more than STATE_MAX_DELTAS) is written whole: the fold. */
#define STATE_MAX_DELTAS 64
int state_table_snapshot(struct state_table *table, uint64_t checkpoint, uint32_t task, struct state_delta *ret_delta);
void state_delta_done(struct state_delta *delta);

/* Restore, before the first upsert. Room for at least so many keys; a mere hint. */
void state_window_expect(struct state_window *window, uint64_t n_keys);
/* Sets the values of n keys without marking them changed; the same key may come again (a later delta). `state_table_mark_all_changed`: the next snapshot writes every window whole
 * (after a change of parallelism the stored chunks belong to tasks that no longer are). */
int state_window_restore(struct state_window *window, const struct state_key *keys, uint32_t n, const void *const *values);
void state_table_mark_all_changed(struct state_table *table);

#endif
