/* How the Kafka connector reacts to errors, on librdkafka's mock cluster. It has no isolation of
 * transactions: that is what test_kafka_broker is for. */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h> /* wants rdkafka.h before it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include "tests/tools/kafka.h"
#include "tests/lib/unit_main.h"

#define WAIT_MS 15000
#define PROGRESS "weir-test-progress"

enum { PRODUCE = 0, FETCH = 1, INIT_PRODUCER_ID = 22, ADD_PARTITIONS = 24, END_TXN = 26 };

static rd_kafka_t *mock_owner;
static rd_kafka_mock_cluster_t *mock;
static struct weir_ctx *ctx;

static void setup(void)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "log_level", "3"); /* that it has no broker is no news */
	mock_owner = kafka_client(RD_KAFKA_PRODUCER, conf);
	mock = rd_kafka_mock_cluster_new(mock_owner, 1);
	rd_kafka_mock_topic_create(mock, "out", 1, 1);
	rd_kafka_mock_topic_create(mock, PROGRESS, 1, 1);
}

static void teardown(void)
{
	fake_host_free(ctx);
	ctx = NULL;
	rd_kafka_mock_cluster_destroy(mock);
	rd_kafka_destroy(mock_owner);
}

#define fail_requests(api_key, ...)                                                                       \
	rd_kafka_mock_push_request_errors_array(                                                          \
		mock, api_key, sizeof((rd_kafka_resp_err_t[]){__VA_ARGS__}) / sizeof(rd_kafka_resp_err_t), \
		(rd_kafka_resp_err_t[]){__VA_ARGS__})

static void must_be(weir_status status, weir_status expected)
{
	ck_assert_msg(status == expected, "status %d instead of %d: %s", status, expected,
		      ctx->fail_text != NULL ? ctx->fail_text : "(no text)");
}

static void must_say(const char *text)
{
	ck_assert_msg(ctx->fail_text != NULL && strstr(ctx->fail_text, text) != NULL, "'%s' is not in '%s'", text,
		      ctx->fail_text != NULL ? ctx->fail_text : "(no text)");
}

static bool was_logged(const char *text)
{
	for (uint32_t i = 0; i < ctx->logs.n; i++)
		if (strstr(ctx->logs.list[i], text) != NULL)
			return true;
	return false;
}

static void sink_opened(void)
{
	ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_sink"), "bootstrap_servers",
			     rd_kafka_mock_cluster_bootstraps(mock), "topic", "out", "transaction_timeout", "20s");
	must_be(fake_host_open(ctx), WEIR_OK);
}

static void sink_taken_over(void)
{
	struct weir_verdict verdict = {.size = sizeof(verdict)};
	sink_opened();
	must_be(ctx->plugin->sink->take_over(ctx->self, &verdict), WEIR_OK);
}

static weir_status prepare(uint64_t id)
{
	struct weir_out *out = fake_out_new();
	struct weir_slice handle;
	fake_out_add(out, "k", "v");
	weir_status status = fake_sink_checkpoint(ctx, id, out, &handle);
	fake_out_free(out);
	if (status == WEIR_OK)
		free((void *)handle.data);
	return status;
}

static weir_status commit(uint64_t id)
{
	return ctx->plugin->sink->commit(ctx->self, id, (struct weir_slice){NULL, 0});
}

/* The record that another instance's take_over leaves. */
static void write_foreign_start_record(void)
{
	static const char start[] =
		"{\"format\":1,\"pipeline\":\"p\",\"instance\":\"somebody\",\"nonce\":\"n\",\"time_ms\":1}";
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(mock));
	rd_kafka_t *rk = kafka_client(RD_KAFKA_PRODUCER, conf);
	rd_kafka_producev(rk, RD_KAFKA_V_TOPIC(PROGRESS), RD_KAFKA_V_KEY("start", 5),
			  RD_KAFKA_V_VALUE((void *)start, strlen(start)), RD_KAFKA_V_END);
	ck_assert_int_eq(rd_kafka_flush(rk, WAIT_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
	rd_kafka_destroy(rk);
}

START_TEST(undisturbed_checkpoints_keep_their_producer)
{
	sink_taken_over();
	for (uint64_t id = 1; id <= 3; id++) {
		must_be(prepare(id), WEIR_OK);
		must_be(commit(id), WEIR_OK);
	}
	ck_assert(!was_logged("anew"));
}
END_TEST

START_TEST(commit_cut_off_is_resumed_and_the_producer_made_anew)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR__TRANSPORT);
	must_be(commit(1), WEIR_OK);
	ck_assert(!was_logged("anew"));
	must_be(prepare(2), WEIR_OK);
	ck_assert(was_logged("making the producer of 'weir-test' anew"));
	must_be(commit(2), WEIR_OK);
}
END_TEST

