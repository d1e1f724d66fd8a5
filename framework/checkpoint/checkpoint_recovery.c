#include "checkpoint/checkpoint_recovery.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static uint64_t next_above_all(const struct recovery_facts *facts)
{
	uint64_t next = 0;
	if (facts->has_completed)
		next = facts->completed + 1;
	if (facts->has_pending && facts->pending >= next)
		next = facts->pending + 1;
	if (facts->last_resource && facts->has_marker && facts->marker >= next)
		next = facts->marker + 1;
	return next;
}

static struct recovery_decision go_on(enum recovery_action action, uint64_t restore_from, uint64_t next)
{
	return (struct recovery_decision){action, REFUSAL_NONE, restore_from, next};
}

static enum recovery_refusal why_refused(const struct recovery_facts *facts)
{
	if (!facts->has_marker)
		return REFUSAL_MARKER_MISSING;
	if (!facts->has_completed && !facts->has_pending)
		return REFUSAL_STORE_MISSING;
	if (!facts->marker_is_ours)
		return REFUSAL_MARKER_FOREIGN;
	if (facts->has_completed && facts->marker < facts->completed)
		return REFUSAL_MARKER_BEHIND;
	return REFUSAL_MARKER_AHEAD;
}

/* PENDING was not decided, or never came to be: from COMPLETED, or from nothing. */
static struct recovery_decision decide_undecided(const struct recovery_facts *facts)
{
	uint64_t restore_from = facts->has_completed ? facts->completed : 0;
	if (!facts->has_pending)
		return go_on(facts->has_completed ? RECOVERY_CLEAN : RECOVERY_START_FRESH, restore_from, next_above_all(facts));
	/* The very first checkpoint has id 0, and one that was dropped undecided leaves no trace of it. */
	bool first_again = !facts->has_completed && facts->pending == 0;
	return go_on(RECOVERY_DROP, restore_from, first_again ? 0 : next_above_all(facts));
}

static struct recovery_decision decide_by_facts(const struct recovery_facts *facts)
{
	if (!facts->last_resource)
		return decide_undecided(facts);
	if (!facts->has_marker && !facts->has_completed && (!facts->has_pending || facts->pending == 0))
		return decide_undecided(facts);
	if (facts->has_marker && facts->marker_is_ours) {
		if (facts->has_pending && facts->marker == facts->pending)
			return go_on(RECOVERY_PROMOTE, facts->pending, next_above_all(facts));
		if (facts->has_completed && facts->marker == facts->completed)
			return decide_undecided(facts);
	}
	return (struct recovery_decision){RECOVERY_REFUSE, why_refused(facts), 0, next_above_all(facts)};
}

struct recovery_decision checkpoint_recovery_decide(const struct recovery_facts *facts)
{
	struct recovery_decision decision = decide_by_facts(facts);
	/* A decided PENDING may be the first checkpoint after the operator's word, which is then spent. */
	if (decision.action == RECOVERY_PROMOTE)
		return decision;
	bool something_is_there = facts->has_completed || decision.action == RECOVERY_REFUSE;
	switch (facts->resolution) {
	case RESOLUTION_USE_STORE:
		if (decision.action == RECOVERY_REFUSE && facts->has_completed)
			return go_on(RECOVERY_USE_STORE, facts->completed, decision.next);
		break;
	case RESOLUTION_USE_MARKER:
		if (facts->last_resource && facts->has_marker)
			return go_on(RECOVERY_USE_MARKER, facts->marker, decision.next);
		break;
	case RESOLUTION_USE_NOTHING:
		if (something_is_there)
			return go_on(RECOVERY_START_FRESH, 0, decision.next);
		break;
	case RESOLUTION_NONE:
		break;
	}
	return decision;
}

/* ---- words ---- */

struct words { /* for each refusal, beside the facts */
	const char *meaning, *store_cost, *marker_cost;
};

static const struct words words_of[] = {
	[REFUSAL_STORE_MISSING] = {
		"The store was lost, or this is another directory than before.",
		NULL,
		"No line is repeated, but the state is lost: lines already counted in open windows are skipped in their results.",
	},
	[REFUSAL_MARKER_MISSING] = {
		"What was committed cannot be known: the markers were deleted, or this is another cluster.",
		"Whatever was committed after it is repeated; no line is skipped.",
		NULL,
	},
	[REFUSAL_MARKER_FOREIGN] = {
		"Two pipelines use one name, or the store was made anew.",
		"Lines that the other one committed and this store does not know are repeated; none is skipped.",
		"No line is repeated, but this store's open windows are lost, and lines between its positions and the marker's "
		"are skipped.",
	},
	[REFUSAL_MARKER_AHEAD] = {
		"The store is older: a backup was put back, or another store went on.",
		"All lines between it and the marker are repeated; none is skipped.",
		"No line is repeated, but the state is lost: lines already counted in open windows are skipped in their results.",
	},
	[REFUSAL_MARKER_BEHIND] = {
		"The sink has gone back: a backup was put back, or its data were made anew.",
		"Output between the marker and it that the sink has lost is skipped; no line is repeated.",
		"Lines after the marker are repeated where the sink still has them, and lines already counted in open windows "
		"are skipped in their results.",
	},
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

static void say_store(struct text *text, const struct recovery_facts *facts, const char *directory)
{
	say(text, "the store in '%s' holds ", directory);
	if (facts->has_completed)
		say(text, "checkpoint %" PRIu64 " (completed)", facts->completed);
	if (facts->has_pending)
		say(text, "%scheckpoint %" PRIu64 " (pending)", facts->has_completed ? " and " : "", facts->pending);
	if (!facts->has_completed && !facts->has_pending)
		say(text, "no checkpoint");
}

static void say_marker(struct text *text, const struct recovery_facts *facts, const char *where)
{
	if (!facts->has_marker)
		say(text, "the sink shows none (%s)", where);
	else
		say(text, "the sink shows checkpoint %" PRIu64 " as committed%s (%s)", facts->marker,
		    facts->marker_is_ours ? "" : " by another pipeline or store", where);
}

void checkpoint_recovery_explain(const struct recovery_facts *facts, const struct recovery_decision *decision,
				 const char *directory, const char *where, char *text, size_t size)
{
	struct text out = {text, size};
	if (size != 0)
		*text = '\0';
	if (decision->refusal == REFUSAL_NONE)
		return;
	const struct words *words = &words_of[decision->refusal];
	say_store(&out, facts, directory);
	say(&out, ", but ");
	say_marker(&out, facts, where);
	say(&out, ". %s Decide with one of:", words->meaning);
	if (facts->has_completed && words->store_cost != NULL)
		say(&out, "\n  weir checkpoints resolve %s --use store\n    goes on from checkpoint %" PRIu64 ". %s", directory,
		    facts->completed, words->store_cost);
	if (facts->has_marker && words->marker_cost != NULL)
		say(&out, "\n  weir checkpoints resolve %s --use marker\n    goes on from the marker's positions. %s",
		    directory, words->marker_cost);
	say(&out, "\n  weir checkpoints resolve %s --use nothing\n    starts anew where the source's options say: what it "
		  "reads again is repeated.", directory);
}
