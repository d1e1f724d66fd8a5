#include "config.h"

#include "control/fleet.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/similar_text.h"
#include "control/control_server.h"
#include "observe/log.h"
#include "pipeline/pipeline.h"
#include "supervisor/pipeline_directory.h"
#include "supervisor/supervisor.h"

#define READING_MS 30000   /* plugins look at their options meanwhile */
#define KEEPER_GRACE_MS 15000 /* beyond stop_timeout and what its own supervisor adds */
#define LEAST_REVIVE_MS 1000
#define SAMPLE_MS 1000

/* One file in the hands of a keeper. */
struct reading {
	char *file;
	struct keeper keeper;
	bool is_over;
	char *why; /* it was refused; NULL: it was read */
};

struct operation {
	enum control_command command; /* RELOAD, START or RESTART */
	char *name;
	uint64_t client;
	uint32_t attempts_used;
	bool has_begun, is_answered;
	int64_t deadline_ms;
	struct reading *readings;
	size_t n_readings;
	struct operation *next;
};

static void no_memory(void)
{
	log_error("daemon", "out of memory");
	abort(); /* systemd starts it again; a daemon that forgets a pipeline would be worse */
}

static char *copied(const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL)
		no_memory();
	return copy;
}

static struct member *find_member(const struct fleet *fleet, const char *name)
{
	for (struct member *member = fleet->members; member != NULL; member = member->next_member)
		if (strcmp(member->name, name) == 0)
			return member;
	return NULL;
}

/* ---- answers ---- */

static void say_lines(const char *text)
{
	for (const char *end; *text != '\0'; text = *end == '\0' ? end : end + 1) {
		end = strchrnul(text, '\n');
		if (end != text)
			log_error("daemon", "%.*s", (int)(end - text), text);
	}
}

static void answer(struct fleet *fleet, uint64_t client, json_t *take_answer)
{
	if (client != 0)
		fleet->answer(fleet->context, client, take_answer);
	else
		json_decref(take_answer);
}

static void refuse(struct fleet *fleet, uint64_t client, int exit_status, const char *fmt, ...)
{
	char text[18000];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	if (client == 0)
		say_lines(text);
	answer(fleet, client, control_refusal(exit_status, "%s", text));
}

static void agree(struct fleet *fleet, uint64_t client, const char *said, const char *name)
{
	answer(fleet, client, json_pack("{s:b, s:s, s:s}", "ok", 1, "said", said, "name", name));
}

/* ---- files that did not come into force ---- */

static void forget_refusal(struct fleet *fleet, const char *file)
{
	for (struct refused_file **at = &fleet->refused; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->file, file) == 0) {
			struct refused_file *refused = *at;
			*at = refused->next;
			free(refused->file);
			free(refused->why);
			free(refused);
			return;
		}
}

static void keep_refusal(struct fleet *fleet, const char *file, const char *why)
{
	forget_refusal(fleet, file);
	struct refused_file *refused = calloc(1, sizeof(*refused));
	if (refused == NULL)
		no_memory();
	*refused = (struct refused_file){copied(file), copied(why), NULL};
	struct refused_file **at = &fleet->refused;
	while (*at != NULL && strcmp((*at)->file, file) < 0)
		at = &(*at)->next;
	refused->next = *at;
	*at = refused;
}

/* ---- one pipeline ---- */

static void ask_to_stop(struct member *member, int64_t now_ms)
{
	if (member->running.process == 0 || member->is_asked_to_stop)
		return;
	kill(member->running.process, SIGTERM);
	member->is_asked_to_stop = true;
	member->asked_ms = now_ms;
}

/* The last error outlives the version that made it. */
static void start_next(struct member *member)
{
	struct keeper before = member->running;
	member->running = member->next;
	member->next = (struct keeper){.channel = -1};
	if (before.supervision != NULL)
		member->running.supervision->metrics.last_error = before.supervision->metrics.last_error;
	keeper_done(&before);
	member->health = (struct health){0};
	member->is_asked_to_stop = false;
	member->revive_ms = 0;
	keeper_go_on(&member->running, member->next_attempts_used);
	log_info("daemon", "pipeline '%s': started, from '%s'", member->name, member->file);
}

