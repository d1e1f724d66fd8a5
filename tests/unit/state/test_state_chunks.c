#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "state/state_chunks.h"
#include "tests/lib/unit_main.h"

/* Three entries with values of 8 bytes; memory of exactly its size, so that ASan sees a read beyond. */
static uint8_t *chunk_new(size_t *ret_bytes)
{
	static const char *const keys[] = {"192.168.1.1", "", "::1"};
	uint8_t data[256];
	uint8_t *at = state_chunk_write_header(data, 8, 3, 77, -5000);
	for (uint64_t i = 0; i < 3; i++)
		at = state_chunk_write_entry(at, (const uint8_t *)keys[i], (uint16_t)strlen(keys[i]), &i, 8);
	*ret_bytes = state_chunk_seal(data, at, 3);
	uint8_t *chunk = malloc(*ret_bytes);
	memcpy(chunk, data, *ret_bytes);
	return chunk;
}

START_TEST(a_chunk_gives_back_what_was_written)
{
	size_t bytes;
	uint8_t *data = chunk_new(&bytes);
	struct state_chunk_reader reader;
	ck_assert_int_eq(state_chunk_open(&reader, data, bytes, NULL), 0);
	ck_assert_uint_eq(reader.value_size, 8);
	ck_assert_uint_eq(reader.task, 3);
	ck_assert_uint_eq(reader.checkpoint, 77);
	ck_assert_int_eq(reader.window_start_ms, -5000);
	ck_assert_uint_eq(reader.n_entries, 3);
	const uint8_t *key, *value;
	uint32_t key_len;
	ck_assert_int_eq(state_chunk_next(&reader, &key, &key_len, &value), 1);
	ck_assert_uint_eq(key_len, 11);
	ck_assert_int_eq(memcmp(key, "192.168.1.1", 11), 0);
	ck_assert_uint_eq(bytes_load_u64(value), 0);
	ck_assert_int_eq(state_chunk_next(&reader, &key, &key_len, &value), 1);
	ck_assert_uint_eq(key_len, 0);
	ck_assert_uint_eq(bytes_load_u64(value), 1);
	ck_assert_int_eq(state_chunk_next(&reader, &key, &key_len, &value), 1);
	ck_assert_int_eq(memcmp(key, "::1", 3), 0);
	ck_assert_int_eq(state_chunk_next(&reader, &key, &key_len, &value), 0);
	free(data);
}
END_TEST

START_TEST(the_bytes_are_those_of_the_format)
{
	static const char header[] = "WCHK\1\0\0\0\10\0\0\0\3\0\0\0\115\0\0\0\0\0\0\0\170\354\377\377\377\377\377\377\3\0\0\0"
				     "\13\0" "192.168.1.1";
	size_t bytes;
	uint8_t *data = chunk_new(&bytes);
	ck_assert_uint_eq(bytes, 36 + 3 * 2 + 14 + 3 * 8 + 8);
	ck_assert_int_eq(memcmp(data, header, sizeof(header) - 1), 0);
	ck_assert_uint_eq(state_chunk_checksum(data, bytes), bytes_checksum(data, bytes - 8));
	free(data);
}
END_TEST

START_TEST(every_prefix_is_refused)
{
	size_t bytes;
	uint8_t *data = chunk_new(&bytes);
	for (size_t n = 0; n < bytes; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);
		memcpy(cut, data, n);
		struct state_chunk_reader reader;
		struct error error = ERROR_INIT;
		ck_assert_int_lt(state_chunk_open(&reader, cut, n, &error), 0);
		ck_assert_str_ne(error.text, "");
		free(cut);
	}
	free(data);
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
	size_t bytes;
	uint8_t *data = chunk_new(&bytes);
	for (size_t bit = 0; bit < 8 * bytes; bit++) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		struct state_chunk_reader reader;
		ck_assert_int_lt(state_chunk_open(&reader, data, bytes, NULL), 0);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(data);
}
END_TEST

/* As if written by somebody who means harm: whatever the lengths say, with a good checksum. */
START_TEST(lengths_that_lie_are_refused)
{
	size_t bytes;
	uint8_t *data = chunk_new(&bytes);
	for (size_t at = 4; at + 12 <= bytes; at++)
		for (int value = 0; value < 3; value++) {
			static const uint32_t lies[] = {0, 255, UINT32_MAX};
			uint8_t saved[4];
			memcpy(saved, data + at, 4);
			bytes_store_u32(data + at, lies[value]);
			bytes_store_u64(data + bytes - 8, bytes_checksum(data, bytes - 8));
			struct state_chunk_reader reader;
			const uint8_t *key, *entry_value;
			uint32_t key_len, n_read = 0;
			if (state_chunk_open(&reader, data, bytes, NULL) == 0)
				while (state_chunk_next(&reader, &key, &key_len, &entry_value) == 1) {
					ck_assert(key >= data && entry_value + reader.value_size <= data + bytes - 8);
					n_read++;
				}
			ck_assert_uint_le(n_read, 3);
			memcpy(data + at, saved, 4);
		}
	bytes_store_u32(data + 32, 2); /* one entry too few */
	bytes_store_u64(data + bytes - 8, bytes_checksum(data, bytes - 8));
	struct state_chunk_reader reader;
	ck_assert_int_lt(state_chunk_open(&reader, data, bytes, NULL), 0);
	free(data);
}
END_TEST

START_TEST(a_newer_format_is_refused_by_its_number)
{
	size_t bytes;
	uint8_t *data = chunk_new(&bytes);
	bytes_store_u32(data + 4, 2);
	bytes_store_u64(data + bytes - 8, bytes_checksum(data, bytes - 8));
	struct state_chunk_reader reader;
	struct error error = ERROR_INIT;
	ck_assert_int_lt(state_chunk_open(&reader, data, bytes, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "version 2"));
	free(data);
}
END_TEST

UNIT_MAIN("state/state_chunks", a_chunk_gives_back_what_was_written,
	  the_bytes_are_those_of_the_format, every_prefix_is_refused, every_flipped_bit_is_refused,
	  lengths_that_lie_are_refused, a_newer_format_is_refused_by_its_number)