START_TEST(produce_cut_off_makes_the_producer_anew)
{
	sink_taken_over();
	fail_requests(PRODUCE, RD_KAFKA_RESP_ERR__TRANSPORT);
	must_be(prepare(1), WEIR_OK);
	must_be(commit(1), WEIR_OK);
	must_be(prepare(2), WEIR_OK);
	ck_assert(was_logged("anew"));
	must_be(commit(2), WEIR_OK);
}
END_TEST

START_TEST(recycling_can_be_switched_off_by_tests)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR__TRANSPORT);
	must_be(commit(1), WEIR_OK);
	ctx->fail_at = "kafka_sink_skip_recycle";
	must_be(prepare(2), WEIR_OK);
	ck_assert(!was_logged("anew"));
}
END_TEST

START_TEST(recycling_does_not_fence_a_newer_instance)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR__TRANSPORT);
	must_be(commit(1), WEIR_OK);
	write_foreign_start_record();
	/* An init_transactions() would be answered with another error. */
	fail_requests(INIT_PRODUCER_ID, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
	must_be(ctx->plugin->sink->begin(ctx->self, 2), WEIR_FENCED);
	must_say("another instance (somebody)");
}
END_TEST

START_TEST(retriable_answers_are_retried_with_the_same_producer)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
		      RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS);
	must_be(commit(1), WEIR_OK);
	must_be(prepare(2), WEIR_OK);
	ck_assert(!was_logged("anew"));
}
END_TEST

START_TEST(fenced_with_a_foreign_start_record_is_fenced)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	write_foreign_start_record();
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
	must_be(commit(1), WEIR_FENCED);
	must_say("another instance (somebody) of pipeline 'test'");
}
END_TEST

START_TEST(fenced_without_one_is_an_abort)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
	must_be(commit(1), WEIR_ABORT);
	must_say("transaction_timeout");
}
END_TEST

START_TEST(commit_that_cannot_succeed_is_an_abort)
{
	sink_taken_over();
	must_be(prepare(1), WEIR_OK);
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE);
	must_be(commit(1), WEIR_ABORT);
	must_say("cannot commit as 'weir-test' (topic 'out')");
}
END_TEST

START_TEST(record_refused_by_the_broker_is_an_abort_with_its_reason)
{
	sink_taken_over();
	fail_requests(PRODUCE, RD_KAFKA_RESP_ERR_INVALID_RECORD, RD_KAFKA_RESP_ERR_INVALID_RECORD);
	must_be(prepare(1), WEIR_ABORT);
	must_say("failed to validate record");
}
END_TEST

