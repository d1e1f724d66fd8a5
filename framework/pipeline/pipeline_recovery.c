/* The start: look before fencing, compare the store with the outside, settle what was left open. */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "observe/log.h"
#include "pipeline/pipeline_survey.h"

#define PEEKS 10
#define PEEK_PAUSE_MS 100

struct recovery {
	struct pipeline *p;
	struct checkpoint_record *completed, *pending;
	struct recovery_facts facts;
	struct recovery_decision decision;
	struct weir_verdict verdict;
	struct pipeline_survey survey;
};

static const struct weir_sink_ops *sink_ops(const struct pipeline *p)
{
	return p->sink.sink.plugin->sink;
}

weir_status pipeline_store_failure(struct pipeline *p, const struct error *error)
{
	/* What will be the same at the next try; the rest (descriptors, memory, a full disk) may pass. */
	static const int final[] = {-EBADMSG, -EBUSY, -EINVAL, -ENOTEMPTY, -ENOTSUP, -EPERM, -EACCES, -ENOTDIR, -EROFS};
	weir_status status = WEIR_ABORT;
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (error->code == final[i])
			status = WEIR_REFUSED;
	/* Between two runs of this process the store was free. */
	if (error->code == -EBUSY && p->had_taken_over)
		status = WEIR_FENCED;
	return failure_set(&p->failure, status, "checkpoint", "%s", error->text);
}

static weir_status open_store(struct pipeline *p)
{
	struct error error = ERROR_INIT;
	if (checkpoint_store_open(p->description->checkpoint.directory, p->description->name, STORE_CREATE,
				  &p->store, NULL, &error) != 0)
		return pipeline_store_failure(p, &error);
	p->sink.store = p->store;
	p->environment.uuid = checkpoint_store_identity(p->store)->uuid;
	log_debug("checkpoint", "store opened");
	return WEIR_OK;
}

static weir_status read_store(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	struct error error = ERROR_INIT;
	struct store_resolution resolution = {RESOLUTION_NONE};
	if (checkpoint_store_newest(p->store, &recovery->completed, &recovery->pending, &error) != 0 ||
	    checkpoint_store_resolution(p->store, &resolution, &error) != 0)
		return pipeline_store_failure(p, &error);
	struct recovery_facts *facts = &recovery->facts;
	facts->last_resource = p->sink.decides;
	facts->resolution = resolution.choice;
	facts->has_completed = recovery->completed != NULL;
	facts->completed = recovery->completed != NULL ? recovery->completed->id : 0;
	facts->has_pending = recovery->pending != NULL;
	facts->pending = recovery->pending != NULL ? recovery->pending->id : 0;
	return WEIR_OK;
}

/* The checkpoint whose state and positions are taken; NULL = none, or only the marker's positions. */
static struct checkpoint_record *record_to_go_on_from(const struct recovery *recovery)
{
	switch (recovery->decision.action) {
	case RECOVERY_PROMOTE:
		return recovery->pending;
	case RECOVERY_CLEAN:
	case RECOVERY_DROP:
	case RECOVERY_USE_STORE:
		return recovery->completed;
	default:
		return NULL;
	}
}

/* What the source has, beside these positions of the store; without them, beside the marker's. */
static weir_status survey(struct recovery *recovery, const struct checkpoint_record *record)
{
	struct weir_position *positions = record != NULL ? plugin_positions(record) : NULL;
	if (record != NULL && positions == NULL)
		return failure_no_memory(&recovery->p->failure, "checkpoint");
	const struct weir_verdict *verdict = &recovery->verdict;
	weir_status s = pipeline_survey_make(recovery->p, record != NULL ? positions : verdict->positions,
					     record != NULL ? record->n_positions : verdict->n_positions, &recovery->survey);
	free(positions);
	return s;
}

static uint64_t count_entries(const struct checkpoint_record *record)
{
	uint64_t n = 0;
	for (uint32_t i = 0; record != NULL && i < record->n_chunks; i++)
		n += record->chunks[i].n_entries;
	return n;
}

