#include "checkpoint/checkpoint_refusal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

#define MOST_PARTITIONS 8 /* that are named one by one */

/* ---- costs ---- */

static int64_t greater(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t not_negative(int64_t n)
{
	return greater(n, 0);
}

/* Where the results end that are certainly out, and where those that may be. */
static void find_results(const struct refusal_evidence *evidence, const struct refusal_partition *partition,
			 int64_t *certain, int64_t *possible)
{
	*certain = partition->store;
	*possible = greater(partition->store, partition->marker);
	switch (evidence->refusal) {
	case REFUSAL_STORE_MISSING:
	case REFUSAL_MARKER_AHEAD:
	case REFUSAL_MARKER_BEHIND:
		*certain = partition->marker;
		break;
	default:
		break;
	}
}

static int64_t begin_at(const struct refusal_partition *partition, enum store_resolution_choice choice)
{
	if (choice == RESOLUTION_USE_NOTHING)
		return partition->fresh;
	int64_t position = choice == RESOLUTION_USE_STORE ? partition->store : partition->marker;
	/* A partition that the checkpoint does not know is new: nothing of it may be missed. */
	return position == NO_OFFSET || partition->fit == WEIR_OTHER ? partition->first : greater(position, partition->first);
}

struct refusal_cost checkpoint_refusal_cost(const struct refusal_evidence *evidence, const struct refusal_partition *partition,
					    enum store_resolution_choice choice)
{
	struct refusal_cost cost = {.is_known = partition->is_surveyed};
	if (!cost.is_known)
		return cost;
	int64_t certain, possible, begin = begin_at(partition, choice);
	find_results(evidence, partition, &certain, &possible);
	if (partition->fit == WEIR_OTHER) {
		cost.perhaps = not_negative(partition->end - begin);
		return cost;
	}
	if (possible == NO_OFFSET)
		return cost;
	int64_t end = possible < partition->end ? possible : partition->end;
	cost.again = not_negative(end - greater(begin, partition->first));
	if (certain != NO_OFFSET)
		cost.skipped = not_negative(begin - certain);
	return cost;
}

static struct refusal_cost total_cost(const struct refusal_evidence *evidence, enum store_resolution_choice choice)
{
	struct refusal_cost total = {.is_known = evidence->n_partitions > 0};
	for (uint32_t i = 0; i < evidence->n_partitions; i++) {
		struct refusal_cost cost = checkpoint_refusal_cost(evidence, &evidence->partitions[i], choice);
		total.again += cost.again;
		total.perhaps += cost.perhaps;
		total.skipped += cost.skipped;
		total.is_known &= cost.is_known;
	}
	return total;
}

/* ---- words ---- */

static const char *const meaning_of[] = {
	[REFUSAL_STORE_MISSING] = "The store was lost, or this is another directory than before.",
	[REFUSAL_MARKER_MISSING] =
		"What was committed cannot be known: the markers were deleted, or this is another cluster.",
	[REFUSAL_MARKER_FOREIGN] = "Two pipelines use one name, or the store was made anew.",
	[REFUSAL_MARKER_AHEAD] = "The store is older: a backup was put back, or another store went on.",
	[REFUSAL_MARKER_BEHIND] = "The sink has gone back: a backup was put back, or its data were made anew.",
	[REFUSAL_SOURCE_CHANGED] = "The source cannot be gone on with where the checkpoint stands.",
};

struct text {
	char *at;
	size_t room;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	int n = vsnprintf(text->at, text->room, fmt, arguments);
	va_end(arguments);
	size_t moved = n < 0 ? 0 : (size_t)n < text->room ? (size_t)n : text->room == 0 ? 0 : text->room - 1;
	text->at += moved;
	text->room -= moved;
}

static void say_time(struct text *text, const char *before, int64_t ms)
{
	char time[32];
	if (ms == 0)
		return;
	clock_format(ms, time, sizeof(time));
	say(text, "%s%s", before, time);
}

static void say_store(struct text *text, const struct refusal_evidence *evidence)
{
	const struct recovery_facts *facts = &evidence->facts;
	say(text, "the store in '%s' (%s) holds ", evidence->directory, evidence->uuid);
	if (facts->has_completed) {
		say(text, "checkpoint %" PRIu64 " (completed", facts->completed);
		say_time(text, " ", evidence->completed_ms);
		say(text, ")");
	}
	if (facts->has_pending)
		say(text, "%scheckpoint %" PRIu64 " (pending)", facts->has_completed ? " and " : "", facts->pending);
	if (!facts->has_completed && !facts->has_pending)
		say(text, "no checkpoint");
}

static void say_marker(struct text *text, const struct refusal_evidence *evidence)
{
	const struct recovery_facts *facts = &evidence->facts;
	if (!facts->has_marker) {
		say(text, "the sink shows none (%s)", evidence->where);
		return;
	}
	say(text, "the sink shows checkpoint %" PRIu64 " as committed", facts->marker);
	say_time(text, " ", evidence->marker_ms);
	if (!facts->marker_is_ours && evidence->marker_uuid != NULL)
		say(text, " by another pipeline or store (%s)", evidence->marker_uuid);
	if (evidence->marker_instance != NULL)
		say(text, ", by instance %s", evidence->marker_instance);
	say(text, " (%s)", evidence->where);
}

static void say_partition(struct text *text, const struct refusal_evidence *evidence, const struct refusal_partition *partition)
{
	say(text, "\n  %s/%" PRId32 ":", partition->stream, partition->partition);
	if (partition->store != NO_OFFSET)
		say(text, " the store stands at %" PRId64 ";", partition->store);
	if (evidence->facts.has_marker && partition->marker != NO_OFFSET)
		say(text, " committed up to %" PRId64 ";", partition->marker);
	if (partition->is_surveyed && partition->first < partition->end)
		say(text, " there are %" PRId64 " to %" PRId64, partition->first, partition->end - 1);
	else if (partition->is_surveyed)
		say(text, " there is no record");
	if (partition->why != NULL)
		say(text, "; %s", partition->why);
}

static void say_partitions(struct text *text, const struct refusal_evidence *evidence)
{
	uint32_t n_said = 0, n_left_out = 0;
	/* Where only the source has changed, the partitions that fit need not be looked at. */
	for (uint32_t i = 0; i < evidence->n_partitions; i++) {
		const struct refusal_partition *partition = &evidence->partitions[i];
		if (evidence->refusal == REFUSAL_SOURCE_CHANGED && partition->fit == WEIR_FITS)
			continue;
		if (n_said == MOST_PARTITIONS) {
			n_left_out++;
			continue;
		}
		say_partition(text, evidence, partition);
		n_said++;
	}
	if (n_left_out > 0)
		say(text, "\n  and %" PRIu32 " partitions more", n_left_out);
	if (evidence->n_partitions == 0)
		say(text, "\n  What the source has is not known.");
}

struct figure { /* one of a cost's */
	const char *name;
	size_t offset;
};
static int64_t value_of(const struct refusal_cost *cost, const struct figure *figure)
{
	return *(const int64_t *)((const char *)cost + figure->offset);
}

static void say_shares(struct text *text, const struct refusal_evidence *evidence, enum store_resolution_choice choice,
		       const struct figure *figure)
{
	uint32_t n_said = 0;
	for (uint32_t i = 0; i < evidence->n_partitions; i++) {
		const struct refusal_partition *partition = &evidence->partitions[i];
		struct refusal_cost cost = checkpoint_refusal_cost(evidence, partition, choice);
		if (value_of(&cost, figure) == 0 || n_said > MOST_PARTITIONS)
			continue;
		if (n_said++ == MOST_PARTITIONS)
			say(text, ", ...");
		else
			say(text, "%s%s/%" PRId32 ": %" PRId64, n_said == 1 ? " (" : ", ", partition->stream,
			    partition->partition, value_of(&cost, figure));
	}
	say(text, n_said > 0 ? ")" : "");
}

static void say_cost(struct text *text, const struct refusal_evidence *evidence, enum store_resolution_choice choice)
{
	static const struct figure figures[] = {
		{"Read again, so repeated", offsetof(struct refusal_cost, again)},
		{"Read, and repeated where they were counted before, which cannot be known", offsetof(struct refusal_cost, perhaps)},
		{"Skipped", offsetof(struct refusal_cost, skipped)},
	};
	struct refusal_cost total = total_cost(evidence, choice);
	if (!total.is_known) {
		say(text, " Read again, so repeated: unknown. Skipped: unknown.");
		return;
	}
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		int64_t n = value_of(&total, &figures[i]);
		if (n == 0 && figures[i].offset == offsetof(struct refusal_cost, perhaps))
			continue;
		say(text, " %s: %" PRId64 " records", figures[i].name, n);
		say_shares(text, evidence, choice, &figures[i]);
		say(text, ".");
	}
	if (total.perhaps > 0)
		say(text, " What the former topic held unread is lost: unknown.");
	if (evidence->refusal == REFUSAL_MARKER_MISSING)
		say(text, " Repeated besides: what may have been committed after that checkpoint: unknown.");
}

