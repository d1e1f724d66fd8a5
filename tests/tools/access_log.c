/* Writes access-log lines, "yyyy-MM-dd_HH:mm:ss ADDRESS", to a Kafka topic.
 *
 * Live (default): the log source of the reference job, four addresses, one line each a second, stamped
 * with the time of day, until SIGINT or SIGTERM or for --seconds. Bulk (--lines): as fast as the broker
 * takes them, with made-up times; the same arguments give the same lines, line i in partition
 * i mod the number of partitions. */
#include "kafka.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE  80
#define BATCH_SIZE 4096

struct settings {
	const char *bootstrap_servers, *topic;
	int partitions;	    /* 0: as the topic has */
	int only_partition; /* bulk; -1: each in turn */
	bool create;
	int64_t seconds;    /* live; 0: until a signal */
	int64_t lines;	    /* bulk; 0: live */
	int64_t addresses;
	int64_t lines_per_second; /* of event time */
	int64_t rate;		  /* lines a second by the clock on the wall; 0: as fast as may be */
	int64_t start_time;
	int64_t disorder_seconds; /* how far a line may lie behind its place */
	int64_t malformed_per_million;
	int64_t ipv6_per_million;
	uint64_t seed;
};

static volatile sig_atomic_t is_stopped;
static int64_t n_failed;

static void stop_on_signal(int signal_number)
{
	(void)signal_number;
	is_stopped = 1;
}

static void count_failed(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	(void)client, (void)opaque;
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	if (n_failed++ == 0)
		fprintf(stderr, "access_log: a line was not taken: %s\n", rd_kafka_err2str(message->err));
}

static double wall_seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void sleep_until(double when)
{
	double left = when - wall_seconds();
	if (left > 0)
		usleep((useconds_t)(left < 1 ? left * 1e6 : 1e6 - 1));
}