static struct refusal_evidence evidence_of(const struct recovery *recovery, enum recovery_refusal refusal)
{
	const struct pipeline *p = recovery->p;
	const struct checkpoint_record *completed = recovery->completed;
	const struct weir_verdict *verdict = &recovery->verdict;
	return (struct refusal_evidence){
		.facts = recovery->facts,
		.refusal = refusal,
		.uuid = p->environment.uuid,
		.directory = p->description->checkpoint.directory,
		.completed_ms = completed != NULL ? completed->completed_ms : 0,
		.n_entries = count_entries(completed),
		.where = verdict->where != NULL ? verdict->where : "the progress record",
		.marker_uuid = verdict->pipeline_uuid,
		.marker_instance = verdict->instance_uuid,
		.marker_ms = verdict->time_ms,
		.partitions = recovery->survey.partitions,
		.n_partitions = recovery->survey.n_partitions,
	};
}

static weir_status refuse(struct recovery *recovery, enum recovery_refusal refusal)
{
	struct pipeline *p = recovery->p;
	weir_status s = survey(recovery, recovery->completed);
	if (s == WEIR_OK && pipeline_survey_add(&recovery->survey, recovery->completed, &recovery->verdict) != 0)
		s = failure_no_memory(&p->failure, "checkpoint");
	if (s != WEIR_OK)
		return s;
	struct refusal_evidence evidence = evidence_of(recovery, refusal);
	char text[sizeof(p->failure.text)];
	checkpoint_refusal_explain(&evidence, text, sizeof(text));
	return failure_set(&p->failure, WEIR_REFUSED, "checkpoint", "%s", text);
}

/* The sink has refused to open: what it wrote to is gone. The store may know what was there. */
static weir_status refuse_without_sink(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	char text[sizeof(p->failure.text)];
	if (recovery->completed == NULL)
		return WEIR_REFUSED;
	if (plugin_instance_open(&p->source.source, &p->description->source, &p->environment) == WEIR_OK)
		(void)survey(recovery, recovery->completed);
	(void)pipeline_survey_add(&recovery->survey, recovery->completed, &recovery->verdict);
	struct refusal_evidence evidence = evidence_of(recovery, REFUSAL_SOURCE_CHANGED);
	checkpoint_refusal_explain_sink(&evidence, text, sizeof(text));
	failure_add(&p->failure, text);
	return WEIR_REFUSED;
}

static bool is_resolved(const struct recovery *recovery)
{
	return recovery->facts.resolution == RESOLUTION_USE_STORE || recovery->facts.resolution == RESOLUTION_USE_MARKER;
}

/* Are the source's records still those that the checkpoint counted? */
static weir_status check_source(struct recovery *recovery)
{
	const struct checkpoint_record *record = record_to_go_on_from(recovery);
	if (record == NULL && recovery->decision.action != RECOVERY_USE_MARKER)
		return WEIR_OK;
	weir_status s = survey(recovery, record);
	if (s != WEIR_OK || !recovery->survey.contradicts || is_resolved(recovery))
		return s;
	return refuse(recovery, REFUSAL_SOURCE_CHANGED);
}

static void decide(struct recovery *recovery)
{
	struct recovery_facts *facts = &recovery->facts;
	facts->has_marker = recovery->verdict.found;
	facts->marker = recovery->verdict.checkpoint;
	facts->marker_is_ours = recovery->verdict.found && recovery->verdict.pipeline_uuid != NULL &&
				(strcmp(recovery->verdict.pipeline_uuid, recovery->p->environment.uuid) == 0 ||
				 failpoint("rule_marker_is_of_this_store"));
	if (facts->has_pending && failpoint("rule_promote_only_with_marker"))
		facts->marker = facts->pending;
	if (facts->has_pending && failpoint("rule_drop_only_without_marker"))
		facts->marker = facts->completed;
	recovery->decision = checkpoint_recovery_decide(facts);
}

static weir_status ask(struct recovery *recovery, const char *callback,
		       weir_status (*question)(void *self, struct weir_verdict *))
{
	recovery->verdict = (struct weir_verdict){.size = sizeof(recovery->verdict)};
	weir_status s = WEIR_OK;
	if (recovery->p->sink.decides) {
		struct plugin_instance *sink = &recovery->p->sink.sink;
		plugin_enter(sink, callback);
		s = plugin_leave(sink, question(sink->self, &recovery->verdict));
	}
	decide(recovery);
	return s;
}

