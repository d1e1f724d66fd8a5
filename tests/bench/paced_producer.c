/* Records of one size at an even pace. The first 16 bytes of each are the time at which it was handed to
 * librdkafka (us since 1970, hexadecimal): what latency_reader counts from. Prints the records a second. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bare.h"

#define TICK_NS 1000000 /* a tick's share of records is produced together */
#define STAMP_LEN 16

struct producer {
	rd_kafka_t *client;
	rd_kafka_topic_t *topic;
	rd_kafka_message_t messages[BARE_BATCH];
	char *text; /* BARE_BATCH of `size` */
};

static int64_t n_failed;

static void count_failed(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	(void)client, (void)opaque;
	n_failed += message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void produce(struct producer *producer, int64_t n, size_t size)
{
	while (n > 0) {
		int n_now = n < BARE_BATCH ? (int)n : BARE_BATCH;
		char stamp[STAMP_LEN + 1];
		snprintf(stamp, sizeof(stamp), "%016" PRIx64, (uint64_t)wall_us());
		for (int i = 0; i < n_now; i++) {
			char *text = producer->text + (size_t)i * size;
			memcpy(text, stamp, STAMP_LEN);
			producer->messages[i] = (rd_kafka_message_t){.payload = text, .len = size};
		}
		bare_produce(producer->client, producer->topic, producer->messages, n_now);
		n -= n_now;
	}
}

/* rate 0: as fast as may be. */
static void run(struct producer *producer, int64_t n_records, size_t size, int64_t rate)
{
	double start = monotonic_seconds();
	for (int64_t n = 0; n < n_records;) {
		int64_t due = rate > 0 ? (int64_t)((monotonic_seconds() - start) * (double)rate) : n + BARE_BATCH;
		if (due > n_records)
			due = n_records;
		if (due > n)
			produce(producer, due - n, size);
		n = due;
		if (rate > 0)
			nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
	}
	rd_kafka_flush(producer->client, -1);
	printf("%.0f\n", (double)n_records / (monotonic_seconds() - start));
}

int main(int argc, char **argv)
{
	static const char usage[] = "usage: paced_producer --bootstrap-servers LIST --topic NAME --records N [--size BYTES (60)]\n"
				    "                      [--rate N   records a second; default: as fast as may be]";
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'}, {"topic", required_argument, NULL, 't'},
		{"records", required_argument, NULL, 'n'},	     {"size", required_argument, NULL, 's'},
		{"rate", required_argument, NULL, 'r'},		     {NULL, 0, NULL, 0},
	};
	const char *servers = NULL, *topic = NULL;
	int64_t n_records = 0, size = 60, rate = 0;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b': servers = optarg; break;
		case 't': topic = optarg; break;
		case 'n': n_records = number_of("records", optarg, 1, INT64_C(1) << 40); break;
		case 's': size = number_of("size", optarg, STAMP_LEN, 900000); break;
		case 'r': rate = number_of("rate", optarg, 1, 100000000); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || servers == NULL || topic == NULL || n_records == 0)
		die("%s", usage);
	rd_kafka_conf_t *conf = bare_producer_conf(servers);
	kafka_conf_set(conf, "linger.ms", rate > 0 ? "1" : "20");
	rd_kafka_conf_set_dr_msg_cb(conf, count_failed);
	struct producer *producer = calloc(1, sizeof(*producer));
	producer->text = malloc(BARE_BATCH * (size_t)size);
	memset(producer->text, '.', BARE_BATCH * (size_t)size);
	producer->client = kafka_client(RD_KAFKA_PRODUCER, conf);
	producer->topic = rd_kafka_topic_new(producer->client, topic, NULL);
	run(producer, n_records, (size_t)size, rate);
	rd_kafka_topic_destroy(producer->topic);
	rd_kafka_destroy(producer->client);
	free(producer->text);
	free(producer);
	return n_failed == 0 ? 0 : 1;
}
