/* The table against a model that keeps every key in a plain list. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/state_chunks.h"
#include "state/state_table.h"

#define MOST_TASKS 5
#define VALUE_SIZE 16

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

static struct state_key key_of(const void *data, size_t len)
{
	return (struct state_key){data, (uint32_t)len, state_key_hash(data, len)};
}

static struct state_key key_text(const char *text)
{
	return key_of(text, strlen(text));
}

static uint64_t *upsert_one(struct state_table *table, int64_t start_ms, struct state_key key)
{
	void *value;
	ck_assert_int_eq(state_window_upsert(state_table_get(table, start_ms), &key, 1, &value), 0);
	return value;
}

static struct state_delta snapshot(struct state_table *table, uint64_t checkpoint)
{
	struct state_delta delta;
	ck_assert_int_eq(state_table_snapshot(table, checkpoint, 0, &delta), 0);
	return delta;
}

/* How many entries the next snapshot writes. */
static uint32_t n_written(struct state_table *table, uint32_t *ret_n_replaced)
{
	struct state_delta delta = snapshot(table, 1);
	uint32_t n = 0;
	for (uint32_t i = 0; i < delta.n_chunks; i++)
		n += delta.chunks[i].n_entries;
	if (ret_n_replaced != NULL)
		*ret_n_replaced = delta.n_replaced_windows;
	state_delta_done(&delta);
	return n;
}

START_TEST(a_new_value_is_zero_and_aligned_and_stays_where_it_is)
{
	struct state_table *table = state_table_new(12);
	uint8_t *first = (uint8_t *)upsert_one(table, 0, key_text("first"));
	ck_assert_int_eq((uintptr_t)first % 8, 0);
	for (int i = 0; i < 12; i++)
		ck_assert_int_eq(first[i], 0);
	memcpy(first, "twelve bytes", 12);
	for (int i = 0; i < 200000; i++) {
		char text[16];
		snprintf(text, sizeof(text), "%d", i);
		ck_assert_int_eq((uintptr_t)upsert_one(table, 0, key_text(text)) % 8, 0);
	}
	ck_assert_ptr_eq(upsert_one(table, 0, key_text("first")), first);
	ck_assert_int_eq(memcmp(first, "twelve bytes", 12), 0);
	ck_assert_uint_eq(state_table_n_keys(table), 200001);
	state_table_free(table);
}
END_TEST

START_TEST(keys_of_every_length_are_told_apart)
{
	struct state_table *table = state_table_new(8);
	static uint8_t data[65535];
	for (size_t len = 0; len < sizeof(data); len += len < 100 ? 1 : 997)
		*upsert_one(table, 0, key_of(data, len)) = len;
	*upsert_one(table, 0, key_of(data, sizeof(data))) = sizeof(data);
	for (size_t len = 0; len < 100; len++) {
		ck_assert_uint_eq(*upsert_one(table, 0, key_of(data, len)), len);
		for (size_t at = 0; at < len; at++) { /* differs in one byte only */
			data[at] = 1;
			ck_assert_uint_eq(*upsert_one(table, 0, key_of(data, len)), 0);
			data[at] = 0;
		}
	}
	ck_assert_uint_eq(*upsert_one(table, 0, key_of(data, sizeof(data))), sizeof(data));
	state_table_free(table);
}
END_TEST

START_TEST(a_key_too_long_is_refused)
{
	struct state_table *table = state_table_new(8);
	static uint8_t data[65536];
	struct state_key key = key_of(data, sizeof(data));
	void *value;
	ck_assert_int_lt(state_window_upsert(state_table_get(table, 0), &key, 1, &value), 0);
	ck_assert_uint_eq(state_table_n_keys(table), 0);
	state_table_free(table);
}
END_TEST

