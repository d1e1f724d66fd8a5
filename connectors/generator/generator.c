/* The generator source: access-log lines out of nothing. The line at a place is a function of the
 * options and the place alone, so any place can be gone back to and two runs give the same bytes.
 *
 * Lines are numbered from 0 in order of time; line i belongs to partition i % partitions and is there
 * the record at offset i / partitions. One number thus says where every partition stands. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <weir/plugin.h>

#include "connectors/wakeup.h"
#include "transforms/ip_count/decimal.h"
#include "transforms/ip_count/log_time.h"

#define STREAM "generator"
#define LINE_MAX_LEN (LOG_TIME_LEN + sizeof(" 255.255.255.255") - 1)
#define SLACK 4 /* octets are copied four bytes at a time */
#define RECORDS_AT_ONCE 1024

struct generator {
	/* options */
	int64_t records, rate, addresses, lines_per_second, partitions, seed;
	const char *first_address, *start_time, *pick;

	struct weir_ctx *ctx;
	const struct weir_host *host;
	int wakeup;
	int64_t next; /* line */
	int64_t first_second_s;
	uint32_t first_ipv4;
	bool in_turn;
	bool ended;
	uint32_t first_partition; /* index that weir gave to partition 0 */
	int64_t started_us, started_at; /* of the rate: when, with which line */
	char octets[256][4]; /* "7." */
	uint8_t octet_lens[256];
	char system[256];
};

/* ---- options --------------------------------------------------------------------------------------- */

/* false: `*ret_why` says what is wrong with which option. */
static bool resolve(struct generator *generator, const char **ret_option, const char **ret_why)
{
	struct in_addr first;
	*ret_option = "start_time";
	*ret_why = "the time is not written yyyy-MM-dd_HH:mm:ss";
	if (strlen(generator->start_time) != LOG_TIME_LEN)
		return false;
	*ret_why = log_time_parse((const uint8_t *)generator->start_time, &generator->first_second_s);
	if (*ret_why != NULL)
		return false;
	*ret_option = "first_address";
	*ret_why = "not an IPv4 address";
	if (inet_pton(AF_INET, generator->first_address, &first) != 1)
		return false;
	generator->first_ipv4 = ntohl(first.s_addr);
	*ret_option = "addresses";
	*ret_why = "so many addresses do not fit between first_address and 255.255.255.255";
	return generator->addresses - 1 <= UINT32_MAX - (int64_t)generator->first_ipv4;
}

static weir_status generator_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	const char *option, *why;
	return resolve(self, &option, &why) ? WEIR_OK : host->bad_option(ctx, option, "%s", why);
}

static weir_status generator_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct generator *generator = self;
	const char *option, *why;
	generator->ctx = ctx;
	generator->host = host;
	generator->wakeup = wakeup_open();
	if (generator->wakeup < 0)
		return host->fail(ctx, WEIR_FATAL, "cannot make an eventfd: %s", strerror(-generator->wakeup));
	if (!resolve(generator, &option, &why))
		return host->fail(ctx, WEIR_FATAL, "%s: %s", option, why);
	generator->in_turn = strcmp(generator->pick, "in_turn") == 0;
	for (unsigned i = 0; i < 256; i++) {
		char text[DECIMAL_MAX + 1], *end = decimal_write(text, i);
		*end++ = '.';
		generator->octet_lens[i] = (uint8_t)(end - text);
		memcpy(generator->octets[i], text, generator->octet_lens[i]);
	}
	/* Another of these and a position means another line. */
	snprintf(generator->system, sizeof(generator->system),
		 "generator: seed %" PRId64 ", %" PRId64 " addresses from %s %s, %" PRId64 " lines a second from %s, "
		 "%" PRId64 " partitions",
		 generator->seed, generator->addresses, generator->first_address, generator->pick,
		 generator->lines_per_second, generator->start_time, generator->partitions);
	return WEIR_OK;
}

static void generator_close(void *self)
{
	struct generator *generator = self;
	if (generator->wakeup >= 0)
		close(generator->wakeup);
}

static const char *generator_system(void *self)
{
	return ((struct generator *)self)->system;
}

/* ---- positions ------------------------------------------------------------------------------------- */

/* How many of the first `lines` lines are in that partition. */
static int64_t lines_of(const struct generator *generator, int64_t partition, int64_t lines)
{
	return lines / generator->partitions + (partition < lines % generator->partitions);
}

