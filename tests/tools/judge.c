/* The independent reader: recounts the source topic and compares every window and address with what
 * the sink topic shows to a read_committed reader. It shares no code with weir, and parses by itself.
 *
 * A cell is a window of an address, packed into 64 bits; both topics become sorted arrays of cells,
 * which are then walked side by side. Lines of the source are summed up on the way: memory grows with the
 * cells and the results, not with the lines. */
#include "kafka.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_SIZE   1000
#define ADDRESS_BITS 24
#define WINDOW_BIAS  (INT64_C(1) << 39) /* windows before 1970 */
#define TIME_LENGTH  19			/* yyyy-MM-dd_HH:mm:ss */

struct settings {
	rd_kafka_conf_t *conf;
	const char *sources[16], *sink;
	int n_sources;
	int64_t window; /* seconds */
	bool updates_allowed, open_windows_ignored, is_strict, is_json;
	int64_t n_shown; /* differences still to be shown */
};

struct result { /* one line of the sink */
	uint64_t cell;
	int64_t count;
	uint64_t sequence; /* as read */
};

struct findings {
	int64_t lines_in, lines_malformed, lines_open, lines_expected, lines_counted, lost, doubled;
	int64_t cells_expected, cells_found, cells_missing, cells_duplicate, cells_different, cells_foreign;
	int64_t results, results_unreadable, results_uncommitted;
	int64_t out_of_order, wrong_key, wrong_timestamp; /* --strict */
};

/* ---- addresses: bytes -> dense numbers ---------------------------------------------------------- */

struct address {
	uint64_t high, low; /* IPv4: high all ones */
};

/* Where the last line of an address was seen in the sink (--strict). */
struct last_seen {
	int64_t window;
	int32_t partition;
};

static struct {
	struct address *list;
	struct last_seen *last_seen;
	uint32_t n;
	uint32_t *slots; /* number + 1; 0 = free */
	uint32_t n_slots; /* a power of two */
} addresses;

static void *grown(void *memory, size_t n, size_t size)
{
	memory = realloc(memory, n * size);
	if (memory == NULL)
		die("judge: out of memory");
	return memory;
}

