/* The Kafka sink: the last resource of the exactly-once protocol. A checkpoint's output and the marker
 * that decides for the whole pipeline are one Kafka transaction:
 *
 *   take_over  fence older instances, write a start record, read the verdict from the progress topic
 *   begin      the producer made anew where the network may still hold a request (recycle rule)
 *   write      records go to librdkafka's queue; a full queue is back-pressure
 *   prepare    source offsets (for lag tools), the marker as the last record, everything acknowledged
 *   commit     the decision
 *
 * With guarantee = "at_least_once" there is an idempotent producer and no transaction: prepare() makes
 * the output durable.
 *
 * Failpoints: kafka_sink_start_record (before the start record is committed), kafka_sink_before_marker,
 * kafka_sink_marker_written, kafka_sink_before_commit, kafka_sink_after_commit; an error injected at
 * kafka_sink_skip_recycle switches the recycle rule off, to show that it is needed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "connectors/kafka/kafka_progress.h"
#include "connectors/kafka/kafka_tuning.h"

/* Where a broker does not answer no step waits for long: WEIR_RETRY lets weir see whether the run is over, since a
 * thread that does not come back costs the process. */
#define SLICE_MS 1000
#define FULL_QUEUE_WAIT_MS 50
#define RECYCLE_PATIENCE_MS 10000
#define RECYCLE_SWITCH "kafka_sink_skip_recycle" /* a switch for tests, no place to die at */
#define ABORT_TIMEOUT_MS 2000
#define MISSING_TOPIC_WAIT_MS 3000
#define NEWCOMER_WAIT_MS 1500 /* between fencing us and its start record, a newer instance needs less */

struct kafka_sink {
	struct kafka_options connection;
	const char *topic, *progress_topic, *dead_letter_topic;
	const char *timestamp, *partitioner, *compression;
	int64_t transaction_timeout_ms;

	struct weir_ctx *ctx;
	const struct weir_host *host;
	bool is_transactional, keeps_timestamps;
	bool has_taken_over;
	bool in_transaction;	   /* begun and not committed */
	uint64_t checkpoint;	   /* begun last */
	uint32_t n_written;	   /* records of the batch at which the queue was full */
	bool marker_is_written, is_committing;
	char *progress, *identity; /* progress topic; transactional id and group "weir-<pipeline>" */
	char *system;
	struct kafka_client *producer;
	rd_kafka_topic_t *results, *dead_letters, *markers;
	struct progress_view view; /* what the last verdict points into */
	char where[400];
};

static int answer_timeout(const struct kafka_sink *sink)
{
	return sink->transaction_timeout_ms > KAFKA_ANSWER_TIMEOUT_MS ? (int)sink->transaction_timeout_ms
								       : KAFKA_ANSWER_TIMEOUT_MS;
}

/* ---- check -------------------------------------------------------------------------------------------- */

/* malloc'd: "weir-<pipeline><suffix>". */
static char *name_after_pipeline(const char *pipeline, const char *suffix)
{
	size_t size = strlen("weir-") + strlen(pipeline) + strlen(suffix) + 1;
	char *name = malloc(size);
	if (name != NULL)
		snprintf(name, size, "weir-%s%s", pipeline, suffix);
	return name;
}

static char *progress_topic_name(const struct kafka_sink *sink, const struct weir_pipeline_info *pipeline)
{
	return sink->progress_topic != NULL ? strdup(sink->progress_topic)
					    : name_after_pipeline(pipeline->name, "-progress");
}

static weir_status check_topics(const struct kafka_sink *sink, const struct weir_pipeline_info *pipeline,
				struct weir_ctx *ctx, const struct weir_host *host)
{
	weir_status status = kafka_options_check_topic("topic", sink->topic, ctx, host);
	if (sink->dead_letter_topic != NULL &&
	    kafka_options_check_topic("dead_letter_topic", sink->dead_letter_topic, ctx, host) != WEIR_OK)
		status = WEIR_FATAL;
	char *progress = progress_topic_name(sink, pipeline);
	if (progress == NULL)
		return host->bad_option(ctx, "progress_topic", "no memory for its name");
	if (kafka_options_check_topic("progress_topic", progress, ctx, host) != WEIR_OK)
		status = WEIR_FATAL;
	if (strcmp(progress, sink->topic) == 0 ||
	    (sink->dead_letter_topic != NULL && strcmp(progress, sink->dead_letter_topic) == 0))
		status = host->bad_option(ctx, "progress_topic",
					  "'%s' is a topic that records are written to; the progress topic must be one "
					  "of its own", progress);
	free(progress);
	return status;
}

