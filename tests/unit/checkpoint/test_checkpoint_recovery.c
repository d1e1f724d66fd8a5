/* All combinations of facts against a table that was written from the protocol's text, not from the code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint_recovery.h"
#include "tests/lib/unit_main.h"

#define MOST_IDS 6

/* Where the marker lies, seen from the store. */
enum where {
	NONE = 'n',    /* no marker */
	FOREIGN = 'f', /* somebody else's */
	BELOW = 'b',   /* below all the store holds */
	AT_C = 'c',
	BETWEEN = 'm', /* above COMPLETED, below PENDING */
	AT_P = 'p',
	ABOVE = 'a'
};

struct expectation {
	const char *store; /* what it holds: "", "C", "P", "CP" */
	enum where marker;
	enum recovery_action action;
	enum recovery_refusal refusal;
};

static const struct expectation table[] = {
	{"", NONE, RECOVERY_START_FRESH, REFUSAL_NONE},
	{"", FOREIGN, RECOVERY_REFUSE, REFUSAL_STORE_MISSING},
	{"", ABOVE, RECOVERY_REFUSE, REFUSAL_STORE_MISSING},
	{"P", NONE, RECOVERY_REFUSE, REFUSAL_MARKER_MISSING}, /* but PENDING 0: dropped, see below */
	{"P", FOREIGN, RECOVERY_REFUSE, REFUSAL_MARKER_FOREIGN},
	{"P", BELOW, RECOVERY_REFUSE, REFUSAL_MARKER_AHEAD},
	{"P", AT_P, RECOVERY_PROMOTE, REFUSAL_NONE},
	{"P", ABOVE, RECOVERY_REFUSE, REFUSAL_MARKER_AHEAD},
	{"C", NONE, RECOVERY_REFUSE, REFUSAL_MARKER_MISSING},
	{"C", FOREIGN, RECOVERY_REFUSE, REFUSAL_MARKER_FOREIGN},
	{"C", BELOW, RECOVERY_REFUSE, REFUSAL_MARKER_BEHIND},
	{"C", AT_C, RECOVERY_CLEAN, REFUSAL_NONE},
	{"C", ABOVE, RECOVERY_REFUSE, REFUSAL_MARKER_AHEAD},
	{"CP", NONE, RECOVERY_REFUSE, REFUSAL_MARKER_MISSING},
	{"CP", FOREIGN, RECOVERY_REFUSE, REFUSAL_MARKER_FOREIGN},
	{"CP", BELOW, RECOVERY_REFUSE, REFUSAL_MARKER_BEHIND},
	{"CP", AT_C, RECOVERY_DROP, REFUSAL_NONE},
	{"CP", BETWEEN, RECOVERY_REFUSE, REFUSAL_MARKER_AHEAD},
	{"CP", AT_P, RECOVERY_PROMOTE, REFUSAL_NONE},
	{"CP", ABOVE, RECOVERY_REFUSE, REFUSAL_MARKER_AHEAD},
};

static const char *store_of(const struct recovery_facts *facts)
{
	return facts->has_completed ? facts->has_pending ? "CP" : "C" : facts->has_pending ? "P" : "";
}

static enum where marker_of(const struct recovery_facts *facts)
{
	if (!facts->has_marker)
		return NONE;
	if (!facts->marker_is_ours)
		return FOREIGN;
	if (facts->has_completed && facts->marker == facts->completed)
		return AT_C;
	if (facts->has_pending && facts->marker == facts->pending)
		return AT_P;
	if (facts->has_completed ? facts->marker < facts->completed : facts->has_pending && facts->marker < facts->pending)
		return BELOW;
	return facts->has_pending && facts->marker < facts->pending ? BETWEEN : ABOVE;
}

static const struct expectation *expected_of(const struct recovery_facts *facts)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].store, store_of(facts)) == 0 && table[i].marker == marker_of(facts))
			return &table[i];
	ck_abort_msg("the table lacks store '%s', marker '%c'", store_of(facts), marker_of(facts));
}

static uint64_t greatest(const struct recovery_facts *facts, bool *ret_any)
{
	uint64_t most = 0;
	*ret_any = false;
	for (uint64_t id = 0; id < MOST_IDS; id++)
		if ((facts->has_completed && facts->completed == id) || (facts->has_pending && facts->pending == id) ||
		    (facts->last_resource && facts->has_marker && facts->marker == id)) {
			most = id;
			*ret_any = true;
		}
	return most;
}

