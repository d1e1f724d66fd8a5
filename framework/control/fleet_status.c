/* What `weir status` shows. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/control_server.h"
#include "control/fleet.h"

static enum pipeline_state state_behind_the_end(const struct member *member)
{
	bool was_told = atomic_load(&member->running.supervision->phase) == SUPERVISION_STOPPING;
	if (member->next.process != 0 || member->revive_ms != 0 || member->is_reviving)
		return STATE_RESTARTING;
	if (member->is_stopped || (was_told && member->exit_status == 0))
		return STATE_STOPPED;
	return member->exit_status == 0 ? STATE_FINISHED : STATE_FAILED;
}

enum pipeline_state fleet_state(const struct member *member, int64_t now_ms)
{
	if (member->running.process == 0)
		return state_behind_the_end(member);
	if (member->next.process != 0)
		return STATE_RESTARTING;
	if (member->is_asked_to_stop)
		return STATE_STOPPING;
	return health_state(&member->health, member->running.supervision, now_ms);
}

static json_t *time_text(int64_t wall_ms)
{
	char text[32];
	clock_format(wall_ms, text, sizeof(text));
	return json_string(text);
}

static json_t *last_error(struct metrics *metrics)
{
	struct last_error error;
	metrics_get_error(metrics, &error);
	return error.wall_ms != 0 ? json_pack("{s:o, s:s}", "time", time_text(error.wall_ms), "text", error.text) : json_null();
}

static json_t *last_checkpoint(struct metrics *metrics, int64_t now_ms)
{
	int64_t completed_ms = metrics_read(metrics, "checkpoint", "last_completed_monotonic");
	if (completed_ms == 0)
		return json_null();
	return json_pack("{s:I, s:o, s:I, s:I, s:I}", "id", (json_int_t)metrics_read(metrics, "checkpoint", "last_id"), "time",
			 time_text(metrics_read(metrics, "checkpoint", "last_completed")), "age_ms", (json_int_t)(now_ms - completed_ms),
			 "duration_ms", (json_int_t)metrics_read(metrics, "checkpoint", "last_duration"), "completed",
			 (json_int_t)metrics_read(metrics, "checkpoint", "completed"));
}

static void put_counters(json_t *object, const struct member *member, struct metrics *metrics, int64_t now_ms)
{
	bool runs = member->running.process != 0;
	int64_t lag = metrics_read(metrics, "source", "lag");
	json_object_set_new(object, "records_in", json_integer(metrics_read(metrics, "source", "records_in")));
	json_object_set_new(object, "records_out", json_integer(metrics_read(metrics, "sink", "records_out")));
	json_object_set_new(object, "rate_in", json_real(runs ? health_rate_in(&member->health) : 0));
	json_object_set_new(object, "rate_out", json_real(runs ? health_rate_out(&member->health) : 0));
	json_object_set_new(object, "lag", lag >= 0 ? json_integer(lag) : json_null());
	json_object_set_new(object, "late", json_integer(metrics_sum(metrics, "records_late")));
	json_object_set_new(object, "rejected", json_integer(metrics_sum(metrics, "records_rejected")));
	json_object_set_new(object, "resident_bytes", json_integer(runs ? metrics_read(metrics, "process", "resident") : 0));
	json_object_set_new(object, "checkpoint", last_checkpoint(metrics, now_ms));
	json_object_set_new(object, "last_error", last_error(metrics));
}

static json_t *describe(const struct member *member, int64_t now_ms)
{
	struct supervision *supervision = member->running.supervision;
	bool has_ended = member->running.process == 0;
	json_t *object = json_pack("{s:s, s:o, s:s, s:b}", "name", member->name, "file", control_text(member->file), "state",
				   pipeline_state_name(fleet_state(member, now_ms)), "replaced", member->next.process != 0);
	json_object_set_new(object, "exit_status", has_ended ? json_integer(member->exit_status) : json_null());
	json_object_set_new(object, "process", json_integer(atomic_load(&supervision->process)));
	json_object_set_new(object, "restarts",
			    json_pack("{s:I, s:I}", "used", (json_int_t)atomic_load(&supervision->attempts_used), "allowed",
				      (json_int_t)supervision->attempts));
	put_counters(object, member, &supervision->metrics, now_ms);
	return object;
}

json_t *fleet_status(const struct fleet *fleet, const char *name)
{
	int64_t now_ms = clock_monotonic_ms();
	json_t *pipelines = json_array(), *refused = json_array();
	for (const struct member *member = fleet->members; member != NULL; member = member->next_member)
		if (name == NULL || strcmp(name, member->name) == 0)
			json_array_append_new(pipelines, describe(member, now_ms));
	for (const struct refused_file *file = fleet->refused; file != NULL; file = file->next)
		json_array_append_new(refused, json_pack("{s:o, s:o}", "file", control_text(file->file), "why", control_text(file->why)));
	return json_pack("{s:b, s:s, s:i, s:o, s:o}", "ok", 1, "version", PACKAGE_VERSION, "daemon", (int)getpid(), "pipelines",
			 pipelines, "refused", refused);
}