static weir_status check_transaction_timeout(const struct kafka_sink *sink,
					     const struct weir_pipeline_info *pipeline, struct weir_ctx *ctx,
					     const struct weir_host *host)
{
	if (pipeline->guarantee != WEIR_EXACTLY_ONCE_GUARANTEE ||
	    sink->transaction_timeout_ms > 3 * pipeline->checkpoint_interval_ms)
		return WEIR_OK;
	return host->bad_option(ctx, "transaction_timeout",
				"%g s is too short for a checkpoint every %g s: the broker aborts a transaction that is "
				"open for longer, so it must be more than three times the interval; brokers allow at "
				"most 15 minutes where their transaction.max.timeout.ms is not raised",
				(double)sink->transaction_timeout_ms / 1000,
				(double)pipeline->checkpoint_interval_ms / 1000);
}

static weir_status sink_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	const struct kafka_sink *sink = self;
	const struct weir_pipeline_info *pipeline = host->pipeline(ctx);
	weir_status topics = check_topics(sink, pipeline, ctx, host);
	weir_status timeout = check_transaction_timeout(sink, pipeline, ctx, host);
	weir_status options = kafka_options_check(&sink->connection, RD_KAFKA_PRODUCER, ctx, host);
	return topics != WEIR_OK ? topics : timeout != WEIR_OK ? timeout : options;
}

/* ---- the producer ------------------------------------------------------------------------------------- */

/* An open transaction is aborted: readers need not wait for its time-out, and librdkafka 2.0.2 may fail an
 * assertion where it is destroyed while it registers partitions. What was committed after all cannot be
 * undone by this, and the marker tells. */
static void producer_close(struct kafka_sink *sink)
{
	if (sink->in_transaction) {
		rd_kafka_error_t *error = rd_kafka_abort_transaction(sink->producer->rk, ABORT_TIMEOUT_MS);
		rd_kafka_error_destroy(error);
	}
	rd_kafka_topic_t **topics[] = {&sink->results, &sink->dead_letters, &sink->markers};
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (*topics[i] != NULL)
			rd_kafka_topic_destroy(*topics[i]);
		*topics[i] = NULL;
	}
	kafka_client_close(sink->producer);
	sink->producer = NULL;
	sink->in_transaction = false;
}

static weir_status producer_new(struct kafka_sink *sink)
{
	char timeout_ms[32];
	snprintf(timeout_ms, sizeof(timeout_ms), "%" PRId64, sink->transaction_timeout_ms);
	/* Without a transaction the last two end the list early. */
	const struct kafka_property properties[] = {
		KAFKA_SINK_TUNING,
		{"compression.codec", sink->compression},
		{"partitioner", sink->partitioner},
		{sink->is_transactional ? "transactional.id" : NULL, sink->identity},
		{"transaction.timeout.ms", timeout_ms},
		{NULL, NULL},
	};
	return kafka_client_new(&sink->connection, RD_KAFKA_PRODUCER, properties, sink->ctx, sink->host,
				&sink->producer);
}

/* One that is missing for longer than the brokers need to tell each other of a new one is not there. */
static weir_status find_topic(struct kafka_sink *sink, const char *name)
{
	int32_t n_partitions = 0;
	int64_t until_ms = kafka_monotonic_ms() + MISSING_TOPIC_WAIT_MS;
	for (;;) {
		rd_kafka_resp_err_t err =
			kafka_client_count_partitions(sink->producer, name, KAFKA_ANSWER_TIMEOUT_MS, &n_partitions);
		if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
			return kafka_client_fail(sink->producer, err, "topic '%s'", name);
		if (n_partitions > 0)
			return WEIR_OK;
		if (kafka_monotonic_ms() >= until_ms)
			return sink->host->fail(sink->ctx, WEIR_REFUSED,
						"topic '%s' does not exist; create it: kafka-topics.sh --bootstrap-server %s "
						"--create --topic %s --partitions N", name,
						sink->connection.bootstrap_servers, name);
		nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	}
}

/* Topics are looked up now, so that the first produce need not wait for their metadata (#5032). */
static weir_status open_topic(struct kafka_sink *sink, const char *name, rd_kafka_topic_t **ret_topic)
{
	weir_status status = find_topic(sink, name);
	if (status != WEIR_OK)
		return status;
	*ret_topic = rd_kafka_topic_new(sink->producer->rk, name, NULL);
	if (*ret_topic == NULL)
		return sink->host->fail(sink->ctx, WEIR_FATAL, "cannot use topic '%s': %s", name,
					rd_kafka_err2str(rd_kafka_last_error()));
	return WEIR_OK;
}

static weir_status producer_open(struct kafka_sink *sink)
{
	weir_status status = producer_new(sink);
	if (status == WEIR_OK)
		status = open_topic(sink, sink->topic, &sink->results);
	if (status == WEIR_OK && sink->dead_letter_topic != NULL)
		status = open_topic(sink, sink->dead_letter_topic, &sink->dead_letters);
	return status;
}

