/* The Kafka connector against a real broker, whose address stands in WEIR_TEST_KAFKA; skipped without.
 * What the mock cluster cannot show: isolation, end of a bounded run, fencing, time-outs. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_host.h"
#include "tests/tools/kafka.h"

#define WAIT_MS 15000

static const char *address(void)
{
	return getenv("WEIR_TEST_KAFKA");
}

/* A name nobody has used yet; valid until the next 8 calls. */
static const char *unused_name(const char *what)
{
	static char names[8][80];
	static int turn, number;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	char *name = names[turn++ % 8];
	snprintf(name, sizeof(names[0]), "%s-%ld-%d-%d", what, (long)now.tv_sec, (int)getpid(), number++);
	return name;
}

static rd_kafka_t *producer(const char *transactional_id)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "bootstrap.servers", address());
	kafka_conf_set(conf, "linger.ms", "0");
	if (transactional_id != NULL)
		kafka_conf_set(conf, "transactional.id", transactional_id);
	rd_kafka_t *rk = kafka_client(RD_KAFKA_PRODUCER, conf);
	if (transactional_id != NULL)
		ck_assert_ptr_null(rd_kafka_init_transactions(rk, WAIT_MS));
	return rk;
}

static const char *new_topic(int n_partitions)
{
	const char *topic = unused_name("topic");
	rd_kafka_t *rk = producer(NULL);
	topic_create(rk, topic, n_partitions);
	rd_kafka_destroy(rk);
	return topic;
}

static void send_records(rd_kafka_t *rk, const char *topic, int partition, int first, int n)
{
	for (int i = first; i < first + n; i++) {
		char key[32], value[32];
		snprintf(key, sizeof(key), "k%d", i);
		snprintf(value, sizeof(value), "v%d", i);
		rd_kafka_resp_err_t err = rd_kafka_producev(
			rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(key, strlen(key)),
			RD_KAFKA_V_VALUE(value, strlen(value)), RD_KAFKA_V_TIMESTAMP(1000000 + i),
			RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
		ck_assert_int_eq(err, RD_KAFKA_RESP_ERR_NO_ERROR);
	}
	ck_assert_int_eq(rd_kafka_flush(rk, WAIT_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void send_plain(const char *topic, int partition, int first, int n)
{
	rd_kafka_t *rk = producer(NULL);
	send_records(rk, topic, partition, first, n);
	rd_kafka_destroy(rk);
}

static void send_aborted(const char *topic, int partition, int n)
{
	rd_kafka_t *rk = producer(unused_name("aborter"));
	ck_assert_ptr_null(rd_kafka_begin_transaction(rk));
	send_records(rk, topic, partition, 900000, n);
	ck_assert_ptr_null(rd_kafka_abort_transaction(rk, WAIT_MS));
	rd_kafka_destroy(rk);
}

static void must_be(weir_status status, weir_status expected, struct weir_ctx *ctx)
{
	ck_assert_msg(status == expected, "status %d instead of %d: %s", status, expected,
		      ctx->fail_text != NULL ? ctx->fail_text : "(no text)");
}

static void must_say(struct weir_ctx *ctx, const char *text)
{
	ck_assert_msg(ctx->fail_text != NULL && strstr(ctx->fail_text, text) != NULL, "'%s' is not in '%s'", text,
		      ctx->fail_text != NULL ? ctx->fail_text : "(no text)");
}

/* ---- source ------------------------------------------------------------------------------------------ */

static struct weir_ctx *source_opened(const char *topics, const char *stop)
{
	struct weir_ctx *ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_source"), "bootstrap_servers",
					      address(), "topics", topics, "stop", stop, "discovery_interval", "1s");
	must_be(fake_host_open(ctx), WEIR_OK, ctx);
	return ctx;
}

static struct weir_ctx *source_started(const char *topics, const char *stop, const struct weir_positions *positions)
{
	struct weir_ctx *ctx = source_opened(topics, stop);
	must_be(fake_source_start(ctx, positions), WEIR_OK, ctx);
	return ctx;
}

START_TEST(records_have_key_value_timestamp_and_headers)
{
	const char *topic = new_topic(1);
	rd_kafka_t *rk = producer(NULL);
	rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY("key", 3), RD_KAFKA_V_VALUE("value", 5),
			  RD_KAFKA_V_TIMESTAMP(1568564615123), RD_KAFKA_V_HEADER("name", "x", 1),
			  RD_KAFKA_V_HEADER("none", NULL, 0), RD_KAFKA_V_END);
	rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_VALUE("", 0), RD_KAFKA_V_END);
	rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY("tombstone", 9), RD_KAFKA_V_END);
	ck_assert_int_eq(rd_kafka_flush(rk, WAIT_MS), 0);
	rd_kafka_destroy(rk);
	struct weir_ctx *ctx = source_started(topic, "never", NULL);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 3, WAIT_MS), WEIR_OK, ctx);
	struct weir_batch batch = fake_out_batch(out);
	const struct weir_record *record = &batch.records[0];
	ck_assert_str_eq(fake_slice_text(record->key), "key");
	ck_assert_str_eq(fake_slice_text(record->value), "value");
	ck_assert_int_eq(record->timestamp_ms, 1568564615123);
	ck_assert_int_eq(record->offset, 0);
	ck_assert_uint_eq(record->n_headers, 2);
	ck_assert_str_eq(fake_slice_text(record->headers[0].name), "name");
	ck_assert_str_eq(fake_slice_text(record->headers[0].value), "x");
	ck_assert_str_eq(fake_slice_text(record->headers[1].value), "(absent)");
	ck_assert_uint_eq(batch.records[1].n_headers, 0);
	ck_assert_str_eq(fake_slice_text(batch.records[1].key), "(absent)");
	ck_assert_str_eq(fake_slice_text(batch.records[1].value), "");
	ck_assert_str_eq(fake_slice_text(batch.records[2].value), "(absent)");
	ck_assert_ptr_nonnull(strstr(ctx->plugin->source->system(ctx->self), "kafka:"));
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

