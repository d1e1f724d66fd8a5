#include "connectors/kafka/kafka_survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/kafka/kafka_fingerprint.h"

/* A position that the records themselves have to confirm. */
struct check {
	const struct weir_position *position;
	uint32_t index; /* in the survey */
	struct fingerprint expected;
	bool is_open; /* not answered yet */
};

struct checks {
	struct kafka_survey *survey;
	struct kafka_client *client; /* read_uncommitted: sees every record, and the true end */
	struct check *list;
	uint32_t n, n_open;
};

void kafka_survey_done(struct kafka_survey *survey)
{
	free(survey->partitions);
	free(survey->whys);
	*survey = (struct kafka_survey){0};
}

WEIR_PRINTF(4, 5)
static void contradict(struct kafka_survey *survey, uint32_t index, enum weir_fit fit, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(survey->whys[index], SURVEY_WHY_BYTES, fmt, arguments);
	va_end(arguments);
	survey->partitions[index].fit = fit;
	survey->partitions[index].why = survey->whys[index];
}

/* ---- what there is ------------------------------------------------------------------------------------ */

static weir_status make_room(struct kafka_survey *survey, const struct survey_question *question)
{
	uint32_t room = question->n_positions;
	for (uint32_t i = 0; i < question->n_topics; i++)
		room += (uint32_t)question->topics[i].n_partitions;
	survey->partitions = calloc(room + 1, sizeof(*survey->partitions));
	survey->whys = calloc(room + 1, sizeof(*survey->whys));
	survey->room = room;
	if (survey->partitions != NULL && survey->whys != NULL)
		return WEIR_OK;
	return question->client->host->fail(question->client->ctx, WEIR_FATAL, "no memory for %u partitions", room);
}

static weir_status look_at_partitions(struct kafka_survey *survey, const struct survey_question *question)
{
	weir_status status = WEIR_OK;
	for (uint32_t i = 0; i < question->n_topics; i++) {
		const struct survey_topic *topic = &question->topics[i];
		for (int32_t id = 0; id < topic->n_partitions && status == WEIR_OK; id++) {
			struct weir_survey *found = &survey->partitions[survey->n_partitions++];
			*found = (struct weir_survey){.stream = topic->name, .partition = id};
			status = kafka_client_watermarks(question->client, topic->name, id, &found->first, &found->end);
			found->fresh = question->from_latest ? found->end : found->first;
		}
	}
	return status;
}

/* ---- first look at a position, without reading --------------------------------------------------------- */

static const struct survey_topic *find_topic(const struct survey_question *question, const char *name)
{
	for (uint32_t i = 0; i < question->n_topics; i++)
		if (strcmp(question->topics[i].name, name) == 0)
			return &question->topics[i];
	return NULL;
}

static void note_missing_partition(struct kafka_survey *survey, const struct survey_topic *topic, int32_t partition)
{
	survey->partitions[survey->n_partitions] = (struct weir_survey){
		.stream = topic->name, .partition = partition, .first = -1, .end = -1, .fresh = -1};
	contradict(survey, survey->n_partitions++, WEIR_OTHER, "the topic has only %d partitions: it was deleted and made again",
		   (int)topic->n_partitions);
}

static uint32_t find_partition(const struct kafka_survey *survey, const struct weir_position *position)
{
	uint32_t i = 0;
	while (survey->partitions[i].partition != position->partition ||
	       strcmp(survey->partitions[i].stream, position->stream) != 0)
		i++;
	return i;
}

/* Appends what cannot be judged yet. */
static void look_at_position(struct checks *checks, const struct survey_question *question,
			     const struct weir_position *position)
{
	struct kafka_survey *survey = checks->survey;
	const struct survey_topic *topic = find_topic(question, position->stream);
	bool has_ended = position->stop >= 0 && position->offset >= position->stop; /* a bounded run, done here */
	if (topic == NULL || has_ended)
		return;
	if (position->partition < 0 || position->partition >= topic->n_partitions) {
		note_missing_partition(survey, topic, position->partition);
		return;
	}
	uint32_t index = find_partition(survey, position);
	const struct weir_survey *found = &survey->partitions[index];
	struct fingerprint expected = fingerprint_read(position->note);
	if (position->offset < found->first)
		contradict(survey, index, WEIR_PASSED,
			   "retention has deleted what was not read yet: the first record left is %" PRId64, found->first);
	else if (expected.offset >= found->first || position->offset > found->end)
		checks->list[checks->n++] = (struct check){position, index, expected, false};
}

