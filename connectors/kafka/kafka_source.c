/* The Kafka source. Partitions are assigned by weir with explicit offsets, all of them feed one queue of
 * librdkafka's, and poll() takes messages from it in batches without copying a payload. Positions live in
 * weir's checkpoints only. Neither pause nor seek is used: together with batches they can skip (#4208). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_fingerprint.h"
#include "connectors/kafka/kafka_survey.h"
#include "connectors/kafka/kafka_tuning.h"

#define BATCH_MAX 1024		 /* what weir_host.append() takes at once */
#define LAG_INTERVAL_MS 250
#define ANSWER_MARGIN_MS 2000 /* how much longer than it is asked to a broker may think about a fetch */
#define LEADER_INTERVAL_MS 2000
#define DISCOVERY_TIMEOUT_MS 1000 /* poll() stands still for it where no broker answers */
#define NUDGE_INTERVAL_MS 10
#define DEEP_QUEUE 8192 /* messages */
#define UNBOUNDED (-1)

struct partition {
	int32_t id;
	uint32_t index; /* weir's */
	bool is_known;	/* assigned, or at its end; false: still to be discovered */
	bool is_at_end; /* nothing more to read yet */
	bool is_ended;	/* bounded: nothing more to read ever */
	int64_t next;	/* offset of the next record */
	int64_t stop;	/* or UNBOUNDED */
	struct fingerprint last; /* of the last record handed over */
	const rd_kafka_message_t *newest; /* in the batch being taken; NULL = none */
};

struct topic {
	const char *name;
	rd_kafka_topic_t *rkt; /* as messages carry it; NULL until the first one, borrowed */
	struct partition *partitions;
	int32_t *leaders; /* of the partitions, as last heard; -1 = none */
	int32_t n_partitions;
};

struct kafka_source {
	struct kafka_options connection;
	const char *const *topic_names;
	const char *start, *stop, *isolation;
	int64_t discovery_interval_ms;
	int64_t answer_limit_ms; /* a broker that has not answered for so long may have records that we do not see */

	struct weir_ctx *ctx;
	const struct weir_host *host;
	struct kafka_client *client;
	rd_kafka_queue_t *queue;
	char *system;
	struct topic *topics;
	uint32_t n_topics;
	struct kafka_survey survey;
	uint32_t n_open; /* partitions that have not ended */
	struct partition *last_partition; /* of the last message, whose rkt and id were: */
	rd_kafka_topic_t *last_rkt;
	int32_t last_id;
	int64_t next_lag_ms, next_discovery_ms, next_nudge_ms; /* monotonic */
	size_t deepest; /* librdkafka's queue since the last nudge, in messages */
	bool warned_about_group;
	atomic_bool interrupted;
	rd_kafka_message_t *scratch[BATCH_MAX];
};

/* What weir holds on to until nobody uses the payloads any more. */
struct messages {
	struct kafka_client *client;
	size_t n;
	rd_kafka_message_t *list[];
};

static bool is_bounded(const struct kafka_source *source)
{
	return strcmp(source->stop, "latest") == 0;
}

/* ---- check, open, close ------------------------------------------------------------------------------- */

static weir_status check_topic_names(struct kafka_source *source, struct weir_ctx *ctx,
				     const struct weir_host *host)
{
	weir_status status = WEIR_OK;
	if (source->topic_names[0] == NULL)
		return host->bad_option(ctx, "topics", "names no topic");
	for (const char *const *name = source->topic_names; *name != NULL; name++) {
		if (kafka_options_check_topic("topics", *name, ctx, host) != WEIR_OK)
			status = WEIR_FATAL;
		for (const char *const *other = source->topic_names; other < name; other++)
			if (strcmp(*name, *other) == 0)
				status = host->bad_option(ctx, "topics", "'%s' is named twice", *name);
	}
	return status;
}

static weir_status source_check(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct kafka_source *source = self;
	weir_status topics = check_topic_names(source, ctx, host);
	weir_status options = kafka_options_check(&source->connection, RD_KAFKA_CONSUMER, ctx, host);
	return topics != WEIR_OK ? topics : options;
}

static weir_status make_client(struct kafka_source *source)
{
	char group[300];
	snprintf(group, sizeof(group), "weir-%s", source->host->pipeline(source->ctx)->name);
	const struct kafka_property properties[] = {
		{"group.id", group}, /* never joined: assign() wants one, lag tools show it */
		{"enable.auto.commit", "false"},
		{"enable.auto.offset.store", "false"},
		{"auto.offset.reset", "error"},
		{"enable.partition.eof", "true"},
		{"isolation.level", source->isolation},
		KAFKA_SOURCE_TUNING,
		{NULL, NULL},
	};
	return kafka_client_new(&source->connection, RD_KAFKA_CONSUMER, properties, source->ctx, source->host,
				&source->client);
}