static uint32_t address_slot(struct address address)
{
	uint64_t x = (address.high ^ (address.low * 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
	uint32_t slot = (uint32_t)(x >> 32) & (addresses.n_slots - 1);
	while (addresses.slots[slot] != 0) {
		const struct address *other = &addresses.list[addresses.slots[slot] - 1];
		if (other->high == address.high && other->low == address.low)
			break;
		slot = (slot + 1) & (addresses.n_slots - 1);
	}
	return slot;
}

static void addresses_grow(void)
{
	addresses.n_slots = addresses.n_slots == 0 ? 4096 : addresses.n_slots * 2;
	addresses.list = grown(addresses.list, addresses.n_slots / 2, sizeof *addresses.list);
	addresses.last_seen = grown(addresses.last_seen, addresses.n_slots / 2, sizeof *addresses.last_seen);
	free(addresses.slots);
	addresses.slots = grown(NULL, addresses.n_slots, sizeof *addresses.slots);
	memset(addresses.slots, 0, addresses.n_slots * sizeof *addresses.slots);
	for (uint32_t i = 0; i < addresses.n; i++)
		addresses.slots[address_slot(addresses.list[i])] = i + 1;
}

static uint32_t address_number(struct address address)
{
	if (addresses.n * 2 >= addresses.n_slots)
		addresses_grow();
	uint32_t slot = address_slot(address);
	if (addresses.slots[slot] == 0) {
		if (addresses.n == 1u << ADDRESS_BITS)
			die("judge: more than %u addresses", addresses.n);
		addresses.list[addresses.n] = address;
		addresses.last_seen[addresses.n] = (struct last_seen){.window = INT64_MIN, .partition = -1};
		addresses.slots[slot] = ++addresses.n;
	}
	return addresses.slots[slot] - 1;
}

/* ---- lines -------------------------------------------------------------------------------------- */

struct text {
	const char *at, *end;
};

/* The next word, without the white space around it; empty at the end. */
static struct text next_word(struct text *line)
{
	while (line->at < line->end && isspace((unsigned char)*line->at))
		line->at++;
	struct text word = {line->at, line->at};
	while (word.end < line->end && !isspace((unsigned char)*word.end))
		word.end++;
	line->at = word.end;
	return word;
}

static bool parse_time_afresh(const char *text, int64_t *ret_seconds)
{
	static const char form[] = "dddd-dd-dd_dd:dd:dd";
	int fields[6] = {0};
	int field = 0;
	for (int i = 0; i < TIME_LENGTH; i++) {
		if (form[i] == 'd' && text[i] >= '0' && text[i] <= '9')
			fields[field] = fields[field] * 10 + (text[i] - '0');
		else if (form[i] != 'd' && text[i] == form[i])
			field++;
		else
			return false;
	}
	struct tm tm = {.tm_year = fields[0] - 1900, .tm_mon = fields[1] - 1, .tm_mday = fields[2],
			.tm_hour = fields[3], .tm_min = fields[4], .tm_sec = fields[5]};
	struct tm given = tm;
	*ret_seconds = timegm(&tm);
	/* timegm() makes March out of a 30th of February. */
	return tm.tm_mon == given.tm_mon && tm.tm_mday == given.tm_mday && tm.tm_hour == given.tm_hour &&
	       tm.tm_min == given.tm_min && tm.tm_sec == given.tm_sec;
}

static bool parse_time(struct text word, int64_t *ret_seconds)
{
	static char last_text[TIME_LENGTH];
	static int64_t last_seconds;
	if (word.end - word.at != TIME_LENGTH)
		return false;
	if (memcmp(word.at, last_text, TIME_LENGTH) != 0) {
		if (!parse_time_afresh(word.at, &last_seconds)) {
			last_text[0] = '\0';
			return false;
		}
		memcpy(last_text, word.at, TIME_LENGTH);
	}
	*ret_seconds = last_seconds;
	return true;
}

static bool parse_address(struct text word, struct address *ret_address)
{
	char text[INET6_ADDRSTRLEN];
	size_t length = (size_t)(word.end - word.at);
	if (length >= sizeof text || memchr(word.at, '\0', length) != NULL)
		return false;
	memcpy(text, word.at, length);
	text[length] = '\0';
	struct in_addr ipv4;
	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		*ret_address = (struct address){.high = UINT64_MAX, .low = ipv4.s_addr};
		return true;
	}
	return inet_pton(AF_INET6, text, ret_address) == 1;
}

static bool parse_count(struct text word, int64_t *ret_count)
{
	int64_t count = 0;
	for (const char *c = word.at; c < word.end; c++) {
		if (*c < '0' || *c > '9' || count > INT64_MAX / 100)
			return false;
		count = count * 10 + (*c - '0');
	}
	*ret_count = count;
	return word.at < word.end;
}

static int64_t window_of(int64_t seconds, int64_t window)
{
	int64_t number = seconds / window;
	return number * window > seconds ? number - 1 : number;
}

static uint64_t cell_of(int64_t window_number, uint32_t address)
{
	return (uint64_t)(window_number + WINDOW_BIAS) << ADDRESS_BITS | address;
}

static int64_t cell_window(uint64_t cell)
{
	return (int64_t)(cell >> ADDRESS_BITS) - WINDOW_BIAS;
}

static uint32_t cell_address(uint64_t cell)
{
	return (uint32_t)(cell & ((1u << ADDRESS_BITS) - 1));
}

/* ---- reading ------------------------------------------------------------------------------------ */

static void for_each_record(const struct settings *settings, const char *topic, const char *isolation,
			    void (*each)(const rd_kafka_message_t *, void *), void *opaque)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_dup(settings->conf);
	kafka_conf_set(conf, "isolation.level", isolation);
	struct topic_reader *reader = topic_reader_open(conf, topic);
	rd_kafka_message_t *messages[BATCH_SIZE];
	while (!topic_reader_at_end(reader)) {
		size_t n = topic_reader_next(reader, messages, BATCH_SIZE, 100);
		for (size_t i = 0; i < n; i++) {
			each(messages[i], opaque);
			rd_kafka_message_destroy(messages[i]);
		}
	}
	topic_reader_close(reader);
}