static weir_status sink_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct kafka_sink *sink = self;
	sink->ctx = ctx;
	sink->host = host;
	const struct weir_pipeline_info *pipeline = host->pipeline(ctx);
	sink->is_transactional = pipeline->guarantee == WEIR_EXACTLY_ONCE_GUARANTEE;
	sink->keeps_timestamps = strcmp(sink->timestamp, "record") == 0;
	sink->progress = progress_topic_name(sink, pipeline);
	sink->identity = name_after_pipeline(pipeline->name, "");
	if (sink->progress == NULL || sink->identity == NULL)
		return host->fail(ctx, WEIR_FATAL, "no memory for a Kafka sink");
	weir_status status = producer_open(sink);
	return status == WEIR_OK ? kafka_client_system(sink->producer, &sink->system) : status;
}

static void sink_close(void *self)
{
	struct kafka_sink *sink = self;
	producer_close(sink);
	progress_view_done(&sink->view);
	free(sink->progress);
	free(sink->identity);
	free(sink->system);
}

static const char *sink_system(void *self)
{
	struct kafka_sink *sink = self;
	return sink->system;
}

/* ---- who else is there -------------------------------------------------------------------------------- */

/* WEIR_FENCED where another instance has written its start record since ours: whatever it writes comes
 * after ours, and what we write is refused from then on, so the last writer tells. */
static weir_status look_for_newcomer(struct kafka_sink *sink)
{
	struct progress_view view = {0};
	weir_status status = progress_read(&sink->connection, sink->progress, NULL, KAFKA_ANSWER_TIMEOUT_MS,
					   sink->ctx, sink->host, &view);
	if (status != WEIR_OK)
		return status;
	if (sink->host->failpoint(sink->ctx, "rule_fenced_by_newcomer_ends") != WEIR_OK)
		status = WEIR_OK;
	else if (view.last_writer == NULL)
		status = sink->host->fail(sink->ctx, WEIR_ABORT, "progress topic '%s' has lost our start record",
					  sink->progress);
	else if (strcmp(view.last_writer, sink->host->pipeline(sink->ctx)->instance_uuid) != 0)
		status = sink->host->fail(sink->ctx, WEIR_FENCED,
					  "another instance (%s) of pipeline '%s' has taken over, says progress topic '%s'",
					  view.last_writer, sink->host->pipeline(sink->ctx)->name, sink->progress);
	progress_view_done(&view);
	return status;
}

/* Fenced: by another instance, or by the coordinator because our transaction took too long? */
static weir_status judge_fencing(struct kafka_sink *sink, const char *attempt, const char *why)
{
	if (!sink->has_taken_over)
		return sink->host->fail(sink->ctx, WEIR_ABORT,
					"cannot %s as '%s': %s; is another instance starting?", attempt, sink->identity, why);
	int64_t until_ms = kafka_monotonic_ms() + NEWCOMER_WAIT_MS;
	do {
		weir_status status = look_for_newcomer(sink);
		if (status != WEIR_OK)
			return status;
		nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
	} while (kafka_monotonic_ms() < until_ms);
	return sink->host->fail(sink->ctx, WEIR_ABORT,
				"cannot %s as '%s': %s; no other instance has started, so the broker ended our "
				"transaction: was it open for longer than transaction_timeout (%g s)?",
				attempt, sink->identity, why, (double)sink->transaction_timeout_ms / 1000);
}

