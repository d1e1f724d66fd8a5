/* Little-endian numbers, strings and blocks in bytes: what the store's formats are written with. A writer
 * or reader that once failed stays failed and does no harm, so a caller asks once, at the end. */
#ifndef WEIR_BASE_BYTES_H
#define WEIR_BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void bytes_store_u16(uint8_t *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

static inline void bytes_store_u32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void bytes_store_u64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

static inline uint16_t bytes_load_u16(const uint8_t *at)
{
	uint16_t value;
	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static inline uint32_t bytes_load_u32(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t bytes_load_u64(const uint8_t *at)
{
	uint64_t value;
	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

/* XXH3, 64 bits, seed 0. */
uint64_t bytes_checksum(const void *data, size_t bytes);

/* Zeroed is empty. Fails only for want of memory. */
struct byte_writer {
	uint8_t *data; /* owned */
	size_t bytes, room;
	bool failed;
};

void byte_writer_done(struct byte_writer *writer);
void byte_writer_u32(struct byte_writer *writer, uint32_t value);
void byte_writer_u64(struct byte_writer *writer, uint64_t value);
void byte_writer_block(struct byte_writer *writer, const void *data, uint32_t bytes); /* length, bytes */
void byte_writer_string(struct byte_writer *writer, const char *text);		      /* NULL is kept */
/* Appends the checksum of all before it and hands the bytes over (caller frees). 0 or -ENOMEM. */
int byte_writer_seal(struct byte_writer *writer, uint8_t **ret_data, size_t *ret_bytes);

struct byte_reader {
	const uint8_t *at, *end;
	bool failed;
	bool no_memory; /* that is why: the bytes may be good */
};

/* False where the checksum at the end is not that of the bytes before it; otherwise reads those. */
bool byte_reader_open_sealed(struct byte_reader *reader, const uint8_t *data, size_t bytes);
uint32_t byte_reader_u32(struct byte_reader *reader);
uint64_t byte_reader_u64(struct byte_reader *reader);
/* How many things follow, each of at least so many bytes: a count that cannot be fails the reader. */
uint32_t byte_reader_count(struct byte_reader *reader, size_t least_bytes_each);
/* Borrowed from the reader's bytes. */
const uint8_t *byte_reader_block(struct byte_reader *reader, uint32_t *ret_bytes);
/* A copy (caller frees), NULL for NULL; a NUL inside fails the reader. */
char *byte_reader_string(struct byte_reader *reader);
/* Read without a failure, and nothing is left. */
bool byte_reader_ended_well(const struct byte_reader *reader);

#endif
