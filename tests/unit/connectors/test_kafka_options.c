#include <stdlib.h>
#include <string.h>

#include "fake_host.h"
#include "tests/lib/unit_main.h"

static const struct weir_plugin *sink_plugin(void)
{
	return fake_plugin("connectors/kafka/kafka_sink");
}

static const struct weir_plugin *source_plugin(void)
{
	return fake_plugin("connectors/kafka/kafka_source");
}

#define SINK(...) fake_host_with(sink_plugin(), "bootstrap_servers", "b:1", "topic", "t", __VA_ARGS__)
#define SOURCE(...) fake_host_with(source_plugin(), "bootstrap_servers", "b:1", __VA_ARGS__)

/* Exactly this complaint, and no other; frees the ctx. */
static void must_complain(struct weir_ctx *ctx, const char *text)
{
	ck_assert_msg(fake_host_check(ctx) != WEIR_OK, "check() did not see: %s", text);
	ck_assert_msg(ctx->bad_options.n == 1, "%u complaints instead of 1 (%s)", ctx->bad_options.n, text);
	ck_assert_msg(strstr(ctx->bad_options.list[0], text) != NULL, "'%s' is not in '%s'", text,
		      ctx->bad_options.list[0]);
	fake_host_free(ctx);
}

static void must_pass(struct weir_ctx *ctx)
{
	weir_status status = fake_host_check(ctx);
	ck_assert_msg(status == WEIR_OK && ctx->bad_options.n == 0, "%s",
		      ctx->bad_options.n > 0 ? ctx->bad_options.list[0] : "(no text)");
	fake_host_free(ctx);
}

START_TEST(properties_that_tune_are_taken)
{
	must_pass(SINK("client", "linger_ms=20,message_max_bytes=2000000,client_id=x"));
	must_pass(SOURCE("topics", "a,b.c_d-E", "client", "fetch_min_bytes=100000,check_crcs=true"));
}
END_TEST

START_TEST(properties_that_run_or_load_something_are_refused)
{
	must_complain(SINK("client", "plugin_library_paths=/tmp/x.so"), "it loads libraries");
	must_complain(SINK("client", "sasl_kerberos_kinit_cmd=reboot"), "it runs a program");
	must_complain(SOURCE("topics", "t", "client", "ssl_engine_location=/tmp/x.so"), "it loads a library");
}
END_TEST

START_TEST(properties_that_weir_owns_are_refused_with_the_reason)
{
	must_complain(SOURCE("topics", "t", "client", "enable_auto_commit=true"), "client: 'enable_auto_commit'");
	must_complain(SOURCE("topics", "t", "client", "isolation_level=x"), "use the option isolation");
	must_complain(SINK("client", "transactional_id=x"), "a second instance is fenced by it");
	must_complain(SINK("client", "acks=1"), "always all");
	must_complain(SINK("client", "socket_timeout_ms=100"), "follows transaction_timeout");
}
END_TEST

START_TEST(unknown_property_gets_a_hint)
{
	must_complain(SINK("client", "lingre_ms=20"), "did you mean 'linger_ms'?");
	must_complain(SINK("client", "no_such_thing_at_all=20"), "not among the client properties that weir takes");
	must_complain(SINK("client", "=20"), "not the name of a client property");
}
END_TEST

START_TEST(property_of_the_other_side_is_named_as_such)
{
	must_complain(SINK("client", "fetch_min_bytes=1"), "of the Kafka source only");
	must_complain(SOURCE("topics", "t", "client", "linger_ms=1"), "of the Kafka sink only");
}
END_TEST

START_TEST(value_out_of_range_is_reported)
{
	must_complain(SINK("client", "linger_ms=-5"), "linger");
	must_complain(SINK("client", "enable_ssl_certificate_verification=perhaps"), "enable_ssl_certificate_verification");
}
END_TEST

START_TEST(all_mistakes_are_reported_at_once)
{
	struct weir_ctx *ctx = SINK("client", "lingre_ms=1,acks=0", "security_protocol", "sasl_ssl");
	ck_assert_int_ne(fake_host_check(ctx), WEIR_OK);
	ck_assert_uint_eq(ctx->bad_options.n, 3);
	fake_host_free(ctx);
}
END_TEST

START_TEST(security_options_must_fit_together)
{
	must_pass(SINK("security_protocol", "sasl_ssl", "sasl_mechanism", "PLAIN", "sasl_username", "u", "sasl_password",
		       "p", "ssl_ca_location", "/ca"));
	must_complain(SINK("sasl_username", "u"), "security_protocol: SASL options");
	must_complain(SINK("ssl_ca_location", "/ca"), "security_protocol: TLS options");
	must_complain(SINK("security_protocol", "sasl_ssl"), "sasl_mechanism: is needed");
	must_complain(SINK("security_protocol", "sasl_plaintext", "sasl_mechanism", "SCRAM-SHA-256", "sasl_username", "u"),
		      "sasl_password: is needed");
	must_complain(SINK("security_protocol", "ssl", "ssl_key_location", "/key"), "go together");
}
END_TEST

START_TEST(secrets_are_flagged)
{
	static const char *const secret[] = {"sasl_password", "ssl_key_password", "sasl_oauthbearer_client_secret"};
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
		bool found = false;
		for (uint32_t j = 0; j < sink_plugin()->n_options; j++)
			if (strcmp(sink_plugin()->options[j].name, secret[i]) == 0)
				found = (sink_plugin()->options[j].flags & WEIR_SECRET) != 0;
		ck_assert_msg(found, "%s is not secret", secret[i]);
	}
}
END_TEST

START_TEST(topic_names_must_be_legal)
{
	char name[300];
	memset(name, 'x', sizeof(name));
	name[250] = '\0';
	must_complain(SOURCE("topics", name), "longer than the 249");
	must_complain(SOURCE("topics", "good,bad topic"), "not ' '");
	must_complain(SOURCE("topics", ".."), "cannot be a topic's name");
	must_complain(SOURCE("topics", "a,b,a"), "'a' is named twice");
	must_complain(SOURCE("topics", ""), "names no topic");
	must_complain(SINK("dead_letter_topic", "a/b"), "dead_letter_topic");
	must_complain(SINK("progress_topic", "t"), "must be one of its own");
}
END_TEST

START_TEST(pipeline_name_must_make_a_legal_progress_topic)
{
	struct weir_ctx *ctx = SINK("timestamp", "now");
	ctx->info.name = "ip count";
	must_complain(ctx, "progress_topic: 'weir-ip count-progress'");
}
END_TEST

START_TEST(transaction_timeout_must_be_above_three_intervals)
{
	must_complain(SINK("transaction_timeout", "15s"), "more than three times");
	must_complain(SINK("transaction_timeout", "15s"), "15 minutes");
	must_pass(SINK("transaction_timeout", "16s"));
	struct weir_ctx *ctx = SINK("transaction_timeout", "1s");
	ctx->info.guarantee = WEIR_AT_LEAST_ONCE_GUARANTEE;
	must_pass(ctx);
}
END_TEST

UNIT_MAIN("connectors/kafka options", properties_that_tune_are_taken,
	  properties_that_run_or_load_something_are_refused,
	  properties_that_weir_owns_are_refused_with_the_reason, unknown_property_gets_a_hint,
	  property_of_the_other_side_is_named_as_such, value_out_of_range_is_reported,
	  all_mistakes_are_reported_at_once, security_options_must_fit_together,
	  secrets_are_flagged, topic_names_must_be_legal,
	  pipeline_name_must_make_a_legal_progress_topic,
	  transaction_timeout_must_be_above_three_intervals)