START_TEST(keys_with_the_same_hash_are_told_apart)
{
	struct state_table *table = state_table_new(8);
	struct state_key keys[100];
	void *values[100];
	char texts[100][16];
	for (int i = 0; i < 100; i++) {
		snprintf(texts[i], sizeof(texts[i]), "k%d", i);
		keys[i] = (struct state_key){(uint8_t *)texts[i], (uint32_t)strlen(texts[i]), UINT64_MAX - (i & 1)};
	}
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(state_window_upsert(state_table_get(table, 0), keys, 100, values), 0);
		for (int i = 0; i < 100; i++)
			ck_assert_int_eq((*(uint64_t *)values[i])++, round);
	}
	ck_assert_uint_eq(state_table_n_keys(table), 100);
	state_table_free(table);
}
END_TEST

START_TEST(one_key_many_times_in_a_batch_is_one_value)
{
	struct state_table *table = state_table_new(8);
	struct state_key keys[1000];
	void *values[1000];
	for (int i = 0; i < 1000; i++)
		keys[i] = key_text("again");
	ck_assert_int_eq(state_window_upsert(state_table_get(table, 0), keys, 1000, values), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_ptr_eq(values[i], values[0]);
	ck_assert_uint_eq(n_written(table, NULL), 1);
	state_table_free(table);
}
END_TEST

START_TEST(windows_come_by_start)
{
	struct state_table *table = state_table_new(8);
	static const int64_t starts[] = {5000, -5000, 0, INT64_MAX, INT64_MIN, 10000};
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(state_window_start(state_table_get(table, starts[i])), starts[i]);
	ck_assert_ptr_null(state_table_find(table, 1));
	static const int64_t sorted[] = {INT64_MIN, -5000, 0, 5000, 10000, INT64_MAX};
	struct state_window *window = state_table_first(table);
	for (int i = 0; i < 6; i++, window = state_window_next(window))
		ck_assert_int_eq(state_window_start(window), sorted[i]);
	ck_assert_ptr_null(window);
	state_table_drop(table, state_table_find(table, 0));
	ck_assert_ptr_null(state_table_find(table, 0));
	ck_assert_int_eq(state_window_start(state_window_next(state_table_find(table, -5000))), 5000);
	state_table_free(table);
}
END_TEST

START_TEST(entries_are_read_in_the_order_they_were_made)
{
	struct state_table *table = state_table_new(8);
	struct state_entry entries[7];
	uint64_t cursor = 0;
	ck_assert_uint_eq(state_window_read(state_table_get(table, 0), &cursor, entries, 7), 0);
	for (uint32_t i = 0; i < 100000; i++)
		*upsert_one(table, 0, key_of(&i, sizeof(i))) = i;
	uint32_t n_read = 0, n;
	cursor = 0;
	while ((n = state_window_read(state_table_get(table, 0), &cursor, entries, 7)) != 0)
		for (uint32_t i = 0; i < n; i++, n_read++) {
			ck_assert_uint_eq(*(uint64_t *)entries[i].value, n_read);
			ck_assert_uint_eq(entries[i].key_len, sizeof(n_read));
			ck_assert_int_eq(memcmp(entries[i].key, &n_read, sizeof(n_read)), 0);
		}
	ck_assert_uint_eq(n_read, 100000);
	ck_assert_uint_eq(state_window_read(state_table_get(table, 0), &cursor, entries, 7), 0);
	state_table_free(table);
}
END_TEST

START_TEST(an_empty_table_has_an_empty_delta)
{
	struct state_table *table = state_table_new(8);
	state_table_get(table, 0);
	struct state_delta delta = snapshot(table, 1);
	ck_assert_uint_eq(delta.n_chunks, 0);
	ck_assert_uint_eq(delta.n_replaced_windows, 0);
	state_delta_done(&delta);
	state_table_free(table);
}
END_TEST

START_TEST(only_what_changed_is_written)
{
	struct state_table *table = state_table_new(8);
	for (uint32_t i = 0; i < 1000; i++)
		upsert_one(table, 0, key_of(&i, sizeof(i)));
	uint32_t n_replaced;
	ck_assert_uint_eq(n_written(table, &n_replaced), 1000);
	ck_assert_uint_eq(n_replaced, 0);
	ck_assert_uint_eq(n_written(table, NULL), 0);
	for (uint32_t i = 0; i < 30; i++)
		upsert_one(table, 0, key_of(&(uint32_t){i % 10}, sizeof(i)));
	ck_assert_uint_eq(n_written(table, &n_replaced), 10);
	ck_assert_uint_eq(n_replaced, 0);
	ck_assert_uint_eq(n_written(table, NULL), 0);
	state_table_free(table);
}
END_TEST

START_TEST(deltas_that_outgrow_their_window_are_folded)
{
	struct state_table *table = state_table_new(8);
	for (uint32_t i = 0; i < 100; i++)
		upsert_one(table, 0, key_of(&i, sizeof(i)));
	n_written(table, NULL);
	uint32_t n_replaced;
	for (uint32_t round = 0; round < 9; round++) { /* 11 * 9 entries: not more than keys */
		for (uint32_t i = 0; i < 11; i++)
			upsert_one(table, 0, key_of(&i, sizeof(i)));
		ck_assert_uint_eq(n_written(table, &n_replaced), 11);
		ck_assert_uint_eq(n_replaced, 0);
	}
	for (uint32_t i = 0; i < 11; i++)
		upsert_one(table, 0, key_of(&i, sizeof(i)));
	ck_assert_uint_eq(n_written(table, &n_replaced), 100);
	ck_assert_uint_eq(n_replaced, 1);
	upsert_one(table, 0, key_of(&(uint32_t){1}, 4));
	ck_assert_uint_eq(n_written(table, &n_replaced), 1);
	state_table_free(table);
}
END_TEST

START_TEST(too_many_small_deltas_are_folded)
{
	struct state_table *table = state_table_new(8);
	for (uint32_t i = 0; i < 1000; i++)
		upsert_one(table, 0, key_of(&i, sizeof(i)));
	n_written(table, NULL);
	for (int i = 0; i < STATE_MAX_DELTAS; i++) {
		upsert_one(table, 0, key_of(&(uint32_t){1}, 4));
		ck_assert_uint_eq(n_written(table, NULL), 1);
	}
	upsert_one(table, 0, key_of(&(uint32_t){1}, 4));
	ck_assert_uint_eq(n_written(table, NULL), 1000);
	state_table_free(table);
}
END_TEST

START_TEST(a_window_that_went_is_replaced_by_nothing)
{
	struct state_table *table = state_table_new(8);
	upsert_one(table, 0, key_text("stored"));
	n_written(table, NULL);
	upsert_one(table, 5000, key_text("never stored"));
	state_table_drop(table, state_table_find(table, 0));
	state_table_drop(table, state_table_find(table, 5000));
	struct state_delta delta = snapshot(table, 2);
	ck_assert_uint_eq(delta.n_chunks, 0);
	ck_assert_uint_eq(delta.n_replaced_windows, 1);
	ck_assert_int_eq(delta.replaced_windows[0], 0);
	state_delta_done(&delta);
	ck_assert_uint_eq(state_table_n_keys(table), 0);
	state_table_free(table);
}
END_TEST

START_TEST(a_window_that_went_and_came_again_is_written_whole_after_the_replacement)
{
	struct state_table *table = state_table_new(8);
	upsert_one(table, 0, key_text("old"));
	n_written(table, NULL);
	state_table_drop(table, state_table_find(table, 0));
	*upsert_one(table, 0, key_text("new")) = 7;
	uint32_t n_replaced;
	ck_assert_uint_eq(n_written(table, &n_replaced), 1);
	ck_assert_uint_eq(n_replaced, 1);
	state_table_free(table);
}
END_TEST

START_TEST(memory_of_a_window_that_went_serves_the_next_one)
{
	struct state_table *table = state_table_new(8);
	size_t bytes = 0;
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t i = 0; i < 300000; i++) {
			uint32_t number = i + 100000 * round;
			uint64_t *value = upsert_one(table, round, key_of(&number, sizeof(number)));
			ck_assert_uint_eq(*value, 0);
			*value = number;
		}
		for (uint32_t i = 0; i < 300000; i++) {
			uint32_t number = i + 100000 * round;
			ck_assert_uint_eq(*upsert_one(table, round, key_of(&number, sizeof(number))), number);
		}
		if (round == 1)
			bytes = state_table_bytes(table);
		state_table_drop(table, state_table_find(table, round));
		ck_assert_uint_eq(state_table_n_keys(table), 0);
		ck_assert(bytes == 0 || state_table_bytes(table) <= bytes);
	}
	upsert_one(table, 77, key_text("small")); /* a small one that goes takes the spare memory with it */
	state_table_drop(table, state_table_find(table, 77));
	ck_assert_uint_lt(state_table_bytes(table), 5 << 20);
	state_table_free(table);
}
END_TEST