static int64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static weir_status generator_start(void *self, const struct weir_position *positions, uint32_t n_positions)
{
	struct generator *generator = self;
	generator->next = 0;
	for (uint32_t i = 0; i < n_positions; i++)
		generator->next += positions[i].offset;
	if (n_positions > 0 && n_positions != generator->partitions)
		return generator->host->fail(generator->ctx, WEIR_REFUSED,
					     "the checkpoint has %" PRIu32 " partitions, the generator %" PRId64,
					     n_positions, generator->partitions);
	for (uint32_t i = 0; i < n_positions; i++)
		if (positions[i].partition < 0 || positions[i].partition >= generator->partitions ||
		    positions[i].offset != lines_of(generator, positions[i].partition, generator->next))
			return generator->host->fail(generator->ctx, WEIR_REFUSED,
						     "the checkpoint's position of partition %" PRId32
						     " is none of this generator's",
						     positions[i].partition);
	for (int32_t i = 0; i < generator->partitions; i++) {
		uint32_t partition = generator->host->partition(generator->ctx, STREAM, i);
		if (i == 0)
			generator->first_partition = partition; /* the others follow: nobody else registers */
	}
	generator->started_us = now_us();
	generator->started_at = generator->next;
	return WEIR_OK;
}

static weir_status generator_snapshot(void *self, struct weir_positions *positions)
{
	struct generator *generator = self;
	weir_status status = WEIR_OK;
	for (int32_t i = 0; status == WEIR_OK && i < generator->partitions; i++)
		status = generator->host->position(
			positions,
			&(struct weir_position){
				.stream = STREAM,
				.partition = i,
				.offset = lines_of(generator, i, generator->next),
				.stop = generator->records > 0 ? lines_of(generator, i, generator->records) : -1});
	return status;
}

/* ---- lines ------------------------------------------------------------------------------------------ */

static uint64_t mixed(uint64_t x) /* splitmix64 */
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t address_of(const struct generator *generator, int64_t line)
{
	uint64_t addresses = (uint64_t)generator->addresses;
	if (generator->in_turn)
		return generator->first_ipv4 + (uint32_t)((uint64_t)line % addresses);
	uint64_t random = mixed((uint64_t)generator->seed + UINT64_C(0x9e3779b97f4a7c15) * ((uint64_t)line + 1));
	return generator->first_ipv4 + (uint32_t)((random >> 32) * addresses >> 32);
}

static char *write_address(const struct generator *generator, char *text, uint32_t address)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		unsigned octet = address >> shift & 0xff;
		memcpy(text, generator->octets[octet], 4);
		text += generator->octet_lens[octet];
	}
	return text - 1; /* without the last dot */
}

/* The next n lines, which differ in what is counted here instead of divided for each. */
static void write_lines(struct generator *generator, struct weir_record *records, uint32_t n, char *text)
{
	int64_t line = generator->next;
	int64_t second = line / generator->lines_per_second;
	int64_t left_of_second = (second + 1) * generator->lines_per_second - line;
	int64_t offset = line / generator->partitions, partition = line % generator->partitions;
	char time[LOG_TIME_LEN + 1];
	time[LOG_TIME_LEN] = ' ';
	log_time_format(generator->first_second_s + second, time);
	for (uint32_t i = 0; i < n; i++, line++) {
		char *start = text;
		memcpy(text, time, sizeof(time));
		text = write_address(generator, text + sizeof(time), address_of(generator, line));
		records[i].value = (struct weir_slice){(uint8_t *)start, (size_t)(text - start)};
		records[i].partition = generator->first_partition + (uint32_t)partition;
		records[i].offset = offset;
		records[i].timestamp_ms = (generator->first_second_s + second) * 1000;
		if (++partition == generator->partitions) {
			partition = 0;
			offset++;
		}
		if (--left_of_second == 0) {
			left_of_second = generator->lines_per_second;
			log_time_format(generator->first_second_s + ++second, time);
		}
	}
	generator->next = line;
}

/* How many lines may be given now, after waiting for the first where a rate is set. Waits for a
 * hundredth of a second's worth, so that high rates make batches and not single records. */