static weir_status add_partitions(struct kafka_source *source, struct topic *topic, int32_t n_partitions)
{
	struct partition *grown = realloc(topic->partitions, (size_t)n_partitions * sizeof(*grown));
	if (grown != NULL)
		topic->partitions = grown;
	int32_t *leaders = realloc(topic->leaders, (size_t)n_partitions * sizeof(*leaders));
	if (leaders != NULL)
		topic->leaders = leaders;
	if (grown == NULL || leaders == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for %d partitions", (int)n_partitions);
	for (; topic->n_partitions < n_partitions; topic->n_partitions++) {
		leaders[topic->n_partitions] = -1;
		grown[topic->n_partitions] =
			(struct partition){.id = topic->n_partitions, .next = -1, .stop = UNBOUNDED,
					   .last = FINGERPRINT_NONE};
	}
	source->last_rkt = NULL; /* last_partition may have moved */
	return WEIR_OK;
}

static weir_status find_topics(struct kafka_source *source)
{
	while (source->topic_names[source->n_topics] != NULL)
		source->n_topics++;
	source->topics = calloc(source->n_topics, sizeof(*source->topics));
	if (source->topics == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for %u topics", source->n_topics);
	weir_status status = WEIR_OK;
	for (uint32_t i = 0; i < source->n_topics && status == WEIR_OK; i++) {
		int32_t n_partitions;
		source->topics[i].name = source->topic_names[i];
		status = kafka_client_partitions(source->client, source->topics[i].name, KAFKA_ANSWER_TIMEOUT_MS,
						 &n_partitions);
		if (status == WEIR_OK)
			status = add_partitions(source, &source->topics[i], n_partitions);
		if (status == WEIR_OK) /* where it cannot tell now, it is asked again */
			(void)kafka_client_leaders(source->client, source->topics[i].name, DISCOVERY_TIMEOUT_MS,
						   source->topics[i].leaders, n_partitions, &n_partitions);
	}
	return status;
}

static int64_t longest_fetch_ms(const struct kafka_source *source)
{
	char value[32] = "";
	size_t size = sizeof(value);
	(void)rd_kafka_conf_get(rd_kafka_conf(source->client->rk), "fetch.wait.max.ms", value, &size);
	return atoll(value);
}

static weir_status source_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct kafka_source *source = self;
	source->ctx = ctx;
	source->host = host;
	weir_status status = make_client(source);
	if (status == WEIR_OK)
		status = find_topics(source); /* first: with the metadata comes the cluster's id, else a wait of 1 s */
	if (status == WEIR_OK)
		status = kafka_client_system(source->client, &source->system);
	if (status == WEIR_OK) {
		source->queue = rd_kafka_queue_get_consumer(source->client->rk);
		source->answer_limit_ms = longest_fetch_ms(source) + ANSWER_MARGIN_MS;
	}
	return status;
}

static void topic_done(struct topic *topic)
{
	free(topic->partitions);
	free(topic->leaders);
}

static void source_close(void *self)
{
	struct kafka_source *source = self;
	if (source->queue != NULL)
		rd_kafka_queue_destroy(source->queue);
	kafka_client_close(source->client);
	kafka_survey_done(&source->survey);
	for (uint32_t i = 0; i < source->n_topics && source->topics != NULL; i++)
		topic_done(&source->topics[i]);
	free(source->topics);
	free(source->system);
}

static const char *source_system(void *self)
{
	struct kafka_source *source = self;
	return source->system;
}

/* ---- where to begin ----------------------------------------------------------------------------------- */

static weir_status source_survey(void *self, const struct weir_position *positions, uint32_t n_positions,
				 const struct weir_survey **ret_partitions, uint32_t *ret_n_partitions)
{
	struct kafka_source *source = self;
	struct survey_topic *topics = calloc(source->n_topics, sizeof(*topics));
	if (topics == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for %u topics", source->n_topics);
	for (uint32_t i = 0; i < source->n_topics; i++)
		topics[i] = (struct survey_topic){source->topics[i].name, source->topics[i].n_partitions};
	const struct survey_question question = {
		.connection = &source->connection,
		.client = source->client,
		.topics = topics,
		.n_topics = source->n_topics,
		.from_latest = strcmp(source->start, "latest") == 0,
		.positions = positions,
		.n_positions = n_positions,
	};
	weir_status status = kafka_survey_make(&source->survey, &question);
	free(topics);
	*ret_partitions = source->survey.partitions;
	*ret_n_partitions = source->survey.n_partitions;
	return status;
}

static struct topic *find_topic(struct kafka_source *source, const char *name)
{
	for (uint32_t i = 0; i < source->n_topics; i++)
		if (strcmp(source->topics[i].name, name) == 0)
			return &source->topics[i];
	return NULL;
}

static weir_status take_position(struct kafka_source *source, const struct weir_position *position)
{
	struct topic *topic = find_topic(source, position->stream);
	if (topic == NULL) {
		source->host->log(source->ctx, WEIR_WARN,
				  "the checkpoint has a position in topic '%s', which is no longer read: it is dropped",
				  position->stream);
		return WEIR_OK;
	}
	if (position->partition < 0 || position->partition >= topic->n_partitions)
		return source->host->fail(source->ctx, WEIR_REFUSED,
					  "the checkpoint has a position in topic '%s' partition %d, but the topic has "
					  "%d partitions: it was deleted and made again, so what the checkpoint counted "
					  "is gone", topic->name, (int)position->partition, (int)topic->n_partitions);
	struct partition *partition = &topic->partitions[position->partition];
	partition->next = position->offset;
	partition->stop = is_bounded(source) ? position->stop : UNBOUNDED;
	partition->last = fingerprint_read(position->note);
	partition->is_known = true;
	return WEIR_OK;
}

static bool topic_is_new(const struct topic *topic)
{
	for (int32_t i = 0; i < topic->n_partitions; i++)
		if (topic->partitions[i].is_known)
			return false;
	return true;
}

static weir_status refuse_position(struct kafka_source *source, const char *topic,
				   const struct partition *partition)
{
	int64_t low = -1, high = -1;
	rd_kafka_query_watermark_offsets(source->client->rk, topic, partition->id, &low, &high,
					 KAFKA_ANSWER_TIMEOUT_MS);
	return source->host->fail(source->ctx, WEIR_REFUSED,
				  "topic '%s' partition %d: offset %" PRId64 ", where the checkpoint goes on, is gone: the "
				  "partition holds %" PRId64 " to %" PRId64 ". %s. weir skips nothing by itself: resolve it "
				  "by hand, or start with a new checkpoint directory",
				  topic, (int)partition->id, partition->next, low, high,
				  partition->next < low ? "Retention has deleted records that were not read yet"
							: "The topic was deleted and made again, or its newest records "
							  "were lost");
}

/* The checkpoint's own offset, or the place that the options name, made concrete: the first checkpoint
 * has to be exact. */
static weir_status place_partition(struct kafka_source *source, const struct topic *topic,
				   struct partition *partition, bool from_latest)
{
	bool needs_stop = is_bounded(source) && partition->stop == UNBOUNDED;
	int64_t low, end;
	weir_status status = kafka_client_watermarks(source->client, topic->name, partition->id, &low, &end);
	if (status != WEIR_OK)
		return status;
	if (!partition->is_known)
		partition->next = from_latest ? end : low;
	else if (partition->next < low && (partition->stop == UNBOUNDED || partition->next < partition->stop))
		return refuse_position(source, topic->name, partition);
	if (needs_stop)
		partition->stop = end;
	partition->is_known = true;
	return WEIR_OK;
}

static void end_partition(struct kafka_source *source, struct partition *partition)
{
	partition->is_ended = partition->is_at_end = true;
	source->n_open--;
	source->host->partition_lag(source->ctx, partition->index, 0);
	source->host->partition_end(source->ctx, partition->index);
}

static bool is_past_stop(const struct partition *partition)
{
	return partition->stop != UNBOUNDED && partition->next >= partition->stop;
}

static void register_partition(struct kafka_source *source, const struct topic *topic,
			       struct partition *partition, rd_kafka_topic_partition_list_t *to_assign)
{
	partition->index = source->host->partition(source->ctx, topic->name, partition->id);
	source->n_open++;
	if (is_past_stop(partition))
		end_partition(source, partition);
	else
		rd_kafka_topic_partition_list_add(to_assign, topic->name, partition->id)->offset =
			source->host->failpoint(source->ctx, "rule_positions_from_checkpoint") == WEIR_OK
				? partition->next
				: RD_KAFKA_OFFSET_STORED;
}

/* Of a topic that the checkpoint knows, a partition it does not know was made since: nothing of it may be
 * missed. A bounded run does not read it, for it had no records when the run's end was fixed. */
static weir_status place_topic(struct kafka_source *source, struct topic *topic, bool first_time,
			       rd_kafka_topic_partition_list_t *to_assign)
{
	weir_status status = WEIR_OK;
	bool from_latest = first_time && strcmp(source->start, "latest") == 0;
	for (int32_t i = 0; i < topic->n_partitions && status == WEIR_OK; i++) {
		struct partition *partition = &topic->partitions[i];
		if (!partition->is_known && !first_time && is_bounded(source))
			continue;
		status = place_partition(source, topic, partition, from_latest);
		if (status == WEIR_OK)
			register_partition(source, topic, partition, to_assign);
	}
	return status;
}

static weir_status source_start(void *self, const struct weir_position *positions, uint32_t n_positions)
{
	struct kafka_source *source = self;
	weir_status status = WEIR_OK;
	for (uint32_t i = 0; i < n_positions && status == WEIR_OK; i++)
		status = take_position(source, &positions[i]);
	rd_kafka_topic_partition_list_t *to_assign = rd_kafka_topic_partition_list_new(16);
	for (uint32_t i = 0; i < source->n_topics && status == WEIR_OK; i++)
		status = place_topic(source, &source->topics[i], topic_is_new(&source->topics[i]), to_assign);
	if (status == WEIR_OK && to_assign->cnt > 0) {
		rd_kafka_resp_err_t err = rd_kafka_assign(source->client->rk, to_assign);
		if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
			status = source->host->fail(source->ctx, WEIR_ABORT, "cannot assign %d partitions: %s",
						    to_assign->cnt, rd_kafka_err2str(err));
	}
	rd_kafka_topic_partition_list_destroy(to_assign);
	source->next_discovery_ms = kafka_monotonic_ms() + source->discovery_interval_ms;
	return status;
}

/* ---- partitions that come and go ---------------------------------------------------------------------- */

static weir_status change_assignment(struct kafka_source *source, rd_kafka_topic_partition_list_t *list,
				     bool add)
{
	weir_status status = WEIR_OK;
	rd_kafka_error_t *error = add ? rd_kafka_incremental_assign(source->client->rk, list)
				      : rd_kafka_incremental_unassign(source->client->rk, list);
	if (error != NULL)
		status = source->host->fail(source->ctx, WEIR_ABORT, "cannot %s topic '%s' partition %d: %s",
					    add ? "begin to read" : "stop reading", list->elems[0].topic,
					    (int)list->elems[0].partition, rd_kafka_error_string(error));
	rd_kafka_error_destroy(error);
	return status;
}

/* Otherwise librdkafka goes on fetching what nobody will read. */
static weir_status stop_fetching(struct kafka_source *source, const char *topic, int32_t id)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, topic, id);
	weir_status status = change_assignment(source, list, false);
	rd_kafka_topic_partition_list_destroy(list);
	return status;
}

