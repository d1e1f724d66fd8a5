/* Counts the requests of each address in windows of event time: a line parser, a counter and a line
 * writer. Windows, lateness and watermarks are weir's. */
#include <stdlib.h>
#include <string.h>
#include <weir/plugin.h>

#include "decimal.h"
#include "ip_address.h"
#include "log_time.h"
#include "time_zone.h"

#define RECORDS_AT_ONCE 1024 /* what append() takes */

struct ip_count {
	const char *time_zone, *result_time; /* options */
	struct weir_ctx *ctx;
	const struct weir_host *host;
	struct time_zone *zone;
	/* Lines come in order of time, so most have the second of the line before. */
	uint8_t last_text[LOG_TIME_LEN];
	int64_t last_time_ms;
};

static weir_status ip_count_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct ip_count *count = self;
	char why[512];
	struct time_zone *zone = time_zone_new(count->time_zone, why, sizeof(why));
	time_zone_free(zone);
	return zone != NULL ? WEIR_OK : host->bad_option(ctx, "time_zone", "%s", why);
}

static weir_status ip_count_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct ip_count *count = self;
	char why[512];
	count->ctx = ctx;
	count->host = host;
	count->zone = time_zone_new(count->time_zone, why, sizeof(why));
	if (count->zone == NULL)
		return host->fail(ctx, WEIR_FATAL, "time_zone \"%s\": %s", count->time_zone, why);
	memcpy(count->last_text, "1970-01-01_00:00:00", LOG_TIME_LEN);
	count->last_time_ms = time_zone_utc(count->zone, 0) * 1000;
	return WEIR_OK;
}

static void ip_count_close(void *self)
{
	time_zone_free(((struct ip_count *)self)->zone);
}

static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* NULL, or why this is no line of a time and an address. */
static const char *parse_line(struct ip_count *count, struct weir_slice line, int64_t *ret_time_ms,
			      uint8_t address[IP_ADDRESS_BYTES_MAX], unsigned *ret_address_len)
{
	const uint8_t *at = line.data, *end = at + line.len;
	while (at < end && is_space(*at))
		at++;
	if (at == end)
		return "the line is empty";
	if (end - at < LOG_TIME_LEN || (end - at > LOG_TIME_LEN && !is_space(at[LOG_TIME_LEN])))
		return "the time is not written yyyy-MM-dd_HH:mm:ss";
	if (memcmp(at, count->last_text, LOG_TIME_LEN) != 0) {
		int64_t civil_s;
		const char *why = log_time_parse(at, &civil_s);
		if (why != NULL)
			return why;
		memcpy(count->last_text, at, LOG_TIME_LEN);
		count->last_time_ms = time_zone_utc(count->zone, civil_s) * 1000;
	}
	*ret_time_ms = count->last_time_ms;

	for (at += LOG_TIME_LEN; at < end && is_space(*at);)
		at++;
	const uint8_t *word = at, *ipv4_end = ip_address_scan_ipv4(at, end, address);
	*ret_address_len = 4;
	if (ipv4_end != NULL && (ipv4_end == end || is_space(*ipv4_end)))
		return NULL;
	while (at < end && !is_space(*at))
		at++;
	if (at == word)
		return "there is no address behind the time";
	*ret_address_len = ip_address_parse(word, (size_t)(at - word), address);
	return *ret_address_len > 0 ? NULL : "the second field is not an IP address";
}

static weir_status ip_count_assign(void *self, const struct weir_batch *batch, struct weir_out *memory,
				   struct weir_assignment *assignments)
{
	struct ip_count *count = self;
	uint8_t *keys = NULL, *keys_end = NULL;
	for (uint32_t i = 0; i < batch->n_records; i++) {
		if (keys_end - keys < IP_ADDRESS_BYTES_MAX) { /* room for the rest, were it all IPv4 */
			size_t room = (batch->n_records - i) * (size_t)4 + IP_ADDRESS_BYTES_MAX;
			keys = count->host->alloc(memory, room);
			if (keys == NULL)
				return count->host->fail(count->ctx, WEIR_FATAL, "no memory for keys");
			keys_end = keys + room;
		}
		unsigned key_len;
		const char *why = parse_line(count, batch->records[i].value, &assignments[i].event_time_ms, keys,
					     &key_len);
		if (why != NULL) {
			weir_status status = count->host->reject(count->ctx, &batch->records[i], why);
			if (status != WEIR_OK)
				return status;
			continue;
		}
		assignments[i].key = (struct weir_slice){keys, key_len};
		keys += key_len;
	}
	return WEIR_OK;
}