/* splitmix64: the n-th number of a stream, without a state. */
static uint64_t random_number(uint64_t seed, uint64_t n)
{
	uint64_t x = seed + (n + 1) * 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* The text of one second is made once: lines come in the order of time, or nearly. */
static size_t write_time(char *text, int64_t seconds)
{
	static int64_t made_for = INT64_MIN;
	static char made[24];
	if (seconds != made_for) {
		struct tm tm;
		time_t t = (time_t)seconds;
		gmtime_r(&t, &tm);
		strftime(made, sizeof made, "%Y-%m-%d_%H:%M:%S ", &tm);
		made_for = seconds;
	}
	memcpy(text, made, 20);
	return 20;
}

static char *write_decimal(char *text, unsigned number)
{
	if (number >= 100)
		*text++ = (char)('0' + number / 100);
	if (number >= 10)
		*text++ = (char)('0' + number / 10 % 10);
	*text++ = (char)('0' + number % 10);
	return text;
}

static size_t write_address(char *text, uint32_t index, bool is_ipv6)
{
	if (is_ipv6)
		return (size_t)sprintf(text, "2001:db8::1:%x:%x", (index >> 16) + 1, (index & 0xffff) + 1);
	char *end = text;
	memcpy(end, "10.", 3);
	end = write_decimal(end + 3, index >> 16 & 255);
	*end++ = '.';
	end = write_decimal(end, index >> 8 & 255);
	*end++ = '.';
	end = write_decimal(end, index & 255);
	return (size_t)(end - text);
}

static const char *const malformed_lines[] = {
	"",
	" ",
	"2019-09-15_16:23:35",
	"192.168.1.1",
	"2019-09-15 16:23:35 192.168.1.1",
	"2019-13-15_16:23:35 192.168.1.1",
	"2019-09-15_16:23:35 192.168.1.256",
	"2019-09-15_16:23:35 192.168.1",
	"2019-09-15_16:23:35 2001:db8::1::2",
	"2019-09-15_16:23:3x 192.168.1.1",
	"\xff\xfe\x00\x01",
};
#define N_MALFORMED (sizeof malformed_lines / sizeof malformed_lines[0])

static size_t write_bulk_line(const struct settings *settings, int64_t i, char *line)
{
	uint64_t dice = random_number(settings->seed, (uint64_t)i);
	/* Independent of the address below, which uses the high half. */
	int64_t share = (int64_t)((dice & 0xffffff) * 1000000 >> 24);
	if (share < settings->malformed_per_million) {
		const char *malformed = malformed_lines[(dice >> 24 & 0xff) % N_MALFORMED];
		size_t length = strlen(malformed);
		memcpy(line, malformed, length);
		return length;
	}
	int64_t seconds = settings->start_time + i / settings->lines_per_second;
	if (settings->disorder_seconds > 0)
		seconds -= (int64_t)(random_number(settings->seed ^ 5, (uint64_t)i) %
				     (uint64_t)(settings->disorder_seconds + 1));
	uint32_t index = (uint32_t)((dice >> 32) * (uint64_t)settings->addresses >> 32);
	bool is_ipv6 = (int64_t)(random_number(settings->seed ^ 6, index) % 1000000) <
		       settings->ipv6_per_million;
	size_t length = write_time(line, seconds);
	return length + write_address(line + length, index, is_ipv6);
}

/* A full queue is emptied whole: who only waits for a free place sends message by message. */
static void produce_batch(rd_kafka_t *client, rd_kafka_topic_t *topic, rd_kafka_message_t *messages, int n)
{
	int n_taken = rd_kafka_produce_batch(topic, 0, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION,
					     messages, n);
	for (int i = 0; n_taken < n && i < n; i++) {
		rd_kafka_message_t *message = &messages[i];
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			continue;
		while (message->err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
			rd_kafka_flush(client, -1);
			message->err = rd_kafka_produce(topic, message->partition, RD_KAFKA_MSG_F_COPY,
							message->payload, message->len, NULL, 0, NULL) == 0
					       ? RD_KAFKA_RESP_ERR_NO_ERROR
					       : rd_kafka_last_error();
		}
		if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			die("access_log: cannot produce: %s", rd_kafka_err2str(message->err));
	}
	rd_kafka_poll(client, 0);
}

static int64_t run_bulk(const struct settings *settings, rd_kafka_t *client, rd_kafka_topic_t *topic)
{
	static char lines[BATCH_SIZE][LINE_SIZE];
	static rd_kafka_message_t messages[BATCH_SIZE];
	double start = wall_seconds();
	int64_t i = 0;
	while (i < settings->lines && !is_stopped) {
		int64_t batch = settings->rate > 0 ? settings->rate / 50 + 1 : BATCH_SIZE;
		int n = 0;
		for (; n < BATCH_SIZE && n < batch && i < settings->lines; n++, i++) {
			messages[n] = (rd_kafka_message_t){
				.partition = settings->only_partition >= 0
						     ? settings->only_partition
						     : (int32_t)(i % settings->partitions),
				.payload = lines[n],
				.len = write_bulk_line(settings, i, lines[n]),
			};
		}
		produce_batch(client, topic, messages, n);
		while (settings->rate > 0 && !is_stopped &&
		       wall_seconds() - start < (double)i / (double)settings->rate)
			sleep_until(start + (double)i / (double)settings->rate);
	}
	return i;
}

static int64_t run_live(const struct settings *settings, rd_kafka_t *client, rd_kafka_topic_t *topic)
{
	int64_t n_lines = 0;
	double next = wall_seconds();
	for (int64_t second = 0; settings->seconds == 0 || second < settings->seconds; second++, next += 1) {
		while (!is_stopped && wall_seconds() < next)
			sleep_until(next);
		if (is_stopped)
			break;
		char line[LINE_SIZE];
		size_t length = write_time(line, time(NULL));
		for (int address = 1; address <= 4; address++) {
			rd_kafka_message_t message = {
				.partition = (int32_t)(n_lines++ % settings->partitions),
				.payload = line,
				.len = length + (size_t)sprintf(line + length, "192.168.1.%d", address),
			};
			produce_batch(client, topic, &message, 1);
		}
	}
	return n_lines;
}

enum { OPT_BOOTSTRAP = 256, OPT_TOPIC, OPT_PARTITIONS, OPT_CREATE, OPT_SECONDS, OPT_LINES, OPT_ADDRESSES,
       OPT_LINES_PER_SECOND, OPT_RATE, OPT_START_TIME, OPT_DISORDER, OPT_MALFORMED, OPT_IPV6, OPT_ONLY_PARTITION,
       OPT_SEED };

static const struct option long_options[] = {
	{"bootstrap-servers", required_argument, NULL, OPT_BOOTSTRAP},
	{"topic", required_argument, NULL, OPT_TOPIC},
	{"partitions", required_argument, NULL, OPT_PARTITIONS},
	{"create", no_argument, NULL, OPT_CREATE},
	{"seconds", required_argument, NULL, OPT_SECONDS},
	{"lines", required_argument, NULL, OPT_LINES},
	{"addresses", required_argument, NULL, OPT_ADDRESSES},
	{"lines-per-second", required_argument, NULL, OPT_LINES_PER_SECOND},
	{"rate", required_argument, NULL, OPT_RATE},
	{"start-time", required_argument, NULL, OPT_START_TIME},
	{"disorder", required_argument, NULL, OPT_DISORDER},
	{"malformed", required_argument, NULL, OPT_MALFORMED},
	{"ipv6", required_argument, NULL, OPT_IPV6},
	{"only-partition", required_argument, NULL, OPT_ONLY_PARTITION},
	{"seed", required_argument, NULL, OPT_SEED},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: access_log --bootstrap-servers LIST --topic NAME [option]...\n"
	"  --create               create the topic, with --partitions N (1) and no retention\n"
	"live, four addresses, one line each a second:\n"
	"  --seconds N            for so long; default: until SIGINT or SIGTERM\n"
	"bulk:\n"
	"  --lines N              how many\n"
	"  --addresses K          over so many addresses (1000)\n"
	"  --lines-per-second N   so many lines carry the same second (10000)\n"
	"  --start-time EPOCH     the second of the first line (1568564610 = 2019-09-15_16:23:30)\n"
	"  --disorder SECONDS     lines lie up to so far behind their place, in [0, 3600] (0)\n"
	"  --malformed PPM        so many lines of a million are no log lines (0)\n"
	"  --ipv6 PPM             so many addresses of a million are IPv6 (0)\n"
	"  --only-partition P     all lines to partition P (each in turn)\n"
	"  --seed S               other addresses in another order (1)\n"
	"  --rate N               at most so many lines a second by the clock\n"
	"  -X NAME=VALUE          a property of librdkafka\n";

static struct settings read_settings(int argc, char **argv, rd_kafka_conf_t *conf)
{
	struct settings settings = {
		.addresses = 1000, .lines_per_second = 10000, .start_time = 1568564610, .only_partition = -1,
		.seed = 1};
	int option, index;
	while ((option = getopt_long(argc, argv, "X:", long_options, &index)) != -1) {
		const char *name = option > 255 ? long_options[index].name : NULL;
		switch (option) {
		case OPT_BOOTSTRAP: settings.bootstrap_servers = optarg; break;
		case OPT_TOPIC: settings.topic = optarg; break;
		case OPT_PARTITIONS: settings.partitions = (int)number_of(name, optarg, 1, 10000); break;
		case OPT_CREATE: settings.create = true; break;
		case OPT_SECONDS: settings.seconds = number_of(name, optarg, 1, INT32_MAX); break;
		case OPT_LINES: settings.lines = number_of(name, optarg, 1, INT64_C(1) << 40); break;
		case OPT_ADDRESSES: settings.addresses = number_of(name, optarg, 1, 1 << 24); break;
		case OPT_LINES_PER_SECOND:
			settings.lines_per_second = number_of(name, optarg, 1, INT64_C(1) << 40);
			break;
		case OPT_RATE: settings.rate = number_of(name, optarg, 1, 100000000); break;
		case OPT_START_TIME: settings.start_time = number_of(name, optarg, 0, INT64_C(200000000000)); break;
		case OPT_DISORDER: settings.disorder_seconds = number_of(name, optarg, 0, 3600); break;
		case OPT_MALFORMED: settings.malformed_per_million = number_of(name, optarg, 0, 1000000); break;
		case OPT_IPV6: settings.ipv6_per_million = number_of(name, optarg, 0, 1000000); break;
		case OPT_ONLY_PARTITION: settings.only_partition = (int)number_of(name, optarg, 0, 9999); break;
		case OPT_SEED: settings.seed = (uint64_t)number_of(name, optarg, 0, INT64_MAX); break;
		case 'X': kafka_conf_set_pair(conf, optarg); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc || settings.topic == NULL || settings.bootstrap_servers == NULL)
		die("%s", usage);
	kafka_conf_set(conf, "bootstrap.servers", settings.bootstrap_servers);
	return settings;
}

int main(int argc, char **argv)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	/* Idempotent: a broker that is killed and comes back gets each line once, in order. */
	kafka_conf_set(conf, "enable.idempotence", "true");
	kafka_conf_set(conf, "linger.ms", "20");
	kafka_conf_set(conf, "queue.buffering.max.messages", "500000");
	kafka_conf_set(conf, "message.timeout.ms", "300000");
	struct settings settings = read_settings(argc, argv, conf);
	rd_kafka_conf_set_dr_msg_cb(conf, count_failed);
	rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, conf);
	if (settings.create)
		topic_create(client, settings.topic, settings.partitions > 0 ? settings.partitions : 1);
	settings.partitions = topic_partitions(client, settings.topic);
	if (settings.partitions == 0)
		die("access_log: there is no topic %s (--create makes it)", settings.topic);
	if (settings.only_partition >= settings.partitions)
		die("access_log: topic %s has %d partitions only", settings.topic, settings.partitions);
	rd_kafka_topic_t *topic = rd_kafka_topic_new(client, settings.topic, NULL);

	struct sigaction action = {.sa_handler = stop_on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	double start = wall_seconds();
	int64_t n_lines = settings.lines > 0 ? run_bulk(&settings, client, topic)
					     : run_live(&settings, client, topic);
	rd_kafka_flush(client, -1);
	double seconds = wall_seconds() - start;
	printf("%" PRId64 " lines to %s in %.1f s (%.0f a second)\n", n_lines - n_failed, settings.topic, seconds,
	       (double)n_lines / seconds);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(client);
	return n_failed == 0 ? 0 : 1;
}