/* Taking over would fence who has taken over from this process since. */
static weir_status look_for_newcomer(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	const char *newest = recovery->verdict.newest_instance;
	if (!p->had_taken_over || failpoint("rule_rollback_looks_for_newcomer") || newest == NULL || strcmp(newest, p->instance_uuid) == 0)
		return WEIR_OK;
	return failure_set(&p->failure, WEIR_FENCED, "checkpoint", "another instance (%s) of pipeline '%s' has taken over, says %s",
			   newest, p->description->name, recovery->verdict.where);
}

static bool shows_less_than_the_store(const struct recovery *recovery)
{
	return recovery->decision.refusal == REFUSAL_MARKER_BEHIND || recovery->decision.refusal == REFUSAL_MARKER_MISSING;
}

/* Without disturbing anybody. A commit is answered before readers can see it, so a marker that is missing
 * or behind may only be late; and where it is behind, taking over, which waits for what is under way, has
 * the last word. */
static weir_status peek(struct recovery *recovery)
{
	weir_status s = ask(recovery, "peek", sink_ops(recovery->p)->peek);
	for (int i = 0; i < PEEKS && s == WEIR_OK && shows_less_than_the_store(recovery); i++) {
		nanosleep(&(struct timespec){0, PEEK_PAUSE_MS * 1000000}, NULL);
		s = ask(recovery, "peek", sink_ops(recovery->p)->peek);
	}
	log_debug("checkpoint", "looked at the marker");
	if (s == WEIR_OK)
		s = look_for_newcomer(recovery);
	if (s != WEIR_OK || recovery->decision.refusal == REFUSAL_MARKER_BEHIND)
		return s;
	return recovery->decision.action == RECOVERY_REFUSE ? refuse(recovery, recovery->decision.refusal) : check_source(recovery);
}

static weir_status take_over(struct recovery *recovery)
{
	struct recovery_decision before = recovery->decision;
	weir_status s = ask(recovery, "take_over", sink_ops(recovery->p)->take_over);
	if (s != WEIR_OK)
		return s;
	recovery->p->has_taken_over = true;
	if (failpoint("rule_verdict_behind_fencing"))
		recovery->decision = before;
	if (recovery->decision.action == RECOVERY_REFUSE)
		return refuse(recovery, recovery->decision.refusal);
	bool is_other = recovery->decision.action != before.action || recovery->decision.restore_from != before.restore_from;
	return is_other ? check_source(recovery) : WEIR_OK;
}

/* ---- are these the systems the store knows? ---- */

static const char *system_of(const char *(*name)(void *self), struct plugin_instance *instance)
{
	if (name == NULL)
		return NULL;
	plugin_enter(instance, "system");
	const char *system = name(instance->self);
	plugin_leave(instance, WEIR_OK);
	return system;
}

static weir_status compare_system(struct pipeline *p, const char *role, const char *known, const char *found)
{
	if (known == NULL || found == NULL || strcmp(known, found) == 0 || failpoint("rule_same_cluster"))
		return WEIR_OK;
	return failure_set(&p->failure, WEIR_REFUSED, "checkpoint",
			   "the checkpoints in '%s' were made with %s '%s', but the configuration leads to '%s': positions "
			   "and results of one mean nothing in the other (use another checkpoint directory, or correct the "
			   "address)", p->description->checkpoint.directory, role, known, found);
}

static weir_status check_systems(struct pipeline *p)
{
	const struct store_identity *identity = checkpoint_store_identity(p->store);
	const char *source = system_of(p->source.source.plugin->source->system, &p->source.source);
	const char *sink = system_of(sink_ops(p)->system, &p->sink.sink);
	weir_status s = compare_system(p, "the source", identity->source_system, source);
	if (s == WEIR_OK)
		s = compare_system(p, "the sink", identity->sink_system, sink);
	if (s != WEIR_OK)
		return s;
	p->sink.source_system = source;
	bool is_new = (source != NULL && identity->source_system == NULL) || (sink != NULL && identity->sink_system == NULL);
	struct error error = ERROR_INIT;
	if (is_new && checkpoint_store_set_systems(p->store, source, sink, &error) != 0)
		return pipeline_store_failure(p, &error);
	return WEIR_OK;
}