static bool says_fenced(rd_kafka_resp_err_t err)
{
	return err == RD_KAFKA_RESP_ERR__FENCED || err == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
	       err == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

/* A failed step of a transaction; the outcome is always safe, since the next start asks the marker. */
static weir_status judge(struct kafka_sink *sink, const char *attempt, rd_kafka_resp_err_t err, const char *why)
{
	char fatal[300];
	rd_kafka_resp_err_t fatal_err = rd_kafka_fatal_error(sink->producer->rk, fatal, sizeof(fatal));
	if (fatal_err != RD_KAFKA_RESP_ERR_NO_ERROR) {
		err = fatal_err;
		why = fatal;
	}
	if (says_fenced(err))
		return judge_fencing(sink, attempt, why);
	rd_kafka_poll(sink->producer->rk, 0); /* fetches the failed deliveries */
	const char *delivery = sink->producer->delivery_error;
	const char *advice = err == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT
				     ? "; transaction_timeout is above the broker's transaction.max.timeout.ms (15 minutes "
				       "where it is not set)"
			     : kafka_is_denied(err) ? "; the user needs WRITE on the topics and on the transactional id, "
						      "and READ on the group of the same name"
						    : "";
	bool is_too_large = err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || err == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
	if (is_too_large)
		advice = "; raise max.message.bytes of the topic; with message_max_bytes in client = { } as low as that weir names "
			 "the record";
	bool is_hopeless = kafka_is_denied(err) || is_too_large || err == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT;
	return sink->host->fail(sink->ctx, is_hopeless ? WEIR_FATAL : WEIR_ABORT, "cannot %s as '%s' (topic '%s'): %s%s%s%s",
				attempt, sink->identity, sink->topic, why, advice, delivery[0] != '\0' ? "; " : "",
				delivery);
}

/* Takes the error. */
static weir_status judge_error(struct kafka_sink *sink, const char *attempt, rd_kafka_error_t *error)
{
	if (error == NULL)
		return WEIR_OK;
	weir_status status = judge(sink, attempt, rd_kafka_error_code(error), rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return status;
}

static weir_status pass_failpoint(struct kafka_sink *sink, const char *name)
{
	if (sink->host->failpoint(sink->ctx, name) == WEIR_OK)
		return WEIR_OK;
	return sink->host->fail(sink->ctx, WEIR_ABORT, "failpoint %s", name);
}

/* ---- taking over -------------------------------------------------------------------------------------- */

static weir_status initialize_transactions(struct kafka_sink *sink, int patience_ms)
{
	int64_t until_ms = kafka_monotonic_ms() + patience_ms;
	for (;;) {
		sink->host->may_take(sink->ctx, INT64_C(2) * KAFKA_ANSWER_TIMEOUT_MS);
		rd_kafka_error_t *error = rd_kafka_init_transactions(sink->producer->rk, KAFKA_ANSWER_TIMEOUT_MS);
		if (error == NULL)
			return WEIR_OK;
		rd_kafka_poll(sink->producer->rk, 0);
		/* Retriable also means: an older transaction is still being aborted. */
		if (!rd_kafka_error_is_retriable(error) || kafka_monotonic_ms() >= until_ms)
			return judge_error(sink, "initialize transactions", error);
		rd_kafka_error_destroy(error);
	}
}

static weir_status produce_progress(struct kafka_sink *sink, const char *key, const struct progress_record *record)
{
	char *value = progress_encode(record);
	if (value == NULL)
		return sink->host->fail(sink->ctx, WEIR_FATAL, "cannot write a %s for topic '%s': no memory, or a "
					"position is not UTF-8", key, sink->progress);
	rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR__QUEUE_FULL;
	for (int waited_ms = 0; err == RD_KAFKA_RESP_ERR__QUEUE_FULL && waited_ms < SLICE_MS;
	     waited_ms += FULL_QUEUE_WAIT_MS) {
		int r = rd_kafka_produce(sink->markers, 0, RD_KAFKA_MSG_F_COPY, value, strlen(value), key, strlen(key),
					 NULL);
		err = r == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
		if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
			rd_kafka_poll(sink->producer->rk, FULL_QUEUE_WAIT_MS);
	}
	free(value);
	if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return WEIR_RETRY;
	return err == RD_KAFKA_RESP_ERR_NO_ERROR
		       ? WEIR_OK
		       : judge(sink, "write to the progress topic", err, rd_kafka_err2str(err));
}

static weir_status begin_transaction(struct kafka_sink *sink)
{
	weir_status status =
		judge_error(sink, "begin a transaction", rd_kafka_begin_transaction(sink->producer->rk));
	sink->in_transaction = status == WEIR_OK;
	return status;
}

/* WEIR_RETRY: it goes on in the background, and calling again resumes it. */
static weir_status commit_transaction(struct kafka_sink *sink)
{
	sink->host->may_take(sink->ctx, 2 * KAFKA_ANSWER_TIMEOUT_MS);
	rd_kafka_error_t *error = rd_kafka_commit_transaction(sink->producer->rk, KAFKA_ANSWER_TIMEOUT_MS);
	sink->in_transaction = error != NULL;
	if (error == NULL)
		return WEIR_OK;
	if (!rd_kafka_error_is_retriable(error) || rd_kafka_error_txn_requires_abort(error) ||
	    rd_kafka_error_is_fatal(error))
		return judge_error(sink, "commit", error);
	rd_kafka_error_destroy(error);
	rd_kafka_poll(sink->producer->rk, 0);
	return WEIR_RETRY;
}

static int64_t wall_clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct progress_record record_of_ours(const struct kafka_sink *sink)
{
	const struct weir_pipeline_info *pipeline = sink->host->pipeline(sink->ctx);
	return (struct progress_record){.pipeline_uuid = (char *)pipeline->uuid,
					.instance_uuid = (char *)pipeline->instance_uuid,
					.time_ms = wall_clock_ms()};
}

static weir_status write_start_record(struct kafka_sink *sink, char *nonce)
{
	struct progress_record record = record_of_ours(sink);
	record.nonce = nonce;
	weir_status status = begin_transaction(sink);
	if (status == WEIR_OK)
		status = produce_progress(sink, PROGRESS_START_KEY, &record);
	if (status == WEIR_OK)
		status = pass_failpoint(sink, "kafka_sink_start_record");
	if (status == WEIR_OK)
		while ((status = commit_transaction(sink)) == WEIR_RETRY)
			;
	return status;
}

static weir_status make_nonce(struct kafka_sink *sink, char *nonce, size_t size)
{
	uint64_t random;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return sink->host->fail(sink->ctx, WEIR_FATAL, "cannot get a random number for the start record");
	snprintf(nonce, size, "%016" PRIx64, random);
	return WEIR_OK;
}

static weir_status read_progress(struct kafka_sink *sink, const char *nonce)
{
	progress_view_done(&sink->view);
	return progress_read(&sink->connection, sink->progress, nonce, answer_timeout(sink), sink->ctx, sink->host,
			     &sink->view);
}

static weir_status give_verdict(struct kafka_sink *sink, struct weir_verdict *verdict)
{
	const struct progress_record *marker = &sink->view.marker;
	snprintf(sink->where, sizeof(sink->where), "topic %s, offset %" PRId64, sink->progress,
		 sink->view.marker_offset);
	*verdict = (struct weir_verdict){
		.size = sizeof(*verdict), .where = sink->where, .newest_instance = sink->view.last_writer};
	if (!sink->view.has_marker) {
		snprintf(sink->where, sizeof(sink->where), "topic %s", sink->progress);
		return WEIR_OK;
	}
	verdict->found = true;
	verdict->checkpoint = marker->checkpoint;
	verdict->pipeline_uuid = marker->pipeline_uuid;
	verdict->instance_uuid = marker->instance_uuid;
	verdict->positions = marker->positions;
	verdict->n_positions = marker->n_positions;
	verdict->time_ms = marker->time_ms;
	return WEIR_OK;
}

static weir_status sink_peek(void *self, struct weir_verdict *verdict)
{
	struct kafka_sink *sink = self;
	weir_status status = read_progress(sink, NULL);
	return status == WEIR_OK ? give_verdict(sink, verdict) : status;
}

/* The topic may be made by hand, or by a broker that makes topics by itself. The answer has had time to come;
 * without one it may be right. */
static weir_status check_progress_policy(struct kafka_sink *sink, rd_kafka_queue_t *take_answer)
{
	char policy[64];
	if (!kafka_client_take_setting(take_answer, 0, "cleanup.policy", policy, sizeof(policy)) ||
	    strstr(policy, "delete") == NULL)
		return WEIR_OK;
	return sink->host->fail(sink->ctx, WEIR_REFUSED,
				"progress topic '%s' has cleanup.policy=%s: Kafka deletes its markers when they are old, and then "
				"nobody can know what was committed. Keep the last one: kafka-configs.sh --bootstrap-server %s "
				"--alter --entity-type topics --entity-name %s --add-config cleanup.policy=compact",
				sink->progress, policy, sink->connection.bootstrap_servers, sink->progress);
}

static weir_status open_progress_topic(struct kafka_sink *sink)
{
	weir_status status = progress_topic_create(sink->producer, sink->progress);
	return status == WEIR_OK ? open_topic(sink, sink->progress, &sink->markers) : status;
}

static weir_status sink_take_over(void *self, struct weir_verdict *verdict)
{
	struct kafka_sink *sink = self;
	char nonce[32];
	weir_status status = make_nonce(sink, nonce, sizeof(nonce));
	if (status == WEIR_OK)
		status = open_progress_topic(sink);
	rd_kafka_queue_t *settings = kafka_client_ask_settings(sink->producer, sink->progress);
	if (status == WEIR_OK)
		status = initialize_transactions(sink, answer_timeout(sink));
	sink->host->log(sink->ctx, WEIR_DEBUG, "transactions initialized");
	if (status == WEIR_OK)
		status = check_progress_policy(sink, settings);
	else
		rd_kafka_queue_destroy(settings);
	if (status == WEIR_OK)
		status = write_start_record(sink, nonce);
	sink->host->log(sink->ctx, WEIR_DEBUG, "start record written");
	if (status == WEIR_OK)
		status = read_progress(sink, nonce);
	if (status != WEIR_OK)
		return status;
	sink->host->log(sink->ctx, WEIR_DEBUG, "verdict read");
	sink->has_taken_over = true;
	return give_verdict(sink, verdict);
}

/* ---- checkpoints -------------------------------------------------------------------------------------- */

/* The network may still hold a request of the last transaction, which would end or spoil the next one
 * (KAFKA-17754). A new producer has a new epoch, and the broker refuses what is older. A newer instance
 * must not be fenced by this: look first, and again behind the init, for one that came in between. */
static weir_status recycle_producer(struct kafka_sink *sink)
{
	sink->host->log(sink->ctx, WEIR_INFO, "a request of the last transaction was not answered: making the producer "
			"of '%s' anew", sink->identity);
	weir_status status = look_for_newcomer(sink);
	if (status != WEIR_OK)
		return status;
	producer_close(sink);
	status = producer_open(sink);
	if (status == WEIR_OK)
		status = open_topic(sink, sink->progress, &sink->markers);
	if (status == WEIR_OK)
		status = initialize_transactions(sink, RECYCLE_PATIENCE_MS);
	return status == WEIR_OK ? look_for_newcomer(sink) : status;
}

static bool needs_recycling(struct kafka_sink *sink)
{
	return atomic_load(&sink->producer->has_lost_request) &&
	       sink->host->failpoint(sink->ctx, RECYCLE_SWITCH) == WEIR_OK;
}

static weir_status sink_begin(void *self, uint64_t checkpoint)
{
	struct kafka_sink *sink = self;
	sink->checkpoint = checkpoint;
	sink->marker_is_written = sink->is_committing = false;
	rd_kafka_poll(sink->producer->rk, 0);
	if (!sink->is_transactional)
		return WEIR_OK;
	weir_status status = needs_recycling(sink) ? recycle_producer(sink) : WEIR_OK;
	return status == WEIR_OK ? begin_transaction(sink) : status;
}

static rd_kafka_headers_t *headers_of(const struct weir_record *record)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(record->n_headers);
	for (uint32_t i = 0; i < record->n_headers; i++)
		rd_kafka_header_add(headers, (const char *)record->headers[i].name.data,
				    (ssize_t)record->headers[i].name.len, record->headers[i].value.data,
				    (ssize_t)record->headers[i].value.len);
	return headers;
}

static weir_status refuse_size(struct kafka_sink *sink, rd_kafka_topic_t *topic, const struct weir_record *record,
			       const char *why)
{
	char text[400];
	snprintf(text, sizeof(text), "its %zu bytes are too many for topic '%s': %s; raise message_max_bytes in client = { } and "
		 "max.message.bytes of the topic", record->key.len + record->value.len, rd_kafka_topic_name(topic), why);
	return sink->host->reject(sink->ctx, record, text);
}

/* Takes the error. WEIR_RETRY: the queue was full, once more. */
static weir_status judge_produce(struct kafka_sink *sink, rd_kafka_topic_t *topic, const struct weir_record *record,
				 rd_kafka_error_t *error)
{
	rd_kafka_resp_err_t err = rd_kafka_error_code(error);
	weir_status status = WEIR_RETRY;
	if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(sink->producer->rk, FULL_QUEUE_WAIT_MS);
	else if (err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		status = refuse_size(sink, topic, record, rd_kafka_error_string(error));
	else
		status = judge(sink, "write", err, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return status;
}

/* Copies key and value: librdkafka sends later. Waits a while where its queue is full, then WEIR_RETRY. */
static weir_status write_record(struct kafka_sink *sink, rd_kafka_topic_t *topic, const struct weir_record *record)
{
	rd_kafka_headers_t *headers = record->n_headers > 0 ? headers_of(record) : NULL;
	const rd_kafka_vu_t message[] = {
		{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)record->key.data, record->key.len}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)record->value.data, record->value.len}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_TIMESTAMP, /* 0 = now */
		 .u.i64 = sink->keeps_timestamps && record->timestamp_ms > 0 ? record->timestamp_ms : 0},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
	};
	weir_status status = WEIR_RETRY;
	for (int waited_ms = 0; status == WEIR_RETRY && waited_ms < SLICE_MS; waited_ms += FULL_QUEUE_WAIT_MS) {
		rd_kafka_error_t *error = rd_kafka_produceva(sink->producer->rk, message, headers != NULL ? 6 : 5);
		if (error == NULL)
			return WEIR_OK;
		status = judge_produce(sink, topic, record, error);
	}
	if (headers != NULL)
		rd_kafka_headers_destroy(headers);
	return status;
}