static weir_status ip_count_update(void *self, const struct weir_fold *folds, uint32_t n_folds)
{
	(void)self;
	for (uint32_t i = 0; i < n_folds; i++)
		++*(uint64_t *)folds[i].value;
	return WEIR_OK;
}

/* `text` has room for the longest line. Returns its end. */
static char *write_line(struct weir_record *record, const char time[LOG_TIME_LEN],
			const struct weir_entry *entry, char *text)
{
	char *address = text + LOG_TIME_LEN + 1;
	memcpy(text, time, LOG_TIME_LEN);
	text[LOG_TIME_LEN] = ' ';
	char *end = ip_address_format(entry->key.data, (unsigned)entry->key.len, address);
	record->key = (struct weir_slice){(uint8_t *)address, (size_t)(end - address)};
	*end++ = ' ';
	end = decimal_write(end, *(const uint64_t *)entry->value);
	record->value = (struct weir_slice){(uint8_t *)text, (size_t)(end - text)};
	return end;
}

static size_t room_for(const struct weir_entry *entries, uint32_t n_entries)
{
	size_t room = 0;
	for (uint32_t i = 0; i < n_entries; i++)
		room += LOG_TIME_LEN + 2 + DECIMAL_MAX +
			(entries[i].key.len == 4 ? sizeof("255.255.255.255") - 1 : IP_ADDRESS_TEXT_MAX);
	return room;
}

static int64_t floor_seconds(int64_t ms)
{
	return ms / 1000 - (ms % 1000 < 0);
}

static weir_status ip_count_fire(void *self, const struct weir_window *window,
				 const struct weir_entry *entries, uint32_t n_entries, struct weir_out *out)
{
	struct ip_count *count = self;
	char time[LOG_TIME_LEN];
	int64_t shown_ms = strcmp(count->result_time, "window_end") == 0 ? window->end_ms : window->start_ms;
	log_time_format(time_zone_civil(count->zone, floor_seconds(shown_ms)), time);
	while (n_entries > 0) {
		uint32_t n = n_entries < RECORDS_AT_ONCE ? n_entries : RECORDS_AT_ONCE;
		struct weir_record *records = count->host->append(out, n);
		char *text = count->host->alloc(out, room_for(entries, n));
		if (records == NULL || text == NULL)
			return count->host->fail(count->ctx, WEIR_FATAL, "no memory for results");
		for (uint32_t i = 0; i < n; i++) {
			text = write_line(&records[i], time, &entries[i], text);
			records[i].timestamp_ms = window->end_ms - 1;
		}
		entries += n;
		n_entries -= n;
	}
	return WEIR_OK;
}

static const struct weir_option options[] = {
	{"time_zone", WEIR_STRING, 0, WEIR_FIELD(struct ip_count, time_zone, const char *), "UTC", NULL,
	 "Of the times in lines and results: UTC, a fixed offset such as +02:00, or a name such as "
	 "Europe/Berlin. An hour that the zone shows twice is taken as its first showing"},
	{"result_time", WEIR_STRING, 0, WEIR_FIELD(struct ip_count, result_time, const char *), "window_start",
	 "window_start|window_end",
	 "Which time a result line begins with: the first second of its window, or the first behind it"},
};

static const struct weir_windowed_ops ops = {
	.size = sizeof(ops),
	.table = "counts",
	.value_size = sizeof(uint64_t),
	.state_version = 1,
	.assign = ip_count_assign,
	.update = ip_count_update,
	.fire = ip_count_fire,
};

WEIR_PLUGIN(.name = "ip_count", .version = "0.1.0", .license = "Apache-2.0",
	    .summary = "Counts the requests of each IP address in windows of event time",
	    .doc = "Reads lines \"yyyy-MM-dd_HH:mm:ss IP\" (further fields are ignored) and gives, for each window "
		   "and address, a line \"yyyy-MM-dd_HH:mm:ss IP COUNT\" whose key is the address and whose "
		   "timestamp is the window's last millisecond. IPv4 and IPv6; an IPv4-mapped IPv6 address counts "
		   "as the IPv4 address. What a line that is not of this form does is set by on_error.",
	    .example = "transforms = ( { plugin = \"ip_count\"; window = \"5s\"; allowed_lateness = \"5s\"; } );",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct ip_count), .check = ip_count_check,
	    .open = ip_count_open, .close = ip_count_close, .windowed = &ops);