START_TEST(chunks_are_filled_but_not_beyond_their_size)
{
	struct state_table *table = state_table_new(8);
	for (uint32_t i = 0; i < 100000; i++)
		upsert_one(table, 0, key_of(&i, sizeof(i)));
	struct state_delta delta = snapshot(table, 1);
	uint32_t n_chunks = (100000 * 14 + STATE_CHUNK_BYTES - 1) / STATE_CHUNK_BYTES;
	ck_assert_uint_eq(delta.n_chunks, n_chunks);
	for (uint32_t i = 0; i < n_chunks; i++) {
		ck_assert_uint_le(delta.chunks[i].bytes, STATE_CHUNK_BYTES);
		ck_assert(i == n_chunks - 1 || delta.chunks[i].bytes > STATE_CHUNK_BYTES - 14);
	}
	state_delta_done(&delta);
	state_table_free(table);
}
END_TEST

START_TEST(an_entry_larger_than_a_chunk_gets_one_of_its_own)
{
	uint32_t value_size = 3 << 20; /* larger than a block of the arena too */
	struct state_table *table = state_table_new(value_size);
	for (uint32_t i = 0; i < 3; i++)
		memset(upsert_one(table, 0, key_of(&i, sizeof(i))), (int)i + 1, value_size);
	struct state_delta delta = snapshot(table, 1);
	ck_assert_uint_eq(delta.n_chunks, 3);
	for (uint32_t i = 0; i < 3; i++) {
		struct state_chunk_reader reader;
		const uint8_t *key, *value;
		uint32_t key_len;
		ck_assert_int_eq(state_chunk_open(&reader, delta.chunks[i].data, delta.chunks[i].bytes, NULL), 0);
		ck_assert_int_eq(state_chunk_next(&reader, &key, &key_len, &value), 1);
		ck_assert_int_eq(value[0], (int)i + 1);
		ck_assert_int_eq(value[value_size - 1], (int)i + 1);
		ck_assert_int_eq(state_chunk_next(&reader, &key, &key_len, &value), 0);
	}
	state_delta_done(&delta);
	state_table_free(table);
}
END_TEST

