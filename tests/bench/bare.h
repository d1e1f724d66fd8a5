/* What the bare loops share: weir's measure is librdkafka alone, with the settings of weir's connectors. */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include "tests/tools/kafka.h"

#define BARE_BATCH 1024 /* messages taken at once */

double monotonic_seconds(void);
int64_t wall_us(void);

/* As weir's Kafka source and sink. */
rd_kafka_conf_t *bare_consumer_conf(const char *bootstrap_servers);
rd_kafka_conf_t *bare_producer_conf(const char *bootstrap_servers);

/* Copies the messages into the client's queue, each to the partition that its key chooses, and waits where
 * the queue is full. */
void bare_produce(rd_kafka_t *client, rd_kafka_topic_t *topic, rd_kafka_message_t *messages, int n);

#endif
