/* The same input must give the same output: again, from every barrier on, and beside another instance. */
#include "config.h" /* obstack_printf() */

#include "conformance/conformance.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

#define MOST_RECORDS 500
#define A_POLL 20
#define MOST_BARRIERS 25
#define LONG_PATIENCE_MS 10000
#define PATIENCE_MS 1500
#define SHOWN_BYTES 120

struct output {
	const char *place; /* a source's partition; "" for transforms: the order is that of all */
	const char *text;
};

struct outputs {
	struct output list[4 * MOST_RECORDS + 4096];
	uint32_t n;
	bool is_all; /* a source has nothing more */
};

struct barrier {
	struct weir_snapshot *snapshot;
	uint32_t n_outputs, n_fed; /* before it */
};

struct run {
	struct outputs outputs;
	struct barrier barriers[MOST_BARRIERS];
	uint32_t n_barriers;
};

static struct run *run_new(struct conformance *c)
{
	struct run *run = obstack_alloc(&c->memory, sizeof(*run));
	memset(run, 0, sizeof(*run));
	return run;
}

/* ---- records as text ---- */

static void grow_bytes(struct conformance *c, struct weir_slice slice)
{
	if (slice.data == NULL)
		obstack_grow(&c->memory, "(absent)", 8);
	for (size_t i = 0; i < slice.len; i++) {
		if (isprint(slice.data[i]))
			obstack_1grow(&c->memory, (char)slice.data[i]);
		else
			obstack_printf(&c->memory, "\\x%02x", slice.data[i]);
	}
}

static const char *record_text(struct conformance *c, const struct weir_record *record)
{
	if (c->kind == PLUGIN_SOURCE)
		obstack_printf(&c->memory, "offset %" PRId64 ", ", record->offset);
	obstack_printf(&c->memory, "key ");
	grow_bytes(c, record->key);
	obstack_printf(&c->memory, ", value ");
	grow_bytes(c, record->value);
	for (uint32_t i = 0; i < record->n_headers; i++) {
		obstack_printf(&c->memory, ", header ");
		grow_bytes(c, record->headers[i].name);
		obstack_printf(&c->memory, " = ");
		grow_bytes(c, record->headers[i].value);
	}
	obstack_1grow(&c->memory, '\0');
	return obstack_finish(&c->memory);
}

static const char *place_of(struct conformance *c, struct weir_harness *h, const struct weir_record *record)
{
	if (c->kind != PLUGIN_SOURCE)
		return "";
	struct weir_harness_partition partition = weir_harness_partition_at(h, record->partition);
	return kept_text(c, "%s, partition %d", partition.stream != NULL ? partition.stream : "no partition", (int)partition.number);
}

/* Moves results from the harness to the list. False: more than fit, which is enough. */
static bool take_results(struct conformance *c, struct weir_harness *h, struct outputs *outputs)
{
	uint32_t room = sizeof(outputs->list) / sizeof(outputs->list[0]);
	for (uint32_t i = 0; i < weir_harness_n_results(h) && outputs->n < room; i++) {
		const struct weir_record *record = weir_harness_result(h, i);
		outputs->list[outputs->n++] = (struct output){place_of(c, h, record), record_text(c, record)};
	}
	weir_harness_forget(h);
	return outputs->n < room;
}

static const char *shown(struct conformance *c, const char *text)
{
	return strlen(text) <= SHOWN_BYTES ? text : kept_text(c, "%.*s...", SHOWN_BYTES, text);
}

/* ---- comparing ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct output *)a)->text, ((const struct output *)b)->text);
}

/* Windows fire in any order of their keys. */
static void sort_if_windowed(const struct conformance *c, struct outputs *outputs)
{
	if (c->kind == PLUGIN_WINDOWED)
		qsort(outputs->list, outputs->n, sizeof(outputs->list[0]), by_text);
}

/* The next one of that place from *at on; NULL = none. */
static const struct output *next_of(const struct outputs *outputs, const char *place, uint32_t *at)
{
	while (*at < outputs->n) {
		const struct output *output = &outputs->list[(*at)++];
		if (strcmp(output->place, place) == 0)
			return output;
	}
	return NULL;
}