/* Where nobody answers now, the next round finds the partitions. */
static weir_status discover_in_topic(struct kafka_source *source, struct topic *topic)
{
	int32_t n_partitions;
	if (kafka_client_leaders(source->client, topic->name, DISCOVERY_TIMEOUT_MS, topic->leaders, topic->n_partitions,
				 &n_partitions) != RD_KAFKA_RESP_ERR_NO_ERROR ||
	    n_partitions <= topic->n_partitions)
		return WEIR_OK;
	int32_t n_before = topic->n_partitions;
	weir_status status = add_partitions(source, topic, n_partitions);
	if (status != WEIR_OK)
		return status;
	rd_kafka_topic_partition_list_t *to_assign = rd_kafka_topic_partition_list_new(n_partitions - n_before);
	for (int32_t i = n_before; i < n_partitions && status == WEIR_OK; i++) {
		status = place_partition(source, topic, &topic->partitions[i], false);
		if (status == WEIR_OK)
			register_partition(source, topic, &topic->partitions[i], to_assign);
	}
	if (status == WEIR_OK) {
		source->host->log(source->ctx, WEIR_INFO, "topic '%s' has grown from %d to %d partitions", topic->name,
				  (int)n_before, (int)n_partitions);
		status = change_assignment(source, to_assign, true);
	}
	rd_kafka_topic_partition_list_destroy(to_assign);
	return status;
}

