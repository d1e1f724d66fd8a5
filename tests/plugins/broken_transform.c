/* A transform that the conformance kit must catch: it numbers records. As built: LEAKS_DESCRIPTOR and LEAKS_THREAD in
 * open(), LEAKS_MEMORY in process(), KEEPS_STATIC its counter, HAS_NO_DOC or OPENS_ONLY_TO_16 its option, CRASHES on an
 * absent value, HANGS on an empty one, FAILS on records instead of rejecting them.
 * As none of these it keeps the contract of ABI 1.0, see tests/contract/old. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <weir/plugin.h>

struct broken {
	struct weir_ctx *ctx;
	const struct weir_host *host;
	int64_t slots, n;
};

#ifdef KEEPS_STATIC
static int64_t n_records;
#define COUNTER(broken) n_records
#else
#define COUNTER(broken) ((broken)->n)
#endif

#ifdef HAS_NO_DOC
#define DOC NULL
#else
#define DOC "How many slots, 1 to 16"
#endif

#ifdef OPENS_ONLY_TO_16
#define ALLOWED NULL
#else
#define ALLOWED "1..16"
#endif

static const struct weir_option options[] = {
	{"slots", WEIR_INTEGER, 0, WEIR_FIELD(struct broken, slots, int64_t), "4", ALLOWED, DOC}};

#ifdef LEAKS_THREAD
static void *sleep_for_ever(void *unused)
{
	while (pause() < 0)
		;
	return unused;
}
#endif

static weir_status broken_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct broken *broken = self;
	broken->ctx = ctx;
	broken->host = host;
	if (broken->slots < 1 || broken->slots > 16)
		return host->fail(ctx, WEIR_FATAL, "%lld slots", (long long)broken->slots);
#ifdef LEAKS_DESCRIPTOR
	(void)!open("/dev/null", O_RDONLY | O_CLOEXEC);
#endif
#ifdef LEAKS_THREAD
	pthread_t thread;
	pthread_create(&thread, NULL, sleep_for_ever, NULL);
#endif
	return WEIR_OK;
}

static void broken_close(void *self)
{
	(void)self;
}

#ifdef LEAKS_MEMORY
static char *lost;
#endif

static void look_at(const struct weir_record *record)
{
#ifdef CRASHES
	if (record->value.data == NULL)
		abort();
#endif
#ifdef HANGS
	while (record->value.data != NULL && record->value.len == 0)
		pause();
#endif
#ifdef LEAKS_MEMORY
	if (record->value.data != NULL)
		*(char *volatile *)&lost = strndup((const char *)record->value.data, record->value.len);
#endif
	(void)record;
}

static weir_status broken_process(void *self, const struct weir_batch *batch, struct weir_out *out)
{
	struct broken *broken = self;
	for (uint32_t i = 0; i < batch->n_records; i++) {
		look_at(&batch->records[i]);
#ifdef FAILS
		if (batch->records[i].value.len == 0)
			return broken->host->fail(broken->ctx, WEIR_FATAL, "an empty value");
#endif
		struct weir_record *record = broken->host->append(out, 1);
		char *text = broken->host->alloc(out, 24);
		if (record == NULL || text == NULL)
			return WEIR_FATAL;
		/* the number of the record in its partition, which a restore keeps */
		int len = snprintf(text, 24, "%lld", (long long)(batch->records[i].offset + COUNTER(broken)));
#ifdef KEEPS_STATIC
		n_records++;
#endif
		*record = batch->records[i];
		record->value = (struct weir_slice){(const uint8_t *)text, (size_t)len};
	}
	return WEIR_OK;
}

static const struct weir_transform_ops ops = {.size = sizeof(ops), .process = broken_process};

WEIR_PLUGIN(.name = NAME, .version = "1.0", .license = "Apache-2.0", .summary = "breaks the contract on purpose",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct broken), .open = broken_open, .close = broken_close,
	    .transform = &ops);
