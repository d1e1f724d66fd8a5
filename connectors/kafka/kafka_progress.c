#include "connectors/kafka/kafka_progress.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_LOOK_BACK 1000 /* offsets; the last marker is nearly always among them */

/* ---- records as JSON --------------------------------------------------------------------------------- */

static json_t *encode_positions(const struct progress_record *record)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < record->n_positions; i++) {
		const struct weir_position *p = &record->positions[i];
		json_t *position = json_pack("{s:s, s:i, s:I, s:I, s:s*}", "stream", p->stream, "partition",
					     (int)p->partition, "offset", (json_int_t)p->offset, "stop",
					     (json_int_t)p->stop, "note", p->note);
		if (position == NULL || json_array_append_new(list, position) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

char *progress_encode(const struct progress_record *record)
{
	json_t *json = json_pack("{s:i, s:s, s:s, s:I}", "format", PROGRESS_FORMAT, "pipeline",
				 record->pipeline_uuid, "instance", record->instance_uuid, "time_ms",
				 (json_int_t)record->time_ms);
	int r = -1;
	if (json != NULL && record->nonce != NULL)
		r = json_object_set_new(json, "nonce", json_string(record->nonce));
	else if (json != NULL)
		r = json_object_set_new(json, "checkpoint", json_integer((json_int_t)record->checkpoint)) |
		    json_object_set_new(json, "positions", encode_positions(record));
	char *text = r == 0 ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER) : NULL;
	json_decref(json);
	return text;
}

static int decode_position(json_t *json, struct weir_position *position)
{
	const char *stream, *note = NULL;
	int partition;
	json_int_t offset, stop;
	if (json_unpack(json, "{s:s, s:i, s:I, s:I, s?s}", "stream", &stream, "partition", &partition, "offset",
			&offset, "stop", &stop, "note", &note) < 0 ||
	    partition < 0 || offset < 0)
		return -1;
	position->partition = partition;
	position->offset = offset;
	position->stop = stop;
	position->stream = strdup(stream);
	position->note = note != NULL ? strdup(note) : NULL;
	return position->stream != NULL && (note == NULL || position->note != NULL) ? 0 : -1;
}

static int decode_marker(json_t *json, struct progress_record *record)
{
	json_int_t checkpoint;
	json_t *positions;
	if (json_unpack(json, "{s:I, s:o}", "checkpoint", &checkpoint, "positions", &positions) < 0 ||
	    checkpoint < 0 || !json_is_array(positions))
		return -1;
	record->checkpoint = (uint64_t)checkpoint;
	size_t n = json_array_size(positions);
	record->positions = calloc(n + 1, sizeof(*record->positions));
	if (record->positions == NULL)
		return -1;
	for (; record->n_positions < n; record->n_positions++)
		if (decode_position(json_array_get(positions, record->n_positions),
				    &record->positions[record->n_positions]) < 0) {
			record->n_positions++; /* half of it may be there */
			return -1;
		}
	return 0;
}

static int decode_start(json_t *json, struct progress_record *record)
{
	const char *nonce;
	if (json_unpack(json, "{s:s}", "nonce", &nonce) < 0)
		return -1;
	record->nonce = strdup(nonce);
	return record->nonce != NULL ? 0 : -1;
}

static int decode_fields(json_t *json, bool is_marker, struct progress_record *record)
{
	const char *pipeline, *instance;
	json_int_t time_ms;
	if (json_unpack(json, "{s:s, s:s, s:I}", "pipeline", &pipeline, "instance", &instance, "time_ms",
			&time_ms) < 0)
		return -1;
	record->time_ms = time_ms;
	record->pipeline_uuid = strdup(pipeline);
	record->instance_uuid = strdup(instance);
	if (record->pipeline_uuid == NULL || record->instance_uuid == NULL)
		return -1;
	return is_marker ? decode_marker(json, record) : decode_start(json, record);
}

static bool slice_is(struct weir_slice slice, const char *text)
{
	return slice.data != NULL && slice.len == strlen(text) && memcmp(slice.data, text, slice.len) == 0;
}

int progress_decode(struct weir_slice key, struct weir_slice value, struct progress_record *ret_record,
		    char *why, size_t size)
{
	bool is_marker = slice_is(key, PROGRESS_MARKER_KEY);
	if (!is_marker && !slice_is(key, PROGRESS_START_KEY)) {
		snprintf(why, size, "its key is neither \"" PROGRESS_START_KEY "\" nor \"" PROGRESS_MARKER_KEY
			 "\": it is not weir's");
		return -1;
	}
	json_error_t error;
	json_t *json = json_loadb(value.data != NULL ? (const char *)value.data : "", value.len, 0, &error);
	if (json == NULL) {
		snprintf(why, size, "it is not JSON (%s)", error.text);
		return -1;
	}
	int r = -1, format;
	struct progress_record record = {0};
	if (json_unpack(json, "{s:i}", "format", &format) < 0)
		snprintf(why, size, "it names no format");
	else if (format != PROGRESS_FORMAT)
		snprintf(why, size, "its format is %d, this weir knows %d: it was written by a newer one", format,
			 PROGRESS_FORMAT);
	else if (decode_fields(json, is_marker, &record) < 0)
		snprintf(why, size, "a field is missing or of the wrong type");
	else
		r = 0;
	json_decref(json);
	if (r == 0)
		*ret_record = record;
	else
		progress_record_done(&record);
	return r;
}

void progress_record_done(struct progress_record *record)
{
	for (uint32_t i = 0; i < record->n_positions; i++) {
		free((char *)record->positions[i].stream);
		free((char *)record->positions[i].note);
	}
	free(record->positions);
	free(record->pipeline_uuid);
	free(record->instance_uuid);
	free(record->nonce);
	*record = (struct progress_record){0};
}

void progress_view_done(struct progress_view *view)
{
	progress_record_done(&view->marker);
	free(view->last_writer);
	*view = (struct progress_view){0};
}

/* ---- reading ------------------------------------------------------------------------------------------ */

struct progress_reader {
	struct kafka_client *client;
	rd_kafka_topic_t *rkt;
	const char *topic, *nonce;
	int64_t until_ms; /* on the monotonic clock */
	struct progress_view view;
	bool is_nonce_seen;
};

static weir_status reader_fail(struct progress_reader *reader, weir_status status, int64_t offset,
			       const char *why)
{
	return reader->client->host->fail(reader->client->ctx, status,
					  "cannot read progress topic '%s' partition 0 at offset %" PRId64 ": %s",
					  reader->topic, offset, why);
}

static weir_status take_record(struct progress_reader *reader, const rd_kafka_message_t *message)
{
	struct progress_record record;
	struct progress_view *view = &reader->view;
	char why[256];
	if (progress_decode((struct weir_slice){message->key, message->key_len},
			    (struct weir_slice){message->payload, message->len}, &record, why, sizeof(why)) < 0)
		return reader_fail(reader, WEIR_REFUSED, message->offset, why);
	free(view->last_writer);
	view->last_writer = record.instance_uuid;
	record.instance_uuid = NULL;
	if (record.nonce == NULL) {
		progress_record_done(&view->marker);
		view->has_marker = true;
		view->marker = record;
		view->marker.instance_uuid = strdup(view->last_writer);
		view->marker_offset = message->offset;
		return view->marker.instance_uuid != NULL ? WEIR_OK
							  : reader_fail(reader, WEIR_FATAL, message->offset,
									"no memory");
	}
	reader->is_nonce_seen = reader->nonce != NULL && strcmp(record.nonce, reader->nonce) == 0;
	progress_record_done(&record);
	return WEIR_OK;
}

/* One message or event of the consumer. WEIR_END: all that is committed has been read. */
static weir_status take_message(struct progress_reader *reader, const rd_kafka_message_t *message, int64_t end)
{
	switch (message->err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR: {
		weir_status status = take_record(reader, message);
		return status == WEIR_OK && reader->is_nonce_seen ? WEIR_END : status;
	}
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		/* Our own start record may not be decided everywhere yet: wait for it. */
		return message->offset >= end && reader->nonce == NULL ? WEIR_END : WEIR_OK;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
		return reader_fail(reader, WEIR_ABORT, message->offset, rd_kafka_message_errstr(message));
	default:
		return kafka_is_denied(message->err) ? reader_fail(reader, WEIR_FATAL, message->offset,
								   rd_kafka_message_errstr(message))
						     : WEIR_OK; /* librdkafka tries again */
	}
}

/* From `offset` to the end, or to the start record that is waited for. */
static weir_status read_from(struct progress_reader *reader, int64_t offset, int64_t end)
{
	rd_kafka_t *rk = reader->client->rk;
	reader->client->host->may_take(reader->client->ctx, reader->until_ms - kafka_monotonic_ms());
	if (rd_kafka_consume_start(reader->rkt, 0, offset) != 0)
		return reader_fail(reader, WEIR_ABORT, offset, rd_kafka_err2str(rd_kafka_last_error()));
	weir_status status = WEIR_OK;
	while (status == WEIR_OK) {
		int64_t left_ms = reader->until_ms - kafka_monotonic_ms();
		rd_kafka_poll(rk, 0);
		if (left_ms <= 0) {
			status = reader_fail(reader, WEIR_ABORT, end,
					     reader->client->trouble[0] != '\0' ? reader->client->trouble
					     : reader->nonce != NULL
						     ? "our start record was committed but does not become visible; is "
						       "a transaction of somebody else open in this topic?"
						     : "no answer in time");
			break;
		}
		rd_kafka_message_t *message = rd_kafka_consume(reader->rkt, 0, left_ms < 100 ? (int)left_ms : 100);
		if (message == NULL)
			continue;
		status = take_message(reader, message, end);
		rd_kafka_message_destroy(message);
	}
	rd_kafka_consume_stop(reader->rkt, 0);
	return status == WEIR_END ? WEIR_OK : status;
}

/* Only a pipeline that failed many times in a row has more than the first look back to read. */
static weir_status read_back_to_marker(struct progress_reader *reader)
{
	int64_t low, end;
	weir_status status = kafka_client_watermarks(reader->client, reader->topic, 0, &low, &end);
	if (status != WEIR_OK || (low >= end && reader->nonce == NULL))
		return status;
	for (int64_t look_back = FIRST_LOOK_BACK;; look_back *= 32) {
		int64_t from = end - look_back > low ? end - look_back : low;
		progress_view_done(&reader->view);
		status = read_from(reader, from, end);
		if (status != WEIR_OK || reader->view.has_marker || from == low)
			return status;
	}
}

static weir_status check_topic(struct progress_reader *reader, int32_t *ret_n_partitions)
{
	struct kafka_client *client = reader->client;
	rd_kafka_resp_err_t err = kafka_client_count_partitions(client, reader->topic, KAFKA_ANSWER_TIMEOUT_MS,
								ret_n_partitions);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_client_fail(client, err, "progress topic '%s'", reader->topic);
	if (*ret_n_partitions > 1)
		return client->host->fail(client->ctx, WEIR_REFUSED,
					  "progress topic '%s' has %d partitions; it must have one, or the order of "
					  "its records is lost: name another topic in the option progress_topic",
					  reader->topic, (int)*ret_n_partitions);
	return WEIR_OK;
}

weir_status progress_read(const struct kafka_options *options, const char *topic, const char *nonce,
			  int timeout_ms, struct weir_ctx *ctx, const struct weir_host *host,
			  struct progress_view *ret_view)
{
	bool is_committed = host->failpoint(ctx, "rule_progress_is_read_committed") == WEIR_OK;
	const struct kafka_property properties[] = {
		{"isolation.level", is_committed ? "read_committed" : "read_uncommitted"},
		{"enable.partition.eof", "true"},
		{"auto.offset.reset", "error"},
		{"fetch.wait.max.ms", "10"}, /* the record waited for is milliseconds away */
		{NULL, NULL},
	};
	struct progress_reader reader = {
		.topic = topic, .nonce = nonce, .until_ms = kafka_monotonic_ms() + timeout_ms};
	weir_status status = kafka_client_new(options, RD_KAFKA_CONSUMER, properties, ctx, host, &reader.client);
	if (status != WEIR_OK)
		return status;
	int32_t n_partitions;
	status = check_topic(&reader, &n_partitions);
	if (status == WEIR_OK && n_partitions == 1) {
		reader.rkt = rd_kafka_topic_new(reader.client->rk, topic, NULL);
		status = reader.rkt != NULL ? read_back_to_marker(&reader)
					    : reader_fail(&reader, WEIR_FATAL, 0, "no memory");
	}
	if (reader.rkt != NULL)
		rd_kafka_topic_destroy(reader.rkt);
	kafka_client_close(reader.client);
	if (status == WEIR_OK)
		*ret_view = reader.view;
	else
		progress_view_done(&reader.view);
	return status;
}

/* ---- making the topic --------------------------------------------------------------------------------- */

static weir_status fail_create(struct kafka_client *client, const char *topic, const char *why)
{
	return client->host->fail(client->ctx, WEIR_ABORT,
				  "cannot create progress topic '%s': %s; create it: kafka-topics.sh "
				  "--bootstrap-server HOST:PORT --create --topic %s --partitions 1 --config "
				  "cleanup.policy=compact --config message.timestamp.type=LogAppendTime", topic, why, topic);
}

static rd_kafka_NewTopic_t *describe_topic(const char *topic, char *why, size_t size)
{
	/* Compaction leaves the active segment alone, so a small one keeps the topic small. Brokers refuse records from
	 * their future, which a clock set ahead here would write: the time is the broker's. */
	static const char *const settings[][2] = {
		{"message.timestamp.type", "LogAppendTime"},
		{"cleanup.policy", "compact"}, {"segment.bytes", "16777216"}, {"min.cleanable.dirty.ratio", "0.1"}};
	rd_kafka_NewTopic_t *new_topic = rd_kafka_NewTopic_new(topic, 1, -1, why, size);
	for (size_t i = 0; new_topic != NULL && i < sizeof(settings) / sizeof(settings[0]); i++)
		rd_kafka_NewTopic_set_config(new_topic, settings[i][0], settings[i][1]);
	return new_topic;
}

static weir_status judge_creation(struct kafka_client *client, const char *topic, rd_kafka_event_t *event)
{
	if (event == NULL)
		return fail_create(client, topic, "no answer in time");
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return fail_create(client, topic, rd_kafka_event_error_string(event));
	size_t n;
	const rd_kafka_topic_result_t **results =
		rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
	rd_kafka_resp_err_t err = n == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR || err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return WEIR_OK;
	const char *text = n == 1 ? rd_kafka_topic_result_error_string(results[0]) : NULL;
	return fail_create(client, topic, text != NULL ? text : rd_kafka_err2str(err));
}

static weir_status create(struct kafka_client *client, const char *topic)
{
	char why[256];
	rd_kafka_NewTopic_t *new_topic = describe_topic(topic, why, sizeof(why));
	if (new_topic == NULL)
		return fail_create(client, topic, why);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
	rd_kafka_CreateTopics(client->rk, &new_topic, 1, NULL, queue);
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, KAFKA_ANSWER_TIMEOUT_MS);
	weir_status status = judge_creation(client, topic, event);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(new_topic);
	return status;
}

/* A topic just made is not known to every broker at once. */
static weir_status wait_for_topic(struct kafka_client *client, const char *topic)
{
	int64_t until_ms = kafka_monotonic_ms() + KAFKA_ANSWER_TIMEOUT_MS;
	int32_t n_partitions = 0;
	while (n_partitions == 0) {
		rd_kafka_resp_err_t err =
			kafka_client_count_partitions(client, topic, KAFKA_ANSWER_TIMEOUT_MS, &n_partitions);
		if (n_partitions == 0 && kafka_monotonic_ms() >= until_ms)
			return fail_create(client, topic, err != RD_KAFKA_RESP_ERR_NO_ERROR
								  ? rd_kafka_err2str(err)
								  : "it was created but does not appear");
		if (n_partitions == 0)
			nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	return WEIR_OK;
}

weir_status progress_topic_create(struct kafka_client *client, const char *topic)
{
	int32_t n_partitions = 0;
	rd_kafka_resp_err_t err =
		kafka_client_count_partitions(client, topic, KAFKA_ANSWER_TIMEOUT_MS, &n_partitions);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR && n_partitions > 0)
		return WEIR_OK;
	weir_status status = create(client, topic);
	return status == WEIR_OK ? wait_for_topic(client, topic) : status;
}