/* A version that has been read comes into force, behind the one that runs. */
static void take_version(struct member *member, struct reading *reading, uint32_t attempts_used, int64_t now_ms)
{
	keeper_done(&member->next);
	member->next = reading->keeper;
	member->next_attempts_used = attempts_used;
	reading->keeper = (struct keeper){.channel = -1};
	if (member->running.process != 0)
		ask_to_stop(member, now_ms);
	else
		start_next(member);
}

static void know_version(struct member *member, const struct reading *reading)
{
	if (strcmp(member->file, reading->file) != 0) {
		free(member->file);
		member->file = copied(reading->file);
	}
	member->fingerprint = reading->keeper.supervision->fingerprint;
}

static struct member *add_member(struct fleet *fleet, const struct reading *reading)
{
	struct member *member = calloc(1, sizeof(*member));
	if (member == NULL)
		no_memory();
	member->name = copied(reading->keeper.supervision->name);
	member->file = copied(reading->file);
	member->running.channel = member->next.channel = -1;
	struct member **at = &fleet->members;
	while (*at != NULL && strcmp((*at)->name, member->name) < 0)
		at = &(*at)->next_member;
	member->next_member = *at;
	*at = member;
	return member;
}

static void remove_member(struct fleet *fleet, struct member *member)
{
	struct member **at = &fleet->members;
	while (*at != member)
		at = &(*at)->next_member;
	*at = member->next_member;
	keeper_done(&member->running);
	keeper_done(&member->next);
	free(member->name);
	free(member->file);
	free(member);
}

static void stop_member(struct member *member, int64_t now_ms)
{
	keeper_done(&member->next);
	member->revive_ms = 0;
	member->is_stopped = true;
	ask_to_stop(member, now_ms);
}

/* ---- reading ---- */

static void end_reading(struct reading *reading, const char *why)
{
	reading->is_over = true;
	if (why != NULL && asprintf(&reading->why, "%s", why) < 0)
		no_memory();
}

static void refuse_reading(struct reading *reading, const char *fmt, ...)
{
	char text[1400];
	int n = snprintf(text, sizeof(text), "%s: error: ", reading->file);
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, arguments);
	va_end(arguments);
	end_reading(reading, text);
}

static void begin_reading(struct fleet *fleet, struct reading *reading)
{
	struct error error = ERROR_INIT;
	if (pipeline_file_check(reading->file, &error) != 0 ||
	    keeper_start(&reading->keeper, &fleet->options, reading->file, &error) != 0)
		refuse_reading(reading, "%s", error.text);
}

static void look_at_reading(struct reading *reading, bool is_late)
{
	if (reading->is_over)
		return;
	struct supervision *supervision = reading->keeper.supervision;
	switch (keeper_answer(&reading->keeper)) {
	case KEEPER_HAS_READ:
		supervision->name[sizeof(supervision->name) - 1] = '\0';
		end_reading(reading, NULL);
		break;
	case KEEPER_REFUSES:
		supervision->findings[sizeof(supervision->findings) - 1] = '\0';
		end_reading(reading, supervision->findings);
		break;
	case KEEPER_IS_GONE:
		refuse_reading(reading, "the process that checked the file died; perhaps one of its plugins crashes when it looks "
					"at its options");
		break;
	case KEEPER_READS:
		if (is_late)
			refuse_reading(reading, "it was not checked within %d s; perhaps one of its plugins hangs when it looks at its "
						"options", READING_MS / 1000);
		break;
	}
}

static void operation_free(struct operation *operation)
{
	for (size_t i = 0; i < operation->n_readings; i++) {
		keeper_done(&operation->readings[i].keeper);
		free(operation->readings[i].file);
		free(operation->readings[i].why);
	}
	free(operation->readings);
	free(operation->name);
	free(operation);
}

/* ---- reload ---- */

