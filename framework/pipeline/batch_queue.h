/* From one thread to one other, in order and bounded: a full queue makes its writer wait, which is the
 * back-pressure. Carries pointers (batches, keyed batches); who takes one out owns it. */
#ifndef WEIR_PIPELINE_BATCH_QUEUE_H
#define WEIR_PIPELINE_BATCH_QUEUE_H

#include <ck_ring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "pipeline/wakeup.h"

struct batch_queue {
	ck_ring_t ring;
	ck_ring_buffer_t *slots;
	_Atomic size_t bytes;
	size_t most_bytes;
	struct wakeup has_room;	      /* the writer sleeps here */
	struct wakeup *has_items;     /* the reader sleeps there; it may read several queues */
	const atomic_bool *cancelled; /* nobody waits any longer once this is set */
};

/* n_slots: a power of two; one stays empty. 0 or -ENOMEM. */
int batch_queue_init(struct batch_queue *queue, unsigned n_slots, size_t most_bytes,
		     struct wakeup *has_items, const atomic_bool *cancelled);
/* Releases what is still in it. */
void batch_queue_done(struct batch_queue *queue, void (*release)(void *item));

/* Writer thread: waits while full (by number, or by bytes unless empty). False: cancelled, the item is
 * still the caller's. */
bool batch_queue_put(struct batch_queue *queue, void *item, size_t bytes);
/* Reader thread: NULL when empty. `bytes` must be what the item was put with: *ret_bytes_of(item). */
void *batch_queue_take(struct batch_queue *queue, size_t (*bytes_of)(const void *item));
bool batch_queue_is_empty(struct batch_queue *queue);

#endif
