/* What the tools of tests and benchmarks share: a client, topics, reading a topic to its end. Knows
 * librdkafka and nothing of weir. A failure ends the program: it is said on stderr, exit status 2. */
#ifndef TESTS_TOOLS_KAFKA_H
#define TESTS_TOOLS_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Text of an option -> number in [low, high], or the program ends. */
int64_t number_of(const char *option, const char *text, int64_t low, int64_t high);

void kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value);
/* "name=value", as in -X name=value. */
void kafka_conf_set_pair(rd_kafka_conf_t *conf, const char *pair);
rd_kafka_t *kafka_client(rd_kafka_type_t type, rd_kafka_conf_t *take_conf);

/* 0 where there is no such topic. */
int topic_partitions(rd_kafka_t *client, const char *topic);
/* Without retention: lines of last year stay. Returns when the topic can be used. */
void topic_create(rd_kafka_t *client, const char *topic, int n_partitions);
/* Likewise, with one setting "name=value" more; NULL = none. */
void topic_create_with(rd_kafka_t *client, const char *topic, int n_partitions, const char *setting);
void topic_grow(rd_kafka_t *client, const char *topic, int n_partitions);
/* Partition 0 loses what lies before the offset, as if by retention. */
void topic_trim(rd_kafka_t *client, const char *topic, int64_t offset);
void topic_delete(rd_kafka_t *client, const char *topic);

/* Reads all partitions of a topic from their beginnings. */
struct topic_reader;
struct topic_reader *topic_reader_open(rd_kafka_conf_t *take_conf, const char *topic);
/* Waits up to timeout_ms; returns the number of messages, which are the caller's to destroy. */
size_t topic_reader_next(struct topic_reader *reader, rd_kafka_message_t **messages, size_t n,
			 int timeout_ms);
/* Every partition has been read to where it ended when the reader came there. */
bool topic_reader_at_end(const struct topic_reader *reader);
int topic_reader_partitions(const struct topic_reader *reader);
void topic_reader_close(struct topic_reader *reader);

#endif
