/* What the proxy understands of frames and rules, above all where they are broken. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/unit_main.h"
#include "tests/tools/kafka_frame.h"
#include "tests/tools/proxy_rule.h"
#include "tests/tools/proxy_stream.h"

/* EndTxn v1, correlation 7, client.id "weir", three bytes of body */
static const uint8_t end_txn[] = {0, 0, 0, 17, 0, 26, 0, 1, 0, 0, 0, 7, 0, 4, 'w', 'e', 'i', 'r', 1, 2, 3};

START_TEST(test_frame_size_is_known_from_four_bytes_on)
{
	size_t size;
	for (size_t n = 0; n < 4; n++) {
		ck_assert_int_eq(kafka_frame_size(end_txn, n, &size), 0);
		ck_assert_uint_eq(size, 0);
	}
	for (size_t n = 4; n <= sizeof(end_txn); n++) {
		ck_assert_int_eq(kafka_frame_size(end_txn, n, &size), 0);
		ck_assert_uint_eq(size, sizeof(end_txn));
	}
}
END_TEST

START_TEST(test_absurd_frame_sizes_are_refused)
{
	size_t size;
	static const uint8_t absurd[][4] = {
		{0, 0, 0, 0}, {0, 0, 0, 3}, {0xff, 0xff, 0xff, 0xff}, {0x80, 0, 0, 0}, {'G', 'E', 'T', ' '}};
	for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++)
		ck_assert_int_eq(kafka_frame_size(absurd[i], 4, &size), -EPROTO);
}
END_TEST

START_TEST(test_request_header_is_read)
{
	struct kafka_request request;
	ck_assert_int_eq(kafka_request_parse(end_txn, sizeof(end_txn), &request), 0);
	ck_assert_int_eq(request.api_key, 26);
	ck_assert_int_eq(request.api_version, 1);
	ck_assert_int_eq(request.correlation_id, 7);
	ck_assert_str_eq(request.client_id, "weir");
}
END_TEST

/* On the heap with no byte to spare: a read behind the end is seen by ASan. */
START_TEST(test_request_cut_anywhere_is_refused_or_whole)
{
	for (size_t n = 0; n <= sizeof(end_txn); n++) {
		uint8_t *cut = malloc(n + 1);
		struct kafka_request request;
		uint8_t *exact = realloc(cut, n > 0 ? n : 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, end_txn, n);
		int expected = n < sizeof(end_txn) - 3 ? -EPROTO : 0;
		ck_assert_int_eq(kafka_request_parse(exact, n, &request), expected);
		free(exact);
	}
}
END_TEST

START_TEST(test_client_id_may_be_null_empty_or_long_but_not_negative)
{
	uint8_t frame[4 + 10 + 100] = {0, 0, 0, 110, 0, 3};
	struct kafka_request request;
	frame[12] = 0xff, frame[13] = 0xff;
	ck_assert_int_eq(kafka_request_parse(frame, sizeof(frame), &request), 0);
	ck_assert_str_eq(request.client_id, "");
	frame[13] = 0xfe;
	ck_assert_int_eq(kafka_request_parse(frame, sizeof(frame), &request), -EPROTO);
	frame[12] = 0, frame[13] = 100;
	memset(frame + 14, 'x', 100);
	ck_assert_int_eq(kafka_request_parse(frame, sizeof(frame), &request), 0);
	ck_assert_uint_eq(strlen(request.client_id), sizeof(request.client_id) - 1);
	frame[13] = 101;
	ck_assert_int_eq(kafka_request_parse(frame, sizeof(frame), &request), -EPROTO);
}
END_TEST

