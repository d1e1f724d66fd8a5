#include <stdlib.h>
#include <string.h>

#include "connectors/kafka/kafka_progress.h"
#include "tests/lib/unit_main.h"

static struct weir_slice slice(const char *text)
{
	return (struct weir_slice){(const uint8_t *)text, strlen(text)};
}

static struct weir_position positions[] = {
	{.stream = "in", .partition = 3, .offset = 9007199254740993, .stop = -1},
	{.stream = "caf\xc3\xa9", .partition = 0, .offset = 0, .stop = 12, .note = "inode 7"},
};

static struct progress_record marker(void)
{
	return (struct progress_record){.pipeline_uuid = "p-1", .instance_uuid = "i-1", .checkpoint = 42,
					.positions = positions, .n_positions = 2, .time_ms = 1568564615123};
}

static struct progress_record start(void)
{
	return (struct progress_record){.pipeline_uuid = "p-1", .instance_uuid = "i-1", .nonce = "0123456789abcdef",
					.time_ms = 1568564615123};
}

START_TEST(marker_comes_back_as_it_was)
{
	struct progress_record written = marker(), read;
	char why[200], *text = progress_encode(&written);
	ck_assert_ptr_nonnull(text);
	for (const char *at = text; *at != '\0'; at++)
		ck_assert_msg(*at >= ' ' && *at <= '~', "not ASCII: %s", text);
	ck_assert_msg(progress_decode(slice(PROGRESS_MARKER_KEY), slice(text), &read, why, sizeof(why)) == 0, "%s", why);
	ck_assert_uint_eq(read.checkpoint, 42);
	ck_assert_str_eq(read.pipeline_uuid, "p-1");
	ck_assert_str_eq(read.instance_uuid, "i-1");
	ck_assert_int_eq(read.time_ms, 1568564615123);
	ck_assert_ptr_null(read.nonce);
	ck_assert_uint_eq(read.n_positions, 2);
	for (uint32_t i = 0; i < 2; i++) {
		ck_assert_str_eq(read.positions[i].stream, positions[i].stream);
		ck_assert_int_eq(read.positions[i].partition, positions[i].partition);
		ck_assert_int_eq(read.positions[i].offset, positions[i].offset);
		ck_assert_int_eq(read.positions[i].stop, positions[i].stop);
	}
	ck_assert_ptr_null(read.positions[0].note);
	ck_assert_str_eq(read.positions[1].note, "inode 7");
	progress_record_done(&read);
	free(text);
}
END_TEST

START_TEST(start_record_comes_back_as_it_was)
{
	struct progress_record written = start(), read;
	char why[200], *text = progress_encode(&written);
	ck_assert_int_eq(progress_decode(slice(PROGRESS_START_KEY), slice(text), &read, why, sizeof(why)), 0);
	ck_assert_str_eq(read.nonce, "0123456789abcdef");
	ck_assert_str_eq(read.instance_uuid, "i-1");
	progress_record_done(&read);
	free(text);
}
END_TEST

/* Cut into a block of its own, so that a sanitizer sees a read behind its end. */
static int decode_block(const char *key, const char *data, size_t len, char *why, size_t size)
{
	struct progress_record record;
	uint8_t *block = malloc(len > 0 ? len : 1);
	if (len > 0)
		memcpy(block, data, len);
	int r = progress_decode(slice(key), (struct weir_slice){block, len}, &record, why, size);
	if (r == 0)
		progress_record_done(&record);
	free(block);
	return r;
}

START_TEST(every_prefix_is_refused_with_a_reason)
{
	struct progress_record written = marker();
	char why[200], *text = progress_encode(&written);
	for (size_t len = 0; len < strlen(text); len++) {
		why[0] = '\0';
		ck_assert_msg(decode_block(PROGRESS_MARKER_KEY, text, len, why, sizeof(why)) < 0, "%zu bytes taken", len);
		ck_assert_str_ne(why, "");
	}
	free(text);
}
END_TEST

START_TEST(any_byte_changed_is_refused_or_still_a_record)
{
	struct progress_record written = marker();
	char why[200], *text = progress_encode(&written);
	size_t length = strlen(text);
	for (size_t at = 0; at < length; at++)
		for (int byte = 0; byte < 256; byte++) {
			char was = text[at];
			text[at] = (char)byte;
			(void)decode_block(PROGRESS_MARKER_KEY, text, length, why, sizeof(why));
			text[at] = was;
		}
	ck_assert_int_eq(decode_block(PROGRESS_MARKER_KEY, text, length, why, sizeof(why)), 0);
	free(text);
}
END_TEST

START_TEST(junk_is_refused)
{
	static const char *const junk[] = {
		"", "x", "null", "[]", "{}", "{\"format\":1}", "{\"format\":\"1\"}",
		"{\"format\":1,\"pipeline\":1,\"instance\":\"i\",\"time_ms\":1,\"checkpoint\":1,\"positions\":[]}",
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"i\",\"time_ms\":1,\"checkpoint\":-1,\"positions\":[]}",
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"i\",\"time_ms\":1,\"checkpoint\":1,\"positions\":{}}",
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"i\",\"time_ms\":1,\"checkpoint\":1,\"positions\":[1]}",
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"i\",\"time_ms\":1,\"checkpoint\":1,\"positions\":"
		"[{\"stream\":\"s\",\"partition\":0,\"offset\":1,\"stop\":-1},{\"stream\":\"s\"}]}",
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"i\",\"time_ms\":1,\"checkpoint\":1,\"positions\":"
		"[{\"stream\":\"s\",\"partition\":-1,\"offset\":1,\"stop\":-1}]}",
	};
	char why[200];
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		ck_assert_msg(decode_block(PROGRESS_MARKER_KEY, junk[i], strlen(junk[i]), why, sizeof(why)) < 0, "taken: %s",
			      junk[i]);
	struct progress_record record;
	ck_assert_int_lt(progress_decode((struct weir_slice){NULL, 0}, slice("{}"), &record, why, sizeof(why)), 0);
	ck_assert_int_lt(progress_decode(slice("marker"), (struct weir_slice){NULL, 0}, &record, why, sizeof(why)), 0);
}
END_TEST

START_TEST(newer_format_and_foreign_key_are_named)
{
	char why[200];
	ck_assert_int_lt(decode_block("marker", "{\"format\":7}", 12, why, sizeof(why)), 0);
	ck_assert_ptr_nonnull(strstr(why, "format is 7"));
	ck_assert_int_lt(decode_block("offsets", "{\"format\":1}", 12, why, sizeof(why)), 0);
	ck_assert_ptr_nonnull(strstr(why, "not weir's"));
}
END_TEST

START_TEST(a_name_that_is_not_utf_8_is_not_written)
{
	struct weir_position broken = {.stream = "\xff\xfe", .partition = 0, .offset = 0, .stop = -1};
	struct progress_record written = marker();
	written.positions = &broken;
	written.n_positions = 1;
	ck_assert_ptr_null(progress_encode(&written));
}
END_TEST

UNIT_MAIN("connectors/kafka progress records", marker_comes_back_as_it_was,
	  start_record_comes_back_as_it_was, every_prefix_is_refused_with_a_reason,
	  any_byte_changed_is_refused_or_still_a_record, junk_is_refused,
	  newer_format_and_foreign_key_are_named, a_name_that_is_not_utf_8_is_not_written)