static struct weir_positions *read_bounded(const char *topic, const struct weir_positions *from, uint32_t n)
{
	struct weir_ctx *ctx = source_started(topic, "latest", from);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, n + 1, WAIT_MS), WEIR_END, ctx);
	ck_assert_uint_eq(out->n_records, n);
	for (uint32_t i = 0; i < ctx->n_partitions; i++)
		ck_assert_msg(ctx->partitions[i].ended && ctx->partitions[i].lag == 0, "partition %u not ended", i);
	struct weir_positions *positions = fake_source_snapshot(ctx);
	fake_out_free(out);
	fake_host_free(ctx);
	return positions;
}

START_TEST(bounded_run_ends_with_aborted_records_and_empty_partitions_at_the_end)
{
	const char *topic = new_topic(4);
	send_plain(topic, 0, 0, 100);
	send_plain(topic, 1, 0, 10);
	send_aborted(topic, 1, 5);
	send_aborted(topic, 2, 5);
	struct weir_positions *positions = read_bounded(topic, NULL, 110);
	ck_assert_int_eq(fake_position_of(positions, topic, 0)->offset, 100);
	ck_assert_int_eq(fake_position_of(positions, topic, 1)->stop, 16);
	ck_assert_int_eq(fake_position_of(positions, topic, 3)->stop, 0);
	send_plain(topic, 0, 100, 50);
	send_plain(topic, 3, 0, 1);
	struct weir_positions *again = read_bounded(topic, positions, 0);
	fake_positions_free(positions);
	fake_positions_free(again);
}
END_TEST