/* Records are purged where their transaction fails, and only an attempt to go on with it tells why it did.
 * It will not be committed, so these offsets are never seen. NULL: nothing more is known. */
static rd_kafka_error_t *ask_why_transaction_failed(struct kafka_sink *sink)
{
	rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(offsets, sink->topic, 0)->offset = 0;
	rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new(sink->identity);
	rd_kafka_error_t *error =
		rd_kafka_send_offsets_to_transaction(sink->producer->rk, offsets, group, SLICE_MS);
	rd_kafka_consumer_group_metadata_destroy(group);
	rd_kafka_topic_partition_list_destroy(offsets);
	return error;
}

static weir_status fail_delivery(struct kafka_sink *sink)
{
	if (sink->producer->delivery_error[0] == '\0')
		return WEIR_OK;
	rd_kafka_error_t *error = sink->is_transactional ? ask_why_transaction_failed(sink) : NULL;
	if (error != NULL)
		return judge_error(sink, "deliver", error);
	return judge(sink, "deliver", RD_KAFKA_RESP_ERR__FAIL, "a record could not be delivered");
}

static weir_status sink_write(void *self, const struct weir_batch *batch)
{
	struct kafka_sink *sink = self;
	rd_kafka_topic_t *topic = batch->output == WEIR_DEAD_LETTERS ? sink->dead_letters : sink->results;
	weir_status status = WEIR_OK;
	while (sink->n_written < batch->n_records && status == WEIR_OK) {
		status = write_record(sink, topic, &batch->records[sink->n_written]);
		sink->n_written += status == WEIR_OK;
	}
	if (status != WEIR_RETRY)
		sink->n_written = 0;
	rd_kafka_poll(sink->producer->rk, 0);
	if (status != WEIR_OK && status != WEIR_RETRY)
		return status;
	weir_status delivery = fail_delivery(sink);
	return delivery == WEIR_OK ? status : delivery;
}

