#include "proxy_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kafka_frame.h"

#define READ_SIZE 65536
#define QUEUED_MOST (8u << 20)
#define SLOW_STEP_MS 20

void proxy_stream_init(struct proxy_stream *stream)
{
	*stream = (struct proxy_stream){.queued = 0};
	TAILQ_INIT(&stream->frames);
}

static void remove_frame(struct proxy_stream *stream, struct proxy_frame *frame)
{
	TAILQ_REMOVE(&stream->frames, frame, link);
	stream->queued -= frame->size;
	free(frame);
}

void proxy_stream_discard(struct proxy_stream *stream)
{
	while (!TAILQ_EMPTY(&stream->frames))
		remove_frame(stream, TAILQ_FIRST(&stream->frames));
}

void proxy_stream_done(struct proxy_stream *stream)
{
	proxy_stream_discard(stream);
	free(stream->input);
}

int proxy_stream_read(struct proxy_stream *stream, int fd)
{
	if (stream->input_size - stream->n_input < READ_SIZE) {
		size_t size = 2 * stream->input_size + READ_SIZE;
		uint8_t *grown = realloc(stream->input, size);
		if (grown == NULL)
			return -ENOMEM;
		stream->input = grown;
		stream->input_size = size;
	}
	ssize_t n = recv(fd, stream->input + stream->n_input, stream->input_size - stream->n_input, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	stream->n_input += (size_t)n;
	return n == 0 ? -EPIPE : 0;
}

int proxy_stream_next(struct proxy_stream *stream, struct proxy_frame **ret_frame)
{
	size_t size;
	*ret_frame = NULL;
	int r = kafka_frame_size(stream->input, stream->n_input, &size);
	if (r < 0 || size == 0 || stream->n_input < size)
		return r;
	struct proxy_frame *frame = calloc(1, sizeof(*frame) + size);
	if (frame == NULL)
		return -ENOMEM;
	frame->size = size;
	memcpy(frame->bytes, stream->input, size);
	stream->n_input -= size;
	memmove(stream->input, stream->input + size, stream->n_input);
	*ret_frame = frame;
	return 0;
}

void proxy_stream_queue(struct proxy_stream *stream, struct proxy_frame *take_frame)
{
	struct proxy_frame *last = TAILQ_LAST(&stream->frames, proxy_frames);
	stream->queued += take_frame->size;
	if (last == NULL || !last->is_swapped || last->sent > 0) {
		TAILQ_INSERT_TAIL(&stream->frames, take_frame, link);
		return;
	}
	TAILQ_INSERT_BEFORE(last, take_frame, link);
	last->is_swapped = false;
	last->due_ms = 0;
}

void proxy_stream_release(struct proxy_stream *stream, unsigned hit)
{
	struct proxy_frame *frame;
	TAILQ_FOREACH(frame, &stream->frames, link)
		if (frame->due_ms == PROXY_HELD && (hit == 0 || frame->hit == hit))
			frame->due_ms = 0;
}

int64_t proxy_stream_due_ms(const struct proxy_stream *stream)
{
	const struct proxy_frame *first = TAILQ_FIRST(&stream->frames);
	if (first == NULL || stream->is_stopped)
		return INT64_MAX;
	return first->due_ms > stream->next_send_ms ? first->due_ms : stream->next_send_ms;
}

bool proxy_stream_may_read(const struct proxy_stream *stream)
{
	return !stream->is_stopped && !stream->is_ended && stream->queued < QUEUED_MOST;
}

/* What may be sent at once of `size` bytes. */
static size_t portion(int64_t rate, size_t size)
{
	size_t most = (size_t)(rate * SLOW_STEP_MS / 1000);
	if (rate == 0 || size <= most)
		return size;
	return most > 0 ? most : 1;
}

int proxy_stream_send(struct proxy_stream *stream, int fd, int64_t rate, int64_t now_ms)
{
	while (proxy_stream_due_ms(stream) <= now_ms) {
		struct proxy_frame *frame = TAILQ_FIRST(&stream->frames);
		ssize_t n = send(fd, frame->bytes + frame->sent, portion(rate, frame->size - frame->sent), MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		frame->sent += (size_t)n;
		if (frame->sent == frame->size)
			remove_frame(stream, frame);
		if (rate > 0)
			stream->next_send_ms = now_ms + n * 1000 / rate;
	}
	return 0;
}