START_TEST(bounded_run_leaves_out_what_was_written_since_it_began)
{
	const char *topic = new_topic(2);
	send_plain(topic, 0, 0, 3000);
	send_plain(topic, 1, 0, 3000);
	struct weir_ctx *ctx = source_started(topic, "latest", NULL);
	struct weir_out *out = fake_out_new();
	send_plain(topic, 0, 3000, 3000);
	must_be(fake_source_read(ctx, out, 1500, WAIT_MS), WEIR_OK, ctx);
	struct weir_positions *positions = fake_source_snapshot(ctx);
	fake_positions_free(read_bounded(topic, positions, 6000 - out->n_records));
	must_be(fake_source_read(ctx, out, 6001, WAIT_MS), WEIR_END, ctx);
	ck_assert_uint_eq(out->n_records, 6000);
	fake_positions_free(positions);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(positions_continue_where_they_were_taken_without_a_gap)
{
	const char *topic = new_topic(3);
	for (int i = 0; i < 3; i++)
		send_plain(topic, i, 0, 1000);
	struct weir_positions *positions = NULL;
	uint32_t seen = 0;
	while (seen < 3000) {
		struct weir_ctx *ctx = source_started(topic, "never", positions);
		struct weir_out *out = fake_out_new();
		must_be(fake_source_read(ctx, out, seen > 2000 ? 3000 - seen : 700, WAIT_MS), WEIR_OK, ctx);
		seen += out->n_records;
		fake_positions_free(positions);
		positions = fake_source_snapshot(ctx);
		fake_out_free(out);
		fake_host_free(ctx);
	}
	ck_assert_uint_eq(seen, 3000);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(fake_position_of(positions, topic, i)->offset, 1000);
	fake_positions_free(positions);
}
END_TEST

START_TEST(start_latest_reads_only_what_comes)
{
	const char *topic = new_topic(1);
	send_plain(topic, 0, 0, 10);
	struct weir_ctx *ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_source"), "bootstrap_servers",
					      address(), "topics", topic, "start", "latest");
	must_be(fake_host_open(ctx), WEIR_OK, ctx);
	must_be(fake_source_start(ctx, NULL), WEIR_OK, ctx);
	struct weir_positions *positions = fake_source_snapshot(ctx);
	ck_assert_int_eq(fake_position_of(positions, topic, 0)->offset, 10);
	fake_positions_free(positions);
	send_plain(topic, 0, 10, 1);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 1, WAIT_MS), WEIR_OK, ctx);
	ck_assert_str_eq(fake_out_value(out, 0), "v10");
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(new_partition_is_read_from_its_beginning)
{
	const char *topic = new_topic(1);
	send_plain(topic, 0, 0, 10);
	struct weir_ctx *ctx = source_started(topic, "never", NULL);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 10, WAIT_MS), WEIR_OK, ctx);
	rd_kafka_t *rk = producer(NULL);
	char why[200];
	rd_kafka_NewPartitions_t *grown = rd_kafka_NewPartitions_new(topic, 3, why, sizeof(why));
	rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
	rd_kafka_CreatePartitions(rk, &grown, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, WAIT_MS));
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewPartitions_destroy(grown);
	while (topic_partitions(rk, topic) < 3)
		;
	send_records(rk, topic, 2, 0, 20);
	send_records(rk, topic, 0, 10, 5);
	rd_kafka_destroy(rk);
	must_be(fake_source_read(ctx, out, 35, WAIT_MS), WEIR_OK, ctx);
	struct weir_positions *positions = fake_source_snapshot(ctx);
	ck_assert_int_eq(fake_position_of(positions, topic, 0)->offset, 15);
	ck_assert_int_eq(fake_position_of(positions, topic, 1)->offset, 0);
	ck_assert_int_eq(fake_position_of(positions, topic, 2)->offset, 20);
	fake_positions_free(positions);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(lag_is_reported_and_is_0_at_the_end)
{
	const char *topic = new_topic(1);
	send_plain(topic, 0, 0, 3000);
	struct weir_ctx *ctx = source_started(topic, "never", NULL);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 100, WAIT_MS), WEIR_OK, ctx);
	usleep(300000);
	must_be(fake_source_read(ctx, out, out->n_records + 1, WAIT_MS), WEIR_OK, ctx);
	ck_assert_int_eq(ctx->partitions[0].lag, 3000 - (int64_t)out->n_records);
	must_be(fake_source_read(ctx, out, 3001, 1000), WEIR_IDLE, ctx);
	ck_assert_int_eq(ctx->partitions[0].lag, 0);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(position_beyond_the_end_is_refused)
{
	const char *topic = new_topic(1);
	send_plain(topic, 0, 0, 10);
	struct weir_position position = {.stream = topic, .partition = 0, .offset = 5000, .stop = -1};
	struct weir_positions positions = {&position, 1};
	struct weir_ctx *ctx = source_started(topic, "never", &positions);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 1, WAIT_MS), WEIR_REFUSED, ctx);
	must_say(ctx, "offset 5000");
	must_say(ctx, "0 to 10");
	must_say(ctx, topic);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