/* ---- reading the last record again --------------------------------------------------------------------- */

static void contradict_end(struct checks *checks, const struct check *check, int64_t end)
{
	contradict(checks->survey, check->index, WEIR_OTHER,
		   "the partition ends at offset %" PRId64 ": the topic was deleted and made again, or its newest records were lost",
		   end);
}

/* Behind the last record of a transaction, or of a reader of committed records, the true end decides. */
static weir_status look_at_end(struct checks *checks, struct check *check)
{
	int64_t low, high;
	if (check->position->offset <= checks->survey->partitions[check->index].end)
		return WEIR_OK;
	weir_status status = kafka_client_watermarks(checks->client, check->position->stream, check->position->partition,
						     &low, &high);
	if (status == WEIR_OK && check->position->offset > high)
		contradict_end(checks, check, high);
	return status;
}

/* Compaction takes single records away; where there is none, a record that is missing was never there. */
static void take_missing(struct checks *checks, const struct check *check)
{
	char policy[64];
	rd_kafka_queue_t *answer = kafka_client_ask_settings(checks->client, check->position->stream);
	if (kafka_client_take_setting(answer, KAFKA_ANSWER_TIMEOUT_MS, "cleanup.policy", policy, sizeof(policy)) &&
	    strstr(policy, "compact") == NULL)
		contradict(checks->survey, check->index, WEIR_OTHER,
			   "there is no record at offset %" PRId64 ", where the last one was read: the topic was deleted and made "
			   "again", check->expected.offset);
}

static void compare(struct checks *checks, const struct check *check, const rd_kafka_message_t *message)
{
	struct fingerprint found = fingerprint_of(message);
	char was[FINGERPRINT_NOTE_BYTES], is[FINGERPRINT_NOTE_BYTES];
	if (found.timestamp_ms != check->expected.timestamp_ms || found.hash != check->expected.hash)
		contradict(checks->survey, check->index, WEIR_OTHER,
			   "the last record read is another one now (%s; now %s): the topic was deleted and made again",
			   fingerprint_write(&check->expected, was), fingerprint_write(&found, is));
}

static struct check *find_open(struct checks *checks, const rd_kafka_message_t *message)
{
	for (uint32_t i = 0; i < checks->n && message->rkt != NULL; i++)
		if (checks->list[i].is_open && checks->list[i].position->partition == message->partition &&
		    strcmp(checks->list[i].position->stream, rd_kafka_topic_name(message->rkt)) == 0)
			return &checks->list[i];
	return NULL;
}

/* What was looked at is fetched no more: where a batch is larger than a fetch, the broker gives only the first of the
 * partitions asked for, and one with a long backlog would keep the others from being answered. */
static void close_check(struct checks *checks, struct check *check)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, check->position->stream, check->position->partition);
	rd_kafka_error_destroy(rd_kafka_incremental_unassign(checks->client->rk, list));
	rd_kafka_topic_partition_list_destroy(list);
	check->is_open = false;
	checks->n_open--;
}