static rd_kafka_topic_partition_list_t *offsets_to_send(const struct weir_checkpoint *checkpoint)
{
	rd_kafka_topic_partition_list_t *offsets =
		rd_kafka_topic_partition_list_new((int)checkpoint->n_positions);
	for (uint32_t i = 0; i < checkpoint->n_positions; i++)
		rd_kafka_topic_partition_list_add(offsets, checkpoint->positions[i].stream,
						  checkpoint->positions[i].partition)
			->offset = checkpoint->positions[i].offset;
	return offsets;
}

/* For the usual lag tools; they decide nothing, and belong to the source's cluster only. */
static weir_status send_source_offsets(struct kafka_sink *sink, const struct weir_checkpoint *checkpoint)
{
	if (checkpoint->n_positions == 0 || checkpoint->source_system == NULL ||
	    strcmp(checkpoint->source_system, sink->system) != 0)
		return WEIR_OK;
	rd_kafka_topic_partition_list_t *offsets = offsets_to_send(checkpoint);
	rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata_new(sink->identity);
	sink->host->may_take(sink->ctx, 3 * KAFKA_ANSWER_TIMEOUT_MS); /* its limit is not always kept (#5456) */
	rd_kafka_error_t *error =
		rd_kafka_send_offsets_to_transaction(sink->producer->rk, offsets, group, KAFKA_ANSWER_TIMEOUT_MS);
	rd_kafka_consumer_group_metadata_destroy(group);
	rd_kafka_topic_partition_list_destroy(offsets);
	if (error == NULL || !rd_kafka_error_is_retriable(error))
		return judge_error(sink, "send the source's offsets", error);
	rd_kafka_error_destroy(error);
	rd_kafka_poll(sink->producer->rk, 0);
	return WEIR_RETRY;
}

