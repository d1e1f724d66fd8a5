#include "pipeline/batch_queue.h"

#include <errno.h>
#include <stdlib.h>

/* Concurrency Kit orders memory with inline assembly, which ThreadSanitizer does not see: it is told to
 * leave the ring itself alone, and that what was written before an item was put in is seen behind its
 * being taken out. */
#if defined(__SANITIZE_THREAD__)
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#define RELEASE(queue) __tsan_release(queue)
#define ACQUIRE(queue) __tsan_acquire(queue)
#define RING_BEGIN() (AnnotateIgnoreReadsBegin(__FILE__, __LINE__), AnnotateIgnoreWritesBegin(__FILE__, __LINE__))
#define RING_END() (AnnotateIgnoreWritesEnd(__FILE__, __LINE__), AnnotateIgnoreReadsEnd(__FILE__, __LINE__))
#else
#define RELEASE(queue) ((void)0)
#define ACQUIRE(queue) ((void)0)
#define RING_BEGIN() ((void)0)
#define RING_END() ((void)0)
#endif

static bool enqueue(struct batch_queue *queue, void *item)
{
	RELEASE(queue);
	RING_BEGIN();
	bool done = ck_ring_enqueue_spsc(&queue->ring, queue->slots, item);
	RING_END();
	return done;
}

static void *dequeue(struct batch_queue *queue)
{
	void *item = NULL;
	RING_BEGIN();
	bool done = ck_ring_dequeue_spsc(&queue->ring, queue->slots, &item);
	RING_END();
	ACQUIRE(queue);
	return done ? item : NULL;
}

int batch_queue_init(struct batch_queue *queue, unsigned n_slots, size_t most_bytes,
		     struct wakeup *has_items, const atomic_bool *cancelled)
{
	*queue = (struct batch_queue){.most_bytes = most_bytes, .has_items = has_items, .cancelled = cancelled};
	queue->slots = calloc(n_slots, sizeof(*queue->slots));
	if (queue->slots == NULL)
		return -ENOMEM;
	ck_ring_init(&queue->ring, n_slots);
	return 0;
}

void batch_queue_done(struct batch_queue *queue, void (*release)(void *item))
{
	for (void *item; queue->slots != NULL && (item = dequeue(queue)) != NULL;)
		release(item);
	free(queue->slots);
	queue->slots = NULL;
}

static bool put_now(struct batch_queue *queue, void *item, size_t bytes)
{
	size_t held = atomic_load(&queue->bytes);
	if (held != 0 && held + bytes > queue->most_bytes)
		return false;
	atomic_fetch_add(&queue->bytes, bytes);
	if (enqueue(queue, item))
		return true;
	atomic_fetch_sub(&queue->bytes, bytes);
	return false;
}

bool batch_queue_put(struct batch_queue *queue, void *item, size_t bytes)
{
	while (!put_now(queue, item, bytes)) {
		uint32_t seen = wakeup_prepare(&queue->has_room);
		if (atomic_load(queue->cancelled)) {
			wakeup_cancel(&queue->has_room);
			return false;
		}
		if (put_now(queue, item, bytes)) {
			wakeup_cancel(&queue->has_room);
			break;
		}
		wakeup_wait(&queue->has_room, seen, 1000);
	}
	wakeup_signal(queue->has_items);
	return true;
}

void *batch_queue_take(struct batch_queue *queue, size_t (*bytes_of)(const void *item))
{
	void *item = dequeue(queue);
	if (item == NULL)
		return NULL;
	atomic_fetch_sub(&queue->bytes, bytes_of(item));
	wakeup_signal(&queue->has_room);
	return item;
}

bool batch_queue_is_empty(struct batch_queue *queue)
{
	RING_BEGIN();
	bool is_empty = ck_ring_size(&queue->ring) == 0;
	RING_END();
	return is_empty;
}