static void list_directory(struct fleet *fleet, struct operation *operation)
{
	char **files = NULL;
	size_t n = 0;
	struct error error = ERROR_INIT;
	if (pipeline_directory_list(fleet->directory, &files, &n, &error) != 0) {
		refuse(fleet, operation->client, PIPELINE_MISCONFIGURED, "%s; everything goes on as it is", error.text);
		operation->is_answered = true;
		return;
	}
	operation->readings = calloc(n + 1, sizeof(*operation->readings));
	if (operation->readings == NULL)
		no_memory();
	for (size_t i = 0; i < n; i++) {
		operation->readings[i].file = files[i];
		operation->readings[i].keeper.channel = -1;
	}
	operation->n_readings = n;
	free(files); /* the texts were taken */
}

static void put(json_t *answer_object, const char *list, const char *name)
{
	json_array_append_new(json_object_get(answer_object, list), json_string(name));
}

static void refuse_file(struct fleet *fleet, const struct reading *reading, const struct file_version *version, json_t *result)
{
	char why[1400];
	if (version->same_name != NULL)
		snprintf(why, sizeof(why), "%s: error: the name '%s' is given by '%s' already; each pipeline needs its own",
			 version->file, version->name, version->same_name);
	const char *text = version->same_name != NULL ? why : reading->why;
	say_lines(text);
	keep_refusal(fleet, reading->file, text);
	json_array_append_new(json_object_get(result, "refused"),
			      json_pack("{s:o, s:o}", "file", control_text(reading->file), "why", control_text(text)));
}

static void change_to(struct fleet *fleet, struct member *member, struct reading *reading, enum change change, json_t *result,
		      int64_t now_ms)
{
	if (member == NULL)
		member = add_member(fleet, reading);
	know_version(member, reading);
	if (change == CHANGE_NONE) {
		put(result, "unchanged", member->name);
		return;
	}
	put(result, change == CHANGE_START ? "added" : member->is_stopped ? "stopped" : "restarted", member->name);
	if (!member->is_stopped)
		take_version(member, reading, 0, now_ms);
}

static void remove_pipeline(struct fleet *fleet, struct member *member, json_t *result, int64_t now_ms)
{
	put(result, "removed", member->name);
	log_info("daemon", "pipeline '%s': removed, no file describes it any more", member->name);
	stop_member(member, now_ms);
	member->is_leaving = true;
	if (member->running.process == 0)
		remove_member(fleet, member);
}

static size_t list_known(const struct fleet *fleet, struct known_pipeline **ret_known, struct member ***ret_members)
{
	size_t n = 0, at = 0;
	for (struct member *member = fleet->members; member != NULL; member = member->next_member)
		n++;
	*ret_known = calloc(n + 1, sizeof(**ret_known));
	*ret_members = calloc(n + 1, sizeof(**ret_members));
	if (*ret_known == NULL || *ret_members == NULL)
		no_memory();
	for (struct member *member = fleet->members; member != NULL; member = member->next_member) {
		(*ret_members)[at] = member;
		(*ret_known)[at++] = (struct known_pipeline){member->name, member->file, member->fingerprint, CHANGE_NONE};
	}
	return n;
}

static void forget_refusals(struct fleet *fleet)
{
	while (fleet->refused != NULL)
		forget_refusal(fleet, fleet->refused->file);
}

static void finish_reload(struct fleet *fleet, struct operation *operation, int64_t now_ms)
{
	struct known_pipeline *known;
	struct member **members;
	size_t n_known = list_known(fleet, &known, &members);
	struct file_version *files = calloc(operation->n_readings + 1, sizeof(*files));
	if (files == NULL)
		no_memory();
	for (size_t i = 0; i < operation->n_readings; i++) {
		const struct reading *reading = &operation->readings[i];
		const struct supervision *supervision = reading->keeper.supervision;
		files[i].file = reading->file;
		files[i].name = reading->why == NULL ? supervision->name : NULL;
		files[i].fingerprint = reading->why == NULL ? supervision->fingerprint : 0;
	}
	pipeline_directory_compare(known, n_known, files, operation->n_readings);
	json_t *result = json_pack("{s:b, s:[], s:[], s:[], s:[], s:[], s:[]}", "ok", 1, "added", "removed", "restarted", "stopped",
				   "unchanged", "refused");
	forget_refusals(fleet);
	for (size_t i = 0; i < operation->n_readings; i++)
		if (files[i].change == CHANGE_REFUSE)
			refuse_file(fleet, &operation->readings[i], &files[i], result);
		else
			change_to(fleet, files[i].change == CHANGE_START ? NULL : members[files[i].known], &operation->readings[i],
				  files[i].change, result, now_ms);
	for (size_t i = 0; i < n_known; i++)
		if (known[i].change == CHANGE_REMOVE)
			remove_pipeline(fleet, members[i], result, now_ms);
	log_info("daemon", "'%s' was read: %zu added, %zu removed, %zu restarted, %zu unchanged, %zu refused", fleet->directory,
		 json_array_size(json_object_get(result, "added")), json_array_size(json_object_get(result, "removed")),
		 json_array_size(json_object_get(result, "restarted")), json_array_size(json_object_get(result, "unchanged")),
		 json_array_size(json_object_get(result, "refused")));
	answer(fleet, operation->client, result);
	fleet->is_loaded = true;
	free(known);
	free(members);
	free(files);
}