/* Place by place: what was got follows what the expected outputs have behind the `n_before` of `before`. */
static bool is_same_place(struct conformance *c, const char *place, const struct outputs *expected, const struct outputs *before,
			  uint32_t n_before, const struct outputs *got, const char *when)
{
	uint32_t at_expected = 0, at_before = 0, at_got = 0;
	const struct output *want, *have;
	for (const struct output *old; (old = next_of(before, place, &at_before)) != NULL && at_before <= n_before;)
		(void)next_of(expected, place, &at_expected);
	do {
		want = next_of(expected, place, &at_expected);
		have = next_of(got, place, &at_got);
		if (want != NULL && have != NULL && strcmp(want->text, have->text) == 0)
			continue;
		if ((want == NULL || have == NULL) && (want == have || !expected->is_all))
			return true;
		const char *of = *place != '\0' ? kept_text(c, " of %s", place) : "";
		if (have == NULL)
			fail(c, "%s%s is missing: %s", when, of, shown(c, want->text));
		else if (want == NULL)
			fail(c, "%s%s came, though it had come before: %s", when, of, shown(c, have->text));
		else
			fail(c, "%s%s came: %s; expected: %s", when, of, shown(c, have->text), shown(c, want->text));
		return false;
	} while (true);
}

static bool is_same(struct conformance *c, const struct outputs *expected, const struct outputs *before, uint32_t n_before,
		    const struct outputs *got, const char *when)
{
	for (uint32_t i = 0; i < expected->n; i++)
		if (!is_same_place(c, expected->list[i].place, expected, before, n_before, got, when))
			return false;
	return true;
}

/* ---- runs of a source ---- */

/* Has the source nothing more? It says so of every partition; or gives nothing for so long, longer where it says that
 * there is more. */
static bool is_at_end(const struct weir_harness *h, bool has_begun, int64_t quiet_ms)
{
	uint32_t n = weir_harness_n_partitions(h), n_at_end = 0, n_behind = 0;
	for (uint32_t i = 0; i < n; i++) {
		int64_t lag = weir_harness_partition_at(h, i).lag;
		n_at_end += lag == 0;
		n_behind += lag > 0;
	}
	return (n > 0 && n_at_end == n) || quiet_ms > (has_begun && n_behind == 0 ? PATIENCE_MS : LONG_PATIENCE_MS);
}

/* Until `enough` records or a time without any. False: the finding is made. */
static bool read_source(struct conformance *c, struct weir_harness *h, uint32_t enough, struct run *run, bool with_barriers)
{
	struct outputs *outputs = &run->outputs;
	int64_t quiet_since_ms = clock_monotonic_ms();
	bool wants_barrier = with_barriers;
	while (outputs->n < enough) {
		if (wants_barrier && run->n_barriers < MOST_BARRIERS) {
			struct barrier *barrier = &run->barriers[run->n_barriers];
			if (weir_harness_barrier(h, &barrier->snapshot) != WEIR_OK)
				return fail(c, "snapshot(): %s", weir_harness_failure(h)), false;
			barrier->n_outputs = outputs->n;
			run->n_barriers++;
		}
		weir_status s = weir_harness_poll(h, A_POLL, 100);
		wants_barrier = with_barriers && s == WEIR_OK;
		if (s != WEIR_OK && s != WEIR_IDLE && s != WEIR_RETRY && s != WEIR_END)
			return fail(c, "poll(): %s", weir_harness_failure(h)), false;
		if (s == WEIR_OK && weir_harness_n_results(h) == 0)
			return fail(c, "poll() returned WEIR_OK without a record; WEIR_IDLE says that there is none"), false;
		if (s == WEIR_OK && !take_results(c, h, outputs))
			return true;
		if (s == WEIR_OK)
			quiet_since_ms = clock_monotonic_ms();
		outputs->is_all = s == WEIR_END || (s != WEIR_OK && is_at_end(h, outputs->n > 0, clock_monotonic_ms() - quiet_since_ms));
		if (outputs->is_all)
			return true;
	}
	return true;
}

