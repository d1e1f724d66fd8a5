#include "checkpoint/checkpoint_recovery.h"

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
