#include "kafka.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_TIMEOUT_MS 30000
#define SILENCE_LIMIT_MS   60000

void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fflush(stdout);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	_Exit(2);
}

int64_t number_of(const char *option, const char *text, int64_t low, int64_t high)
{
	char *end;
	errno = 0;
	int64_t value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < low || value > high)
		die("--%s %s: need a whole number from %" PRId64 " to %" PRId64, option, text, low, high);
	return value;
}

void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char reason[512];
	if (rd_kafka_conf_set(conf, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK)
		die("%s=%s: %s", name, value, reason);
}

void kafka_conf_set_pair(rd_kafka_conf_t *conf, const char *pair)
{
	const char *equals = strchr(pair, '=');
	if (equals == NULL)
		die("-X %s: need name=value", pair);
	char *name = strndup(pair, (size_t)(equals - pair));
	kafka_conf_set(conf, name, equals + 1);
	free(name);
}

rd_kafka_t *kafka_client(rd_kafka_type_t type, rd_kafka_conf_t *take_conf)
{
	char reason[512];
	rd_kafka_t *client = rd_kafka_new(type, take_conf, reason, sizeof reason);
	if (client == NULL)
		die("cannot make a Kafka client: %s", reason);
	rd_kafka_set_log_level(client, 3); /* a new broker makes it warn of what it tries again */
	return client;
}

int topic_partitions(rd_kafka_t *client, const char *topic)
{
	rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t err = rd_kafka_metadata(client, 0, handle, &metadata, REQUEST_TIMEOUT_MS);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("cannot ask the broker about topic %s: %s", topic, rd_kafka_err2str(err));
	err = metadata->topics[0].err;
	int n_partitions = metadata->topics[0].partition_cnt;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(handle);
	if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return 0;
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("topic %s: %s", topic, rd_kafka_err2str(err));
	return n_partitions;
}

