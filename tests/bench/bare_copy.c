/* The yardstick of reading and writing: librdkafka alone reads a topic to its end and writes to another one
 * in transactions, the offsets read among them, as a loop with exactly once has to. Nothing is remembered
 * for a restart.
 *
 * Without more, each record is copied. With --results R --of N, R result lines ("LINE 1", the key being
 * what stands behind the line's first blank) are written for N lines read: the reading and writing of a
 * counting job without the counting.
 *
 * Prints the records read, those written, and the time (ms since 1970) at which the first came in. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare.h"

#define TIMEOUT_MS 60000
#define LINE_MAX_LEN 256

struct copy {
	const char *servers, *from, *to;
	int64_t n_results, n_of; /* 0: every record as it is */
	double interval;	 /* seconds between commits */

	struct topic_reader *reader;
	rd_kafka_t *producer;
	rd_kafka_topic_t *topic;
	rd_kafka_consumer_group_metadata_t *group;
	rd_kafka_topic_partition_list_t *offsets; /* by partition: the next to read */
	int64_t n_read, n_written, share;
	int64_t first_ms;
};

static void expect_done(const char *what, rd_kafka_error_t *error)
{
	if (error != NULL)
		die("cannot %s: %s", what, rd_kafka_error_string(error));
}

static void open_copy(struct copy *copy)
{
	char identity[300];
	snprintf(identity, sizeof(identity), "bare-%s", copy->to);
	rd_kafka_conf_t *conf = bare_producer_conf(copy->servers);
	kafka_conf_set(conf, "transactional.id", identity);
	copy->producer = kafka_client(RD_KAFKA_PRODUCER, conf);
	expect_done("initialize transactions", rd_kafka_init_transactions(copy->producer, TIMEOUT_MS));
	copy->topic = rd_kafka_topic_new(copy->producer, copy->to, NULL);
	copy->group = rd_kafka_consumer_group_metadata_new(identity);
	copy->reader = topic_reader_open(bare_consumer_conf(copy->servers), copy->from);
	int n_partitions = topic_reader_partitions(copy->reader);
	copy->offsets = rd_kafka_topic_partition_list_new(n_partitions);
	for (int i = 0; i < n_partitions; i++)
		rd_kafka_topic_partition_list_add(copy->offsets, copy->from, i)->offset = 0;
	expect_done("begin a transaction", rd_kafka_begin_transaction(copy->producer));
}

static void commit(struct copy *copy)
{
	expect_done("send offsets", rd_kafka_send_offsets_to_transaction(copy->producer, copy->offsets, copy->group,
									 TIMEOUT_MS));
	expect_done("commit", rd_kafka_commit_transaction(copy->producer, TIMEOUT_MS));
}

static int copy_records(rd_kafka_message_t *const *in, size_t n, rd_kafka_message_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (rd_kafka_message_t){
			.payload = in[i]->payload, .len = in[i]->len, .key = in[i]->key, .key_len = in[i]->key_len};
	return (int)n;
}

static void write_result(const rd_kafka_message_t *in, rd_kafka_message_t *out, char *line)
{
	size_t len = in->len < LINE_MAX_LEN - 2 ? in->len : LINE_MAX_LEN - 2;
	memcpy(line, in->payload, len);
	char *blank = memchr(line, ' ', len);
	memcpy(line + len, " 1", 2);
	*out = (rd_kafka_message_t){.payload = line, .len = len + 2};
	if (blank == NULL)
		return;
	out->key = blank + 1;
	out->key_len = (size_t)(line + len - blank - 1);
}

static int make_results(struct copy *copy, rd_kafka_message_t *const *in, size_t n, rd_kafka_message_t *out)
{
	static char lines[BARE_BATCH][LINE_MAX_LEN];
	int n_out = 0;
	for (size_t i = 0; i < n; i++) {
		copy->share += copy->n_results;
		if (copy->share < copy->n_of)
			continue;
		copy->share -= copy->n_of;
		write_result(in[i], &out[n_out], lines[n_out]);
		n_out++;
	}
	return n_out;
}

static void copy_batch(struct copy *copy, rd_kafka_message_t **in, size_t n)
{
	static rd_kafka_message_t out[BARE_BATCH];
	if (copy->n_read == 0 && n > 0)
		copy->first_ms = wall_us() / 1000;
	int n_out = copy->n_of > 0 ? make_results(copy, in, n, out) : copy_records(in, n, out);
	if (n_out > 0)
		bare_produce(copy->producer, copy->topic, out, n_out);
	for (size_t i = 0; i < n; i++) {
		copy->offsets->elems[in[i]->partition].offset = in[i]->offset + 1;
		rd_kafka_message_destroy(in[i]);
	}
	copy->n_read += (int64_t)n;
	copy->n_written += n_out;
}

static void run(struct copy *copy)
{
	static rd_kafka_message_t *messages[BARE_BATCH];
	double next_commit = monotonic_seconds() + copy->interval;
	while (!topic_reader_at_end(copy->reader)) {
		copy_batch(copy, messages, topic_reader_next(copy->reader, messages, BARE_BATCH, 100));
		if (monotonic_seconds() < next_commit)
			continue;
		commit(copy);
		expect_done("begin a transaction", rd_kafka_begin_transaction(copy->producer));
		next_commit = monotonic_seconds() + copy->interval;
	}
	commit(copy);
}

static void close_copy(struct copy *copy)
{
	topic_reader_close(copy->reader);
	rd_kafka_topic_partition_list_destroy(copy->offsets);
	rd_kafka_consumer_group_metadata_destroy(copy->group);
	rd_kafka_topic_destroy(copy->topic);
	rd_kafka_destroy(copy->producer);
}

int main(int argc, char **argv)
{
	static const char usage[] = "usage: bare_copy --bootstrap-servers LIST --from TOPIC --to TOPIC [--results R --of N]\n"
				    "                 [--interval-ms N]   between commits (5000)";
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'}, {"from", required_argument, NULL, 'f'},
		{"to", required_argument, NULL, 't'},		     {"results", required_argument, NULL, 'r'},
		{"of", required_argument, NULL, 'o'},		     {"interval-ms", required_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	struct copy copy = {.interval = 5};
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b': copy.servers = optarg; break;
		case 'f': copy.from = optarg; break;
		case 't': copy.to = optarg; break;
		case 'r': copy.n_results = number_of("results", optarg, 0, INT64_C(1) << 40); break;
		case 'o': copy.n_of = number_of("of", optarg, 1, INT64_C(1) << 40); break;
		case 'i': copy.interval = (double)number_of("interval-ms", optarg, 1, 3600000) / 1000; break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || copy.servers == NULL || copy.from == NULL || copy.to == NULL || copy.n_results > copy.n_of)
		die("%s", usage);
	open_copy(&copy);
	run(&copy);
	close_copy(&copy);
	printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", copy.n_read, copy.n_written, copy.first_ms);
	return 0;
}