static void delete_records(const char *topic, int64_t before)
{
	rd_kafka_t *rk = producer(NULL);
	topic_trim(rk, topic, before);
	rd_kafka_destroy(rk);
}

START_TEST(position_that_retention_has_passed_is_refused_at_the_start)
{
	const char *topic = new_topic(1);
	send_plain(topic, 0, 0, 10);
	delete_records(topic, 7);
	struct weir_position position = {.stream = topic, .partition = 0, .offset = 3, .stop = -1};
	struct weir_positions positions = {&position, 1};
	struct weir_ctx *ctx = source_opened(topic, "never");
	must_be(fake_source_start(ctx, &positions), WEIR_REFUSED, ctx);
	must_say(ctx, "7 to 10");
	must_say(ctx, "Retention");
	fake_host_free(ctx);
}
END_TEST

START_TEST(topic_that_does_not_exist_is_an_abort_that_says_how_to_make_it)
{
	struct weir_ctx *ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_source"), "bootstrap_servers",
					      address(), "topics", "no-such-topic");
	must_be(fake_host_open(ctx), WEIR_ABORT, ctx);
	must_say(ctx, "topic 'no-such-topic' does not exist");
	must_say(ctx, "--create --topic no-such-topic");
	fake_host_free(ctx);
}
END_TEST

START_TEST(interrupt_ends_a_poll_that_waits_and_one_that_comes_later)
{
	struct weir_ctx *ctx = source_started(new_topic(1), "never", NULL);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_poll(ctx, out, 10, 1000), WEIR_IDLE, ctx); /* takes the end-of-partition event */
	struct timespec before, after;
	clock_gettime(CLOCK_MONOTONIC, &before);
	ctx->plugin->source->interrupt(ctx->self);
	must_be(fake_source_poll(ctx, out, 10, 10000), WEIR_IDLE, ctx);
	clock_gettime(CLOCK_MONOTONIC, &after);
	ck_assert_int_lt(after.tv_sec - before.tv_sec, 3);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(records_outlive_the_source)
{
	const char *topic = new_topic(1);
	send_plain(topic, 0, 0, 100);
	struct weir_ctx *ctx = source_started(topic, "never", NULL);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 100, WAIT_MS), WEIR_OK, ctx);
	fake_host_close(ctx);
	ck_assert_str_eq(fake_out_value(out, 99), "v99");
	fake_out_free(out);
	fake_host_free(ctx);
	usleep(200000); /* the client left behind goes now; a sanitizer sees how */
}
END_TEST

/* ---- sink -------------------------------------------------------------------------------------------- */

struct sink_under_test {
	const char *topic, *pipeline;
};

