/* chaos (source): the numbers from 0 on, as text, from one partition, until it comes to number `at`: there it
 * misbehaves. With `once` it does so a single time, whatever is restarted: the file remembers. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir/plugin.h"

#define STREAM "numbers"
#define NUMBER_BYTES 24
#define BATCH 100

struct chaos {
	const char *action, *once;
	int64_t records, at, per_second;
	struct weir_ctx *ctx;
	const struct weir_host *host;
	uint32_t partition;
	int64_t next;
	bool misbehaves_in_snapshot;
};

static const struct weir_option options[] = {
	{"records", WEIR_INTEGER, 0, WEIR_FIELD(struct chaos, records, int64_t), "10000", "0..", "How many numbers there are"},
	{"per_second", WEIR_INTEGER, 0, WEIR_FIELD(struct chaos, per_second, int64_t), "1000000000", "1..1000000000",
	 "How many of them come in a second"},
	{"at", WEIR_INTEGER, 0, WEIR_FIELD(struct chaos, at, int64_t), "-1", NULL, "The number at which it misbehaves"},
	{"action", WEIR_STRING, 0, WEIR_FIELD(struct chaos, action, const char *), "fatal",
	 "fatal|spoil|hang|hang_snapshot|segfault|repeat|partition|no_data|length|headers|position|status|outcome",
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

static weir_status chaos_start(void *self, const struct weir_position *positions, uint32_t n_positions)
{
	struct chaos *chaos = self;
	chaos->partition = chaos->host->partition(chaos->ctx, STREAM, 0);
	if (n_positions > 0)
		chaos->next = positions[0].offset;
	return WEIR_OK;
}

static bool does(const struct chaos *chaos, const char *action)
{
	return strcmp(chaos->action, action) == 0;
}

static bool may_misbehave(const struct chaos *chaos)
{
	if (chaos->once == NULL)
		return true;
	int fd = open(chaos->once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void spoil_record(struct chaos *chaos, struct weir_record *record)
{
	if (does(chaos, "repeat"))
		record->offset -= 2;
	if (does(chaos, "partition"))
		record->partition = chaos->partition + 1;
	if (does(chaos, "no_data"))
		record->key = (struct weir_slice){NULL, 7};
	if (does(chaos, "length"))
		record->value.len = (size_t)-1;
	if (does(chaos, "headers"))
		record->n_headers = 1;
}

static weir_status misbehave(struct chaos *chaos, struct weir_record *record)
{
	if (does(chaos, "segfault"))
		raise(SIGSEGV);
	while (does(chaos, "hang"))
		sleep(1);
	chaos->misbehaves_in_snapshot = does(chaos, "position") || does(chaos, "hang_snapshot");
	spoil_record(chaos, record);
	if (does(chaos, "fatal"))
		return chaos->host->fail(chaos->ctx, WEIR_FATAL, "chaos: fatal on command");
	if (does(chaos, "spoil"))
		return chaos->host->fail(chaos->ctx, WEIR_ABORT, "chaos: checkpoint spoilt on command");
	return does(chaos, "status") ? 4711 : does(chaos, "outcome") ? WEIR_IDLE : WEIR_OK;
}

static weir_status append_number(struct chaos *chaos, struct weir_out *out)
{
	struct weir_record *record = chaos->host->append(out, 1);
	char *text = chaos->host->alloc(out, NUMBER_BYTES);
	if (record == NULL || text == NULL)
		return WEIR_FATAL;
	int len = snprintf(text, NUMBER_BYTES, "%lld", (long long)chaos->next);
	record->value = (struct weir_slice){(const uint8_t *)text, (size_t)len};
	record->partition = chaos->partition;
	record->offset = chaos->next++;
	return record->offset == chaos->at && may_misbehave(chaos) ? misbehave(chaos, record) : WEIR_OK;
}

static weir_status chaos_poll(void *self, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	(void)timeout_ms;
	struct chaos *chaos = self;
	if (chaos->next >= chaos->records)
		return WEIR_END;
	int64_t ns = BATCH * INT64_C(1000000000) / chaos->per_second;
	nanosleep(&(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
	weir_status status = WEIR_OK;
	for (uint32_t i = 0; status == WEIR_OK && i < BATCH && i < max_records && chaos->next < chaos->records; i++)
		status = append_number(chaos, out);
	return status;
}

static weir_status chaos_snapshot(void *self, struct weir_positions *positions)
{
	struct chaos *chaos = self;
	while (chaos->misbehaves_in_snapshot && does(chaos, "hang_snapshot"))
		sleep(1);
	int64_t back = chaos->misbehaves_in_snapshot ? 5 : 0;
	return chaos->host->position(positions, &(struct weir_position){.stream = STREAM, .offset = chaos->next - back,
									.stop = chaos->records});
}

static const struct weir_source_ops ops = {
	.size = sizeof(ops), .start = chaos_start, .poll = chaos_poll, .snapshot = chaos_snapshot};

WEIR_PLUGIN(.name = "chaos", .version = "1.0", .license = "Apache-2.0", .summary = "Misbehaves on command (tests)",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct chaos), .open = chaos_open, .close = chaos_close,
	    .source = &ops);