static void say_lost_state(struct text *text, const struct refusal_evidence *evidence)
{
	if (evidence->n_entries > 0)
		say(text, " The state (%" PRIu64 " entries in the store) is left behind: windows that were open come out too small.",
		    evidence->n_entries);
	else if (!evidence->facts.has_completed)
		say(text, " The state is lost: windows that were open come out too small.");
}

static void say_choice(struct text *text, const struct refusal_evidence *evidence, enum store_resolution_choice choice)
{
	static const char *const names[] = {
		[RESOLUTION_USE_STORE] = "store", [RESOLUTION_USE_MARKER] = "marker", [RESOLUTION_USE_NOTHING] = "nothing"};
	say(text, "\n  weir checkpoints resolve %s --use %s\n    ", evidence->directory, names[choice]);
	if (choice == RESOLUTION_USE_STORE)
		say(text, "goes on from checkpoint %" PRIu64 "%s.", evidence->facts.completed,
		    evidence->refusal == REFUSAL_SOURCE_CHANGED
			    ? " with its state; partitions that cannot be gone on with are read from their first record"
			    : " with its state");
	else if (choice == RESOLUTION_USE_MARKER)
		say(text, "goes on from the positions committed with checkpoint %" PRIu64 ".", evidence->facts.marker);
	else
		say(text, "starts anew where the source's options say.");
	say_cost(text, evidence, choice);
	if (choice != RESOLUTION_USE_STORE)
		say_lost_state(text, evidence);
}