/* ---- start and restart ---- */

/* NULL: answered. */
static struct member *named_member(struct fleet *fleet, uint64_t client, const char *name)
{
	struct member *member = find_member(fleet, name);
	if (member != NULL && !member->is_leaving)
		return member;
	struct similar_text similar = SIMILAR_TEXT_INIT(name);
	for (member = fleet->members; member != NULL; member = member->next_member)
		similar_text_consider(&similar, member->name);
	refuse(fleet, client, PIPELINE_FAILED, "there is no pipeline '%s'%s%s%s", name, similar.best != NULL ? "; did you mean '" : "",
	       similar.best != NULL ? similar.best : "", similar.best != NULL ? "'?" : "");
	return NULL;
}

static void finish_start(struct fleet *fleet, struct operation *operation, int64_t now_ms)
{
	struct reading *reading = &operation->readings[0];
	struct member *member = named_member(fleet, operation->client, operation->name);
	if (member == NULL)
		return;
	member->is_reviving = false;
	bool runs = member->running.process != 0;
	if (operation->client == 0 && (runs || member->is_stopped))
		return; /* a revival that was overtaken */
	if (reading->why != NULL) {
		keep_refusal(fleet, reading->file, reading->why);
		say_lines(reading->why);
		answer(fleet, operation->client, control_refusal(PIPELINE_MISCONFIGURED, "%s", reading->why));
		return;
	}
	if (strcmp(reading->keeper.supervision->name, member->name) != 0) {
		refuse(fleet, operation->client, PIPELINE_MISCONFIGURED, "'%s' describes a pipeline '%s' by now: weir reload", reading->file,
		       reading->keeper.supervision->name);
		return;
	}
	forget_refusal(fleet, reading->file);
	know_version(member, reading);
	member->is_stopped = false;
	take_version(member, reading, operation->attempts_used, now_ms);
	agree(fleet, operation->client, runs ? "restarting" : "started", member->name);
}

/* ---- operations ---- */

static struct operation *queue_operation(struct fleet *fleet, enum control_command command, const char *name, uint64_t client)
{
	struct operation *operation = calloc(1, sizeof(*operation)), **at = &fleet->operations;
	if (operation == NULL)
		no_memory();
	*operation = (struct operation){.command = command, .name = name != NULL ? copied(name) : NULL, .client = client};
	while (*at != NULL)
		at = &(*at)->next;
	*at = operation;
	return operation;
}

static void name_file(struct fleet *fleet, struct operation *operation)
{
	struct member *member = named_member(fleet, operation->client, operation->name);
	if (member == NULL) {
		operation->is_answered = true;
		return;
	}
	operation->readings = calloc(1, sizeof(*operation->readings));
	if (operation->readings == NULL)
		no_memory();
	operation->readings[0] = (struct reading){.file = copied(member->file), .keeper.channel = -1};
	operation->n_readings = 1;
}

static void begin(struct fleet *fleet, struct operation *operation, int64_t now_ms)
{
	operation->has_begun = true;
	operation->deadline_ms = now_ms + READING_MS;
	if (operation->command == CONTROL_RELOAD)
		list_directory(fleet, operation);
	else
		name_file(fleet, operation);
	for (size_t i = 0; i < operation->n_readings; i++)
		begin_reading(fleet, &operation->readings[i]);
}

