#include "tests/bench/bare.h"

#include <time.h>

#include "connectors/kafka/kafka_tuning.h"

#define FULL_QUEUE_WAIT_MS 10

struct property {
	const char *name, *value;
};

double monotonic_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int64_t wall_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static rd_kafka_conf_t *conf_of(const char *bootstrap_servers, const struct property *properties)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "bootstrap.servers", bootstrap_servers);
	for (; properties->name != NULL; properties++)
		kafka_conf_set(conf, properties->name, properties->value);
	return conf;
}

rd_kafka_conf_t *bare_consumer_conf(const char *bootstrap_servers)
{
	static const struct property properties[] = {
		KAFKA_SOURCE_TUNING, {"isolation.level", "read_committed"}, {NULL, NULL}};
	return conf_of(bootstrap_servers, properties);
}

rd_kafka_conf_t *bare_producer_conf(const char *bootstrap_servers)
{
	static const struct property properties[] = {
		KAFKA_SINK_TUNING, {"partitioner", "murmur2_random"}, {NULL, NULL}};
	return conf_of(bootstrap_servers, properties);
}

static void produce_again(rd_kafka_t *client, rd_kafka_topic_t *topic, const rd_kafka_message_t *message)
{
	rd_kafka_resp_err_t err = message->err;
	while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
		rd_kafka_poll(client, FULL_QUEUE_WAIT_MS);
		err = rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, message->payload,
				       message->len, message->key, message->key_len, NULL) == 0
			      ? RD_KAFKA_RESP_ERR_NO_ERROR
			      : rd_kafka_last_error();
	}
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("cannot produce: %s", rd_kafka_err2str(err));
}

void bare_produce(rd_kafka_t *client, rd_kafka_topic_t *topic, rd_kafka_message_t *messages, int n)
{
	int n_taken = rd_kafka_produce_batch(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, messages, n);
	for (int i = 0; n_taken < n && i < n; i++)
		if (messages[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
			produce_again(client, topic, &messages[i]);
	rd_kafka_poll(client, 0);
}