static struct weir_ctx *sink_new(struct sink_under_test sink, const char *instance)
{
	struct weir_ctx *ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_sink"), "bootstrap_servers", address(),
					      "topic", sink.topic, "transaction_timeout", "20s");
	ctx->info.name = sink.pipeline;
	ctx->info.instance_uuid = instance;
	must_be(fake_host_open(ctx), WEIR_OK, ctx);
	return ctx;
}

static struct weir_verdict take_over(struct weir_ctx *ctx)
{
	struct weir_verdict verdict = {.size = sizeof(verdict)};
	must_be(ctx->plugin->sink->take_over(ctx->self, &verdict), WEIR_OK, ctx);
	return verdict;
}

static struct weir_verdict peek(struct weir_ctx *ctx)
{
	struct weir_verdict verdict = {.size = sizeof(verdict)};
	must_be(ctx->plugin->sink->peek(ctx->self, &verdict), WEIR_OK, ctx);
	return verdict;
}

/* begin, one record, prepare with a position. */
static weir_status prepare(struct weir_ctx *ctx, uint64_t id, const char *value)
{
	const struct weir_sink_ops *ops = ctx->plugin->sink;
	weir_status status = ops->begin(ctx->self, id);
	if (status != WEIR_OK)
		return status;
	struct weir_out *out = fake_out_new();
	fake_out_add(out, "k", value);
	struct weir_batch batch = fake_out_batch(out);
	status = ops->write(ctx->self, &batch);
	fake_out_free(out);
	if (status != WEIR_OK)
		return status;
	struct weir_position position = {.stream = "in", .partition = 0, .offset = (int64_t)id * 10, .stop = -1};
	struct weir_checkpoint checkpoint = {.size = sizeof(checkpoint), .n_positions = 1, .id = id,
					     .positions = &position, .watermark_ms = INT64_MIN};
	struct weir_slice handle;
	return ops->prepare(ctx->self, &checkpoint, &handle);
}

static weir_status commit(struct weir_ctx *ctx, uint64_t id)
{
	return ctx->plugin->sink->commit(ctx->self, id, (struct weir_slice){NULL, 0});
}

static void checkpoint(struct weir_ctx *ctx, uint64_t id, const char *value)
{
	must_be(prepare(ctx, id, value), WEIR_OK, ctx);
	must_be(commit(ctx, id), WEIR_OK, ctx);
}

/* Values of a topic as a read_committed reader sees them, separated by spaces. */
static const char *committed(const char *topic)
{
	static char text[1024];
	text[0] = '\0';
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "bootstrap.servers", address());
	kafka_conf_set(conf, "isolation.level", "read_committed");
	struct topic_reader *reader = topic_reader_open(conf, topic);
	while (!topic_reader_at_end(reader)) {
		rd_kafka_message_t *messages[16];
		size_t n = topic_reader_next(reader, messages, 16, 100);
		for (size_t i = 0; i < n; i++) {
			size_t length = strlen(text);
			snprintf(text + length, sizeof(text) - length, "%s%.*s", length > 0 ? " " : "",
				 (int)messages[i]->len, (const char *)messages[i]->payload);
			rd_kafka_message_destroy(messages[i]);
		}
	}
	topic_reader_close(reader);
	return text;
}

static struct sink_under_test new_sink(void)
{
	return (struct sink_under_test){.topic = new_topic(1), .pipeline = unused_name("pipeline")};
}

