/* The yardstick of reading: librdkafka alone reads a topic to its end and drops every record. Prints how
 * many there were. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "tests/bench/bare.h"

static int64_t consume_and_drop(struct topic_reader *reader)
{
	static rd_kafka_message_t *messages[BARE_BATCH];
	int64_t n_records = 0;
	while (!topic_reader_at_end(reader)) {
		size_t n = topic_reader_next(reader, messages, BARE_BATCH, 100);
		for (size_t i = 0; i < n; i++)
			rd_kafka_message_destroy(messages[i]);
		n_records += (int64_t)n;
	}
	return n_records;
}

int main(int argc, char **argv)
{
	static const char usage[] = "usage: bare_consume --bootstrap-servers LIST --topic NAME";
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'},
		{"topic", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	const char *servers = NULL, *topic = NULL;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b': servers = optarg; break;
		case 't': topic = optarg; break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || servers == NULL || topic == NULL)
		die("%s", usage);
	struct topic_reader *reader = topic_reader_open(bare_consumer_conf(servers), topic);
	printf("%" PRId64 "\n", consume_and_drop(reader));
	topic_reader_close(reader);
	return 0;
}
