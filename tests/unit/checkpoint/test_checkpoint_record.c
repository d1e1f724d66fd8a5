#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "checkpoint/checkpoint_manifest.h"
#include "checkpoint/checkpoint_record.h"
#include "tests/lib/unit_main.h"

static struct checkpoint_record *record_new(void)
{
	struct checkpoint_record *record = checkpoint_record_new();
	record->id = 42;
	record->started_ms = 1568564615123;
	record->completed_ms = 1568564615456;
	record->parallelism = 4;
	record->watermark_ms = -1;
	strcpy(record->instance_uuid, "01234567-89ab-4def-8123-456789abcdef");
	record->state_layout = strdup("ip_count counts v1 8 bytes, window 5000 ms");
	checkpoint_record_add_position(record, &(struct checkpoint_position){.stream = (char[]){"lines"}, .partition = -7,
				       .offset = INT64_MAX, .stop = -1, .note = (char[]){"inode 5"}, .max_event_time_ms = 9});
	checkpoint_record_add_position(record, &(struct checkpoint_position){.stream = (char[]){""}, .partition = 1,
				       .offset = 3, .stop = 8, .max_event_time_ms = INT64_MIN});
	checkpoint_record_add_handle(record, "sink", "\0\1\2", 3);
	checkpoint_record_add_handle(record, "other", NULL, 0);
	for (uint32_t i = 0; i < 5; i++)
		checkpoint_record_add_chunk(record, &(struct checkpoint_chunk){.checkpoint = 40 + i, .task = i, .number = 2 * i,
					    .window_start_ms = -5000 * (int64_t)i, .n_entries = 100, .bytes = 3000,
					    .checksum = UINT64_MAX - i});
	return record;
}

static uint8_t *encoded_new(size_t *ret_bytes)
{
	struct checkpoint_record *record = record_new();
	uint8_t *data;
	ck_assert_int_eq(checkpoint_record_encode(record, &data, ret_bytes), 0);
	checkpoint_record_free(record);
	return data;
}

START_TEST(a_record_gives_back_what_was_written)
{
	size_t bytes;
	uint8_t *data = encoded_new(&bytes);
	struct checkpoint_record *record;
	ck_assert_int_eq(checkpoint_record_decode(data, bytes, &record, NULL), 0);
	ck_assert_uint_eq(record->id, 42);
	ck_assert_int_eq(record->status, CHECKPOINT_PENDING);
	ck_assert_int_eq(record->started_ms, 1568564615123);
	ck_assert_int_eq(record->completed_ms, 1568564615456);
	ck_assert_uint_eq(record->parallelism, 4);
	ck_assert_int_eq(record->watermark_ms, -1);
	ck_assert_str_eq(record->instance_uuid, "01234567-89ab-4def-8123-456789abcdef");
	ck_assert_str_eq(record->state_layout, "ip_count counts v1 8 bytes, window 5000 ms");
	ck_assert_uint_eq(record->n_positions, 2);
	ck_assert_str_eq(record->positions[0].stream, "lines");
	ck_assert_int_eq(record->positions[0].partition, -7);
	ck_assert_int_eq(record->positions[0].offset, INT64_MAX);
	ck_assert_int_eq(record->positions[0].stop, -1);
	ck_assert_str_eq(record->positions[0].note, "inode 5");
	ck_assert_int_eq(record->positions[0].max_event_time_ms, 9);
	ck_assert_ptr_null(record->positions[1].note);
	ck_assert_int_eq(record->positions[1].max_event_time_ms, INT64_MIN);
	ck_assert_uint_eq(record->n_handles, 2);
	ck_assert_str_eq(record->handles[0].component, "sink");
	ck_assert_uint_eq(record->handles[0].bytes, 3);
	ck_assert_int_eq(memcmp(record->handles[0].data, "\0\1\2", 3), 0);
	ck_assert_uint_eq(record->handles[1].bytes, 0);
	ck_assert_uint_eq(record->n_chunks, 5);
	ck_assert_uint_eq(record->chunks[4].checkpoint, 44);
	ck_assert_uint_eq(record->chunks[4].task, 4);
	ck_assert_uint_eq(record->chunks[4].number, 8);
	ck_assert_int_eq(record->chunks[4].window_start_ms, -20000);
	ck_assert_uint_eq(record->chunks[4].n_entries, 100);
	ck_assert_uint_eq(record->chunks[4].bytes, 3000);
	ck_assert_uint_eq(record->chunks[4].checksum, UINT64_MAX - 4);
	checkpoint_record_free(record);
	free(data);
}
END_TEST