START_TEST(test_answer_of_end_txn_shows_its_error)
{
	const uint8_t answer[] = {0, 0, 0, 10, 0, 0, 0, 7, 0, 0, 0, 0, 0, 47};
	int32_t correlation_id;
	int16_t error;
	ck_assert_int_eq(kafka_answer_parse(answer, sizeof(answer), &correlation_id), 0);
	ck_assert_int_eq(correlation_id, 7);
	ck_assert_int_eq(kafka_answer_parse(answer, 7, &correlation_id), -EPROTO);
	ck_assert_int_eq(kafka_end_txn_error(answer, sizeof(answer), 1, &error), 0);
	ck_assert_int_eq(error, 47);
	ck_assert_int_eq(kafka_end_txn_error(answer, sizeof(answer) - 1, 1, &error), -EPROTO);
	ck_assert_int_eq(kafka_end_txn_error(answer, sizeof(answer), 3, &error), -EPROTO);
}
END_TEST

START_TEST(test_apis_have_names_and_numbers)
{
	int16_t key;
	ck_assert_int_eq(kafka_api_key("EndTxn", &key), 0);
	ck_assert_int_eq(key, 26);
	ck_assert_int_eq(kafka_api_key("61", &key), 0);
	ck_assert_int_eq(key, 61);
	ck_assert_str_eq(kafka_api_name(61), "api 61");
	static const char *const wrong[] = {"", "EndTx", "-1", "32768", "26x", "99999999999999999999"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(kafka_api_key(wrong[i], &key), -EINVAL);
}
END_TEST

START_TEST(test_frames_come_whole_out_of_single_bytes)
{
	int pair[2];
	struct proxy_stream stream;
	struct proxy_frame *frame;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	proxy_stream_init(&stream);
	unsigned n_frames = 0;
	for (size_t i = 0; i < 3 * sizeof(end_txn); i++) {
		ck_assert_int_eq(write(pair[1], &end_txn[i % sizeof(end_txn)], 1), 1);
		ck_assert_int_eq(proxy_stream_read(&stream, pair[0]), 0);
		ck_assert_int_eq(proxy_stream_next(&stream, &frame), 0);
		if (frame == NULL)
			continue;
		n_frames++;
		ck_assert_uint_eq((i + 1) % sizeof(end_txn), 0);
		ck_assert_mem_eq(frame->bytes, end_txn, sizeof(end_txn));
		free(frame);
	}
	ck_assert_uint_eq(n_frames, 3);
	close(pair[1]);
	ck_assert_int_lt(proxy_stream_read(&stream, pair[0]), 0);
	close(pair[0]);
	proxy_stream_done(&stream);
}
END_TEST

static struct proxy_frame *frame_of(uint8_t byte)
{
	struct proxy_frame *frame = calloc(1, sizeof(*frame) + 1);
	ck_assert_ptr_nonnull(frame);
	frame->size = 1;
	frame->bytes[0] = byte;
	return frame;
}

static void expect_sent(struct proxy_stream *stream, int64_t now_ms, const int pair[2], const char *expected)
{
	char sent[16] = "";
	ck_assert_int_eq(proxy_stream_send(stream, pair[0], 0, now_ms), 0);
	if (recv(pair[1], sent, sizeof(sent) - 1, MSG_DONTWAIT) < 0)
		sent[0] = '\0';
	ck_assert_str_eq(sent, expected);
}

START_TEST(test_held_frame_keeps_its_place_until_released)
{
	int pair[2];
	struct proxy_stream stream;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	proxy_stream_init(&stream);
	struct proxy_frame *held = frame_of('b');
	held->due_ms = PROXY_HELD;
	held->hit = 2;
	proxy_stream_queue(&stream, frame_of('a'));
	proxy_stream_queue(&stream, held);
	proxy_stream_queue(&stream, frame_of('c'));
	expect_sent(&stream, 1000, pair, "a");
	ck_assert_int_eq(proxy_stream_due_ms(&stream), INT64_MAX);
	proxy_stream_release(&stream, 1);
	expect_sent(&stream, 1000, pair, "");
	proxy_stream_release(&stream, 2);
	expect_sent(&stream, 1000, pair, "bc");
	close(pair[0]);
	close(pair[1]);
	proxy_stream_done(&stream);
}
END_TEST

START_TEST(test_swapped_frame_is_sent_behind_the_next_one)
{
	int pair[2];
	struct proxy_stream stream;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	proxy_stream_init(&stream);
	struct proxy_frame *swapped = frame_of('a');
	swapped->due_ms = 2000;
	swapped->is_swapped = true;
	proxy_stream_queue(&stream, swapped);
	expect_sent(&stream, 1000, pair, "");
	proxy_stream_queue(&stream, frame_of('b'));
	proxy_stream_queue(&stream, frame_of('c'));
	expect_sent(&stream, 1000, pair, "bac");
	close(pair[0]);
	close(pair[1]);
	proxy_stream_done(&stream);
}
END_TEST

START_TEST(test_rules_are_read)
{
	struct proxy_rule rule;
	const char *why;
	ck_assert_int_eq(proxy_rule_parse("hold EndTxn", &rule, &why), 0);
	ck_assert(rule.action == PROXY_HOLD && !rule.on_answer && rule.api_key == 26 && rule.nth == 1);
	ck_assert_int_eq(proxy_rule_parse("cut after AddPartitionsToTxn 3", &rule, &why), 0);
	ck_assert(rule.action == PROXY_CUT && rule.on_answer && rule.api_key == 24 && rule.nth == 3);
	ck_assert_int_eq(proxy_rule_parse("delay 250 answer Produce each from weir", &rule, &why), 0);
	ck_assert(rule.action == PROXY_DELAY && rule.on_answer && rule.delay_ms == 250 && rule.nth == 0);
	ck_assert_str_eq(rule.client_id, "weir");
}
END_TEST

START_TEST(test_wrong_rules_are_refused_with_a_reason)
{
	static const char *const wrong[] = {
		"", "hold", "hold answer", "hold Nothing", "hold EndTxn 0", "hold EndTxn 3 4", "hold EndTxn from",
		"delay EndTxn", "delay 99999999999 EndTxn", "cut EndTxn", "cut sideways EndTxn", "explode EndTxn",
		"hold EndTxn from a-client-id-that-is-longer-than-the-sixty-three-letters-that-are-kept-of-one",
		"hold EndTxn                                                                                        "
		"                                                                     1"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct proxy_rule rule;
		const char *why = NULL;
		ck_assert_msg(proxy_rule_parse(wrong[i], &rule, &why) == -EINVAL, "'%s' was taken", wrong[i]);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

START_TEST(test_rule_hits_the_nth_of_its_kind_only)
{
	struct proxy_rule rule;
	const char *why;
	struct kafka_request wanted = {.api_key = 26, .client_id = "weir"};
	struct kafka_request other_api = {.api_key = 0, .client_id = "weir"};
	struct kafka_request other_client = {.api_key = 26, .client_id = "judge"};
	ck_assert_int_eq(proxy_rule_parse("drop EndTxn 2 from weir", &rule, &why), 0);
	ck_assert(!proxy_rule_hits(&rule, &other_api));
	ck_assert(!proxy_rule_hits(&rule, &wanted));
	ck_assert(!proxy_rule_hits(&rule, &other_client));
	ck_assert(!proxy_rule_is_spent(&rule));
	ck_assert(proxy_rule_hits(&rule, &wanted));
	ck_assert(proxy_rule_is_spent(&rule));
	ck_assert(!proxy_rule_hits(&rule, &wanted));
	ck_assert_int_eq(proxy_rule_parse("drop EndTxn each", &rule, &why), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(proxy_rule_hits(&rule, &other_client));
	ck_assert(!proxy_rule_is_spent(&rule));
}
END_TEST

UNIT_MAIN("tools/kafka_proxy", test_frame_size_is_known_from_four_bytes_on, test_absurd_frame_sizes_are_refused,
	  test_request_header_is_read, test_request_cut_anywhere_is_refused_or_whole,
	  test_client_id_may_be_null_empty_or_long_but_not_negative, test_answer_of_end_txn_shows_its_error,
	  test_apis_have_names_and_numbers, test_frames_come_whole_out_of_single_bytes,
	  test_held_frame_keeps_its_place_until_released, test_swapped_frame_is_sent_behind_the_next_one,
	  test_rules_are_read, test_wrong_rules_are_refused_with_a_reason, test_rule_hits_the_nth_of_its_kind_only)