static weir_status write_marker(struct kafka_sink *sink, const struct weir_checkpoint *checkpoint)
{
	struct progress_record record = record_of_ours(sink);
	record.checkpoint = checkpoint->id;
	record.positions = (struct weir_position *)checkpoint->positions;
	record.n_positions = checkpoint->n_positions;
	return produce_progress(sink, PROGRESS_MARKER_KEY, &record);
}

/* WEIR_RETRY: not all is acknowledged yet. What never is fails as a delivery, when its message times out. */
static weir_status flush(struct kafka_sink *sink)
{
	rd_kafka_resp_err_t err = rd_kafka_flush(sink->producer->rk, SLICE_MS);
	weir_status status = fail_delivery(sink);
	if (status != WEIR_OK || err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return status;
	return err == RD_KAFKA_RESP_ERR__TIMED_OUT ? WEIR_RETRY : judge(sink, "flush", err, rd_kafka_err2str(err));
}

/* WEIR_RETRY: once more from the beginning. */
static weir_status write_offsets_and_marker(struct kafka_sink *sink, const struct weir_checkpoint *checkpoint)
{
	weir_status status = send_source_offsets(sink, checkpoint);
	if (status == WEIR_OK)
		status = pass_failpoint(sink, "kafka_sink_before_marker");
	if (status == WEIR_OK)
		status = write_marker(sink, checkpoint);
	sink->marker_is_written = status == WEIR_OK;
	return status;
}

/* One flush is enough for output and marker: where any of it fails, the transaction cannot be committed. */
static weir_status sink_prepare(void *self, const struct weir_checkpoint *checkpoint, struct weir_slice *ret_handle)
{
	struct kafka_sink *sink = self;
	*ret_handle = (struct weir_slice){NULL, 0};
	if (!sink->is_transactional)
		return flush(sink);
	weir_status status = WEIR_OK;
	if (!sink->marker_is_written)
		status = write_offsets_and_marker(sink, checkpoint);
	if (status == WEIR_OK)
		status = flush(sink);
	return status == WEIR_OK ? pass_failpoint(sink, "kafka_sink_marker_written") : status;
}

/* For a checkpoint found in the store after a crash there is nothing to do: its marker is there. */
static weir_status sink_commit(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)handle;
	struct kafka_sink *sink = self;
	if (!sink->in_transaction || checkpoint != sink->checkpoint)
		return WEIR_OK;
	weir_status status = sink->is_committing ? WEIR_OK : pass_failpoint(sink, "kafka_sink_before_commit");
	sink->is_committing = true;
	if (status == WEIR_OK)
		status = commit_transaction(sink);
	return status == WEIR_OK ? pass_failpoint(sink, "kafka_sink_after_commit") : status;
}