struct expected_cell {
	uint64_t cell;
	int64_t lines;
};

struct source_reading {
	const struct settings *settings;
	struct findings *findings;
	struct expected_cell *cells; /* a cell may stand there several times until they are sorted and merged */
	size_t n, n_allocated;
	int64_t *newest; /* event time of each partition, seconds */
	int n_partitions;
	int first_partition; /* of the topic being read */
};

static int compare_cells(const void *a, const void *b)
{
	uint64_t x = ((const struct expected_cell *)a)->cell, y = ((const struct expected_cell *)b)->cell;
	return x < y ? -1 : x > y;
}

static void sort_and_merge(struct source_reading *reading)
{
	if (reading->n > 0)
		qsort(reading->cells, reading->n, sizeof *reading->cells, compare_cells);
	size_t n = 0;
	for (size_t i = 0; i < reading->n; i++) {
		if (n > 0 && reading->cells[n - 1].cell == reading->cells[i].cell)
			reading->cells[n - 1].lines += reading->cells[i].lines;
		else
			reading->cells[n++] = reading->cells[i];
	}
	reading->n = n;
}

/* Merged first: it need not grow while each cell has many lines. */
static void make_room(struct source_reading *reading)
{
	sort_and_merge(reading);
	if (reading->n * 2 < reading->n_allocated)
		return;
	reading->n_allocated = reading->n_allocated == 0 ? 1 << 20 : reading->n_allocated * 2;
	reading->cells = grown(reading->cells, reading->n_allocated, sizeof *reading->cells);
}

static void read_source_line(const rd_kafka_message_t *message, void *opaque)
{
	struct source_reading *reading = opaque;
	struct text line = {message->payload, (const char *)message->payload + message->len};
	int64_t seconds;
	struct address address;
	reading->findings->lines_in++;
	if (!parse_time(next_word(&line), &seconds) || !parse_address(next_word(&line), &address)) {
		reading->findings->lines_malformed++;
		return;
	}
	if (reading->n == reading->n_allocated)
		make_room(reading);
	uint64_t cell = cell_of(window_of(seconds, reading->settings->window), address_number(address));
	reading->cells[reading->n++] = (struct expected_cell){cell, 1};
	int64_t *newest = &reading->newest[reading->first_partition + message->partition];
	if (seconds > *newest)
		*newest = seconds;
}

static int count_partitions(const struct settings *settings, const char *topic)
{
	rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, rd_kafka_conf_dup(settings->conf));
	int n_partitions = topic_partitions(client, topic);
	rd_kafka_destroy(client);
	return n_partitions;
}

/* A window fires when the watermark, the least of the partitions' newest times minus 1 ms, reaches its
 * last millisecond; lines of windows that did not are taken out. */
static void drop_open_windows(struct source_reading *reading)
{
	int64_t watermark = INT64_MAX;
	for (int i = 0; i < reading->n_partitions; i++)
		if (reading->newest[i] < watermark)
			watermark = reading->newest[i];
	size_t n_closed = 0;
	for (size_t i = 0; i < reading->n; i++) {
		const struct expected_cell *expected = &reading->cells[i];
		if ((cell_window(expected->cell) + 1) * reading->settings->window <= watermark)
			reading->cells[n_closed++] = *expected;
		else
			reading->findings->lines_open += expected->lines;
	}
	reading->n = n_closed;
}

static struct source_reading read_sources(const struct settings *settings, struct findings *findings)
{
	struct source_reading reading = {.settings = settings, .findings = findings};
	for (int i = 0; i < settings->n_sources; i++) {
		reading.first_partition = reading.n_partitions;
		reading.n_partitions += count_partitions(settings, settings->sources[i]);
		reading.newest = grown(reading.newest, (size_t)reading.n_partitions + 1, sizeof *reading.newest);
		for (int j = reading.first_partition; j < reading.n_partitions; j++)
			reading.newest[j] = INT64_MIN;
		for_each_record(settings, settings->sources[i], "read_committed", read_source_line, &reading);
	}
	if (settings->open_windows_ignored)
		drop_open_windows(&reading);
	sort_and_merge(&reading);
	for (size_t i = 0; i < reading.n; i++)
		findings->lines_expected += reading.cells[i].lines;
	return reading;
}