START_TEST(key_groups_are_divided_evenly_and_in_order)
{
	for (uint32_t parallelism = 1; parallelism <= STATE_KEY_GROUPS; parallelism++) {
		uint32_t n[STATE_KEY_GROUPS] = {0}, before = 0;
		for (uint32_t group = 0; group < STATE_KEY_GROUPS; group++) {
			uint32_t task = state_task_of_key_group(group, parallelism);
			ck_assert_uint_lt(task, parallelism);
			ck_assert(task == before || task == before + 1);
			before = task;
			n[task]++;
		}
		for (uint32_t task = 0; task < parallelism; task++) {
			ck_assert_uint_ge(n[task], STATE_KEY_GROUPS / parallelism);
			ck_assert_uint_le(n[task], (STATE_KEY_GROUPS + parallelism - 1) / parallelism);
		}
	}
}
END_TEST

START_TEST(the_hash_of_a_key_is_part_of_the_format)
{
	ck_assert_uint_eq(state_key_hash((const uint8_t *)"192.168.1.1", 11), 0xb0f60b977b0a3c04u);
}
END_TEST

/* ---- against the model ---- */

#define MODEL_WINDOWS 6
#define MODEL_KEYS 400

struct model_value {
	bool is_there;
	uint8_t data[VALUE_SIZE];
};

struct run {
	struct state_table *tables[MOST_TASKS];
	uint32_t parallelism;
	struct model_value model[MODEL_WINDOWS][MODEL_KEYS];
	/* What a store would hold: the chunks of the last snapshot's manifest. */
	struct stored {
		struct state_chunk chunk;
		uint32_t task;
	} stored[20000];
	uint32_t n_stored;
	uint64_t checkpoint;
};