void checkpoint_refusal_explain(const struct refusal_evidence *evidence, char *text, size_t size)
{
	const struct recovery_facts *facts = &evidence->facts;
	struct text out = {text, size};
	if (size != 0)
		*text = '\0';
	say_store(&out, evidence);
	say(&out, evidence->refusal == REFUSAL_SOURCE_CHANGED ? "; " : ", but ");
	if (facts->last_resource)
		say_marker(&out, evidence);
	say(&out, ". %s", meaning_of[evidence->refusal]);
	say_partitions(&out, evidence);
	say(&out, "\n Decide with one of (records are counted by offsets):");
	if (facts->has_completed)
		say_choice(&out, evidence, RESOLUTION_USE_STORE);
	if (facts->has_marker)
		say_choice(&out, evidence, RESOLUTION_USE_MARKER);
	say_choice(&out, evidence, RESOLUTION_USE_NOTHING);
}

void checkpoint_refusal_explain_sink(const struct refusal_evidence *evidence, char *text, size_t size)
{
	struct text out = {text, size};
	if (size != 0)
		*text = '\0';
	say(&out, "\n The store in '%s' (%s) holds checkpoint %" PRIu64, evidence->directory, evidence->uuid,
	    evidence->facts.completed);
	say_time(&out, ", completed ", evidence->completed_ms);
	say(&out, ": what it and those before it have written is gone too, where it was there. The next start goes on behind it, "
	    "and that output stays lost; or write it again (records are counted by offsets):");
	say_choice(&out, evidence, RESOLUTION_USE_NOTHING);
}