struct sink_reading {
	const struct settings *settings;
	struct findings *findings;
	struct result *results;
	size_t n, n_allocated;
};

/* Key, timestamp, and the order in which the windows of an address come. */
static void check_strictly(struct sink_reading *reading, const rd_kafka_message_t *message,
			   struct text address_text, uint32_t address, int64_t window)
{
	size_t length = (size_t)(address_text.end - address_text.at);
	if (message->key == NULL || message->key_len != length ||
	    memcmp(message->key, address_text.at, length) != 0)
		reading->findings->wrong_key++;
	int64_t last_ms = (window + 1) * reading->settings->window * 1000 - 1;
	if (rd_kafka_message_timestamp(message, NULL) != last_ms)
		reading->findings->wrong_timestamp++;
	struct last_seen *last = &addresses.last_seen[address];
	bool has_moved = last->partition >= 0 && last->partition != message->partition;
	bool goes_back = reading->settings->updates_allowed ? false : window < last->window;
	if (has_moved || goes_back)
		reading->findings->out_of_order++;
	*last = (struct last_seen){.window = window, .partition = message->partition};
}

static void read_result(const rd_kafka_message_t *message, void *opaque)
{
	struct sink_reading *reading = opaque;
	int64_t window_length = reading->settings->window;
	struct text line = {message->payload, (const char *)message->payload + message->len};
	int64_t seconds, count;
	struct address address;
	reading->findings->results++;
	bool is_readable = parse_time(next_word(&line), &seconds);
	struct text address_text = next_word(&line);
	is_readable = is_readable && parse_address(address_text, &address) &&
		      parse_count(next_word(&line), &count) && line.at == line.end;
	int64_t window = is_readable ? window_of(seconds, window_length) : 0;
	if (!is_readable || window * window_length != seconds) {
		reading->findings->results_unreadable++;
		return;
	}
	uint32_t number = address_number(address);
	if (reading->settings->is_strict)
		check_strictly(reading, message, address_text, number, window);
	if (reading->n == reading->n_allocated) {
		reading->n_allocated = reading->n_allocated == 0 ? 1 << 16 : reading->n_allocated * 2;
		reading->results = grown(reading->results, reading->n_allocated, sizeof *reading->results);
	}
	reading->results[reading->n] =
		(struct result){.cell = cell_of(window, number), .count = count, .sequence = reading->n};
	reading->n++;
}

static int compare_results(const void *a, const void *b)
{
	const struct result *x = a, *y = b;
	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return x->sequence < y->sequence ? -1 : 1;
}

static void count_record(const rd_kafka_message_t *message, void *opaque)
{
	(void)message;
	++*(int64_t *)opaque;
}

static struct sink_reading read_sink(const struct settings *settings, struct findings *findings)
{
	struct sink_reading reading = {.settings = settings, .findings = findings};
	for_each_record(settings, settings->sink, "read_committed", read_result, &reading);
	if (reading.n > 0)
		qsort(reading.results, reading.n, sizeof *reading.results, compare_results);
	int64_t n_all = 0;
	for_each_record(settings, settings->sink, "read_uncommitted", count_record, &n_all);
	findings->results_uncommitted = n_all - findings->results;
	return reading;
}

/* ---- judging ------------------------------------------------------------------------------------ */

