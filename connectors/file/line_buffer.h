/* Records as lines on their way to a file descriptor, gathered into large writes. Used by the file and
 * the console sink; knows records, nothing else of weir. Functions return 0 or -errno. */
#ifndef CONNECTORS_FILE_LINE_BUFFER_H
#define CONNECTORS_FILE_LINE_BUFFER_H

#include <weir/plugin.h>

#define LINE_BUFFER_SIZE (256 * 1024)

struct line_buffer {
	int fd;
	size_t used;
	uint8_t *data;
};

int line_buffer_init(struct line_buffer *buffer, int fd);
void line_buffer_done(struct line_buffer *buffer); /* what is not flushed is dropped */

/* The value and a newline. */
int line_buffer_add(struct line_buffer *buffer, const struct weir_record *record);
/* reason, component, stream, partition, offset and value, separated by tabs, and a newline. */
int line_buffer_add_dead_letter(struct line_buffer *buffer, const struct weir_record *record);
int line_buffer_add_batch(struct line_buffer *buffer, const struct weir_batch *batch);
int line_buffer_flush(struct line_buffer *buffer);

#endif
