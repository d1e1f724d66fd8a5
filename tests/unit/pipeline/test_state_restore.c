/* Tables -> snapshot -> store -> tables, at the same and at another parallelism. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint_manifest.h"
#include "pipeline/state_restore.h"
#include "state/state_chunks.h"

#define N_KEYS 5000
#define N_WINDOWS 3

static char root[64];
static struct checkpoint_store *store;

static void make_store(void)
{
	strcpy(root, "/tmp/weir-restore-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	ck_assert_int_eq(checkpoint_store_open(root, "p", STORE_CREATE, &store, NULL, NULL), 0);
}

static void remove_store(void)
{
	char command[128];
	checkpoint_store_close(store);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static struct state_key key_of(char text[16], uint32_t number)
{
	int len = snprintf(text, 16, "key %u", number);
	return (struct state_key){(uint8_t *)text, (uint32_t)len, state_key_hash((uint8_t *)text, (size_t)len)};
}

static uint64_t *value_of(struct state_table **tables, uint32_t parallelism, int64_t window, uint32_t number)
{
	char text[16];
	struct state_key key = key_of(text, number);
	void *value;
	struct state_table *table = tables[state_task_of_key_group(state_key_group(key.hash), parallelism)];
	ck_assert_int_eq(state_window_upsert(state_table_get(table, window * 5000), &key, 1, &value), 0);
	return value;
}

static void tables_new(struct state_table **tables, uint32_t parallelism)
{
	for (uint32_t task = 0; task < parallelism; task++)
		tables[task] = state_table_new(8);
}

static void tables_free(struct state_table **tables, uint32_t parallelism)
{
	for (uint32_t task = 0; task < parallelism; task++)
		state_table_free(tables[task]);
}

/* What a checkpoint does: snapshots of all tasks, the manifest, one write. */
static void checkpoint(struct state_table **tables, uint32_t parallelism, uint64_t id, struct checkpoint_manifest *manifest)
{
	struct checkpoint_record *record = checkpoint_record_new();
	struct checkpoint_new_chunk new_chunks[64];
	struct checkpoint_chunk places[64];
	struct state_delta deltas[8];
	uint32_t n = 0;
	record->id = id;
	record->parallelism = parallelism;
	for (uint32_t task = 0; task < parallelism; task++) {
		ck_assert_int_eq(state_table_snapshot(tables[task], id, task, &deltas[task]), 0);
		const struct state_delta *delta = &deltas[task];
		checkpoint_manifest_replace(manifest, task, delta->replaced_windows, delta->n_replaced_windows);
		for (uint32_t i = 0; i < delta->n_chunks; i++, n++) {
			const struct state_chunk *chunk = &delta->chunks[i];
			ck_assert_uint_lt(n, 64);
			places[n] = (struct checkpoint_chunk){id, task, i, chunk->window_start_ms, chunk->n_entries, chunk->bytes,
							      state_chunk_checksum(chunk->data, chunk->bytes)};
			new_chunks[n] = (struct checkpoint_new_chunk){&places[n], chunk->data};
			ck_assert_int_eq(checkpoint_manifest_add(manifest, &places[n]), 0);
		}
	}
	for (uint32_t i = 0; i < manifest->n_chunks; i++)
		ck_assert_int_eq(checkpoint_record_add_chunk(record, &manifest->chunks[i]), 0);
	struct error error = ERROR_INIT;
	int r = checkpoint_store_put(store, record, new_chunks, n, true, &error);
	if (r == 0)
		r = checkpoint_store_complete(store, id, 0, 2, false, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	for (uint32_t task = 0; task < parallelism; task++)
		state_delta_done(&deltas[task]);
	checkpoint_record_free(record);
}

static struct checkpoint_record *newest(void)
{
	struct checkpoint_record *completed, *pending;
	ck_assert_int_eq(checkpoint_store_newest(store, &completed, &pending, NULL), 0);
	ck_assert_ptr_null(pending);
	return completed;
}

/* Key k of window w has been counted k % 7 + w + 1 times, and some once more. */
static uint64_t expected_value(uint32_t window, uint32_t number)
{
	return number % 7 + window + 1 + (number % 100 == 0);
}

static void fill_and_checkpoint(uint32_t parallelism)
{
	struct state_table *tables[8];
	struct checkpoint_manifest manifest = {0};
	tables_new(tables, parallelism);
	for (uint32_t window = 0; window < N_WINDOWS; window++)
		for (uint32_t number = 0; number < N_KEYS; number++)
			*value_of(tables, parallelism, window, number) = number % 7 + window + 1;
	checkpoint(tables, parallelism, 0, &manifest);
	for (uint32_t window = 0; window < N_WINDOWS; window++)
		for (uint32_t number = 0; number < N_KEYS; number += 100)
			++*value_of(tables, parallelism, window, number);
	checkpoint(tables, parallelism, 1, &manifest);
	checkpoint_manifest_done(&manifest);
	tables_free(tables, parallelism);
}

static void expect_all(struct state_table **tables, uint32_t parallelism)
{
	size_t n_keys = 0;
	for (uint32_t task = 0; task < parallelism; task++)
		n_keys += state_table_n_keys(tables[task]);
	ck_assert_uint_eq(n_keys, N_WINDOWS * N_KEYS);
	for (uint32_t window = 0; window < N_WINDOWS; window++)
		for (uint32_t number = 0; number < N_KEYS; number++)
			ck_assert_uint_eq(*value_of(tables, parallelism, window, number), expected_value(window, number));
}

static const uint32_t parallelisms[][2] = {{1, 1}, {4, 4}, {1, 4}, {4, 2}, {3, 7}, {8, 1}};

START_TEST(state_comes_back_at_any_parallelism_and_goes_on)
{
	uint32_t before = parallelisms[_i][0], after = parallelisms[_i][1];
	struct state_table *tables[8];
	struct error error = ERROR_INIT;
	fill_and_checkpoint(before);
	struct checkpoint_record *record = newest();
	tables_new(tables, after);
	int r = state_restore(store, record, 8, tables, after, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	expect_all(tables, after);

	/* The next checkpoint, on the record's chunks or on none, restores to the same. */
	struct checkpoint_manifest manifest = {0};
	for (uint32_t i = 0; before == after && i < record->n_chunks; i++)
		checkpoint_manifest_add(&manifest, &record->chunks[i]);
	checkpoint(tables, after, 2, &manifest);
	tables_free(tables, after);
	checkpoint_record_free(record);
	record = newest();
	tables_new(tables, after);
	ck_assert_int_eq(state_restore(store, record, 8, tables, after, NULL), 0);
	expect_all(tables, after);
	tables_free(tables, after);
	checkpoint_record_free(record);
	checkpoint_manifest_done(&manifest);
}
END_TEST

START_TEST(values_of_another_size_are_refused)
{
	struct state_table *table = state_table_new(16);
	struct error error = ERROR_INIT;
	fill_and_checkpoint(1);
	struct checkpoint_record *record = newest();
	ck_assert_int_lt(state_restore(store, record, 16, &table, 1, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "cannot restore checkpoint 1"));
	ck_assert_ptr_nonnull(strstr(error.text, "8 bytes"));
	state_table_free(table);
	checkpoint_record_free(record);
}
END_TEST

START_TEST(a_chunk_in_the_wrong_place_is_refused)
{
	struct state_table *table = state_table_new(8);
	struct error error = ERROR_INIT;
	fill_and_checkpoint(1);
	struct checkpoint_record *record = newest();
	record->chunks[0].n_entries++;
	ck_assert_int_lt(state_restore(store, record, 8, &table, 1, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "not the one its checkpoint lists"));
	record->chunks[0].n_entries--;
	record->chunks[0].checksum++;
	ck_assert_int_lt(state_restore(store, record, 8, &table, 1, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "checksum"));
	record->chunks[0].task = 5;
	ck_assert_int_lt(state_restore(store, record, 8, &table, 1, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "is missing"));
	state_table_free(table);
	checkpoint_record_free(record);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pipeline/state_restore");
	TCase *tests = tcase_create("state_restore");
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, make_store, remove_store);
	tcase_add_loop_test(tests, state_comes_back_at_any_parallelism_and_goes_on, 0,
			    sizeof(parallelisms) / sizeof(parallelisms[0]));
	tcase_add_test(tests, values_of_another_size_are_refused);
	tcase_add_test(tests, a_chunk_in_the_wrong_place_is_refused);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