static void show_difference(struct settings *settings, uint64_t cell, int64_t expected,
			    const struct result *results, size_t n)
{
	if (settings->n_shown-- <= 0)
		return;
	time_t seconds = (time_t)(cell_window(cell) * settings->window);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	char time_text[24], address_text[INET6_ADDRSTRLEN];
	strftime(time_text, sizeof time_text, "%Y-%m-%d_%H:%M:%S", &tm);
	const struct address *address = &addresses.list[cell_address(cell)];
	struct in_addr ipv4 = {.s_addr = (in_addr_t)address->low};
	if (address->high == UINT64_MAX)
		inet_ntop(AF_INET, &ipv4, address_text, sizeof address_text);
	else
		inet_ntop(AF_INET6, address, address_text, sizeof address_text);
	fprintf(stderr, "judge: %s %s: expected %" PRId64 ", found", time_text, address_text, expected);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %" PRId64, results[i].count);
	fprintf(stderr, "%s\n", n == 0 ? " nothing" : "");
}

/* One cell: how often its lines stand in the source, and all its results, in the order read. */
static void judge_cell(struct settings *settings, struct findings *findings, uint64_t cell, int64_t expected,
		       const struct result *results, size_t n)
{
	int64_t counted = 0;
	int64_t n_duplicate = 0;
	for (size_t i = 0; i < n; i++) {
		/* Each update counts at least one line more than the one before it. */
		bool is_update = i > 0 && settings->updates_allowed && results[i].count > results[i - 1].count;
		n_duplicate += i > 0 && !is_update;
		counted = is_update ? counted - results[i - 1].count + results[i].count
				    : counted + results[i].count;
	}
	findings->cells_expected += expected > 0;
	findings->cells_found += expected > 0 && n > 0;
	findings->cells_missing += expected > 0 && n == 0;
	findings->cells_foreign += expected == 0;
	findings->cells_duplicate += n_duplicate > 0;
	findings->cells_different += expected > 0 && n > 0 && results[n - 1].count != expected;
	findings->lines_counted += counted;
	findings->lost += counted < expected ? expected - counted : 0;
	findings->doubled += counted > expected ? counted - expected : 0;
	if (counted != expected || n_duplicate > 0)
		show_difference(settings, cell, expected, results, n);
}

static void compare(struct settings *settings, struct findings *findings, const struct source_reading *source,
		    const struct sink_reading *sink)
{
	size_t i = 0, j = 0;
	while (i < source->n || j < sink->n) {
		uint64_t cell = j == sink->n || (i < source->n && source->cells[i].cell < sink->results[j].cell)
					? source->cells[i].cell
					: sink->results[j].cell;
		bool is_expected = i < source->n && source->cells[i].cell == cell;
		size_t j_end = j;
		while (j_end < sink->n && sink->results[j_end].cell == cell)
			j_end++;
		judge_cell(settings, findings, cell, is_expected ? source->cells[i].lines : 0, &sink->results[j], j_end - j);
		i += is_expected;
		j = j_end;
	}
}

static bool is_exactly_once(const struct findings *findings)
{
	return findings->lost == 0 && findings->doubled == 0 && findings->cells_missing == 0 &&
	       findings->cells_duplicate == 0 && findings->cells_different == 0 &&
	       findings->cells_foreign == 0 && findings->results_unreadable == 0 &&
	       findings->out_of_order == 0 && findings->wrong_key == 0 && findings->wrong_timestamp == 0;
}

