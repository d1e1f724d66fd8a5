#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define NO_STRING UINT32_MAX /* in place of a length */

uint64_t bytes_checksum(const void *data, size_t bytes)
{
	return XXH3_64bits(data, bytes);
}

void byte_writer_done(struct byte_writer *writer)
{
	free(writer->data);
	*writer = (struct byte_writer){0};
}

/* Where `bytes` more go; NULL when failed. */
static uint8_t *writer_extend(struct byte_writer *writer, size_t bytes)
{
	if (writer->failed)
		return NULL;
	if (bytes > writer->room - writer->bytes) {
		size_t room = writer->bytes + bytes + writer->room + 256;
		uint8_t *data = realloc(writer->data, room);
		if (data == NULL) {
			writer->failed = true;
			return NULL;
		}
		writer->data = data;
		writer->room = room;
	}
	uint8_t *at = writer->data + writer->bytes;
	writer->bytes += bytes;
	return at;
}

void byte_writer_u32(struct byte_writer *writer, uint32_t value)
{
	uint8_t *at = writer_extend(writer, sizeof(value));
	if (at != NULL)
		bytes_store_u32(at, value);
}

void byte_writer_u64(struct byte_writer *writer, uint64_t value)
{
	uint8_t *at = writer_extend(writer, sizeof(value));
	if (at != NULL)
		bytes_store_u64(at, value);
}

void byte_writer_block(struct byte_writer *writer, const void *data, uint32_t bytes)
{
	byte_writer_u32(writer, bytes);
	uint8_t *at = writer_extend(writer, bytes);
	if (at != NULL && bytes != 0)
		memcpy(at, data, bytes);
}

void byte_writer_string(struct byte_writer *writer, const char *text)
{
	if (text == NULL)
		byte_writer_u32(writer, NO_STRING);
	else
		byte_writer_block(writer, text, (uint32_t)strlen(text));
}

int byte_writer_seal(struct byte_writer *writer, uint8_t **ret_data, size_t *ret_bytes)
{
	if (!writer->failed)
		byte_writer_u64(writer, bytes_checksum(writer->data, writer->bytes));
	if (writer->failed) {
		byte_writer_done(writer);
		return -ENOMEM;
	}
	*ret_data = writer->data;
	*ret_bytes = writer->bytes;
	*writer = (struct byte_writer){0};
	return 0;
}

bool byte_reader_open_sealed(struct byte_reader *reader, const uint8_t *data, size_t bytes)
{
	if (bytes < sizeof(uint64_t))
		return false;
	const uint8_t *end = data + bytes - sizeof(uint64_t);
	*reader = (struct byte_reader){.at = data, .end = end};
	return bytes_checksum(data, bytes - sizeof(uint64_t)) == bytes_load_u64(end);
}

/* The next `bytes`, passed over; NULL when failed. */
static const uint8_t *reader_take(struct byte_reader *reader, size_t bytes)
{
	if (reader->failed || bytes > (size_t)(reader->end - reader->at)) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *at = reader->at;
	reader->at += bytes;
	return at;
}

uint32_t byte_reader_u32(struct byte_reader *reader)
{
	const uint8_t *at = reader_take(reader, sizeof(uint32_t));
	return at == NULL ? 0 : bytes_load_u32(at);
}

uint64_t byte_reader_u64(struct byte_reader *reader)
{
	const uint8_t *at = reader_take(reader, sizeof(uint64_t));
	return at == NULL ? 0 : bytes_load_u64(at);
}

uint32_t byte_reader_count(struct byte_reader *reader, size_t least_bytes_each)
{
	uint32_t n = byte_reader_u32(reader);
	if (n > (size_t)(reader->end - reader->at) / least_bytes_each) {
		reader->failed = true;
		return 0;
	}
	return n;
}

const uint8_t *byte_reader_block(struct byte_reader *reader, uint32_t *ret_bytes)
{
	uint32_t bytes = byte_reader_u32(reader);
	const uint8_t *at = reader_take(reader, bytes);
	*ret_bytes = at == NULL ? 0 : bytes;
	return at;
}

char *byte_reader_string(struct byte_reader *reader)
{
	uint32_t bytes = byte_reader_u32(reader);
	if (reader->failed || bytes == NO_STRING)
		return NULL;
	const uint8_t *at = reader_take(reader, bytes);
	if (at == NULL || memchr(at, '\0', bytes) != NULL) {
		reader->failed = true;
		return NULL;
	}
	char *text = strndup((const char *)at, bytes);
	if (text == NULL)
		reader->failed = reader->no_memory = true;
	return text;
}

bool byte_reader_ended_well(const struct byte_reader *reader)
{
	return !reader->failed && reader->at == reader->end;
}