START_TEST(output_and_verdict_appear_with_the_commit)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *ctx = sink_new(sink, "A");
	ck_assert(!peek(ctx).found);
	ck_assert(!take_over(ctx).found);
	checkpoint(ctx, 0, "zero");
	must_be(prepare(ctx, 1, "one"), WEIR_OK, ctx);
	ck_assert_str_eq(committed(sink.topic), "zero");
	ck_assert_uint_eq(peek(ctx).checkpoint, 0);
	must_be(commit(ctx, 1), WEIR_OK, ctx);
	ck_assert_str_eq(committed(sink.topic), "zero one");
	struct weir_verdict verdict = peek(ctx);
	ck_assert(verdict.found);
	ck_assert_uint_eq(verdict.checkpoint, 1);
	ck_assert_str_eq(verdict.instance_uuid, "A");
	ck_assert_str_eq(verdict.pipeline_uuid, ctx->info.uuid);
	ck_assert_uint_eq(verdict.n_positions, 1);
	ck_assert_int_eq(verdict.positions[0].offset, 10);
	ck_assert_ptr_nonnull(strstr(verdict.where, "-progress, offset "));
	fake_host_free(ctx);
}
END_TEST

START_TEST(prepared_output_of_a_dead_instance_is_undone_by_the_next)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *dead = sink_new(sink, "A"), *next = sink_new(sink, "B");
	take_over(dead);
	checkpoint(dead, 1, "one");
	must_be(prepare(dead, 2, "lost"), WEIR_OK, dead);
	struct weir_verdict verdict = take_over(next);
	ck_assert(verdict.found);
	ck_assert_uint_eq(verdict.checkpoint, 1);
	must_be(commit(next, 1), WEIR_OK, next); /* found in the store: nothing to do */
	checkpoint(next, 2, "two");
	ck_assert_str_eq(committed(sink.topic), "one two");
	fake_host_free(dead);
	fake_host_free(next);
}
END_TEST

START_TEST(peek_disturbs_nobody_and_a_zombie_is_fenced)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *zombie = sink_new(sink, "A"), *other = sink_new(sink, "B");
	take_over(zombie);
	checkpoint(zombie, 1, "one");
	must_be(prepare(zombie, 2, "two"), WEIR_OK, zombie);
	ck_assert_uint_eq(peek(other).checkpoint, 1);
	must_be(commit(zombie, 2), WEIR_OK, zombie);
	must_be(prepare(zombie, 3, "zombie"), WEIR_OK, zombie);
	ck_assert_uint_eq(take_over(other).checkpoint, 2);
	must_be(commit(zombie, 3), WEIR_FENCED, zombie);
	must_say(zombie, "another instance (B)");
	checkpoint(other, 3, "three");
	ck_assert_str_eq(committed(sink.topic), "one two three");
	fake_host_free(zombie);
	fake_host_free(other);
}
END_TEST

START_TEST(a_transaction_the_broker_timed_out_is_an_abort)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *ctx =
		fake_host_with(fake_plugin("connectors/kafka/kafka_sink"), "bootstrap_servers", address(), "topic",
			       sink.topic, "transaction_timeout", "1s");
	ctx->info.name = sink.pipeline;
	must_be(fake_host_open(ctx), WEIR_OK, ctx);
	take_over(ctx);
	must_be(prepare(ctx, 1, "late"), WEIR_OK, ctx);
	/* The broker looks for old transactions every ten seconds. */
	sleep(13);
	must_be(commit(ctx, 1), WEIR_ABORT, ctx);
	ck_assert_str_eq(committed(sink.topic), "");
	fake_host_free(ctx);
}
END_TEST

START_TEST(last_marker_is_found_behind_many_start_records)
{
	struct sink_under_test sink = new_sink();
	char progress[120];
	snprintf(progress, sizeof(progress), "weir-%s-progress", sink.pipeline);
	struct weir_ctx *ctx = sink_new(sink, "A");
	take_over(ctx);
	checkpoint(ctx, 7, "seven");
	fake_host_free(ctx);
	static const char start[] =
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"i\",\"nonce\":\"n\",\"time_ms\":1}";
	rd_kafka_t *rk = producer(NULL);
	for (int i = 0; i < 2500; i++)
		rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(progress), RD_KAFKA_V_KEY("start", 5),
				  RD_KAFKA_V_VALUE((void *)start, strlen(start)), RD_KAFKA_V_END);
	ck_assert_int_eq(rd_kafka_flush(rk, WAIT_MS), 0);
	rd_kafka_destroy(rk);
	ctx = sink_new(sink, "B");
	ck_assert_uint_eq(peek(ctx).checkpoint, 7);
	ck_assert_uint_eq(take_over(ctx).checkpoint, 7);
	fake_host_free(ctx);
}
END_TEST

