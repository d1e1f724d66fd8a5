#include "line_buffer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int line_buffer_init(struct line_buffer *buffer, int fd)
{
	uint8_t *data = malloc(LINE_BUFFER_SIZE);
	if (data == NULL)
		return -ENOMEM;
	*buffer = (struct line_buffer){.fd = fd, .data = data};
	return 0;
}

void line_buffer_done(struct line_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct line_buffer){.fd = -1};
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);
		if (written >= 0) {
			data += written;
			len -= (size_t)written;
		} else if (errno == EAGAIN) { /* a terminal or pipe that someone made non-blocking */
			(void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int line_buffer_flush(struct line_buffer *buffer)
{
	size_t used = buffer->used;
	buffer->used = 0;
	return write_all(buffer->fd, buffer->data, used);
}

static int add(struct line_buffer *buffer, const void *data, size_t len)
{
	if (len > LINE_BUFFER_SIZE - buffer->used) {
		int r = line_buffer_flush(buffer);
		if (r < 0)
			return r;
		if (len > LINE_BUFFER_SIZE)
			return write_all(buffer->fd, data, len);
	}
	if (len > 0)
		memcpy(buffer->data + buffer->used, data, len);
	buffer->used += len;
	return 0;
}

int line_buffer_add(struct line_buffer *buffer, const struct weir_record *record)
{
	int r = add(buffer, record->value.data, record->value.len);
	return r < 0 ? r : add(buffer, "\n", 1);
}

static struct weir_slice header_of(const struct weir_record *record, const char *name)
{
	for (uint32_t i = 0; i < record->n_headers; i++) {
		const struct weir_header *header = &record->headers[i];
		if (header->name.len == strlen(name) && memcmp(header->name.data, name, header->name.len) == 0)
			return header->value;
	}
	return (struct weir_slice){NULL, 0};
}

int line_buffer_add_dead_letter(struct line_buffer *buffer, const struct weir_record *record)
{
	static const char *const fields[] = {"weir.reason", "weir.component", "weir.stream", "weir.partition",
					     "weir.offset"};
	int r = 0;
	for (size_t i = 0; r == 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct weir_slice field = header_of(record, fields[i]);
		r = add(buffer, field.data, field.len);
		if (r == 0)
			r = add(buffer, "\t", 1);
	}
	return r < 0 ? r : line_buffer_add(buffer, record);
}

int line_buffer_add_batch(struct line_buffer *buffer, const struct weir_batch *batch)
{
	bool dead = batch->output == WEIR_DEAD_LETTERS;
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < batch->n_records; i++)
		r = dead ? line_buffer_add_dead_letter(buffer, &batch->records[i])
			 : line_buffer_add(buffer, &batch->records[i]);
	return r;
}