/* The state in the checkpoint must mean what the configuration says. */
static weir_status check_layout(struct pipeline *p)
{
	const char *stored = p->restored != NULL ? p->restored->state_layout : NULL;
	if (stored == NULL || (p->state_layout != NULL && strcmp(stored, p->state_layout) == 0))
		return WEIR_OK;
	return failure_set(&p->failure, WEIR_REFUSED, "checkpoint",
			   "checkpoint %llu in '%s' holds the state of \"%s\", but the configuration asks for \"%s\": set it "
			   "back, or begin without the state: weir checkpoints resolve %s --use marker",
			   (unsigned long long)p->restored->id, p->description->checkpoint.directory, stored,
			   p->state_layout != NULL ? p->state_layout : "no state", p->description->checkpoint.directory);
}

/* ---- carrying the decision out ---- */

static weir_status settle_handles(struct pipeline *p, const struct checkpoint_record *record, const char *callback,
				  weir_status (*settle)(void *self, uint64_t checkpoint, struct weir_slice handle))
{
	weir_status s = WEIR_OK;
	for (uint32_t i = 0; s == WEIR_OK && i < record->n_handles; i++) {
		struct weir_slice handle = {record->handles[i].data, record->handles[i].bytes};
		plugin_enter(&p->sink.sink, callback);
		s = plugin_leave(&p->sink.sink, settle(p->sink.sink.self, record->id, handle));
	}
	return s;
}

static weir_status drop_pending(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	if (recovery->pending == NULL)
		return WEIR_OK;
	weir_status s = settle_handles(p, recovery->pending, "abort", sink_ops(p)->abort);
	struct error error = ERROR_INIT;
	if (s == WEIR_OK && checkpoint_store_drop_pending(p->store, &error) != 0)
		s = pipeline_store_failure(p, &error);
	return s;
}

static weir_status promote(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	struct error error = ERROR_INIT;
	if (recovery->facts.resolution != RESOLUTION_NONE)
		log_warn("checkpoint", "checkpoint %llu turned out to be committed: the operator's decision is not needed and "
			 "set aside (decide again if this is not wanted)", (unsigned long long)recovery->pending->id);
	if (checkpoint_store_complete(p->store, recovery->pending->id, clock_wall_ms(),
				      p->description->checkpoint.retain, true, &error) != 0)
		return pipeline_store_failure(p, &error);
	checkpoint_record_free(recovery->completed);
	recovery->completed = recovery->pending;
	recovery->pending = NULL;
	return settle_handles(p, recovery->completed, "commit", sink_ops(p)->commit);
}

static weir_status take_positions_of_marker(struct recovery *recovery)
{
	struct checkpoint_record *record = checkpoint_record_new();
	if (record == NULL)
		return failure_no_memory(&recovery->p->failure, "checkpoint");
	record->id = recovery->verdict.checkpoint;
	record->parallelism = recovery->p->description->parallelism;
	record->watermark_ms = WATERMARK_NONE;
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < recovery->verdict.n_positions; i++) {
		const struct weir_position *from = &recovery->verdict.positions[i];
		r = checkpoint_record_add_position(record, &(struct checkpoint_position){
			(char *)from->stream, from->partition, from->offset, from->stop, (char *)from->note, INT64_MIN});
	}
	recovery->p->restored = record;
	return r == 0 ? WEIR_OK : failure_no_memory(&recovery->p->failure, "checkpoint");
}