static bool has_read(struct operation *operation, int64_t now_ms)
{
	bool all = true;
	for (size_t i = 0; i < operation->n_readings; i++) {
		look_at_reading(&operation->readings[i], now_ms >= operation->deadline_ms);
		all = all && operation->readings[i].is_over;
	}
	return all;
}

static void finish(struct fleet *fleet, struct operation *operation, int64_t now_ms)
{
	if (operation->is_answered)
		return;
	if (fleet->is_stopping)
		refuse(fleet, operation->client, PIPELINE_FAILED, "the daemon is about to end");
	else if (operation->command == CONTROL_RELOAD)
		finish_reload(fleet, operation, now_ms);
	else
		finish_start(fleet, operation, now_ms);
}

static void do_operations(struct fleet *fleet, int64_t now_ms)
{
	struct operation *operation;
	while ((operation = fleet->operations) != NULL) {
		if (!operation->has_begun)
			begin(fleet, operation, now_ms);
		if (!has_read(operation, now_ms))
			return;
		finish(fleet, operation, now_ms);
		fleet->operations = operation->next;
		operation_free(operation);
	}
}

bool fleet_is_reloading(const struct fleet *fleet)
{
	for (const struct operation *operation = fleet->operations; operation != NULL; operation = operation->next)
		if (operation->command == CONTROL_RELOAD)
			return true;
	return false;
}

void fleet_reload(struct fleet *fleet, uint64_t client)
{
	(void)queue_operation(fleet, CONTROL_RELOAD, NULL, client);
}

static void handle_start(struct fleet *fleet, uint64_t client, const struct control_request *request)
{
	struct member *member = named_member(fleet, client, request->name);
	if (member == NULL)
		return;
	bool runs = member->running.process != 0 && !member->is_stopped;
	if (request->command == CONTROL_START && runs)
		agree(fleet, client, "running already", member->name);
	else
		(void)queue_operation(fleet, request->command, request->name, client);
}

void fleet_handle(struct fleet *fleet, uint64_t client, const struct control_request *request)
{
	struct member *member;
	bool has_name = request->name[0] != '\0';
	if (fleet->is_stopping && request->command != CONTROL_STATUS) {
		refuse(fleet, client, PIPELINE_FAILED, "the daemon is about to end");
		return;
	}
	switch (request->command) {
	case CONTROL_STATUS:
		if (!has_name || named_member(fleet, client, request->name) != NULL)
			answer(fleet, client, fleet_status(fleet, has_name ? request->name : NULL));
		break;
	case CONTROL_RELOAD:
		fleet_reload(fleet, client);
		break;
	case CONTROL_STOP:
		if ((member = named_member(fleet, client, request->name)) == NULL)
			break;
		stop_member(member, clock_monotonic_ms());
		agree(fleet, client, member->running.process != 0 ? "stopping" : "stopped", member->name);
		break;
	case CONTROL_START:
	case CONTROL_RESTART:
		handle_start(fleet, client, request);
		break;
	}
}

/* ---- keepers that end ---- */

static void plan_revival(struct member *member, int status, int64_t now_ms)
{
	struct supervision *supervision = member->running.supervision;
	uint32_t attempts_used = atomic_load(&supervision->attempts_used);
	struct restart_decision decision = restart_decide(status, false, attempts_used, supervision->attempts);
	char text[160];
	snprintf(text, sizeof(text), "the supervisor of the pipeline was killed by signal %d (%s)", WTERMSIG(status),
		 strsignal(WTERMSIG(status)));
	metrics_set_error(&supervision->metrics, text);
	log_error("daemon", "pipeline '%s': %s; %u of %u restart attempts used", member->name, text, attempts_used,
		  supervision->attempts);
	if (decision.verdict == RESTART_NOT)
		return;
	int64_t delay_ms = supervision->restart_delay_ms;
	member->revive_ms = now_ms + (delay_ms > LEAST_REVIVE_MS ? delay_ms : LEAST_REVIVE_MS);
}

