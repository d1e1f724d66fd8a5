/* How long records of paced_producer were under way until a read_committed reader had them: prints, in ms,
 * the 50th, 99th and 99.9th percentile and the maximum. Ends when so many records have come. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare.h"

#define BUCKET_US 100
#define N_BUCKETS 600000 /* the last one is for whatever took a minute and more */

struct latencies {
	int64_t n, max_us;
	int64_t buckets[N_BUCKETS];
};

static void add(struct latencies *latencies, const rd_kafka_message_t *message, int64_t now_us)
{
	char stamp[17];
	if (message->len < 16)
		die("a record of %zu bytes is none of paced_producer", message->len);
	memcpy(stamp, message->payload, 16);
	stamp[16] = '\0';
	int64_t us = now_us - (int64_t)strtoull(stamp, NULL, 16);
	int64_t bucket = us / BUCKET_US;
	latencies->n++;
	latencies->max_us = us > latencies->max_us ? us : latencies->max_us;
	latencies->buckets[bucket < 0 ? 0 : bucket < N_BUCKETS ? bucket : N_BUCKETS - 1]++;
}

/* The upper end of the bucket in which the share is reached. */
static double percentile_ms(const struct latencies *latencies, double share)
{
	int64_t below = 0, bucket = 0;
	while (bucket < N_BUCKETS && (double)(below += latencies->buckets[bucket]) < share * (double)latencies->n)
		bucket++;
	return (double)(bucket + 1) * BUCKET_US / 1000;
}

static void read_records(struct latencies *latencies, struct topic_reader *reader, int64_t n_records, int64_t n_skipped)
{
	static rd_kafka_message_t *messages[BARE_BATCH];
	for (int64_t n_read = 0; n_read < n_records;) {
		size_t n = topic_reader_next(reader, messages, BARE_BATCH, 100);
		int64_t now_us = wall_us();
		for (size_t i = 0; i < n; i++) {
			if (n_read++ >= n_skipped)
				add(latencies, messages[i], now_us);
			rd_kafka_message_destroy(messages[i]);
		}
	}
}

int main(int argc, char **argv)
{
	static const char usage[] = "usage: latency_reader --bootstrap-servers LIST --topic NAME --records N\n"
				    "                      [--skip N   records at first that do not count (0)]";
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'}, {"topic", required_argument, NULL, 't'},
		{"records", required_argument, NULL, 'n'},	     {"skip", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	static struct latencies latencies;
	const char *servers = NULL, *topic = NULL;
	int64_t n_records = 0, n_skipped = 0;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b': servers = optarg; break;
		case 't': topic = optarg; break;
		case 'n': n_records = number_of("records", optarg, 1, INT64_C(1) << 40); break;
		case 's': n_skipped = number_of("skip", optarg, 0, INT64_C(1) << 40); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || servers == NULL || topic == NULL || n_records <= n_skipped)
		die("%s", usage);
	struct topic_reader *reader = topic_reader_open(bare_consumer_conf(servers), topic);
	read_records(&latencies, reader, n_records, n_skipped);
	printf("%.1f %.1f %.1f %.1f\n", percentile_ms(&latencies, 0.5), percentile_ms(&latencies, 0.99),
	       percentile_ms(&latencies, 0.999), (double)latencies.max_us / 1000);
	topic_reader_close(reader);
	return 0;
}
