/* Topics by hand: kafka_topic create | grow | trim | delete | records | show | write | commit. */
#include "kafka.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_SIZE 1000

static const char usage[] =
	"usage: kafka_topic create|grow|trim|delete|records|show|write|commit --bootstrap-servers LIST --topic NAME [option]...\n"
	"  create [--partitions N]   without retention; --config NAME=VALUE: with this setting\n"
	"  grow --partitions N\n"
	"  trim --offset N           partition 0 loses what lies before it\n"
	"  delete\n"
	"  records                   prints how many records a reader finds\n"
	"  show [--follow] [--all]   prints the records' values; --follow goes on at the end; --all: partition,\n"
	"                            offset, key, value and header=value..., with tabs between\n"
	"  write [--abort]           the lines of stdin become records; --abort: in a transaction that is\n"
	"                            aborted at the end of stdin; --keyed: what stands before a tab is the key\n"
	"  commit --group NAME --offset N\n"
	"                            the group's offset in partition 0\n"
	"  --uncommitted             records and show: as a read_uncommitted reader\n"
	"  --exact                   show and write: key, value and header=value..., with tabs between; \\N is one that\n"
	"                            is absent, which is not the same as empty\n"
	"  -X NAME=VALUE             a property of librdkafka\n";

static void put(const void *text, size_t len)
{
	if (len > 0) /* else it may be NULL */
		fwrite(text, 1, len, stdout);
}

enum shown { NOTHING, VALUES, ALL, EXACT };

#define ABSENT "\\N"

static void put_exactly(const void *text, size_t len)
{
	if (text == NULL)
		fputs(ABSENT, stdout);
	else
		put(text, len);
}