static weir_status carry_out(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	weir_status s = WEIR_OK;
	switch (recovery->decision.action) {
	case RECOVERY_USE_MARKER: /* before another callback of the sink takes the verdict's memory back */
		s = take_positions_of_marker(recovery);
		if (s == WEIR_OK)
			s = drop_pending(recovery);
		break;
	case RECOVERY_START_FRESH:
	case RECOVERY_USE_STORE:
	case RECOVERY_DROP:
		s = drop_pending(recovery);
		break;
	case RECOVERY_PROMOTE:
		s = promote(recovery);
		break;
	case RECOVERY_CLEAN:
	case RECOVERY_REFUSE:
		break;
	}
	/* Where the store decides, the crash may have come between COMPLETED and the sink's commit. */
	if (s == WEIR_OK && !p->sink.decides && recovery->completed != NULL)
		s = settle_handles(p, recovery->completed, "commit", sink_ops(p)->commit);
	return s;
}

static bool goes_on_from_store(const struct recovery *recovery)
{
	return recovery->decision.action != RECOVERY_START_FRESH && recovery->decision.action != RECOVERY_USE_MARKER;
}

static void report(const struct recovery *recovery)
{
	static const char *const how[] = {
		[RECOVERY_CLEAN] = "",
		[RECOVERY_PROMOTE] = ", which had been decided when the last run ended",
		[RECOVERY_DROP] = "; a later one had not been decided and is dropped",
		[RECOVERY_USE_STORE] = " of the store, as the operator decided",
		[RECOVERY_USE_MARKER] = ": its positions only, without state, as the operator decided",
	};
	const struct checkpoint_record *restored = recovery->p->restored;
	if (restored == NULL)
		log_info("checkpoint", recovery->decision.next > 0 ? "starting anew, as the operator decided"
								    : "nothing to go on from: this is a first start");
	else
		log_info("checkpoint", "going on from checkpoint %llu%s", (unsigned long long)restored->id,
			 how[recovery->decision.action]);
}

static weir_status settle(struct recovery *recovery)
{
	struct pipeline *p = recovery->p;
	weir_status s = carry_out(recovery);
	if (s != WEIR_OK)
		return s;
	uint64_t completed = recovery->completed != NULL ? recovery->completed->id : 0;
	if (goes_on_from_store(recovery) && recovery->completed != NULL) {
		p->restored = recovery->completed;
		recovery->completed = NULL;
	}
	s = check_layout(p);
	if (s != WEIR_OK)
		return s;
	bool amends = recovery->survey.contradicts && p->restored != NULL;
	if (amends)
		pipeline_survey_amend(&recovery->survey, p->restored);
	p->next_checkpoint = recovery->decision.next;
	p->settles_marker = p->restored == NULL || amends || recovery->decision.action == RECOVERY_USE_STORE ||
			    recovery->decision.action == RECOVERY_USE_MARKER;
	if (sink_ops(p)->resume != NULL) {
		plugin_enter(&p->sink.sink, "resume");
		s = plugin_leave(&p->sink.sink, sink_ops(p)->resume(p->sink.sink.self, completed));
	}
	if (s == WEIR_OK)
		report(recovery);
	return s;
}

weir_status pipeline_recover(struct pipeline *p)
{
	struct recovery recovery = {.p = p};
	weir_status s = open_store(p);
	if (s == WEIR_OK)
		s = read_store(&recovery);
	if (s == WEIR_OK)
		s = plugin_instance_open(&p->sink.sink, &p->description->sink, &p->environment);
	if (s == WEIR_REFUSED && recovery.p->sink.sink.is_open)
		s = refuse_without_sink(&recovery);
	if (s == WEIR_OK)
		s = plugin_instance_open(&p->source.source, &p->description->source, &p->environment);
	if (s == WEIR_OK)
		s = check_systems(p);
	if (s == WEIR_OK && !failpoint("rule_look_before_fencing"))
		s = peek(&recovery);
	if (s == WEIR_OK && failpoint("recovery_before_take_over"))
		s = failure_set(&p->failure, WEIR_ABORT, "checkpoint", "failpoint recovery_before_take_over");
	if (s == WEIR_OK)
		s = take_over(&recovery);
	if (s == WEIR_OK)
		s = settle(&recovery);
	pipeline_survey_done(&recovery.survey);
	checkpoint_record_free(recovery.completed);
	checkpoint_record_free(recovery.pending);
	return s;
}