static weir_status discover_partitions(struct kafka_source *source, int64_t now_ms)
{
	weir_status status = WEIR_OK;
	if (is_bounded(source) || now_ms < source->next_discovery_ms)
		return WEIR_OK;
	for (uint32_t i = 0; i < source->n_topics && status == WEIR_OK; i++)
		status = discover_in_topic(source, &source->topics[i]);
	source->next_discovery_ms = now_ms + source->discovery_interval_ms;
	return status;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static struct partition *look_up_partition(struct kafka_source *source, rd_kafka_topic_t *rkt, int32_t id)
{
	for (uint32_t i = 0; i < source->n_topics; i++) {
		struct topic *topic = &source->topics[i];
		if (topic->rkt != rkt && strcmp(topic->name, rd_kafka_topic_name(rkt)) == 0)
			topic->rkt = rkt;
		if (topic->rkt == rkt && id >= 0 && id < topic->n_partitions)
			return &topic->partitions[id];
	}
	return NULL;
}

/* Messages come in runs of one partition. */
static inline struct partition *partition_of(struct kafka_source *source, const rd_kafka_message_t *message)
{
	if (message->rkt != source->last_rkt || message->partition != source->last_id) {
		if (message->rkt == NULL)
			return NULL;
		source->last_partition = look_up_partition(source, message->rkt, message->partition);
		source->last_rkt = message->rkt;
		source->last_id = message->partition;
	}
	return source->last_partition;
}

static weir_status take_end_of_partition(struct kafka_source *source, struct partition *partition,
					 const rd_kafka_message_t *event)
{
	/* Behind control records and aborted ones, too: a stop offset there is reached only this way. */
	if (event->offset > partition->next)
		partition->next = event->offset;
	/* Behind an open transaction there may be records that are only not to be read yet. */
	int64_t low, high;
	partition->is_at_end = rd_kafka_get_watermark_offsets(source->client->rk, rd_kafka_topic_name(event->rkt),
							      partition->id, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR ||
			       high <= partition->next;
	if (partition->is_at_end)
		source->host->partition_lag(source->ctx, partition->index, 0);
	if (!is_past_stop(partition))
		return WEIR_OK;
	end_partition(source, partition);
	return stop_fetching(source, rd_kafka_topic_name(event->rkt), partition->id);
}

/* Not about a partition of ours: librdkafka goes on by itself. */
static weir_status take_general_error(struct kafka_source *source, const rd_kafka_message_t *event)
{
	if (event->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) { /* the group decides nothing */
		if (!source->warned_about_group)
			source->host->log(source->ctx, WEIR_DEBUG, "%s", rd_kafka_message_errstr(event));
		source->warned_about_group = true;
		return WEIR_OK;
	}
	if (kafka_is_denied(event->err))
		return source->host->fail(source->ctx, WEIR_FATAL, "cannot read from Kafka at %s: %s",
					  source->connection.bootstrap_servers, rd_kafka_message_errstr(event));
	source->host->log(source->ctx, WEIR_WARN, "Kafka at %s: %s", source->connection.bootstrap_servers,
			  rd_kafka_message_errstr(event));
	return WEIR_OK;
}

static weir_status fail_partition(struct kafka_source *source, weir_status status, const char *advice,
				  const rd_kafka_message_t *event)
{
	return source->host->fail(source->ctx, status, "cannot read topic '%s' partition %d at offset %" PRId64 ": %s%s",
				  rd_kafka_topic_name(event->rkt), (int)event->partition, event->offset,
				  rd_kafka_message_errstr(event), advice);
}

static weir_status take_error(struct kafka_source *source, struct partition *partition,
			      const rd_kafka_message_t *event)
{
	if (partition == NULL)
		return take_general_error(source, event);
	if (partition->is_ended)
		return WEIR_OK;
	switch (event->err) {
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		return take_end_of_partition(source, partition, event);
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		return refuse_position(source, rd_kafka_topic_name(event->rkt), partition);
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
		return fail_partition(source, WEIR_ABORT, " (was the topic deleted?)", event);
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return fail_partition(source, WEIR_FATAL, " (the user needs READ and DESCRIBE on the topic)", event);
	case RD_KAFKA_RESP_ERR__BAD_MSG:
	case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
		return fail_partition(source, WEIR_FATAL, " (weir does not skip what it cannot read)", event);
	default: /* librdkafka tries again */
		source->host->log(source->ctx, WEIR_WARN, "topic '%s' partition %d: %s",
				  rd_kafka_topic_name(event->rkt), (int)event->partition,
				  rd_kafka_message_errstr(event));
		return WEIR_OK;
	}
}

/* True: a record for the pipeline. */
static inline bool take_record(struct kafka_source *source, struct partition *partition,
			       const rd_kafka_message_t *message, weir_status *status)
{
	if (partition == NULL) {
		*status = source->host->fail(source->ctx, WEIR_ABORT, "a record of topic '%s' partition %d came, which is not read",
					     rd_kafka_topic_name(message->rkt), (int)message->partition);
		return false;
	}
	if (partition->is_ended)
		return false;
	if (partition->stop != UNBOUNDED && message->offset >= partition->stop) {
		partition->next = partition->stop;
		end_partition(source, partition);
		*status = stop_fetching(source, rd_kafka_topic_name(message->rkt), partition->id);
		return false;
	}
	if (partition->is_at_end) {
		partition->is_at_end = false;
		source->host->partition_lag(source->ctx, partition->index, 1); /* the real figure follows */
	}
	partition->next = message->offset + 1;
	partition->newest = message;
	return true;
}

/* While the messages of the batch are still there. */
static void remember_last_records(struct kafka_source *source)
{
	for (uint32_t i = 0; i < source->n_topics; i++)
		for (int32_t j = 0; j < source->topics[i].n_partitions; j++) {
			struct partition *partition = &source->topics[i].partitions[j];
			if (partition->newest != NULL)
				partition->last = fingerprint_of(partition->newest);
			partition->newest = NULL;
		}
}

/* Events and what lies behind a stop are taken out; the records stay, in order. Where it fails, all are
 * destroyed: the pipeline goes back to its checkpoint. */
static weir_status sort_out(struct kafka_source *source, size_t n, size_t *ret_n_records)
{
	weir_status status = WEIR_OK;
	size_t n_records = 0;
	for (size_t i = 0; i < n; i++) {
		rd_kafka_message_t *message = source->scratch[i];
		struct partition *partition = partition_of(source, message);
		bool keep = false;
		if (status == WEIR_OK && message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			keep = take_record(source, partition, message, &status);
		else if (status == WEIR_OK)
			status = take_error(source, partition, message);
		if (keep)
			source->scratch[n_records++] = message;
		else
			rd_kafka_message_destroy(message);
	}
	*ret_n_records = n_records;
	return status;
}

static weir_status fill_headers(struct kafka_source *source, struct weir_out *out,
				const rd_kafka_headers_t *headers, struct weir_record *record)
{
	size_t n = rd_kafka_header_cnt(headers);
	struct weir_header *list = source->host->alloc(out, n * sizeof(*list));
	if (list == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for %zu headers", n);
	for (size_t i = 0; i < n; i++) {
		const char *name;
		const void *value;
		size_t size;
		rd_kafka_header_get_all(headers, i, &name, &value, &size);
		list[i] = (struct weir_header){{(const uint8_t *)name, strlen(name)}, {value, size}};
	}
	record->headers = list;
	record->n_headers = (uint32_t)n;
	return WEIR_OK;
}

static weir_status fill_record(struct kafka_source *source, struct weir_out *out,
			       const rd_kafka_message_t *message, struct weir_record *record)
{
	record->key = (struct weir_slice){message->key, message->key_len};
	record->value = (struct weir_slice){message->payload, message->len};
	record->partition = partition_of(source, message)->index;
	record->offset = message->offset;
	record->timestamp_ms = rd_kafka_message_timestamp(message, NULL);
	rd_kafka_headers_t *headers;
	if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) /* rare: parses them */
		return fill_headers(source, out, headers, record);
	return WEIR_OK;
}

/* Any thread. */
static void release_messages(void *owner)
{
	struct messages *messages = owner;
	for (size_t i = 0; i < messages->n; i++)
		rd_kafka_message_destroy(messages->list[i]);
	atomic_fetch_sub(&messages->client->messages_out, 1);
	free(messages);
}

static struct messages *keep_messages(struct kafka_source *source, size_t n)
{
	struct messages *messages = malloc(sizeof(*messages) + n * sizeof(messages->list[0]));
	if (messages == NULL)
		return NULL;
	messages->client = source->client;
	messages->n = n;
	memcpy(messages->list, source->scratch, n * sizeof(messages->list[0]));
	atomic_fetch_add(&source->client->messages_out, 1);
	return messages;
}

static weir_status hand_over(struct kafka_source *source, struct weir_out *out, size_t n)
{
	struct messages *messages = keep_messages(source, n);
	if (messages == NULL) {
		for (size_t i = 0; i < n; i++)
			rd_kafka_message_destroy(source->scratch[i]);
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for %zu messages", n);
	}
	weir_status status = source->host->adopt(out, messages, release_messages);
	if (status != WEIR_OK)
		return status;
	struct weir_record *records = source->host->append(out, (uint32_t)n);
	if (records == NULL)
		return source->host->fail(source->ctx, WEIR_FATAL, "no memory for %zu records", n);
	for (size_t i = 0; i < n && status == WEIR_OK; i++)
		status = fill_record(source, out, messages->list[i], &records[i]);
	return status;
}

/* An end that was seen holds only as long as the partition's leader goes on answering. */
static void report_lag(struct kafka_source *source, const struct topic *topic, struct partition *partition,
		       int64_t now_ms)
{
	int64_t low, high;
	if (partition->is_ended || !partition->is_known)
		return;
	bool answers = kafka_fetches_answered_since(&source->client->fetches, topic->leaders[partition->id],
						    now_ms - source->answer_limit_ms);
	partition->is_at_end = partition->is_at_end && answers;
	if (partition->is_at_end ||
	    rd_kafka_get_watermark_offsets(source->client->rk, topic->name, partition->id, &low, &high) !=
		    RD_KAFKA_RESP_ERR_NO_ERROR ||
	    high < 0)
		return;
	if (partition->stop != UNBOUNDED && partition->stop < high)
		high = partition->stop;
	int64_t lag = high > partition->next ? high - partition->next : answers ? 0 : -1;
	source->host->partition_lag(source->ctx, partition->index, lag);
	if (lag == -1 && source->next_discovery_ms > now_ms + LEADER_INTERVAL_MS)
		source->next_discovery_ms = now_ms + LEADER_INTERVAL_MS;
}

static void report_lags(struct kafka_source *source, int64_t now_ms)
{
	if (now_ms < source->next_lag_ms)
		return;
	for (uint32_t i = 0; i < source->n_topics; i++)
		for (int32_t j = 0; j < source->topics[i].n_partitions; j++)
			report_lag(source, &source->topics[i], &source->topics[i].partitions[j], now_ms);
	source->next_lag_ms = now_ms + LAG_INTERVAL_MS;
}

/* Where its queue has reached queued.min.messages, librdkafka 2.0.2 looks again only after up to a second,
 * long after a fast pipeline has emptied it. Any request to a partition's leader wakes the thread that
 * fetches, so ask for offsets, without waiting for the answer, when half of the queue is gone. */
static void keep_fetching(struct kafka_source *source, int64_t now_ms)
{
	size_t depth = rd_kafka_queue_length(source->queue);
	if (depth > source->deepest)
		source->deepest = depth;
	if (source->deepest < DEEP_QUEUE || depth > source->deepest / 2 || now_ms < source->next_nudge_ms)
		return;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
	for (uint32_t i = 0; i < source->n_topics; i++)
		for (int32_t j = 0; j < source->topics[i].n_partitions; j++)
			if (source->topics[i].partitions[j].is_known && !source->topics[i].partitions[j].is_ended)
				rd_kafka_topic_partition_list_add(list, source->topics[i].name, j)->offset =
					RD_KAFKA_OFFSET_END;
	(void)rd_kafka_offsets_for_times(source->client->rk, list, 0);
	rd_kafka_topic_partition_list_destroy(list);
	source->deepest = depth;
	source->next_nudge_ms = now_ms + NUDGE_INTERVAL_MS;
}

/* What is there at once; otherwise waits for the first message only, since the batch call waits until
 * its batch is full. */
static ssize_t fetch(struct kafka_source *source, size_t max, int64_t timeout_ms)
{
	ssize_t n = rd_kafka_consume_batch_queue(source->queue, 0, source->scratch, max);
	/* An interrupt may have been used up by the call above. */
	if (n != 0 || timeout_ms <= 0 || atomic_exchange(&source->interrupted, false))
		return n;
	n = rd_kafka_consume_batch_queue(source->queue, timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX,
					 source->scratch, 1);
	atomic_store(&source->interrupted, false);
	if (n != 1 || max == 1)
		return n;
	ssize_t more = rd_kafka_consume_batch_queue(source->queue, 0, source->scratch + 1, max - 1);
	return more > 0 ? 1 + more : 1;
}

static weir_status source_poll(void *self, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	struct kafka_source *source = self;
	if (source->n_open == 0 && is_bounded(source))
		return WEIR_END;
	rd_kafka_poll(source->client->rk, 0); /* callbacks; messages go to the queue */
	int64_t now_ms = kafka_monotonic_ms();
	weir_status status = discover_partitions(source, now_ms);
	if (status != WEIR_OK)
		return status;
	int64_t until_discovery_ms = source->next_discovery_ms - now_ms;
	if (!is_bounded(source) && until_discovery_ms < timeout_ms)
		timeout_ms = until_discovery_ms;
	keep_fetching(source, now_ms);
	ssize_t n = fetch(source, max_records < BATCH_MAX ? max_records : BATCH_MAX, timeout_ms);
	if (n < 0)
		return source->host->fail(source->ctx, WEIR_ABORT, "cannot read from Kafka at %s: %s",
					  source->connection.bootstrap_servers, rd_kafka_err2str(rd_kafka_last_error()));
	size_t n_records;
	status = sort_out(source, (size_t)n, &n_records);
	if (status != WEIR_OK) {
		for (size_t i = 0; i < n_records; i++)
			rd_kafka_message_destroy(source->scratch[i]);
		return status;
	}
	remember_last_records(source);
	report_lags(source, now_ms);
	if (n_records > 0)
		return hand_over(source, out, n_records);
	return source->n_open == 0 && is_bounded(source) ? WEIR_END : WEIR_IDLE;
}

/* Any thread. The flag first: a call that does not wait swallows the yield. */
static void source_interrupt(void *self)
{
	struct kafka_source *source = self;
	if (source->queue == NULL)
		return;
	atomic_store(&source->interrupted, true);
	rd_kafka_queue_yield(source->queue);
}

static weir_status source_snapshot(void *self, struct weir_positions *positions)
{
	struct kafka_source *source = self;
	weir_status status = WEIR_OK;
	for (uint32_t i = 0; i < source->n_topics; i++) {
		for (int32_t j = 0; j < source->topics[i].n_partitions && status == WEIR_OK; j++) {
			const struct partition *partition = &source->topics[i].partitions[j];
			char note[FINGERPRINT_NOTE_BYTES];
			if (!partition->is_known) /* a bounded run does not read it */
				continue;
			status = source->host->position(
				positions, &(struct weir_position){.stream = source->topics[i].name,
								   .partition = partition->id,
								   .offset = partition->next,
								   .stop = partition->stop,
								   .note = fingerprint_write(&partition->last, note)});
		}
	}
	return status;
}

static const struct weir_option options[] = {
	{"topics", WEIR_LIST, WEIR_REQUIRED, WEIR_FIELD(struct kafka_source, topic_names, const char *const *), NULL,
	 NULL, "Topics to read, all partitions of each"},
	{"start", WEIR_STRING, 0, WEIR_FIELD(struct kafka_source, start, const char *), "earliest", "earliest|latest",
	 "Where to begin in a topic that the checkpoint does not know"},
	{"stop", WEIR_STRING, 0, WEIR_FIELD(struct kafka_source, stop, const char *), "never", "never|latest",
	 "\"latest\": end at the offsets that were the last ones at the first start (a bounded run)"},
	{"isolation", WEIR_STRING, 0, WEIR_FIELD(struct kafka_source, isolation, const char *), "read_committed",
	 "read_committed|read_uncommitted", "Whether records of transactions that are open or aborted are read"},
	{"discovery_interval", WEIR_DURATION, 0, WEIR_FIELD(struct kafka_source, discovery_interval_ms, int64_t), "30s",
	 "1s..", "How often to look for new partitions of the topics; they are read from their beginning"},
	KAFKA_CONNECTION_OPTIONS(struct kafka_source),
};

static const struct weir_source_ops ops = {
	.size = sizeof(ops),
	.start = source_start,
	.poll = source_poll,
	.interrupt = source_interrupt,
	.snapshot = source_snapshot,
	.system = source_system,
	.survey = source_survey,
};

WEIR_PLUGIN(.name = "kafka", .version = "0.1.0", .license = "Apache-2.0", .summary = "Reads topics of Apache Kafka",
	    .doc = "Reads all partitions of the topics named and follows them as they grow. Positions are kept in "
		   "weir's checkpoints; a position that the cluster no longer has is refused, never skipped. A "
		   "bounded run (stop = \"latest\") ends at what a reader of the chosen isolation could see when it "
		   "was started first.",
	    .example = "source = {\n  plugin = \"kafka\";\n  bootstrap_servers = \"localhost:9092\";\n"
		       "  topics = [ \"ip_count_source\" ];\n  start = \"earliest\";\n};",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct kafka_source), .check = source_check,
	    .open = source_open, .close = source_close, .source = &ops);
