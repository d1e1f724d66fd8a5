#include "checkpoint/checkpoint_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define MAGIC 0x43455257u /* "WREC" */
#define FORMAT_VERSION 1

struct checkpoint_record *checkpoint_record_new(void)
{
	struct checkpoint_record *record = calloc(1, sizeof(*record));
	if (record != NULL) {
		record->status = CHECKPOINT_PENDING;
		record->watermark_ms = INT64_MIN;
	}
	return record;
}

void checkpoint_record_free(struct checkpoint_record *record)
{
	if (record == NULL)
		return;
	for (uint32_t i = 0; i < record->n_positions; i++) {
		free(record->positions[i].stream);
		free(record->positions[i].note);
	}
	for (uint32_t i = 0; i < record->n_handles; i++) {
		free(record->handles[i].component);
		free(record->handles[i].data);
	}
	free(record->positions);
	free(record->handles);
	free(record->chunks);
	free(record->state_layout);
	free(record);
}

/* Room for one more element of a list that is only ever added to: it doubles when n is a power of two. */
static int make_room(void *list, uint32_t n, size_t element_bytes)
{
	void **elements = list;
	if ((n & (n - 1)) != 0)
		return 0;
	void *bigger = realloc(*elements, (n == 0 ? 1 : (size_t)2 * n) * element_bytes);
	if (bigger == NULL)
		return -ENOMEM;
	*elements = bigger;
	return 0;
}

int checkpoint_record_add_position(struct checkpoint_record *record, const struct checkpoint_position *position)
{
	struct checkpoint_position copy = *position;
	copy.stream = strdup(position->stream);
	copy.note = position->note == NULL ? NULL : strdup(position->note);
	if (copy.stream == NULL || (position->note != NULL && copy.note == NULL) ||
	    make_room(&record->positions, record->n_positions, sizeof(copy)) < 0) {
		free(copy.stream);
		free(copy.note);
		return -ENOMEM;
	}
	record->positions[record->n_positions++] = copy;
	return 0;
}

int checkpoint_record_add_handle(struct checkpoint_record *record, const char *component, const void *data, uint32_t bytes)
{
	struct checkpoint_handle handle = {strdup(component), malloc(bytes == 0 ? 1 : bytes), bytes};
	if (handle.component == NULL || handle.data == NULL ||
	    make_room(&record->handles, record->n_handles, sizeof(handle)) < 0) {
		free(handle.component);
		free(handle.data);
		return -ENOMEM;
	}
	if (bytes != 0)
		memcpy(handle.data, data, bytes);
	record->handles[record->n_handles++] = handle;
	return 0;
}

int checkpoint_record_add_chunk(struct checkpoint_record *record, const struct checkpoint_chunk *chunk)
{
	if (make_room(&record->chunks, record->n_chunks, sizeof(*chunk)) < 0)
		return -ENOMEM;
	record->chunks[record->n_chunks++] = *chunk;
	return 0;
}

/* ---- bytes ---- */

static void write_positions(struct byte_writer *writer, const struct checkpoint_record *record)
{
	byte_writer_u32(writer, record->n_positions);
	for (uint32_t i = 0; i < record->n_positions; i++) {
		const struct checkpoint_position *position = &record->positions[i];
		byte_writer_string(writer, position->stream);
		byte_writer_u32(writer, (uint32_t)position->partition);
		byte_writer_u64(writer, (uint64_t)position->offset);
		byte_writer_u64(writer, (uint64_t)position->stop);
		byte_writer_string(writer, position->note);
		byte_writer_u64(writer, (uint64_t)position->max_event_time_ms);
	}
}
#define LEAST_POSITION_BYTES (4 + 4 + 8 + 8 + 4 + 8)

static void write_handles(struct byte_writer *writer, const struct checkpoint_record *record)
{
	byte_writer_u32(writer, record->n_handles);
	for (uint32_t i = 0; i < record->n_handles; i++) {
		byte_writer_string(writer, record->handles[i].component);
		byte_writer_block(writer, record->handles[i].data, record->handles[i].bytes);
	}
}
#define LEAST_HANDLE_BYTES (4 + 4)

static void write_chunks(struct byte_writer *writer, const struct checkpoint_record *record)
{
	byte_writer_u32(writer, record->n_chunks);
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		const struct checkpoint_chunk *chunk = &record->chunks[i];
		byte_writer_u64(writer, chunk->checkpoint);
		byte_writer_u32(writer, chunk->task);
		byte_writer_u32(writer, chunk->number);
		byte_writer_u64(writer, (uint64_t)chunk->window_start_ms);
		byte_writer_u32(writer, chunk->n_entries);
		byte_writer_u32(writer, chunk->bytes);
		byte_writer_u64(writer, chunk->checksum);
	}
}
#define CHUNK_BYTES (8 + 4 + 4 + 8 + 4 + 4 + 8)