START_TEST(foreign_record_in_the_progress_topic_is_refused)
{
	struct sink_under_test sink = new_sink();
	char progress[120];
	snprintf(progress, sizeof(progress), "weir-%s-progress", sink.pipeline);
	rd_kafka_t *rk = producer(NULL);
	topic_create(rk, progress, 1);
	send_records(rk, progress, 0, 0, 1);
	rd_kafka_destroy(rk);
	struct weir_ctx *ctx = sink_new(sink, "A");
	struct weir_verdict verdict;
	must_be(ctx->plugin->sink->peek(ctx->self, &verdict), WEIR_REFUSED, ctx);
	must_say(ctx, progress);
	must_say(ctx, "offset 0");
	fake_host_free(ctx);
}
END_TEST

START_TEST(progress_topic_with_two_partitions_is_refused)
{
	struct sink_under_test sink = new_sink();
	char progress[120];
	snprintf(progress, sizeof(progress), "weir-%s-progress", sink.pipeline);
	rd_kafka_t *rk = producer(NULL);
	topic_create(rk, progress, 2);
	rd_kafka_destroy(rk);
	struct weir_ctx *ctx = sink_new(sink, "A");
	struct weir_verdict verdict;
	must_be(ctx->plugin->sink->peek(ctx->self, &verdict), WEIR_REFUSED, ctx);
	must_say(ctx, "2 partitions");
	fake_host_free(ctx);
}
END_TEST

START_TEST(transaction_timeout_above_the_brokers_is_fatal_and_named)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *ctx =
		fake_host_with(fake_plugin("connectors/kafka/kafka_sink"), "bootstrap_servers", address(), "topic",
			       sink.topic, "transaction_timeout", "1h");
	ctx->info.name = sink.pipeline;
	must_be(fake_host_open(ctx), WEIR_OK, ctx);
	struct weir_verdict verdict;
	must_be(ctx->plugin->sink->take_over(ctx->self, &verdict), WEIR_FATAL, ctx);
	must_say(ctx, "transaction.max.timeout.ms");
	fake_host_free(ctx);
}
END_TEST

START_TEST(source_offsets_are_committed_for_lag_tools)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *ctx = sink_new(sink, "A");
	const struct weir_sink_ops *ops = ctx->plugin->sink;
	take_over(ctx);
	must_be(ops->begin(ctx->self, 1), WEIR_OK, ctx);
	struct weir_position position = {.stream = sink.topic, .partition = 0, .offset = 77, .stop = -1};
	struct weir_checkpoint told = {.size = sizeof(told), .n_positions = 1, .id = 1, .positions = &position,
				       .source_system = ops->system(ctx->self), .watermark_ms = INT64_MIN};
	struct weir_slice handle;
	must_be(ops->prepare(ctx->self, &told, &handle), WEIR_OK, ctx);
	must_be(commit(ctx, 1), WEIR_OK, ctx);
	fake_host_free(ctx);
	char group[120];
	snprintf(group, sizeof(group), "weir-%s", sink.pipeline);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "bootstrap.servers", address());
	kafka_conf_set(conf, "group.id", group);
	rd_kafka_t *rk = kafka_client(RD_KAFKA_CONSUMER, conf);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *found = rd_kafka_topic_partition_list_add(list, sink.topic, 0);
	ck_assert_int_eq(rd_kafka_committed(rk, list, WAIT_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert_int_eq(found->err, RD_KAFKA_RESP_ERR_NO_ERROR);
	ck_assert_int_eq(found->offset, 77);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
}
END_TEST

START_TEST(at_least_once_output_is_there_after_prepare)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *ctx =
		fake_host_with(fake_plugin("connectors/kafka/kafka_sink"), "bootstrap_servers", address(), "topic",
			       sink.topic, "compression", "lz4");
	ctx->info.guarantee = WEIR_AT_LEAST_ONCE_GUARANTEE;
	must_be(fake_host_open(ctx), WEIR_OK, ctx);
	must_be(prepare(ctx, 1, "one"), WEIR_OK, ctx);
	ck_assert_str_eq(committed(sink.topic), "one");
	must_be(commit(ctx, 1), WEIR_OK, ctx);
	fake_host_free(ctx);
}
END_TEST

