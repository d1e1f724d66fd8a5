/* One direction of a connection through the proxy: what came in is cut into frames, which wait in order until
 * they are due and the network takes them. Knows sockets, no rules. */
#ifndef TESTS_TOOLS_PROXY_STREAM_H
#define TESTS_TOOLS_PROXY_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define PROXY_HELD INT64_MAX

struct proxy_frame {
	TAILQ_ENTRY(proxy_frame) link;
	int64_t due_ms;	  /* not sent before; PROXY_HELD: not before it is released */
	bool is_swapped;  /* waits for the next one to pass it */
	unsigned hit;	  /* 0 = no rule was for it */
	size_t size, sent;
	uint8_t bytes[];
};

TAILQ_HEAD(proxy_frames, proxy_frame);

struct proxy_stream {
	struct proxy_frames frames;
	size_t queued; /* bytes */
	uint8_t *input;
	size_t n_input, input_size;
	bool is_stopped; /* as if the network swallowed everything: neither reads nor sends */
	bool is_ended;	 /* its sender has closed */
	int64_t next_send_ms; /* on a slow link */
};

void proxy_stream_init(struct proxy_stream *stream);
void proxy_stream_done(struct proxy_stream *stream);

/* Reads what is there; -errno where the sender has closed or failed. */
int proxy_stream_read(struct proxy_stream *stream, int fd);

/* The next whole frame that was read, the caller's to queue or free; NULL: none yet. -EPROTO, -ENOMEM. */
int proxy_stream_next(struct proxy_stream *stream, struct proxy_frame **ret_frame);

void proxy_stream_queue(struct proxy_stream *stream, struct proxy_frame *take_frame);
void proxy_stream_discard(struct proxy_stream *stream);
/* What a rule keeps back (0: any, else that of this hit) may go from now on. */
void proxy_stream_release(struct proxy_stream *stream, unsigned hit);

/* When its first frame may be sent: 0 = now, INT64_MAX = not by itself. */
int64_t proxy_stream_due_ms(const struct proxy_stream *stream);
bool proxy_stream_may_read(const struct proxy_stream *stream);

/* Sends what is due, at most as much as a link of this many bytes a second takes (0: no limit); -errno. */
int proxy_stream_send(struct proxy_stream *stream, int fd, int64_t rate, int64_t now_ms);

#endif