static bool replay_source(struct conformance *c, struct weir_harness *h, const struct run *whole, const struct run *cut,
			  uint32_t number)
{
	const struct barrier *barrier = &cut->barriers[number];
	struct run *rest = run_new(c);
	const char *when = kept_text(c, "restored from barrier %u (behind %u records),", number, barrier->n_outputs);
	doing(c, "%s", when);
	if (weir_harness_restore(h, barrier->snapshot) != WEIR_OK)
		return fail(c, "%s: %s", when, weir_harness_failure(h)), false;
	/* one more, where there is none to come */
	uint32_t left = whole->outputs.n - barrier->n_outputs + whole->outputs.is_all;
	return read_source(c, h, left, rest, false) &&
	       is_same(c, &whole->outputs, &cut->outputs, barrier->n_outputs, &rest->outputs, when);
}

/* ---- runs of a transform ---- */

static uint32_t n_lines(const struct conformance *c)
{
	uint32_t n = 0;
	while (c->lines[n] != NULL)
		n++;
	return n;
}

static uint32_t lines_a_barrier(const struct conformance *c)
{
	return (n_lines(c) + MOST_BARRIERS - 1) / MOST_BARRIERS;
}

static bool is_good(struct conformance *c, struct weir_harness *h, weir_status s)
{
	return s == WEIR_OK || (fail(c, "%s", weir_harness_failure(h)), false);
}

/* From line `first` up to the next barrier; *ret_end: the line behind it. */
static bool feed_lines(struct conformance *c, struct weir_harness *h, uint32_t first, uint32_t *ret_end, struct outputs *outputs)
{
	uint32_t end = first;
	for (; c->lines[end] != NULL && end < first + lines_a_barrier(c); end++)
		if (!is_good(c, h, feed_line(h, c->lines[end])))
			return false;
	if (c->kind == PLUGIN_WINDOWED && !is_good(c, h, weir_harness_turn_clock(h, 0)))
		return false;
	if (c->kind == PLUGIN_WINDOWED && c->lines[end] == NULL && !is_good(c, h, weir_harness_watermark(h, INT64_MAX)))
		return false;
	take_results(c, h, outputs);
	*ret_end = end;
	return true;
}

static bool feed_all(struct conformance *c, struct weir_harness *h, uint32_t first, struct run *run, bool with_barriers)
{
	while (c->lines[first] != NULL) {
		if (!feed_lines(c, h, first, &first, &run->outputs))
			return false;
		struct barrier *barrier = &run->barriers[run->n_barriers];
		if (!with_barriers || run->n_barriers == MOST_BARRIERS)
			continue;
		if (!is_good(c, h, weir_harness_barrier(h, &barrier->snapshot)))
			return false;
		barrier->n_outputs = run->outputs.n;
		barrier->n_fed = first;
		run->n_barriers++;
	}
	run->outputs.is_all = true;
	return true;
}

static bool replay_transform(struct conformance *c, struct weir_harness *h, const struct run *whole, const struct run *cut,
			     uint32_t number)
{
	const struct barrier *barrier = &cut->barriers[number];
	struct run *rest = run_new(c);
	const char *when = kept_text(c, "restored from barrier %u (behind %u records), a result", number, barrier->n_fed);
	doing(c, "%s", when);
	if (!is_good(c, h, weir_harness_restore(h, barrier->snapshot)))
		return false;
	memcpy(rest->outputs.list, cut->outputs.list, barrier->n_outputs * sizeof(cut->outputs.list[0]));
	rest->outputs.n = barrier->n_outputs;
	if (!feed_all(c, h, barrier->n_fed, rest, false))
		return false;
	sort_if_windowed(c, &rest->outputs);
	return is_same(c, &whole->outputs, &whole->outputs, 0, &rest->outputs, when);
}

/* ---- the two checks ---- */