START_TEST(many_checkpoints_in_a_row_are_quick)
{
	struct sink_under_test sink = new_sink();
	struct weir_ctx *ctx = sink_new(sink, "A");
	struct timespec before, after;
	clock_gettime(CLOCK_MONOTONIC, &before);
	take_over(ctx);
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("take_over: %ld ms\n", (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000);
	clock_gettime(CLOCK_MONOTONIC, &before);
	for (uint64_t id = 1; id <= 20; id++)
		checkpoint(ctx, id, "x");
	clock_gettime(CLOCK_MONOTONIC, &after);
	long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
	printf("20 checkpoints: %ld ms\n", ms);
	ck_assert_int_lt(ms, 10000);
	fake_host_free(ctx);
}
END_TEST

int main(void)
{
	if (address() == NULL) {
		puts("skipped: no address of a broker in WEIR_TEST_KAFKA");
		return 77;
	}
	Suite *suite = suite_create("connectors/kafka with a broker");
	TCase *source = tcase_create("source");
	tcase_set_timeout(source, 60);
	tcase_add_test(source, records_have_key_value_timestamp_and_headers);
	tcase_add_test(source, bounded_run_ends_with_aborted_records_and_empty_partitions_at_the_end);
	tcase_add_test(source, bounded_run_leaves_out_what_was_written_since_it_began);
	tcase_add_test(source, positions_continue_where_they_were_taken_without_a_gap);
	tcase_add_test(source, start_latest_reads_only_what_comes);
	tcase_add_test(source, new_partition_is_read_from_its_beginning);
	tcase_add_test(source, lag_is_reported_and_is_0_at_the_end);
	tcase_add_test(source, position_beyond_the_end_is_refused);
	tcase_add_test(source, position_that_retention_has_passed_is_refused_at_the_start);
	tcase_add_test(source, topic_that_does_not_exist_is_an_abort_that_says_how_to_make_it);
	tcase_add_test(source, interrupt_ends_a_poll_that_waits_and_one_that_comes_later);
	tcase_add_test(source, records_outlive_the_source);
	suite_add_tcase(suite, source);
	TCase *sink = tcase_create("sink");
	tcase_set_timeout(sink, 60);
	tcase_add_test(sink, output_and_verdict_appear_with_the_commit);
	tcase_add_test(sink, prepared_output_of_a_dead_instance_is_undone_by_the_next);
	tcase_add_test(sink, peek_disturbs_nobody_and_a_zombie_is_fenced);
	tcase_add_test(sink, a_transaction_the_broker_timed_out_is_an_abort);
	tcase_add_test(sink, last_marker_is_found_behind_many_start_records);
	tcase_add_test(sink, foreign_record_in_the_progress_topic_is_refused);
	tcase_add_test(sink, progress_topic_with_two_partitions_is_refused);
	tcase_add_test(sink, transaction_timeout_above_the_brokers_is_fatal_and_named);
	tcase_add_test(sink, source_offsets_are_committed_for_lag_tools);
	tcase_add_test(sink, at_least_once_output_is_there_after_prepare);
	tcase_add_test(sink, many_checkpoints_in_a_row_are_quick);
	suite_add_tcase(suite, sink);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