/* Only for handles found in the store: take_over() has settled their transactions. */
static weir_status sink_abort(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self, (void)checkpoint, (void)handle;
	return WEIR_OK;
}

#define STRING_FIELD(f) WEIR_FIELD(struct kafka_sink, f, const char *)

static const struct weir_option options[] = {
	{"topic", WEIR_STRING, WEIR_REQUIRED, STRING_FIELD(topic), NULL, NULL, "Topic that results are written to"},
	{"transaction_timeout", WEIR_DURATION, 0, WEIR_FIELD(struct kafka_sink, transaction_timeout_ms, int64_t), "60s",
	 "1s..24d", "The broker aborts a checkpoint's transaction that is open for longer; more than three times "
	 "checkpoint.interval, and at most the broker's transaction.max.timeout.ms (15 minutes)"},
	{"progress_topic", WEIR_STRING, 0, STRING_FIELD(progress_topic), NULL, NULL,
	 "Topic that tells which checkpoints were committed; weir-<pipeline>-progress where not given. Made where it "
	 "is missing: one partition, compacted"},
	{"dead_letter_topic", WEIR_STRING, 0, STRING_FIELD(dead_letter_topic), NULL, NULL,
	 "Topic for records that could not be processed, in the same transaction"},
	{"timestamp", WEIR_STRING, 0, STRING_FIELD(timestamp), "record", "record|now",
	 "Which time records carry. Kafka's retention looks at it: old event times need a topic with retention.ms=-1"},
	{"partitioner", WEIR_STRING, 0, STRING_FIELD(partitioner), "murmur2_random",
	 "random|consistent|consistent_random|murmur2|murmur2_random|fnv1a|fnv1a_random",
	 "How a key chooses its partition; murmur2_random is what Java clients do"},
	{"compression", WEIR_STRING, 0, STRING_FIELD(compression), "none", "none|gzip|snappy|lz4|zstd",
	 "How batches are compressed"},
	KAFKA_CONNECTION_OPTIONS(struct kafka_sink),
};

static const struct weir_sink_ops ops = {
	.size = sizeof(ops),
	.delivery = WEIR_LAST_RESOURCE,
	.dead_letter_option = "dead_letter_topic",
	.peek = sink_peek,
	.take_over = sink_take_over,
	.begin = sink_begin,
	.write = sink_write,
	.prepare = sink_prepare,
	.commit = sink_commit,
	.abort = sink_abort,
	.system = sink_system,
};

WEIR_PLUGIN(.name = "kafka", .version = "0.1.0", .license = "Apache-2.0",
	    .summary = "Writes to a topic of Apache Kafka, exactly once",
	    .doc = "Each checkpoint's records are one Kafka transaction, which readers with "
		   "isolation.level=read_committed see as a whole or not at all. The same transaction holds a marker in the "
		   "pipeline's progress topic, which decides at the next start. With guarantee = \"at_least_once\" there "
		   "are no transactions.",
	    .example = "sink = {\n  plugin = \"kafka\";\n  bootstrap_servers = \"localhost:9092\";\n"
		       "  topic = \"ip_count_sink\";\n  transaction_timeout = \"60s\";\n};",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct kafka_sink), .check = sink_check,
	    .open = sink_open, .close = sink_close, .sink = &ops);