/* The one answer to an admin request for one topic. */
static void expect_topic_result(rd_kafka_queue_t *queue, const char *what, const char *topic)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, REQUEST_TIMEOUT_MS);
	if (event == NULL)
		die("cannot %s topic %s: no answer within 30 s", what, topic);
	if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("cannot %s topic %s: %s", what, topic, rd_kafka_event_error_string(event));
	size_t n = 0;
	const rd_kafka_topic_result_t **results = NULL;
	if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
		results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n);
	else if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT)
		results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &n);
	else
		results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &n);
	if (n != 1 || rd_kafka_topic_result_error(results[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("cannot %s topic %s: %s", what, topic,
		    n == 1 ? rd_kafka_topic_result_error_string(results[0]) : "no result");
	rd_kafka_event_destroy(event);
}

/* The broker answers before all of it knows the topic. */
static void wait_for_partitions(rd_kafka_t *client, const char *topic, int n_partitions)
{
	while (topic_partitions(client, topic) != n_partitions)
		rd_kafka_poll(client, 50);
}

void topic_create_with(rd_kafka_t *client, const char *topic, int n_partitions, const char *setting)
{
	char reason[512], name[100], value[100];
	rd_kafka_NewTopic_t *new_topic = rd_kafka_NewTopic_new(topic, n_partitions, -1, reason, sizeof reason);
	if (new_topic == NULL)
		die("cannot create topic %s: %s", topic, reason);
	rd_kafka_NewTopic_set_config(new_topic, "retention.ms", "-1");
	if (setting != NULL && sscanf(setting, "%99[^=]=%99s", name, value) != 2)
		die("cannot create topic %s: '%s' is not name=value", topic, setting);
	if (setting != NULL)
		rd_kafka_NewTopic_set_config(new_topic, name, value);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	rd_kafka_CreateTopics(client, &new_topic, 1, NULL, queue);
	expect_topic_result(queue, "create", topic);
	rd_kafka_NewTopic_destroy(new_topic);
	rd_kafka_queue_destroy(queue);
	wait_for_partitions(client, topic, n_partitions);
}

void topic_create(rd_kafka_t *client, const char *topic, int n_partitions)
{
	topic_create_with(client, topic, n_partitions, NULL);
}

void topic_grow(rd_kafka_t *client, const char *topic, int n_partitions)
{
	char reason[512];
	rd_kafka_NewPartitions_t *more = rd_kafka_NewPartitions_new(topic, (size_t)n_partitions, reason, sizeof reason);
	if (more == NULL)
		die("cannot grow topic %s: %s", topic, reason);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	rd_kafka_CreatePartitions(client, &more, 1, NULL, queue);
	expect_topic_result(queue, "grow", topic);
	rd_kafka_NewPartitions_destroy(more);
	rd_kafka_queue_destroy(queue);
	wait_for_partitions(client, topic, n_partitions);
}

void topic_trim(rd_kafka_t *client, const char *topic, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, topic, 0)->offset = offset;
	rd_kafka_DeleteRecords_t *request = rd_kafka_DeleteRecords_new(list);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	rd_kafka_DeleteRecords(client, &request, 1, NULL, queue);
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, REQUEST_TIMEOUT_MS);
	if (event == NULL || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("cannot trim topic %s: %s", topic, event != NULL ? rd_kafka_event_error_string(event) : "no answer");
	rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_DeleteRecords_destroy(request);
	rd_kafka_topic_partition_list_destroy(list);
}

void topic_delete(rd_kafka_t *client, const char *topic)
{
	rd_kafka_DeleteTopic_t *old_topic = rd_kafka_DeleteTopic_new(topic);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	rd_kafka_DeleteTopics(client, &old_topic, 1, NULL, queue);
	expect_topic_result(queue, "delete", topic);
	rd_kafka_DeleteTopic_destroy(old_topic);
	rd_kafka_queue_destroy(queue);
}

struct topic_reader {
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	const char *topic; /* borrowed */
	int n_partitions;
	int n_at_end;
	bool *at_end; /* of each partition */
	int silent_ms; /* waited in a row, for what must be there */
};

static void die_on_fatal(rd_kafka_t *client, int err, const char *reason, void *opaque)
{
	(void)client, (void)opaque;
	if (err == RD_KAFKA_RESP_ERR__FATAL || err == RD_KAFKA_RESP_ERR__AUTHENTICATION)
		die("Kafka: %s: %s", rd_kafka_err2str(err), reason);
}

/* Only a fetch that finds nothing tells where the end is: with commits every 200 ms and a longer wait none does.
 * Who has chosen a wait, as the bare loops of tests/bench have weir's own, keeps it. */
static void wait_little_for_the_end(rd_kafka_conf_t *conf)
{
	char wait_ms[16];
	size_t size = sizeof(wait_ms);
	if (rd_kafka_conf_get(conf, "fetch.wait.max.ms", wait_ms, &size) == RD_KAFKA_CONF_OK && strcmp(wait_ms, "500") == 0)
		kafka_conf_set(conf, "fetch.wait.max.ms", "10");
}

struct topic_reader *topic_reader_open(rd_kafka_conf_t *take_conf, const char *topic)
{
	struct topic_reader *reader = calloc(1, sizeof *reader);
	/* assign() is used: the group is only a formality. */
	kafka_conf_set(take_conf, "group.id", "weir-tools");
	kafka_conf_set(take_conf, "enable.auto.commit", "false");
	kafka_conf_set(take_conf, "auto.offset.reset", "error");
	kafka_conf_set(take_conf, "enable.partition.eof", "true");
	wait_little_for_the_end(take_conf);
	rd_kafka_conf_set_error_cb(take_conf, die_on_fatal);
	reader->client = kafka_client(RD_KAFKA_CONSUMER, take_conf);
	rd_kafka_poll_set_consumer(reader->client);
	reader->queue = rd_kafka_queue_get_consumer(reader->client);
	reader->topic = topic;
	reader->n_partitions = topic_partitions(reader->client, topic);
	if (reader->n_partitions == 0)
		die("topic %s: there is none", topic);
	reader->at_end = calloc((size_t)reader->n_partitions, sizeof *reader->at_end);

	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(reader->n_partitions);
	for (int i = 0; i < reader->n_partitions; i++)
		rd_kafka_topic_partition_list_add(list, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_resp_err_t err = rd_kafka_assign(reader->client, list);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("cannot read topic %s: %s", topic, rd_kafka_err2str(err));
	rd_kafka_topic_partition_list_destroy(list);
	return reader;
}

static void note_end(struct topic_reader *reader, int partition)
{
	if (reader->at_end[partition])
		return;
	reader->at_end[partition] = true;
	reader->n_at_end++;
}

size_t topic_reader_next(struct topic_reader *reader, rd_kafka_message_t **messages, size_t n,
			 int timeout_ms)
{
	ssize_t n_got = rd_kafka_consume_batch_queue(reader->queue, timeout_ms, messages, n);
	if (n_got < 0)
		die("cannot read topic %s: %s", reader->topic, rd_kafka_err2str(rd_kafka_last_error()));
	reader->silent_ms = n_got > 0 || topic_reader_at_end(reader) ? 0 : reader->silent_ms + timeout_ms;
	if (reader->silent_ms > SILENCE_LIMIT_MS)
		die("cannot read topic %s: the broker was silent for a minute", reader->topic);
	size_t n_kept = 0;
	for (ssize_t i = 0; i < n_got; i++) {
		if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
			messages[n_kept++] = messages[i];
			continue;
		}
		if (messages[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
			die("cannot read topic %s: %s", reader->topic, rd_kafka_message_errstr(messages[i]));
		note_end(reader, messages[i]->partition);
		rd_kafka_message_destroy(messages[i]);
	}
	return n_kept;
}

bool topic_reader_at_end(const struct topic_reader *reader)
{
	return reader->n_at_end == reader->n_partitions;
}

int topic_reader_partitions(const struct topic_reader *reader)
{
	return reader->n_partitions;
}

void topic_reader_close(struct topic_reader *reader)
{
	rd_kafka_consumer_close(reader->client);
	rd_kafka_queue_destroy(reader->queue);
	rd_kafka_destroy(reader->client);
	free(reader->at_end);
	free(reader);
}