/* Without the operator. */
static enum recovery_action expected_by_facts(const struct recovery_facts *facts)
{
	if (!facts->last_resource)
		return facts->has_pending ? RECOVERY_DROP : facts->has_completed ? RECOVERY_CLEAN : RECOVERY_START_FRESH;
	if (!facts->has_completed && !facts->has_marker && facts->has_pending && facts->pending == 0)
		return RECOVERY_DROP;
	return expected_of(facts)->action;
}

static enum recovery_action expected_action(const struct recovery_facts *facts)
{
	enum recovery_action action = expected_by_facts(facts);
	bool marker = facts->last_resource && facts->has_marker;
	switch (action) {
	case RECOVERY_START_FRESH:
	case RECOVERY_PROMOTE:
		return action;
	case RECOVERY_CLEAN:
	case RECOVERY_DROP:
		if (facts->resolution == RESOLUTION_USE_MARKER && marker)
			return RECOVERY_USE_MARKER;
		return facts->resolution == RESOLUTION_USE_NOTHING && facts->has_completed ? RECOVERY_START_FRESH : action;
	default:
		if (facts->resolution == RESOLUTION_USE_STORE && facts->has_completed)
			return RECOVERY_USE_STORE;
		if (facts->resolution == RESOLUTION_USE_MARKER && marker)
			return RECOVERY_USE_MARKER;
		return facts->resolution == RESOLUTION_USE_NOTHING ? RECOVERY_START_FRESH : RECOVERY_REFUSE;
	}
}

static uint64_t expected_restore_from(const struct recovery_facts *facts, enum recovery_action action)
{
	switch (action) {
	case RECOVERY_PROMOTE:
		return facts->pending;
	case RECOVERY_USE_MARKER:
		return facts->marker;
	case RECOVERY_CLEAN:
	case RECOVERY_USE_STORE:
		return facts->completed;
	case RECOVERY_DROP:
		return facts->has_completed ? facts->completed : 0;
	default:
		return 0;
	}
}

static void expect(const struct recovery_facts *facts)
{
	struct recovery_decision decision = checkpoint_recovery_decide(facts);
	char what[200];
	snprintf(what, sizeof(what), "C %d %d, P %d %d, M %d %d ours %d, last resource %d, resolution %d", facts->has_completed,
		 (int)facts->completed, facts->has_pending, (int)facts->pending, facts->has_marker, (int)facts->marker,
		 facts->marker_is_ours, facts->last_resource, facts->resolution);
	enum recovery_action action = expected_action(facts);
	ck_assert_msg(decision.action == action, "%s: action %d, expected %d", what, decision.action, action);
	enum recovery_refusal refusal = action == RECOVERY_REFUSE ? expected_of(facts)->refusal : REFUSAL_NONE;
	ck_assert_msg(decision.refusal == refusal, "%s: refusal %d, expected %d", what, decision.refusal, refusal);
	ck_assert_msg(decision.restore_from == expected_restore_from(facts, action), "%s: from %d", what, (int)decision.restore_from);
	bool any, first_again = action == RECOVERY_DROP && !facts->has_completed && facts->pending == 0;
	uint64_t most = greatest(facts, &any), next = any && !first_again ? most + 1 : 0;
	ck_assert_msg(decision.next == next, "%s: next %d, expected %d", what, (int)decision.next, (int)next);
}

START_TEST(every_combination_of_facts_has_its_answer)
{
	/* Bits choose what there is; ids up to MOST_IDS, so that all orders and gaps of three ids come. */
	for (unsigned bits = 0; bits < 32; bits++)
		for (unsigned ids = 0; ids < MOST_IDS * MOST_IDS * MOST_IDS; ids++)
			for (int choice = RESOLUTION_NONE; choice <= RESOLUTION_USE_NOTHING; choice++) {
				struct recovery_facts facts = {
					.has_completed = bits & 1, .has_pending = bits & 2, .has_marker = bits & 4,
					.marker_is_ours = bits & 8, .last_resource = bits & 16,
					.completed = ids % MOST_IDS, .pending = ids / MOST_IDS % MOST_IDS,
					.marker = ids / MOST_IDS / MOST_IDS,
					.resolution = (enum store_resolution_choice)choice,
				};
				if (!facts.has_completed || !facts.has_pending || facts.pending > facts.completed)
					expect(&facts);
			}
}
END_TEST

UNIT_MAIN("checkpoint/checkpoint_recovery", every_combination_of_facts_has_its_answer)