static void model_key(uint32_t number, struct state_key *key)
{
	static char texts[MODEL_KEYS][64];
	char *text = texts[number];
	int len = snprintf(text, sizeof(texts[0]), "%.*s%u", (int)(number % 40), "........................................", number);
	*key = key_of(text, (size_t)len);
}

static uint32_t model_number(const struct state_entry *entry)
{
	char text[64];
	memcpy(text, entry->key, entry->key_len);
	text[entry->key_len] = '\0';
	return (uint32_t)atoi(text + strspn(text, "."));
}

static struct state_table *table_of(struct run *run, const struct state_key *key)
{
	return run->tables[state_task_of_key_group(state_key_group(key->hash), run->parallelism)];
}

static void run_upsert(struct run *run)
{
	uint32_t window = random_below(MODEL_WINDOWS);
	for (uint32_t n = random_below(60); n > 0; n--) {
		struct state_key key;
		uint32_t number = random_below(MODEL_KEYS);
		model_key(number, &key);
		uint8_t *value = (uint8_t *)upsert_one(table_of(run, &key), window * 5000, key);
		struct model_value *model = &run->model[window][number];
		model->is_there = true;
		model->data[random_below(VALUE_SIZE)] = (uint8_t)random_below(256);
		memcpy(value, model->data, VALUE_SIZE);
	}
}

static void run_drop(struct run *run)
{
	uint32_t window = random_below(MODEL_WINDOWS);
	for (uint32_t task = 0; task < run->parallelism; task++) {
		struct state_window *found = state_table_find(run->tables[task], window * 5000);
		if (found != NULL)
			state_table_drop(run->tables[task], found);
	}
	memset(run->model[window], 0, sizeof(run->model[window]));
}

static void run_forget_stored(struct run *run, uint32_t task, int64_t window_start_ms)
{
	uint32_t n_kept = 0;
	for (uint32_t i = 0; i < run->n_stored; i++)
		if (run->stored[i].task == task && run->stored[i].chunk.window_start_ms == window_start_ms)
			free(run->stored[i].chunk.data);
		else
			run->stored[n_kept++] = run->stored[i];
	run->n_stored = n_kept;
}

static void run_snapshot(struct run *run)
{
	run->checkpoint++;
	for (uint32_t task = 0; task < run->parallelism; task++) {
		struct state_delta delta;
		ck_assert_int_eq(state_table_snapshot(run->tables[task], run->checkpoint, task, &delta), 0);
		for (uint32_t i = 0; i < delta.n_replaced_windows; i++)
			run_forget_stored(run, task, delta.replaced_windows[i]);
		for (uint32_t i = 0; i < delta.n_chunks; i++) {
			ck_assert_uint_lt(run->n_stored, 20000);
			run->stored[run->n_stored++] = (struct stored){delta.chunks[i], task};
			delta.chunks[i].data = NULL;
		}
		state_delta_done(&delta);
	}
}

static void run_restart(struct run *run)
{
	uint32_t before = run->parallelism;
	for (uint32_t task = 0; task < before; task++)
		state_table_free(run->tables[task]);
	if (random_below(2) == 0)
		run->parallelism = 1 + random_below(MOST_TASKS);
	for (uint32_t task = 0; task < run->parallelism; task++)
		run->tables[task] = state_table_new(VALUE_SIZE);
	for (uint32_t i = 0; i < run->n_stored; i++) {
		struct state_chunk_reader reader;
		struct state_key key;
		const uint8_t *value;
		ck_assert_int_eq(state_chunk_open(&reader, run->stored[i].chunk.data, run->stored[i].chunk.bytes, NULL), 0);
		ck_assert_uint_eq(reader.task, run->stored[i].task);
		while (state_chunk_next(&reader, &key.data, &key.len, &value)) {
			key.hash = state_key_hash(key.data, key.len);
			struct state_window *window = state_table_get(table_of(run, &key), reader.window_start_ms);
			ck_assert_int_eq(state_window_restore(window, &key, 1, (const void *const[]){value}), 0);
		}
	}
	if (before == run->parallelism)
		return;
	for (uint32_t task = 0; task < run->parallelism; task++)
		state_table_mark_all_changed(run->tables[task]);
	for (uint32_t i = 0; i < run->n_stored; i++)
		free(run->stored[i].chunk.data);
	run->n_stored = 0;
}