static int64_t due(struct generator *generator, int64_t timeout_ms)
{
	if (generator->rate == 0)
		return INT64_MAX;
	double per_us = (double)generator->rate / 1e6;
	int64_t wanted = generator->next - generator->started_at + 1 + generator->rate / 100;
	int64_t wait_us = generator->started_us + (int64_t)((double)wanted / per_us) - now_us();
	int64_t wait_ms = (wait_us + 999) / 1000;
	(void)wakeup_wait(generator->wakeup, wait_ms < timeout_ms ? wait_ms : timeout_ms);
	int64_t until_now = (int64_t)((double)(now_us() - generator->started_us) * per_us);
	return generator->started_at + until_now - generator->next;
}

static weir_status end(struct generator *generator)
{
	for (uint32_t i = 0; !generator->ended && i < generator->partitions; i++)
		generator->host->partition_end(generator->ctx, generator->first_partition + i);
	generator->ended = true;
	return WEIR_END;
}

static weir_status generator_poll(void *self, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	struct generator *generator = self;
	int64_t left = generator->records > 0 ? generator->records - generator->next : INT64_MAX;
	if (left <= 0)
		return end(generator);
	int64_t allowed = due(generator, timeout_ms);
	if (allowed <= 0)
		return WEIR_IDLE;
	left = allowed < left ? allowed : left;
	left = max_records < left ? max_records : left;
	while (left > 0) {
		uint32_t n = left < RECORDS_AT_ONCE ? (uint32_t)left : RECORDS_AT_ONCE;
		struct weir_record *records = generator->host->append(out, n);
		char *text = generator->host->alloc(out, n * LINE_MAX_LEN + SLACK);
		if (records == NULL || text == NULL)
			return generator->host->fail(generator->ctx, WEIR_FATAL, "no memory for lines");
		write_lines(generator, records, n, text);
		left -= n;
	}
	return WEIR_OK;
}

static void generator_interrupt(void *self)
{
	wakeup_signal(((struct generator *)self)->wakeup);
}

/* ---- descriptor -------------------------------------------------------------------------------------- */

#define FIELD(field, ctype) WEIR_FIELD(struct generator, field, ctype)

static const struct weir_option options[] = {
	{"records", WEIR_INTEGER, 0, FIELD(records, int64_t), "0", "0..",
	 "How many lines there are, all partitions together; 0: no end"},
	{"rate", WEIR_INTEGER, 0, FIELD(rate, int64_t), "0", "0..1000000000",
	 "Lines given a second of real time; 0: as fast as they are taken"},
	{"addresses", WEIR_INTEGER, 0, FIELD(addresses, int64_t), "4", "1..16777216", "How many different addresses"},
	{"first_address", WEIR_STRING, 0, FIELD(first_address, const char *), "192.168.1.1", NULL,
	 "The first of them (IPv4); the others follow it"},
	{"pick", WEIR_STRING, 0, FIELD(pick, const char *), "random", "random|in_turn",
	 "How the address of a line is chosen"},
	{"seed", WEIR_INTEGER, 0, FIELD(seed, int64_t), "1", NULL,
	 "Of the random choice; the same seed gives the same lines"},
	{"start_time", WEIR_STRING, 0, FIELD(start_time, const char *), "2019-09-15_16:23:35", NULL,
	 "Time in the first line, yyyy-MM-dd_HH:mm:ss, UTC"},
	{"lines_per_second", WEIR_INTEGER, 0, FIELD(lines_per_second, int64_t), "4", "1..1000000000",
	 "How many lines have the same second in them"},
	{"partitions", WEIR_INTEGER, 0, FIELD(partitions, int64_t), "1", "1..1024",
	 "Lines are dealt out to so many partitions in turn"},
};

static const struct weir_source_ops ops = {
	.size = sizeof(ops),
	.start = generator_start,
	.poll = generator_poll,
	.interrupt = generator_interrupt,
	.snapshot = generator_snapshot,
	.system = generator_system,
};

WEIR_PLUGIN(.name = "generator", .version = "0.1.0", .license = "Apache-2.0",
	    .summary = "Makes access-log lines, the same ones each time",
	    .doc = "Gives lines \"yyyy-MM-dd_HH:mm:ss IP\" for demonstrations, tests and measurements. The line at an "
		   "offset depends on the options and the offset alone. A record's timestamp is the time in its line. "
		   "With pick = \"in_turn\" and as many lines a second as addresses each address has one line a "
		   "second.",
	    .example = "source = { plugin = \"generator\"; records = 1000000; addresses = 1000; "
		       "lines_per_second = 1000; };",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct generator), .check = generator_check,
	    .open = generator_open, .close = generator_close, .source = &ops);
