#include <stdlib.h>
#include <string.h>

#include "pipeline/batch.h"
#include "tests/lib/unit_main.h"

static int n_released;

static void release(void *owner)
{
	*(int *)owner = 1;
	n_released++;
}

START_TEST(records_are_born_absent_and_of_the_outs_partition)
{
	struct weir_out out = {.partition = 7};
	struct weir_record *records = weir_out_append(&out, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_null(records[i].key.data);
		ck_assert_ptr_null(records[i].value.data);
		ck_assert_uint_eq(records[i].partition, 7);
		ck_assert_int_eq(records[i].offset, -1);
		ck_assert_int_eq(records[i].timestamp_ms, -1);
	}
	weir_out_done(&out);
}
END_TEST

START_TEST(appended_records_are_consecutive_and_keep_their_order_over_batches)
{
	struct weir_out out = {.partition = WEIR_NO_PARTITION};
	for (int64_t i = 0; i < 1000; i++) {
		struct weir_record *records = weir_out_append(&out, 3);
		for (int j = 0; j < 3; j++)
			records[j].offset = i * 3 + j;
	}
	int64_t expected = 0;
	for (struct batch *batch; (batch = weir_out_take(&out)) != NULL; batch_unref(batch))
		for (uint32_t i = 0; i < batch->view.n_records; i++)
			ck_assert_int_eq(batch->view.records[i].offset, expected++);
	ck_assert_int_eq(expected, 3000);
	weir_out_done(&out);
}
END_TEST

START_TEST(each_record_is_one_cache_line)
{
	struct weir_out out = {0};
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq((uintptr_t)weir_out_append(&out, BATCH_RECORDS - 1) % sizeof(struct weir_record), 0);
	ck_assert_uint_eq(sizeof(struct weir_record), 64);
	weir_out_done(&out);
}
END_TEST

START_TEST(more_than_a_batch_at_once_is_refused)
{
	struct weir_out out = {0};
	ck_assert_ptr_null(weir_out_append(&out, BATCH_RECORDS + 1));
	ck_assert_ptr_nonnull(weir_out_append(&out, BATCH_RECORDS));
	weir_out_done(&out);
}
END_TEST

START_TEST(an_owner_is_released_once_when_the_last_batch_goes)
{
	struct weir_out out = {0};
	int owner = 0;
	n_released = 0;
	weir_out_append(&out, BATCH_RECORDS);
	ck_assert_int_eq(weir_out_adopt(&out, &owner, release), WEIR_OK);
	weir_out_append(&out, 1);
	struct batch *first = weir_out_take(&out), *second = weir_out_take(&out);
	weir_out_done(&out);
	batch_unref(first);
	ck_assert_int_eq(owner, 0);
	batch_ref(second);
	batch_unref(second);
	ck_assert_int_eq(owner, 0);
	batch_unref(second);
	ck_assert_int_eq(n_released, 1);
}
END_TEST

START_TEST(what_a_transform_makes_keeps_its_input_alive)
{
	struct weir_out input = {0};
	int owner = 0;
	weir_out_append(&input, 1);
	weir_out_adopt(&input, &owner, release);
	struct batch *parent = weir_out_take(&input);
	weir_out_done(&input);
	struct weir_out out = {.parent = parent};
	weir_out_append(&out, 1);
	struct batch *made = weir_out_take(&out);
	weir_out_done(&out);
	batch_unref(parent);
	ck_assert_int_eq(owner, 0);
	batch_unref(made);
	ck_assert_int_eq(owner, 1);
}
END_TEST

START_TEST(arena_memory_is_aligned_apart_and_of_any_size)
{
	struct weir_out out = {0};
	uint8_t *before = NULL;
	for (size_t bytes = 1; bytes < 100000; bytes = bytes * 3 + 1) {
		uint8_t *memory = weir_out_alloc(&out, bytes);
		ck_assert_uint_eq((uintptr_t)memory % 8, 0);
		memset(memory, 0xee, bytes);
		if (before != NULL)
			ck_assert_uint_eq(*before, 0xee);
		before = memory;
	}
	ck_assert_ptr_null(weir_out_alloc(&out, SIZE_MAX));
	weir_out_done(&out);
}
END_TEST

UNIT_MAIN("pipeline/batch", records_are_born_absent_and_of_the_outs_partition,
	  appended_records_are_consecutive_and_keep_their_order_over_batches,
	  each_record_is_one_cache_line, more_than_a_batch_at_once_is_refused, an_owner_is_released_once_when_the_last_batch_goes,
	  what_a_transform_makes_keeps_its_input_alive,
	  arena_memory_is_aligned_apart_and_of_any_size)