static weir_status take_answer(struct checks *checks, const rd_kafka_message_t *message)
{
	struct check *check = find_open(checks, message);
	if (kafka_is_denied(message->err) && message->err != RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
		return kafka_client_fail(checks->client, message->err, "the records read last");
	if (check == NULL)
		return WEIR_OK;
	switch (message->err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		if (message->offset == check->expected.offset)
			compare(checks, check, message);
		else
			take_missing(checks, check);
		break;
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		if (message->offset > check->expected.offset)
			take_missing(checks, check);
		else
			contradict_end(checks, check, message->offset);
		break;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		contradict_end(checks, check, checks->survey->partitions[check->index].end);
		break;
	default:
		return WEIR_OK; /* librdkafka tries again */
	}
	close_check(checks, check);
	return WEIR_OK;
}

static weir_status begin_to_read(struct checks *checks)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)checks->n);
	for (uint32_t i = 0; i < checks->n; i++) {
		struct check *check = &checks->list[i];
		check->is_open = check->expected.offset >= checks->survey->partitions[check->index].first;
		checks->n_open += check->is_open;
		if (check->is_open)
			rd_kafka_topic_partition_list_add(list, check->position->stream, check->position->partition)->offset =
				check->expected.offset;
	}
	rd_kafka_error_t *error = list->cnt > 0 ? rd_kafka_incremental_assign(checks->client->rk, list) : NULL;
	rd_kafka_topic_partition_list_destroy(list);
	weir_status status = error == NULL ? WEIR_OK
					   : kafka_client_fail(checks->client, rd_kafka_error_code(error), "the records read last");
	rd_kafka_error_destroy(error);
	return status;
}

static weir_status read_answers(struct checks *checks)
{
	weir_status status = begin_to_read(checks);
	int64_t until_ms = kafka_monotonic_ms() + KAFKA_ANSWER_TIMEOUT_MS;
	while (status == WEIR_OK && checks->n_open > 0) {
		if (kafka_monotonic_ms() >= until_ms)
			return kafka_client_fail(checks->client, RD_KAFKA_RESP_ERR__TIMED_OUT,
						 "the records read last in %u partitions", checks->n_open);
		rd_kafka_poll(checks->client->rk, 0);
		rd_kafka_message_t *message = rd_kafka_consumer_poll(checks->client->rk, 100);
		if (message == NULL)
			continue;
		status = take_answer(checks, message);
		rd_kafka_message_destroy(message);
	}
	return status;
}

static weir_status run_checks(struct checks *checks, const struct survey_question *question)
{
	char group[300];
	const struct weir_host *host = question->client->host;
	snprintf(group, sizeof(group), "weir-%s", host->pipeline(question->client->ctx)->name);
	const struct kafka_property properties[] = {
		{"group.id", group}, /* never joined */
		{"enable.auto.commit", "false"},
		{"auto.offset.reset", "error"},
		{"enable.partition.eof", "true"},
		{"isolation.level", "read_uncommitted"},
		{"fetch.message.max.bytes", "65536"},
		{"queued.min.messages", "1"},
		{"fetch.wait.max.ms", "10"},
		{NULL, NULL},
	};
	weir_status status = kafka_client_new(question->connection, RD_KAFKA_CONSUMER, properties, question->client->ctx, host,
					      &checks->client);
	if (status != WEIR_OK)
		return status;
	status = read_answers(checks);
	for (uint32_t i = 0; i < checks->n && status == WEIR_OK; i++)
		if (checks->survey->partitions[checks->list[i].index].fit == WEIR_FITS)
			status = look_at_end(checks, &checks->list[i]);
	kafka_client_close(checks->client);
	return status;
}

weir_status kafka_survey_make(struct kafka_survey *survey, const struct survey_question *question)
{
	kafka_survey_done(survey);
	struct checks checks = {.survey = survey, .list = calloc(question->n_positions + 1, sizeof(*checks.list))};
	weir_status status = checks.list != NULL ? make_room(survey, question)
						  : question->client->host->fail(question->client->ctx, WEIR_FATAL,
										 "no memory for a survey");
	if (status == WEIR_OK)
		status = look_at_partitions(survey, question);
	for (uint32_t i = 0; i < question->n_positions && status == WEIR_OK; i++)
		look_at_position(&checks, question, &question->positions[i]);
	if (status == WEIR_OK && checks.n > 0 &&
	    question->client->host->failpoint(question->client->ctx, "rule_last_record_is_compared") == WEIR_OK)
		status = run_checks(&checks, question);
	free(checks.list);
	return status;
}
