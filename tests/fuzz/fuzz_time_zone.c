/* A TZif file, or the name of a zone. */
#include "transforms/ip_count/time_zone.h"

#include "fuzz.h"

#define GREATEST_TIME (INT64_C(1) << 53) /* of what ip_count asks for: milliseconds in 64 bits */
#define GREATEST_OFFSET (INT64_C(1) << 31)

static bool is_near(int64_t a, int64_t b)
{
	return a - b <= GREATEST_OFFSET && b - a <= GREATEST_OFFSET;
}

static void ask(const struct time_zone *zone, const uint8_t *data, size_t size)
{
	static const int64_t times[] = {-GREATEST_TIME, -(INT64_C(1) << 50), -1, 0, 1569888000, INT64_C(253402300799),
					INT64_C(1) << 50, GREATEST_TIME};
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		CLAIM(is_near(time_zone_utc(zone, times[i]), times[i]));
		CLAIM(is_near(time_zone_civil(zone, times[i]), times[i]));
	}
	for (struct input input = {data, size}; input.left > 0;) {
		int64_t time = (int64_t)(input_number(&input, 8) << 8) >> 10;
		CLAIM(is_near(time_zone_utc(zone, time), time));
		CLAIM(is_near(time_zone_civil(zone, time), time));
	}
}

/* Names do not lead out of the folder of zones, and a zone that the system has is sound. */
static void ask_by_name(const uint8_t *data, size_t size)
{
	char why[512] = "", *name = text_of(data, size);
	struct time_zone *zone = time_zone_new(name, why, sizeof(why));
	CLAIM((zone == NULL) == (why[0] != '\0'));
	if (zone != NULL)
		ask(zone, data, size);
	time_zone_free(zone);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4 || memcmp(data, "TZif", 4) != 0) {
		ask_by_name(data, size);
		return 0;
	}
	uint8_t *copy = block_of(data, size);
	struct time_zone *zone = time_zone_parse(copy, size);
	if (zone != NULL)
		ask(zone, data, size);
	time_zone_free(zone);
	free(copy);
	return 0;
}
