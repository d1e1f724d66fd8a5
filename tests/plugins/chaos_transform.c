/* chaos (transform): passes records on, no faster than `per_second`, until one whose value begins with
 * `trigger` comes: then it misbehaves. With `once` it does so a single time, whatever is restarted: the
 * file remembers. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir/plugin.h"

struct chaos {
	const char *trigger, *action, *once;
	int64_t per_second;
	struct weir_ctx *ctx;
	const struct weir_host *host;
};

static const struct weir_option options[] = {
	{"per_second", WEIR_INTEGER, 0, WEIR_FIELD(struct chaos, per_second, int64_t), "1000000000", "1..1000000000",
	 "How many records pass in a second, so that a test has time to interfere"},
	{"trigger", WEIR_STRING, 0, WEIR_FIELD(struct chaos, trigger, const char *), NULL, NULL,
	 "Values that begin with this text start the misbehaviour"},
	{"action", WEIR_STRING, 0, WEIR_FIELD(struct chaos, action, const char *), "drop",
	 "segfault|abort|exit|hang|fatal|spoil|reject|double|drop|divide|overflow|free|scribble|counters|descriptors|exhaust|thread|leak",
	 "What to do then"},
	{"once", WEIR_STRING, 0, WEIR_FIELD(struct chaos, once, const char *), NULL, NULL,
	 "Path of a file that is made at the first misbehaviour and prevents the next"},
};

static weir_status chaos_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct chaos *chaos = self;
	chaos->ctx = ctx;
	chaos->host = host;
	return WEIR_OK;
}

static void chaos_close(void *self)
{
	(void)self;
}

static bool triggered(const struct chaos *chaos, const struct weir_slice *value)
{
	size_t len = chaos->trigger != NULL ? strlen(chaos->trigger) : SIZE_MAX;
	if (value->len < len || memcmp(value->data, chaos->trigger, len) != 0)
		return false;
	if (chaos->once == NULL)
		return true;
	int fd = open(chaos->once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool does(const struct chaos *chaos, const char *action)
{
	return strcmp(chaos->action, action) == 0;
}

/* ---- what a process does not survive ---- */

static volatile int zero; /* so that the compiler cannot know */

static int overflow_stack(volatile char *above)
{
	volatile char here[4096];
	here[0] = *above;
	return zero != 0 ? 0 : overflow_stack(here) + here[0];
}

static void *crash(void *argument)
{
	*(volatile int *)argument = 1;
	return NULL;
}

/* What stands behind a small piece of memory: the allocator's own notes, and what belongs to others. */
static void scribble(uint8_t *memory)
{
	for (volatile uint8_t *byte = memory; byte < memory + (1 << 16); byte++)
		*byte = 0xa5;
}

/* The counters that are shared with the supervisor. */
static void scribble_counters(struct chaos *chaos)
{
	uint8_t *metric = (uint8_t *)chaos->host->metric(chaos->ctx, WEIR_COUNTER, "chaos", "", "");
	uintptr_t page = (uintptr_t)metric & ~(uintptr_t)4095;
	for (volatile uint8_t *byte = (uint8_t *)page - 4096; byte < (uint8_t *)page + 4096; byte++)
		*byte = 0xff;
	raise(SIGSEGV);
}

static void free_twice(void)
{
	void *memory = malloc(100);
	void *volatile again = memory;
	free(memory);
	free(again);
	free(again);
}

static void destroy(struct chaos *chaos, const char *action)
{
	pthread_t thread;
	if (strcmp(action, "divide") == 0)
		zero = 4711 / zero;
	else if (strcmp(action, "overflow") == 0)
		zero = overflow_stack(&(volatile char){0});
	else if (strcmp(action, "free") == 0)
		free_twice();
	else if (strcmp(action, "scribble") == 0)
		scribble(malloc(64));
	else if (strcmp(action, "counters") == 0)
		scribble_counters(chaos);
	else if (strcmp(action, "thread") == 0 && pthread_create(&thread, NULL, crash, NULL) == 0)
		pthread_join(thread, NULL);
	for (int fd = 3; strcmp(action, "descriptors") == 0 && fd < 1024; fd++)
		close(fd);
	while (strcmp(action, "exhaust") == 0 && open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		;
	/* To the last crumb; a page is only taken when it is written to. */
	for (void *memory; strcmp(action, "leak") == 0 && (memory = malloc(1000)) != NULL;)
		memset(memory, 1, 1000);
}

static weir_status misbehave(struct chaos *chaos, const struct weir_record *record, uint32_t *copies)
{
	if (does(chaos, "segfault"))
		raise(SIGSEGV);
	if (does(chaos, "abort"))
		abort();
	if (does(chaos, "exit"))
		_exit(0);
	while (does(chaos, "hang"))
		sleep(1);
	if (does(chaos, "fatal"))
		return chaos->host->fail(chaos->ctx, WEIR_FATAL, "chaos: fatal on command");
	if (does(chaos, "spoil"))
		return chaos->host->fail(chaos->ctx, WEIR_ABORT, "chaos: checkpoint spoilt on command");
	destroy(chaos, chaos->action);
	*copies = does(chaos, "double") ? 2 : 0;
	if (!does(chaos, "drop") && !does(chaos, "double") && !does(chaos, "reject"))
		*copies = 1;
	return does(chaos, "reject") ? chaos->host->reject(chaos->ctx, record, "chaos: rejected on command") : WEIR_OK;
}

static weir_status chaos_process(void *self, const struct weir_batch *batch, struct weir_out *out)
{
	struct chaos *chaos = self;
	int64_t ns = batch->n_records * INT64_C(1000000000) / chaos->per_second;
	nanosleep(&(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
	for (uint32_t i = 0; i < batch->n_records; i++) {
		uint32_t copies = 1;
		if (triggered(chaos, &batch->records[i].value)) {
			weir_status status = misbehave(chaos, &batch->records[i], &copies);
			if (status != WEIR_OK)
				return status;
		}
		while (copies-- > 0) {
			struct weir_record *record = chaos->host->append(out, 1);
			if (record == NULL)
				return WEIR_FATAL;
			*record = batch->records[i];
		}
	}
	return WEIR_OK;
}

static const struct weir_transform_ops ops = {.size = sizeof(ops), .process = chaos_process};

WEIR_PLUGIN(.name = "chaos", .version = "1.0", .license = "Apache-2.0", .summary = "Misbehaves on command (tests)",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct chaos), .open = chaos_open, .close = chaos_close,
	    .transform = &ops);