static void member_has_ended(struct fleet *fleet, struct member *member, int status, int64_t now_ms)
{
	member->running.process = 0;
	atomic_store(&member->running.supervision->process, 0);
	member->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : PIPELINE_FAILED;
	bool was_asked = member->is_asked_to_stop;
	member->is_asked_to_stop = was_asked && fleet->is_stopping;
	if (member->is_leaving)
		remove_member(fleet, member);
	else if (member->next.process != 0)
		start_next(member);
	else if (WIFSIGNALED(status) && !was_asked)
		plan_revival(member, status, now_ms);
	else
		log_info("daemon", "pipeline '%s': %s, exit status %d", member->name,
			 pipeline_state_name(fleet_state(member, now_ms)), member->exit_status);
}

void fleet_reap(struct fleet *fleet, pid_t process, int status, int64_t now_ms)
{
	for (struct member *member = fleet->members; member != NULL; member = member->next_member) {
		if (member->running.process == process) {
			member_has_ended(fleet, member, status, now_ms);
			return;
		}
		if (member->next.process == process) { /* killed while it waited for its turn */
			member->next.process = 0;
			keeper_done(&member->next);
			member->revive_ms = now_ms + LEAST_REVIVE_MS;
			return;
		}
	}
	for (struct operation *operation = fleet->operations; operation != NULL; operation = operation->next)
		for (size_t i = 0; i < operation->n_readings; i++)
			if (operation->readings[i].keeper.process == process)
				operation->readings[i].keeper.process = 0;
}

static void revive(struct fleet *fleet, struct member *member)
{
	member->revive_ms = 0;
	member->is_reviving = true;
	queue_operation(fleet, CONTROL_START, member->name, 0)->attempts_used =
		atomic_load(&member->running.supervision->attempts_used) + 1;
}

/* A keeper keeps the deadline itself, where it can. */
static void keep_deadline(const struct member *member, int64_t now_ms)
{
	if (member->running.process != 0 && member->is_asked_to_stop &&
	    now_ms - member->asked_ms > member->running.supervision->stop_timeout_ms + KEEPER_GRACE_MS)
		kill(member->running.process, SIGKILL);
}

void fleet_turn(struct fleet *fleet, int64_t now_ms)
{
	bool samples = now_ms - fleet->sampled_ms >= SAMPLE_MS;
	do_operations(fleet, now_ms);
	for (struct member *member = fleet->members; member != NULL; member = member->next_member) {
		if (samples && member->running.process != 0)
			health_sample(&member->health, &member->running.supervision->metrics, now_ms);
		if (member->revive_ms != 0 && now_ms >= member->revive_ms && member->running.process == 0)
			revive(fleet, member);
		keep_deadline(member, now_ms);
	}
	if (samples)
		fleet->sampled_ms = now_ms;
}

size_t fleet_n_readings(const struct fleet *fleet)
{
	return fleet->operations != NULL ? fleet->operations->n_readings : 0;
}

size_t fleet_poll(const struct fleet *fleet, struct pollfd *fds)
{
	size_t n = 0;
	for (size_t i = 0; i < fleet_n_readings(fleet); i++)
		if (!fleet->operations->readings[i].is_over)
			fds[n++] = (struct pollfd){fleet->operations->readings[i].keeper.channel, POLLIN, 0};
	return n;
}

/* ---- the end ---- */

void fleet_stop(struct fleet *fleet)
{
	for (struct member *member = fleet->members; member != NULL; member = member->next_member) {
		if (fleet->is_stopping && member->running.process != 0)
			kill(member->running.process, SIGTERM); /* again: it does not wait for a last checkpoint */
		stop_member(member, clock_monotonic_ms());
	}
	fleet->is_stopping = true;
}

bool fleet_has_ended(const struct fleet *fleet)
{
	for (const struct member *member = fleet->members; member != NULL; member = member->next_member)
		if (member->running.process != 0)
			return false;
	return true;
}

void fleet_done(struct fleet *fleet)
{
	while (fleet->members != NULL)
		remove_member(fleet, fleet->members);
	while (fleet->operations != NULL) {
		struct operation *operation = fleet->operations;
		fleet->operations = operation->next;
		operation_free(operation);
	}
	forget_refusals(fleet);
}