static void print_findings(const struct settings *settings, const struct findings *f)
{
	const struct {
		const char *name, *text;
		int64_t value;
	} rows[] = {
		{"lines_in", "lines in", f->lines_in},
		{"lines_malformed", "  malformed", f->lines_malformed},
		{"lines_open", "  in windows still open", f->lines_open},
		{"lines_expected", "  to be counted", f->lines_expected},
		{"lines_counted", "lines counted", f->lines_counted},
		{"lost", "lost", f->lost},
		{"doubled", "doubled", f->doubled},
		{"cells_expected", "windows x addresses expected", f->cells_expected},
		{"cells_found", "  found", f->cells_found},
		{"cells_missing", "  missing", f->cells_missing},
		{"cells_duplicate", "  more than once", f->cells_duplicate},
		{"cells_different", "  with another count", f->cells_different},
		{"cells_foreign", "  foreign (not in the source)", f->cells_foreign},
		{"results", "results (read_committed)", f->results},
		{"results_unreadable", "  unreadable", f->results_unreadable},
		{"results_uncommitted", "results never committed, hidden", f->results_uncommitted},
		{"out_of_order", "results out of order", f->out_of_order},
		{"wrong_key", "results with a wrong key", f->wrong_key},
		{"wrong_timestamp", "results with a wrong timestamp", f->wrong_timestamp},
	};
	const size_t n_rows = sizeof rows / sizeof rows[0] - (settings->is_strict ? 0 : 3);
	for (size_t i = 0; i < n_rows; i++) {
		if (settings->is_json)
			printf("%s\"%s\":%" PRId64, i == 0 ? "{" : ",", rows[i].name, rows[i].value);
		else
			printf("%-34s %12" PRId64 "\n", rows[i].text, rows[i].value);
	}
	if (settings->is_json)
		printf(",\"exactly_once\":%s}\n", is_exactly_once(f) ? "true" : "false");
	else
		printf("verdict: %s\n", is_exactly_once(f) ? "every line counted exactly once" : "WRONG");
}

static const char usage[] =
	"usage: judge --bootstrap-servers LIST --source TOPIC... --sink TOPIC [option]...\n"
	"  --window SECONDS               length of the windows (5)\n"
	"  --allow-updates                a window may come again with a greater count; the last one counts\n"
	"  --open-windows ignore|expect   ignore: windows that the newest lines have not closed are left out,\n"
	"                                 for a pipeline that was stopped and not at its end (expect)\n"
	"  --strict                       also: key = address, timestamp = last millisecond of the window, all\n"
	"                                 results of an address in one partition, windows ascending\n"
	"  --show N                       so many differences are shown (10)\n"
	"  --json                         one line\n"
	"  -X NAME=VALUE                  a property of librdkafka\n"
	"Exit status: 0 every line is counted exactly once, 1 not so, 2 it could not be found out.\n";

static struct settings read_settings(int argc, char **argv)
{
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'},
		{"source", required_argument, NULL, 's'},
		{"sink", required_argument, NULL, 'k'},
		{"window", required_argument, NULL, 'w'},
		{"allow-updates", no_argument, NULL, 'u'},
		{"open-windows", required_argument, NULL, 'o'},
		{"strict", no_argument, NULL, 't'},
		{"show", required_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct settings settings = {.conf = rd_kafka_conf_new(), .window = 5, .n_shown = 10};
	int option;
	while ((option = getopt_long(argc, argv, "X:", options, NULL)) != -1) {
		switch (option) {
		case 'b': kafka_conf_set(settings.conf, "bootstrap.servers", optarg); break;
		case 's':
			if (settings.n_sources == 16)
				die("judge: at most 16 sources");
			settings.sources[settings.n_sources++] = optarg;
			break;
		case 'k': settings.sink = optarg; break;
		case 'w': settings.window = number_of("window", optarg, 1, 86400 * 366); break;
		case 'u': settings.updates_allowed = true; break;
		case 'o':
			settings.open_windows_ignored = strcmp(optarg, "ignore") == 0;
			if (!settings.open_windows_ignored && strcmp(optarg, "expect") != 0)
				die("%s", usage);
			break;
		case 't': settings.is_strict = true; break;
		case 'n': settings.n_shown = number_of("show", optarg, 0, INT32_MAX); break;
		case 'j': settings.is_json = true; break;
		case 'X': kafka_conf_set_pair(settings.conf, optarg); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || settings.n_sources == 0 || settings.sink == NULL)
		die("%s", usage);
	return settings;
}

int main(int argc, char **argv)
{
	struct settings settings = read_settings(argc, argv);
	struct findings findings = {0};
	struct source_reading source = read_sources(&settings, &findings);
	struct sink_reading sink = read_sink(&settings, &findings);
	compare(&settings, &findings, &source, &sink);
	print_findings(&settings, &findings);
	free(source.cells);
	free(source.newest);
	free(sink.results);
	rd_kafka_conf_destroy(settings.conf);
	return is_exactly_once(&findings) ? 0 : 1;
}
