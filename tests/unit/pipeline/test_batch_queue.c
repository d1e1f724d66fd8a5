#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pipeline/batch_queue.h"
#include "tests/lib/unit_main.h"

#define N_ITEMS 200000

struct item {
	uint64_t number;
	size_t bytes;
};

static size_t bytes_of(const void *item)
{
	return ((const struct item *)item)->bytes;
}

struct writer {
	struct batch_queue queue;
	uint64_t n_put;
};

static void *write_all(void *argument)
{
	struct writer *writer = argument;
	for (uint64_t i = 0; i < N_ITEMS; i++) {
		struct item *item = malloc(sizeof(*item));
		*item = (struct item){i, i % 7};
		if (!batch_queue_put(&writer->queue, item, item->bytes)) {
			free(item);
			break;
		}
		writer->n_put++;
	}
	return NULL;
}

START_TEST(items_of_two_writers_arrive_all_and_each_in_order)
{
	struct wakeup has_items = {0};
	atomic_bool cancelled = false;
	struct writer writers[2] = {0};
	pthread_t threads[2];
	uint64_t expected[2] = {0, 0};
	for (int w = 0; w < 2; w++) {
		ck_assert_int_eq(batch_queue_init(&writers[w].queue, 8, 1000, &has_items, &cancelled), 0);
		pthread_create(&threads[w], NULL, write_all, &writers[w]);
	}
	while (expected[0] + expected[1] < 2 * N_ITEMS) {
		bool found = false;
		uint32_t seen = wakeup_prepare(&has_items);
		for (int w = 0; w < 2; w++) {
			struct item *item = batch_queue_take(&writers[w].queue, bytes_of);
			if (item == NULL)
				continue;
			found = true;
			ck_assert_uint_eq(item->number, expected[w]++);
			free(item);
		}
		if (found)
			wakeup_cancel(&has_items);
		else
			wakeup_wait(&has_items, seen, 1000);
	}
	for (int w = 0; w < 2; w++) {
		pthread_join(threads[w], NULL);
		ck_assert_uint_eq(atomic_load(&writers[w].queue.bytes), 0);
		batch_queue_done(&writers[w].queue, free);
	}
}
END_TEST

START_TEST(a_cancel_frees_a_writer_that_waits_for_room)
{
	struct wakeup has_items = {0};
	atomic_bool cancelled = false;
	struct writer writer = {0};
	pthread_t thread;
	batch_queue_init(&writer.queue, 4, 1000, &has_items, &cancelled);
	pthread_create(&thread, NULL, write_all, &writer);
	while (batch_queue_is_empty(&writer.queue))
		sched_yield();
	atomic_store(&cancelled, true);
	wakeup_signal(&writer.queue.has_room);
	pthread_join(thread, NULL);
	ck_assert_uint_le(writer.n_put, 3);
	batch_queue_done(&writer.queue, free);
}
END_TEST

START_TEST(bytes_bound_the_queue_but_a_single_item_always_fits)
{
	struct wakeup has_items = {0};
	atomic_bool cancelled = true; /* put() does not wait */
	struct batch_queue queue;
	struct item big = {0, 5000}, small = {1, 1};
	batch_queue_init(&queue, 8, 1000, &has_items, &cancelled);
	ck_assert(batch_queue_put(&queue, &big, big.bytes));
	ck_assert(!batch_queue_put(&queue, &small, small.bytes));
	ck_assert_ptr_eq(batch_queue_take(&queue, bytes_of), &big);
	ck_assert(batch_queue_put(&queue, &small, small.bytes));
	ck_assert_ptr_eq(batch_queue_take(&queue, bytes_of), &small);
	ck_assert_ptr_null(batch_queue_take(&queue, bytes_of));
	batch_queue_done(&queue, free);
}
END_TEST

UNIT_MAIN("pipeline/batch_queue", items_of_two_writers_arrive_all_and_each_in_order,
	  a_cancel_frees_a_writer_that_waits_for_room,
	  bytes_bound_the_queue_but_a_single_item_always_fits)