/* Lines that a transform cannot take are another check's business. */
static struct weir_harness *open_lenient(struct conformance *c)
{
	struct weir_harness *h = make_harness(c);
	if (c->kind != PLUGIN_SOURCE)
		weir_harness_option(h, "on_error", "skip");
	if (is_good(c, h, weir_harness_open(h)))
		return h;
	weir_harness_free(h);
	return NULL;
}

static bool run_through(struct conformance *c, struct weir_harness *h, struct run *run, bool with_barriers)
{
	if (c->kind == PLUGIN_SOURCE)
		return read_source(c, h, MOST_RECORDS, run, with_barriers);
	return feed_all(c, h, 0, run, with_barriers);
}

/* The run that all others are measured by. NULL: the finding is made. */
static struct run *undisturbed(struct conformance *c)
{
	struct run *run = run_new(c);
	struct weir_harness *h = open_lenient(c);
	doing(c, "an undisturbed run");
	if (h == NULL || !run_through(c, h, run, false))
		return NULL;
	weir_harness_free(h);
	sort_if_windowed(c, &run->outputs);
	if (run->outputs.n > 0)
		return run;
	if (c->kind == PLUGIN_SOURCE)
		skip(c, "it has nothing to read");
	else
		skip(c, "no line of the input gives a result: name a file with better ones, --input FILE");
	return NULL;
}

enum verdict check_restore(struct conformance *c)
{
	if (c->kind == PLUGIN_SOURCE && c->plugin->source->flags & WEIR_CANNOT_REWIND)
		return skip(c, "it says that it cannot go back (WEIR_CANNOT_REWIND)");
	struct run *whole = undisturbed(c), *cut = run_new(c);
	struct weir_harness *h = whole != NULL ? open_lenient(c) : NULL;
	if (h == NULL)
		return c->trial->verdict;
	doing(c, "a run with barriers");
	if (!run_through(c, h, cut, true))
		return VERDICT_FAIL;
	struct run *sorted = run_new(c);
	*sorted = *cut;
	sort_if_windowed(c, &sorted->outputs);
	if (!is_same(c, &whole->outputs, &whole->outputs, 0, &sorted->outputs, "a second run, with barriers, is another than the "
			 "first (does it keep something outside of its instance?):"))
		return VERDICT_FAIL;
	for (uint32_t i = 0; i < cut->n_barriers; i++)
		if (!(c->kind == PLUGIN_SOURCE ? replay_source(c, h, whole, cut, i) : replay_transform(c, h, whole, cut, i)))
			return VERDICT_FAIL;
	return pass(c, "the rest of %u records was the same from each of %u barriers on", whole->outputs.n, cut->n_barriers);
}

static bool is_same_beside(struct conformance *c, const struct run *whole, struct run *run)
{
	sort_if_windowed(c, &run->outputs);
	return is_same(c, &whole->outputs, &whole->outputs, 0, &run->outputs,
		       "beside another instance (does it keep something outside of its instance?)");
}

enum verdict check_two_instances(struct conformance *c)
{
	struct run *whole = undisturbed(c), *runs[2] = {run_new(c), run_new(c)};
	struct weir_harness *h[2] = {NULL, NULL};
	for (int i = 0; whole != NULL && i < 2; i++)
		if ((h[i] = open_lenient(c)) == NULL)
			return VERDICT_FAIL;
	if (whole == NULL)
		return c->trial->verdict;
	doing(c, "two instances in turn");
	uint32_t end = 0;
	for (uint32_t step = 0, next; step < MOST_BARRIERS; step++, end = next)
		for (int i = 0; i < 2; i++) {
			next = end;
			bool goes_on = c->kind == PLUGIN_SOURCE
					       ? read_source(c, h[i], (step + 1) * A_POLL < whole->outputs.n ? (step + 1) * A_POLL : whole->outputs.n,
							     runs[i], false)
					       : feed_lines(c, h[i], end, &next, &runs[i]->outputs);
			if (!goes_on)
				return VERDICT_FAIL;
		}
	if (!is_same_beside(c, whole, runs[0]) || !is_same_beside(c, whole, runs[1]))
		return VERDICT_FAIL;
	return pass(c, "%u records each, in turn", whole->outputs.n);
}
