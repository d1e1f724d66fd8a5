/* Records nobody wishes for: by policy they fail, are skipped or become dead letters; nothing of it crashes. */
#include "conformance/conformance.h"

#include <stdlib.h>
#include <string.h>

#define HUGE_BYTES (8u << 20)
#define MANY_HEADERS 1000

struct bad_record {
	const char *name;
	struct weir_record record;
};

static uint8_t huge[HUGE_BYTES];
static const uint8_t every_byte[256] = {
	[0] = 0xff, [1] = 0xfe, [2] = 0x00, [3] = '\n', [4] = '\r', [5] = 0xc0, [6] = 0x80, [7] = '"', [8] = '\\',
	[9] = '%', [10] = 's', [11] = '%', [12] = 'n', [13] = 0x1b, [14] = 0xed, [15] = 0xa0, [16] = 0x80};
static struct weir_header headers[MANY_HEADERS];

#define TEXT(text) {(const uint8_t *)(text), sizeof(text) - 1}
#define RECORD(time_ms, ...) {.partition = WEIR_NO_PARTITION, .offset = -1, .timestamp_ms = time_ms, __VA_ARGS__}

static const struct bad_record bad_records[] = {
	{"absent value", RECORD(-1, .key = TEXT("key"))},
	{"absent key and value", RECORD(-1, .key = {NULL, 0})},
	{"empty value", RECORD(-1, .key = TEXT(""), .value = TEXT(""))},
	{"blanks", RECORD(-1, .value = TEXT(" \t  "))},
	{"bytes that are no text", RECORD(-1, .key = {every_byte, 256}, .value = {every_byte, 256})},
	{"one NUL", RECORD(-1, .value = {every_byte + 2, 1})},
	{"numbers beyond all bounds", RECORD(-1, .value = TEXT("99999999999999999999999999 -99999999999999999999 1e999 -1"))},
	{"8 MiB in one line", RECORD(-1, .value = {huge, HUGE_BYTES})},
	{"a key of 8 MiB", RECORD(-1, .key = {huge, HUGE_BYTES}, .value = TEXT("value"))},
	{"1000 headers, absent values", RECORD(-1, .value = TEXT("value"), .headers = headers, .n_headers = MANY_HEADERS)},
	{"the least timestamp", RECORD(INT64_MIN, .value = TEXT("value"))},
	{"the greatest timestamp", RECORD(INT64_MAX, .value = TEXT("value"))},
};
enum { N_BAD_RECORDS = sizeof(bad_records) / sizeof(bad_records[0]) };

static void make_records(void)
{
	memset(huge, 'x', sizeof(huge));
	for (int i = 0; i < MANY_HEADERS; i++)
		headers[i] = (struct weir_header){TEXT("name"), {NULL, 0}};
}

static struct weir_harness *open_with(struct conformance *c, const char *on_error)
{
	struct weir_harness *h = make_harness(c);
	if (on_error != NULL)
		weir_harness_option(h, "on_error", on_error);
	if (weir_harness_open(h) == WEIR_OK)
		return h;
	fail(c, "%s", weir_harness_failure(h));
	weir_harness_free(h);
	return NULL;
}

static bool has_words(struct conformance *c, const struct weir_harness *h, const char *name)
{
	if (strstr(weir_harness_failure(h), "without saying why") == NULL)
		return true;
	fail(c, "%s: %s", name, weir_harness_failure(h));
	return false;
}

/* Each on an instance of its own: it is taken, or fails with words. */
static bool try_each(struct conformance *c, const char *on_error)
{
	for (uint32_t i = 0; i < N_BAD_RECORDS; i++) {
		struct weir_harness *h = open_with(c, on_error);
		if (h == NULL)
			return false;
		doing(c, "a record: %s", bad_records[i].name);
		weir_status s;
		AGAIN(s, weir_harness_feed(h, &bad_records[i].record, 1));
		if (s == WEIR_OK && c->kind == PLUGIN_WINDOWED)
			s = weir_harness_watermark(h, INT64_MAX);
		bool good = s == WEIR_OK || has_words(c, h, bad_records[i].name);
		weir_harness_free(h);
		if (!good)
			return false;
	}
	return true;
}

/* All through one instance, which must go on. */
static bool must_go_on(struct conformance *c, const char *on_error)
{
	struct weir_harness *h = open_with(c, on_error);
	if (h == NULL)
		return false;
	for (uint32_t i = 0; i < N_BAD_RECORDS; i++) {
		doing(c, "on_error = \"%s\", a record: %s", on_error, bad_records[i].name);
		if (weir_harness_feed(h, &bad_records[i].record, 1) != WEIR_OK)
			return fail(c, "on_error = \"%s\", but a record (%s) fails the pipeline: %s; host->reject() follows "
				       "the policy", on_error, bad_records[i].name, weir_harness_failure(h)), false;
	}
	if (c->kind == PLUGIN_WINDOWED && weir_harness_watermark(h, INT64_MAX) != WEIR_OK)
		return fail(c, "%s", weir_harness_failure(h)), false;
	weir_harness_free(h);
	return true;
}

enum verdict check_bad_records(struct conformance *c)
{
	make_records();
	if (c->kind == PLUGIN_SINK)
		return try_each(c, NULL) ? pass(c, "%d kinds were written, or refused with a reason", N_BAD_RECORDS) : VERDICT_FAIL;
	if (!try_each(c, "fail") || !must_go_on(c, "skip") || !must_go_on(c, "dead_letter"))
		return VERDICT_FAIL;
	return pass(c, "%d kinds, each with on_error = fail, skip and dead_letter", N_BAD_RECORDS);
}
