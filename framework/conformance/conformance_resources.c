/* Time and things: a poll comes back when it is asked to, and a closed plugin has left nothing behind. */
#include "conformance/conformance.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

/* ---- poll ---- */

#define LONG_MS 12000	   /* what it is told to wait */
#define SOON_MS 3000	   /* when it must be back, on a busy machine */
#define EMPTY_WITHIN_MS 5000

struct interrupter {
	struct weir_harness *h;
	int64_t after_ms;
};

static void *interrupt_later(void *argument)
{
	const struct interrupter *interrupter = argument;
	nanosleep(&(struct timespec){interrupter->after_ms / 1000, interrupter->after_ms % 1000 * 1000000}, NULL);
	weir_harness_interrupt(interrupter->h);
	return NULL;
}

/* Reads what there is. False: there is always more, or it failed or ended; the finding is made. */
static bool read_empty(struct conformance *c, struct weir_harness *h)
{
	int64_t deadline_ms = clock_monotonic_ms() + EMPTY_WITHIN_MS;
	weir_status s;
	while ((s = weir_harness_poll(h, 1024, 100)) != WEIR_IDLE) {
		weir_harness_forget(h);
		if (s == WEIR_END)
			return skip(c, "it ended before it had to wait; give it an input without an end"), false;
		if (s != WEIR_OK && s != WEIR_RETRY)
			return fail(c, "poll(): %s", weir_harness_failure(h)), false;
		if (clock_monotonic_ms() > deadline_ms)
			return skip(c, "it always had a record, so it never had to wait"), false;
	}
	return true;
}

enum verdict check_interrupt(struct conformance *c)
{
	struct weir_harness *h = open_harness(c);
	if (h == NULL || !read_empty(c, h))
		return c->trial->verdict;
	int64_t began_ms = clock_monotonic_ms();
	doing(c, "poll() with a time-out of 100 ms");
	weir_status s = weir_harness_poll(h, 1024, 100);
	if (clock_monotonic_ms() - began_ms > SOON_MS)
		return fail(c, "poll() with a time-out of 100 ms took %" PRId64 " ms", clock_monotonic_ms() - began_ms);
	if (s != WEIR_IDLE)
		return skip(c, "records came while it was to wait");
	if (c->plugin->source->interrupt == NULL)
		return pass(c, "it has no interrupt(), and poll() keeps to its time-out");
	pthread_t thread;
	struct interrupter interrupter = {h, 200};
	doing(c, "poll() with a time-out of %d s, interrupted after 0.2 s", LONG_MS / 1000);
	began_ms = clock_monotonic_ms();
	if (pthread_create(&thread, NULL, interrupt_later, &interrupter) != 0)
		return fail(c, "cannot start a thread");
	(void)weir_harness_poll(h, 1024, LONG_MS);
	int64_t took_ms = clock_monotonic_ms() - began_ms;
	pthread_join(thread, NULL);
	weir_harness_free(h);
	if (took_ms > SOON_MS)
		return fail(c, "poll() came back after %" PRId64 " ms, though it was interrupted after 200 ms", took_ms);
	return pass(c, "%" PRId64 " ms after the interrupt", took_ms > 200 ? took_ms - 200 : 0);
}

/* ---- what is left ---- */

#define ROUNDS 24
#define WARM_ROUNDS 4
#define LEAST_MEASURED 9
#define MOST_MS 30000
#define THREADS_END_MS 3000

static int count_entries(const char *directory)
{
	int n = 0;
	DIR *entries = opendir(directory);
	if (entries == NULL)
		return -1;
	while (readdir(entries) != NULL)
		n++;
	closedir(entries);
	return n;
}

static bool one_round(struct conformance *c)
{
	struct weir_harness *h = open_harness(c);
	if (h == NULL)
		return false;
	exercise(c, h);
	weir_harness_free(h);
	return true;
}

/* Threads that were told to end may take a moment. */
static int threads_left(int before)
{
	int64_t deadline_ms = clock_monotonic_ms() + THREADS_END_MS;
	int n;
	while ((n = count_entries("/proc/self/task")) > before && clock_monotonic_ms() < deadline_ms)
		nanosleep(&(struct timespec){0, 20000000}, NULL);
	return n - before;
}

static int64_t memory_in_use(void)
{
	struct mallinfo2 info = mallinfo2();
	return (int64_t)(info.uordblks + info.hblkhd);
}

static int64_t least_of(const int64_t *list, int n)
{
	int64_t least = list[0];
	for (int i = 1; i < n; i++)
		least = list[i] < least ? list[i] : least;
	return least;
}

static int64_t most_of(const int64_t *list, int n)
{
	int64_t most = list[0];
	for (int i = 1; i < n; i++)
		most = list[i] > most ? list[i] : most;
	return most;
}

/* What is lost is lost in each round; what libraries and the allocator keep for later comes and goes: the least of
 * each third lies above the most of the one before. */
static bool grows(const int64_t *memory, int n)
{
	int third = n / 3;
	return least_of(memory + third, third) > most_of(memory, third) &&
	       least_of(memory + 2 * third, n - 2 * third) > most_of(memory + third, third);
}

enum verdict check_nothing_left(struct conformance *c)
{
	int64_t memory[ROUNDS], until_ms = clock_monotonic_ms() + MOST_MS;
	int threads = count_entries("/proc/self/task"), descriptors = 0, n = 0;
	doing(c, "open, a few records, close, again and again");
	for (; n < ROUNDS && (n < 2 || clock_monotonic_ms() < until_ms); n++) {
		if (!one_round(c))
			return VERDICT_FAIL;
		int left = threads_left(threads);
		if (left > 0)
			return fail(c, "%d thread%s left after close()", left, left == 1 ? "" : "s");
		/* what a library opens once for the process is no leak */
		if (n == 0)
			descriptors = count_entries("/proc/self/fd");
		memory[n] = memory_in_use();
	}
	int grown = count_entries("/proc/self/fd") - descriptors, n_measured = n - WARM_ROUNDS;
	if (grown > 0)
		return fail(c, "%d descriptor%s left after %d times open and close()", grown, grown == 1 ? "" : "s", n - 1);
	if (n_measured < LEAST_MEASURED)
		return pass(c, "%d times open and close(): no thread, no descriptor; too few to measure memory", n);
	if (grows(memory + WARM_ROUNDS, n_measured))
		return fail(c, "memory grows by %" PRId64 " bytes with each open and close() (a build with -fsanitize=address "
			       "names the place)", (memory[n - 1] - memory[WARM_ROUNDS]) / (n_measured - 1));
	return pass(c, "%d times open and close(): no thread, no descriptor, no growing memory (a build with "
		       "-fsanitize=address sees more)", n);
}