START_TEST(an_empty_record_is_fine)
{
	struct checkpoint_record *record = checkpoint_record_new();
	uint8_t *data;
	size_t bytes;
	ck_assert_int_eq(checkpoint_record_encode(record, &data, &bytes), 0);
	checkpoint_record_free(record);
	ck_assert_int_eq(checkpoint_record_decode(data, bytes, &record, NULL), 0);
	ck_assert_ptr_null(record->state_layout);
	ck_assert_int_eq(record->watermark_ms, INT64_MIN);
	checkpoint_record_free(record);
	free(data);
}
END_TEST

START_TEST(every_prefix_is_refused)
{
	size_t bytes;
	uint8_t *data = encoded_new(&bytes);
	for (size_t n = 0; n < bytes; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);
		memcpy(cut, data, n);
		struct checkpoint_record *record;
		struct error error = ERROR_INIT;
		ck_assert_int_lt(checkpoint_record_decode(cut, n, &record, &error), 0);
		ck_assert_str_ne(error.text, "");
		free(cut);
	}
	free(data);
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
	size_t bytes;
	uint8_t *data = encoded_new(&bytes);
	for (size_t bit = 0; bit < 8 * bytes; bit++) {
		struct checkpoint_record *record;
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_lt(checkpoint_record_decode(data, bytes, &record, NULL), 0);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(data);
}
END_TEST

/* With a good checksum, prefixes and lies still must not be taken for a record, nor crash. */
START_TEST(what_makes_no_sense_is_refused_even_with_a_good_checksum)
{
	size_t bytes;
	uint8_t *data = encoded_new(&bytes);
	struct checkpoint_record *record;
	for (size_t n = 0; n + 9 <= bytes; n++) {
		uint8_t *cut = malloc(n + 8);
		memcpy(cut, data, n);
		bytes_store_u64(cut + n, bytes_checksum(cut, n));
		ck_assert_int_lt(checkpoint_record_decode(cut, n + 8, &record, NULL), 0);
		free(cut);
	}
	for (size_t at = 0; at + 12 <= bytes; at++) {
		uint8_t saved[4];
		memcpy(saved, data + at, 4);
		bytes_store_u32(data + at, 0xfffffff0u);
		bytes_store_u64(data + bytes - 8, bytes_checksum(data, bytes - 8));
		if (checkpoint_record_decode(data, bytes, &record, NULL) == 0)
			checkpoint_record_free(record);
		memcpy(data + at, saved, 4);
	}
	bytes_store_u32(data + 4, 2);
	bytes_store_u64(data + bytes - 8, bytes_checksum(data, bytes - 8));
	struct error error = ERROR_INIT;
	ck_assert_int_lt(checkpoint_record_decode(data, bytes, &record, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "version 2"));
	free(data);
}
END_TEST

START_TEST(a_manifest_forgets_the_windows_that_a_task_replaced)
{
	struct checkpoint_manifest manifest = {0};
	for (uint32_t i = 0; i < 60; i++)
		ck_assert_int_eq(checkpoint_manifest_add(&manifest, &(struct checkpoint_chunk){.task = i % 2, .number = i,
							 .window_start_ms = i % 3 * 5000}), 0);
	checkpoint_manifest_replace(&manifest, 1, (int64_t[]){10000, 0, 77}, 3);
	ck_assert_uint_eq(manifest.n_chunks, 40);
	for (uint32_t i = 0; i < manifest.n_chunks; i++) {
		ck_assert(manifest.chunks[i].task == 0 || manifest.chunks[i].window_start_ms == 5000);
		ck_assert(i == 0 || manifest.chunks[i - 1].number < manifest.chunks[i].number);
	}
	checkpoint_manifest_done(&manifest);
	ck_assert_ptr_null(manifest.chunks);
}
END_TEST

UNIT_MAIN("checkpoint/checkpoint_record", a_record_gives_back_what_was_written,
	  an_empty_record_is_fine, every_prefix_is_refused, every_flipped_bit_is_refused,
	  what_makes_no_sense_is_refused_even_with_a_good_checksum,
	  a_manifest_forgets_the_windows_that_a_task_replaced)
