#include <stdlib.h>

#include "base/bytes.h"
#include "base/uuid.h"
#include "tests/lib/unit_main.h"

START_TEST(what_was_written_is_read)
{
	struct byte_writer writer = {0};
	byte_writer_u32(&writer, 0x01020304);
	byte_writer_u64(&writer, UINT64_MAX - 1);
	byte_writer_string(&writer, "text");
	byte_writer_string(&writer, NULL);
	byte_writer_string(&writer, "");
	byte_writer_block(&writer, "a\0b", 3);
	uint8_t *data;
	size_t bytes;
	ck_assert_int_eq(byte_writer_seal(&writer, &data, &bytes), 0);
	ck_assert_int_eq(data[0], 4); /* little-endian */

	struct byte_reader reader;
	ck_assert(byte_reader_open_sealed(&reader, data, bytes));
	ck_assert_uint_eq(byte_reader_u32(&reader), 0x01020304);
	ck_assert_uint_eq(byte_reader_u64(&reader), UINT64_MAX - 1);
	char *text = byte_reader_string(&reader), *none = byte_reader_string(&reader), *empty = byte_reader_string(&reader);
	ck_assert_str_eq(text, "text");
	ck_assert_ptr_null(none);
	ck_assert_str_eq(empty, "");
	uint32_t n;
	const uint8_t *block = byte_reader_block(&reader, &n);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(memcmp(block, "a\0b", 3), 0);
	ck_assert(byte_reader_ended_well(&reader));
	free(text);
	free(empty);
	free(data);
}
END_TEST

START_TEST(a_reader_that_failed_stays_failed)
{
	static const uint8_t data[] = {1, 0, 0, 0, 2, 0, 0};
	struct byte_reader reader = {.at = data, .end = data + sizeof(data)};
	ck_assert_uint_eq(byte_reader_u32(&reader), 1);
	ck_assert_uint_eq(byte_reader_u64(&reader), 0);
	ck_assert(reader.failed);
	ck_assert_uint_eq(byte_reader_u32(&reader), 0);
	ck_assert(!byte_reader_ended_well(&reader));
}
END_TEST

START_TEST(a_count_that_cannot_be_is_refused)
{
	static const uint8_t data[] = {3, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9};
	struct byte_reader reader = {.at = data, .end = data + sizeof(data)};
	ck_assert_uint_eq(byte_reader_count(&reader, 4), 0);
	ck_assert(reader.failed);
	reader = (struct byte_reader){.at = data, .end = data + sizeof(data)};
	ck_assert_uint_eq(byte_reader_count(&reader, 2), 3);
	ck_assert(!reader.failed);
}
END_TEST

START_TEST(a_string_with_a_nul_inside_is_refused)
{
	static const uint8_t data[] = {3, 0, 0, 0, 'a', 0, 'b'};
	struct byte_reader reader = {.at = data, .end = data + sizeof(data)};
	ck_assert_ptr_null(byte_reader_string(&reader));
	ck_assert(reader.failed);
}
END_TEST

START_TEST(uuids_look_like_uuids_and_differ)
{
	char a[UUID_BYTES], b[UUID_BYTES];
	uuid_make(a);
	uuid_make(b);
	ck_assert_uint_eq(strlen(a), 36);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef-"), 36);
	ck_assert(a[8] == '-' && a[13] == '-' && a[14] == '4' && a[18] == '-' && a[23] == '-');
	ck_assert_str_ne(a, b);
}
END_TEST

UNIT_MAIN("base/bytes", what_was_written_is_read, a_reader_that_failed_stays_failed,
	  a_count_that_cannot_be_is_refused, a_string_with_a_nul_inside_is_refused,
	  uuids_look_like_uuids_and_differ)