START_TEST(denied_topic_is_fatal_and_says_what_is_needed)
{
	sink_taken_over();
	fail_requests(ADD_PARTITIONS, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	must_be(prepare(1), WEIR_FATAL);
	must_say("needs WRITE");
}
END_TEST

START_TEST(record_too_large_is_fatal_and_names_the_property)
{
	sink_taken_over();
	ctx->fail_on_reject = true; /* as for every sink */
	size_t size = 2000000;
	char *value = malloc(size + 1);
	memset(value, 'x', size);
	value[size] = '\0';
	struct weir_out *out = fake_out_new();
	fake_out_add(out, "k", value);
	free(value);
	struct weir_slice handle;
	must_be(fake_sink_checkpoint(ctx, 1, out, &handle), WEIR_FATAL);
	must_say("message_max_bytes");
	fake_out_free(out);
}
END_TEST

START_TEST(failpoints_spoil_their_step)
{
	sink_taken_over();
	ctx->fail_at = "kafka_sink_before_marker";
	must_be(prepare(1), WEIR_ABORT);
	fake_host_free(ctx);
	sink_taken_over();
	ctx->fail_at = "kafka_sink_before_commit";
	must_be(prepare(1), WEIR_OK);
	must_be(commit(1), WEIR_ABORT);
}
END_TEST

START_TEST(checkpoint_of_an_earlier_process_needs_no_commit)
{
	sink_taken_over();
	fail_requests(END_TXN, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE);
	must_be(commit(9), WEIR_OK);
	must_be(ctx->plugin->sink->abort(ctx->self, 9, (struct weir_slice){NULL, 0}), WEIR_OK);
}
END_TEST

START_TEST(missing_topic_is_refused_and_says_how_to_make_it)
{
	ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_sink"), "bootstrap_servers",
			     rd_kafka_mock_cluster_bootstraps(mock), "topic", "none");
	rd_kafka_mock_topic_set_error(mock, "none", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	must_be(fake_host_open(ctx), WEIR_REFUSED);
	must_say("topic 'none' does not exist; create it");
}
END_TEST

START_TEST(source_goes_on_after_a_broker_was_away)
{
	ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_source"), "bootstrap_servers",
			     rd_kafka_mock_cluster_bootstraps(mock), "topics", PROGRESS);
	must_be(fake_host_open(ctx), WEIR_OK);
	must_be(fake_source_start(ctx, NULL), WEIR_OK);
	struct weir_out *out = fake_out_new();
	rd_kafka_mock_broker_set_down(mock, 1);
	must_be(fake_source_poll(ctx, out, 10, 300), WEIR_IDLE);
	rd_kafka_mock_broker_set_up(mock, 1);
	write_foreign_start_record();
	must_be(fake_source_read(ctx, out, 1, WAIT_MS), WEIR_OK);
	fake_out_free(out);
}
END_TEST

static bool lag_becomes(struct weir_out *out, int64_t lag)
{
	for (int i = 0; i < WAIT_MS / 100 && ctx->partitions[0].lag != lag; i++)
		must_be(fake_source_poll(ctx, out, 10, 100), WEIR_IDLE);
	return ctx->partitions[0].lag == lag;
}

START_TEST(end_is_known_only_while_the_broker_answers)
{
	ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_source"), "bootstrap_servers",
			     rd_kafka_mock_cluster_bootstraps(mock), "topics", "out");
	must_be(fake_host_open(ctx), WEIR_OK);
	must_be(fake_source_start(ctx, NULL), WEIR_OK);
	struct weir_out *out = fake_out_new();
	ck_assert(lag_becomes(out, 0));
	rd_kafka_mock_broker_set_rtt(mock, 1, 2 * WAIT_MS);
	ck_assert(lag_becomes(out, -1));
	rd_kafka_mock_broker_set_rtt(mock, 1, 0);
	ck_assert(lag_becomes(out, 0));
	fake_out_free(out);
}
END_TEST

START_TEST(source_that_may_not_read_is_fatal)
{
	ctx = fake_host_with(fake_plugin("connectors/kafka/kafka_source"), "bootstrap_servers",
			     rd_kafka_mock_cluster_bootstraps(mock), "topics", "out");
	must_be(fake_host_open(ctx), WEIR_OK);
	must_be(fake_source_start(ctx, NULL), WEIR_OK);
	fail_requests(FETCH, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	struct weir_out *out = fake_out_new();
	must_be(fake_source_read(ctx, out, 1, WAIT_MS), WEIR_FATAL);
	must_say("topic 'out' partition 0");
	must_say("needs READ");
	fake_out_free(out);
}
END_TEST

UNIT_MAIN_WITH("connectors/kafka with a mock cluster", setup, teardown,
	       undisturbed_checkpoints_keep_their_producer,
	       commit_cut_off_is_resumed_and_the_producer_made_anew,
	       produce_cut_off_makes_the_producer_anew, recycling_can_be_switched_off_by_tests,
	       recycling_does_not_fence_a_newer_instance,
	       retriable_answers_are_retried_with_the_same_producer,
	       fenced_with_a_foreign_start_record_is_fenced, fenced_without_one_is_an_abort,
	       commit_that_cannot_succeed_is_an_abort,
	       record_refused_by_the_broker_is_an_abort_with_its_reason,
	       denied_topic_is_fatal_and_says_what_is_needed,
	       record_too_large_is_fatal_and_names_the_property, failpoints_spoil_their_step,
	       checkpoint_of_an_earlier_process_needs_no_commit,
	       missing_topic_is_refused_and_says_how_to_make_it,
	       source_goes_on_after_a_broker_was_away,
	       end_is_known_only_while_the_broker_answers, source_that_may_not_read_is_fatal)