static void show_record(const rd_kafka_message_t *message, enum shown shown)
{
	rd_kafka_headers_t *headers;
	bool has_headers = shown >= ALL && rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR;
	if (shown == ALL) {
		printf("%" PRId32 "\t%" PRId64 "\t", message->partition, message->offset);
		put(message->key, message->key_len);
		putchar('\t');
	}
	if (shown == EXACT) {
		put_exactly(message->key, message->key_len);
		putchar('\t');
		put_exactly(message->payload, message->len);
	} else {
		put(message->payload, message->len);
	}
	const char *name;
	const void *value;
	size_t len;
	for (size_t i = 0; has_headers && rd_kafka_header_get_all(headers, i, &name, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
		printf("\t%s=", name);
		shown == EXACT ? put_exactly(value, len) : put(value, len);
	}
	putchar('\n');
}

static void read_topic(rd_kafka_conf_t *take_conf, const char *topic, enum shown shown, bool is_followed)
{
	struct topic_reader *reader = topic_reader_open(take_conf, topic);
	rd_kafka_message_t *messages[BATCH_SIZE];
	int64_t n_records = 0;
	while (is_followed || !topic_reader_at_end(reader)) {
		size_t n = topic_reader_next(reader, messages, BATCH_SIZE, is_followed ? 5 : 100);
		for (size_t i = 0; i < n; i++) {
			if (shown != NOTHING)
				show_record(messages[i], shown);
			rd_kafka_message_destroy(messages[i]);
		}
		n_records += (int64_t)n;
		if (n > 0)
			fflush(stdout);
	}
	if (shown == NOTHING)
		printf("%" PRId64 "\n", n_records);
	topic_reader_close(reader);
}

static void fail_on_lost(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	(void)client, (void)opaque;
	if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("kafka_topic: a record was not taken: %s", rd_kafka_err2str(message->err));
}

static void expect_no_error(const char *what, rd_kafka_error_t *error)
{
	if (error != NULL)
		die("kafka_topic: cannot %s: %s", what, rd_kafka_error_string(error));
}

static void write_line(rd_kafka_t *client, const char *topic, const char *line, size_t length, bool is_keyed)
{
	const char *tab = is_keyed ? memchr(line, '\t', length) : NULL;
	size_t key_length = tab != NULL ? (size_t)(tab - line) : 0, before = tab != NULL ? key_length + 1 : 0;
	while (rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(tab != NULL ? line : NULL, key_length),
				 RD_KAFKA_V_VALUE((void *)(line + before), length - before),
				 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_flush(client, -1);
}

/* The next field of an exact line; NULL = absent. */
static char *next_field(char **rest, size_t *len)
{
	char *field = strsep(rest, "\t");
	*len = field != NULL ? strlen(field) : 0;
	return field != NULL && strcmp(field, ABSENT) == 0 ? (*len = 0, NULL) : field;
}

static rd_kafka_resp_err_t produce_exactly(rd_kafka_t *client, const char *topic, char *line)
{
	size_t key_len, value_len, len;
	char *key = next_field(&line, &key_len), *value = next_field(&line, &value_len);
	rd_kafka_headers_t *headers = rd_kafka_headers_new(4);
	for (char *rest; (rest = strsep(&line, "\t")) != NULL;) {
		char *name = strsep(&rest, "=");
		char *text = next_field(&rest, &len);
		rd_kafka_header_add(headers, name, -1, text, (ssize_t)len);
	}
	return rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, key_len),
				 RD_KAFKA_V_VALUE(value, value_len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
				 RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
}

static void write_topic(rd_kafka_conf_t *take_conf, const char *topic, bool is_aborted, bool is_keyed, bool is_exact)
{
	kafka_conf_set(take_conf, "enable.idempotence", "true");
	if (is_aborted)
		kafka_conf_set(take_conf, "transactional.id", "kafka_topic");
	rd_kafka_conf_set_dr_msg_cb(take_conf, fail_on_lost);
	rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, take_conf);
	if (is_aborted) {
		expect_no_error("begin a transaction", rd_kafka_init_transactions(client, 30000));
		expect_no_error("begin a transaction", rd_kafka_begin_transaction(client));
	}
	char *line = NULL;
	size_t allocated = 0;
	ssize_t length;
	while ((length = getline(&line, &allocated, stdin)) > 0) {
		length -= line[length - 1] == '\n';
		line[length] = '\0';
		if (!is_exact)
			write_line(client, topic, line, (size_t)length, is_keyed);
		else if (produce_exactly(client, topic, line) != RD_KAFKA_RESP_ERR_NO_ERROR)
			die("kafka_topic: a record was not taken: %s", rd_kafka_err2str(rd_kafka_last_error()));
		rd_kafka_poll(client, 0);
	}
	rd_kafka_flush(client, -1);
	if (is_aborted)
		expect_no_error("abort the transaction", rd_kafka_abort_transaction(client, 30000));
	free(line);
	rd_kafka_destroy(client);
}

static void commit_offset(rd_kafka_conf_t *take_conf, const char *topic, const char *group, int64_t offset)
{
	kafka_conf_set(take_conf, "group.id", group);
	rd_kafka_t *client = kafka_client(RD_KAFKA_CONSUMER, take_conf);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, topic, 0)->offset = offset;
	rd_kafka_resp_err_t err = rd_kafka_commit(client, list, 0);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		die("kafka_topic: cannot commit the offset: %s", rd_kafka_err2str(err));
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(client);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"bootstrap-servers", required_argument, NULL, 'b'},
		{"topic", required_argument, NULL, 't'},
		{"partitions", required_argument, NULL, 'p'},
		{"config", required_argument, NULL, 'c'},
		{"group", required_argument, NULL, 'g'},
		{"offset", required_argument, NULL, 'o'},
		{"abort", no_argument, NULL, 'a'},
		{"keyed", no_argument, NULL, 'k'},
		{"follow", no_argument, NULL, 'f'},
		{"all", no_argument, NULL, 'l'},
		{"exact", no_argument, NULL, 'e'},
		{"uncommitted", no_argument, NULL, 'u'},
		{NULL, 0, NULL, 0},
	};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const char *topic = NULL, *config = NULL, *group = "";
	int n_partitions = 1;
	int64_t offset = 0;
	enum shown shown = VALUES;
	bool is_followed = false, is_aborted = false, is_keyed = false;
	int option;
	while ((option = getopt_long(argc, argv, "X:", options, NULL)) != -1) {
		switch (option) {
		case 'b': kafka_conf_set(conf, "bootstrap.servers", optarg); break;
		case 't': topic = optarg; break;
		case 'p': n_partitions = (int)number_of("partitions", optarg, 1, 10000); break;
		case 'c': config = optarg; break;
		case 'g': group = optarg; break;
		case 'o': offset = number_of("offset", optarg, 0, INT64_MAX); break;
		case 'a': is_aborted = true; break;
		case 'k': is_keyed = true; break;
		case 'f': is_followed = true; break;
		case 'l': shown = ALL; break;
		case 'e': shown = EXACT; break;
		case 'u': kafka_conf_set(conf, "isolation.level", "read_uncommitted"); break;
		case 'X': kafka_conf_set_pair(conf, optarg); break;
		default: die("%s", usage);
		}
	}
	if (optind != argc - 1 || topic == NULL)
		die("%s", usage);
	const char *command = argv[optind];
	if (strcmp(command, "create") == 0) {
		rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, conf);
		topic_create_with(client, topic, n_partitions, config);
		rd_kafka_destroy(client);
	} else if (strcmp(command, "grow") == 0) {
		rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, conf);
		topic_grow(client, topic, n_partitions);
		rd_kafka_destroy(client);
	} else if (strcmp(command, "trim") == 0) {
		rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, conf);
		topic_trim(client, topic, offset);
		rd_kafka_destroy(client);
	} else if (strcmp(command, "delete") == 0) {
		rd_kafka_t *client = kafka_client(RD_KAFKA_PRODUCER, conf);
		topic_delete(client, topic);
		rd_kafka_destroy(client);
	} else if (strcmp(command, "records") == 0) {
		read_topic(conf, topic, NOTHING, false);
	} else if (strcmp(command, "show") == 0) {
		read_topic(conf, topic, shown, is_followed);
	} else if (strcmp(command, "write") == 0) {
		write_topic(conf, topic, is_aborted, is_keyed, shown == EXACT);
	} else if (strcmp(command, "commit") == 0) {
		commit_offset(conf, topic, group, offset);
	} else {
		die("%s", usage);
	}
	return 0;
}