static void expect_equal_to_model(struct run *run)
{
	size_t n_model = 0, n_tables = 0;
	for (uint32_t window = 0; window < MODEL_WINDOWS; window++)
		for (uint32_t number = 0; number < MODEL_KEYS; number++)
			n_model += run->model[window][number].is_there;
	for (uint32_t task = 0; task < run->parallelism; task++) {
		n_tables += state_table_n_keys(run->tables[task]);
		struct state_window *window = state_table_first(run->tables[task]);
		for (; window != NULL; window = state_window_next(window)) {
			struct state_entry entry;
			uint64_t cursor = 0;
			while (state_window_read(window, &cursor, &entry, 1) == 1) {
				uint32_t number = model_number(&entry);
				ck_assert(run->model[state_window_start(window) / 5000][number].is_there);
				ck_assert_int_eq(memcmp(entry.value, run->model[state_window_start(window) / 5000][number].data,
							VALUE_SIZE), 0);
			}
		}
	}
	ck_assert_uint_eq(n_tables, n_model);
}

START_TEST(random_work_restored_at_any_parallelism_equals_the_model)
{
	struct run *run = calloc(1, sizeof(*run));
	seed = (uint64_t)_i * 1000003 + 17;
	run->parallelism = 1 + random_below(MOST_TASKS);
	for (uint32_t task = 0; task < run->parallelism; task++)
		run->tables[task] = state_table_new(VALUE_SIZE);
	for (int step = 0; step < 1500; step++) {
		uint32_t what = random_below(100);
		if (what < 70)
			run_upsert(run);
		else if (what < 73)
			run_drop(run);
		else if (what < 95)
			run_snapshot(run);
		else {
			run_snapshot(run);
			run_restart(run);
			expect_equal_to_model(run);
		}
	}
	expect_equal_to_model(run);
	for (uint32_t task = 0; task < run->parallelism; task++)
		state_table_free(run->tables[task]);
	for (uint32_t i = 0; i < run->n_stored; i++)
		free(run->stored[i].chunk.data);
	free(run);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("state/state_table");
	TCase *tests = tcase_create("state_table");
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_new_value_is_zero_and_aligned_and_stays_where_it_is);
	tcase_add_test(tests, keys_of_every_length_are_told_apart);
	tcase_add_test(tests, a_key_too_long_is_refused);
	tcase_add_test(tests, keys_with_the_same_hash_are_told_apart);
	tcase_add_test(tests, one_key_many_times_in_a_batch_is_one_value);
	tcase_add_test(tests, windows_come_by_start);
	tcase_add_test(tests, entries_are_read_in_the_order_they_were_made);
	tcase_add_test(tests, an_empty_table_has_an_empty_delta);
	tcase_add_test(tests, only_what_changed_is_written);
	tcase_add_test(tests, deltas_that_outgrow_their_window_are_folded);
	tcase_add_test(tests, too_many_small_deltas_are_folded);
	tcase_add_test(tests, a_window_that_went_is_replaced_by_nothing);
	tcase_add_test(tests, a_window_that_went_and_came_again_is_written_whole_after_the_replacement);
	tcase_add_test(tests, memory_of_a_window_that_went_serves_the_next_one);
	tcase_add_test(tests, chunks_are_filled_but_not_beyond_their_size);
	tcase_add_test(tests, an_entry_larger_than_a_chunk_gets_one_of_its_own);
	tcase_add_test(tests, key_groups_are_divided_evenly_and_in_order);
	tcase_add_test(tests, the_hash_of_a_key_is_part_of_the_format);
	tcase_add_loop_test(tests, random_work_restored_at_any_parallelism_equals_the_model, 0, 8);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
