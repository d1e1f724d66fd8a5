/* Lines as ip_count reads them, each in a block of its own. What it takes comes back out of what it writes. */
#include "transforms/ip_count/ip_count.c"

#include "fuzz.h"

static void judge_taken(struct ip_count *count, int64_t time_ms, const uint8_t *address, unsigned address_len)
{
	uint64_t n = UINT64_MAX;
	struct weir_entry entry = {.key = {address, address_len}, .value = &n};
	char time[LOG_TIME_LEN], *text = malloc(room_for(&entry, 1));
	struct weir_record record = {0};
	log_time_format(time_zone_civil(count->zone, floor_seconds(time_ms)), time);
	char *end = write_line(&record, time, &entry, text);

	int64_t again_ms;
	uint8_t again[IP_ADDRESS_BYTES_MAX];
	unsigned again_len;
	CLAIM(time_ms % 1000 == 0 && (address_len == 4 || address_len == 16));
	CLAIM((size_t)(end - text) <= room_for(&entry, 1));
	CLAIM(memcmp(record.value.data, count->last_text, LOG_TIME_LEN) == 0);
	CLAIM(parse_line(count, record.value, &again_ms, again, &again_len) == NULL);
	CLAIM(again_ms == time_ms && again_len == address_len && memcmp(again, address, address_len) == 0);
	CLAIM(ip_address_parse(record.key.data, record.key.len, again) == address_len);
	free(text);
}

static void read_line(struct ip_count *count, struct input line)
{
	uint8_t *copy = block_of(line.at, line.left);
	struct weir_slice slice = {copy, line.left};
	int64_t time_ms, fresh_ms;
	uint8_t address[IP_ADDRESS_BYTES_MAX], fresh_address[IP_ADDRESS_BYTES_MAX];
	unsigned len, fresh_len;
	/* without the line before in mind */
	struct ip_count fresh = {.zone = count->zone, .last_text = "1970-01-01_00:00:00",
				 .last_time_ms = time_zone_utc(count->zone, 0) * 1000};
	const char *why = parse_line(count, slice, &time_ms, address, &len);
	const char *fresh_why = parse_line(&fresh, slice, &fresh_ms, fresh_address, &fresh_len);
	CLAIM((why == NULL) == (fresh_why == NULL));
	if (why != NULL) {
		CLAIM(*why != '\0' && strcmp(why, fresh_why) == 0);
	} else {
		CLAIM(time_ms == fresh_ms && len == fresh_len && memcmp(address, fresh_address, len) == 0);
		judge_taken(count, time_ms, address, len);
	}
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size}, line;
	char why[512];
	struct ip_count count = {.zone = time_zone_new(size % 2 == 0 ? "UTC" : "-03:30", why, sizeof(why))};
	memcpy(count.last_text, "1970-01-01_00:00:00", LOG_TIME_LEN);
	count.last_time_ms = time_zone_utc(count.zone, 0) * 1000;
	while (input_part(&input, "\n", &line))
		read_line(&count, line);
	time_zone_free(count.zone);
	return 0;
}