int checkpoint_record_encode(const struct checkpoint_record *record, uint8_t **ret_data, size_t *ret_bytes)
{
	struct byte_writer writer = {0};
	byte_writer_u32(&writer, MAGIC);
	byte_writer_u32(&writer, FORMAT_VERSION);
	byte_writer_u64(&writer, record->id);
	byte_writer_u32(&writer, record->status);
	byte_writer_u64(&writer, (uint64_t)record->started_ms);
	byte_writer_u64(&writer, (uint64_t)record->completed_ms);
	byte_writer_u32(&writer, record->parallelism);
	byte_writer_u64(&writer, (uint64_t)record->watermark_ms);
	byte_writer_string(&writer, record->instance_uuid);
	byte_writer_string(&writer, record->state_layout);
	write_positions(&writer, record);
	write_handles(&writer, record);
	write_chunks(&writer, record);
	return byte_writer_seal(&writer, ret_data, ret_bytes);
}

/* A string that may not be NULL, other than by failing. */
static char *read_text(struct byte_reader *reader)
{
	char *text = byte_reader_string(reader);
	if (text == NULL)
		reader->failed = true;
	return text;
}

static void read_positions(struct byte_reader *reader, struct checkpoint_record *record)
{
	uint32_t n = byte_reader_count(reader, LEAST_POSITION_BYTES);
	for (uint32_t i = 0; i < n && !reader->failed; i++) {
		struct checkpoint_position position = {.stream = read_text(reader)};
		position.partition = (int32_t)byte_reader_u32(reader);
		position.offset = (int64_t)byte_reader_u64(reader);
		position.stop = (int64_t)byte_reader_u64(reader);
		position.note = byte_reader_string(reader);
		position.max_event_time_ms = (int64_t)byte_reader_u64(reader);
		if (!reader->failed && checkpoint_record_add_position(record, &position) < 0)
			reader->failed = reader->no_memory = true;
		free(position.stream);
		free(position.note);
	}
}

static void read_handles(struct byte_reader *reader, struct checkpoint_record *record)
{
	uint32_t n = byte_reader_count(reader, LEAST_HANDLE_BYTES);
	for (uint32_t i = 0; i < n && !reader->failed; i++) {
		char *component = read_text(reader);
		uint32_t bytes;
		const uint8_t *data = byte_reader_block(reader, &bytes);
		if (!reader->failed && checkpoint_record_add_handle(record, component, data, bytes) < 0)
			reader->failed = reader->no_memory = true;
		free(component);
	}
}

static void read_chunks(struct byte_reader *reader, struct checkpoint_record *record)
{
	uint32_t n = byte_reader_count(reader, CHUNK_BYTES);
	for (uint32_t i = 0; i < n && !reader->failed; i++) {
		struct checkpoint_chunk chunk;
		chunk.checkpoint = byte_reader_u64(reader);
		chunk.task = byte_reader_u32(reader);
		chunk.number = byte_reader_u32(reader);
		chunk.window_start_ms = (int64_t)byte_reader_u64(reader);
		chunk.n_entries = byte_reader_u32(reader);
		chunk.bytes = byte_reader_u32(reader);
		chunk.checksum = byte_reader_u64(reader);
		if (checkpoint_record_add_chunk(record, &chunk) < 0)
			reader->failed = reader->no_memory = true;
	}
}

static void read_instance_uuid(struct byte_reader *reader, struct checkpoint_record *record)
{
	char *uuid = read_text(reader);
	if (uuid != NULL && strlen(uuid) < sizeof(record->instance_uuid))
		strcpy(record->instance_uuid, uuid);
	else
		reader->failed = true;
	free(uuid);
}

static void read_record(struct byte_reader *reader, struct checkpoint_record *record)
{
	record->id = byte_reader_u64(reader);
	record->status = byte_reader_u32(reader);
	if (record->status != CHECKPOINT_PENDING && record->status != CHECKPOINT_COMPLETED)
		reader->failed = true;
	record->started_ms = (int64_t)byte_reader_u64(reader);
	record->completed_ms = (int64_t)byte_reader_u64(reader);
	record->parallelism = byte_reader_u32(reader);
	record->watermark_ms = (int64_t)byte_reader_u64(reader);
	read_instance_uuid(reader, record);
	record->state_layout = byte_reader_string(reader);
	read_positions(reader, record);
	read_handles(reader, record);
	read_chunks(reader, record);
}

int checkpoint_record_decode(const uint8_t *data, size_t bytes, struct checkpoint_record **ret_record, struct error *error)
{
	struct byte_reader reader;
	if (!byte_reader_open_sealed(&reader, data, bytes))
		return error_set(error, -EBADMSG, "checkpoint record of %zu bytes: its checksum is wrong", bytes);
	if (byte_reader_u32(&reader) != MAGIC)
		return error_set(error, -EBADMSG, "checkpoint record of %zu bytes: does not begin with WREC", bytes);
	uint32_t version = byte_reader_u32(&reader);
	if (version != FORMAT_VERSION)
		return error_set(error, -EBADMSG, "checkpoint record has format version %" PRIu32 ", this weir reads %d", version,
				 FORMAT_VERSION);
	struct checkpoint_record *record = checkpoint_record_new();
	if (record == NULL)
		return error_set(error, -ENOMEM, "no memory for a checkpoint record");
	read_record(&reader, record);
	if (!byte_reader_ended_well(&reader)) {
		checkpoint_record_free(record);
		return reader.no_memory
			       ? error_set(error, -ENOMEM, "no memory for a checkpoint record of %zu bytes", bytes)
			       : error_set(error, -EBADMSG, "checkpoint record of %zu bytes: its contents make no sense", bytes);
	}
	*ret_record = record;
	return 0;
}
