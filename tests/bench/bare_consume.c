/* The yardstick: librdkafka alone reads a topic to its end and drops every record, with the settings
 * that weir's Kafka source has by default. One line of JSON. */
#include "tests/tools/kafka.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#define BATCH_SIZE 1024

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static int64_t consume_and_drop(struct topic_reader *reader)
{
	static rd_kafka_message_t *messages[BATCH_SIZE];
	int64_t n_records = 0;
	while (!topic_reader_at_end(reader)) {
		size_t n = topic_reader_next(reader, messages, BATCH_SIZE, 100);
		for (size_t i = 0; i < n; i++)
			rd_kafka_message_destroy(messages[i]);
		n_records += (int64_t)n;
	}
	return n_records;
}

int main(int argc, char **argv)
{
	static const char usage[] =
		"usage: bare_consume --bootstrap-servers LIST --topic NAME [-X NAME=VALUE]...";
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'},
		{"topic", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "isolation.level", "read_committed");
	kafka_conf_set(conf, "fetch.message.max.bytes", "4194304");
	kafka_conf_set(conf, "fetch.wait.max.ms", "100");
	kafka_conf_set(conf, "queued.min.messages", "200000");
	const char *topic = NULL;
	int option;
	while ((option = getopt_long(argc, argv, "X:", options, NULL)) != -1) {
		switch (option) {
		case 'b': kafka_conf_set(conf, "bootstrap.servers", optarg); break;
		case 't': topic = optarg; break;
		case 'X': kafka_conf_set_pair(conf, optarg); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || topic == NULL)
		die("%s", usage);

	struct timespec start, end;
	clock_gettime(CLOCK_MONOTONIC, &start);
	struct topic_reader *reader = topic_reader_open(conf, topic);
	int64_t n_records = consume_and_drop(reader);
	topic_reader_close(reader);
	clock_gettime(CLOCK_MONOTONIC, &end);

	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	double seconds = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
	double cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
	printf("{\"records\":%" PRId64 ",\"seconds\":%.3f,\"records_per_second\":%.0f,"
	       "\"cpu_seconds_per_million\":%.3f,\"max_rss_kib\":%ld}\n",
	       n_records, seconds, (double)n_records / seconds, cpu_seconds * 1e6 / (double)n_records,
	       used.ru_maxrss);
	return 0;
}
