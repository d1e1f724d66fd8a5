#include "connectors/kafka/kafka_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLOSE_TIMEOUT_MS 3000
#define API_FETCH 1
#define RECONNECT_MOST_MS "2000" /* librdkafka's own 10 s are long for a broker that was only started anew */
#define SILENCE_MS 2000 /* of a cluster, before it is said to be away */

/* ---- a cluster that is away ---------------------------------------------------------------------------- */

/* Clients come and go with the runs of a pipeline, and a cluster has several of them: that it is away is known,
 * and said once, over all of them. For the log alone: nothing is decided by it. */
static struct outage {
	char servers[128];
	atomic_int_fast64_t since_ms; /* 0: it answers */
	atomic_bool is_said;
} outages[8];
static pthread_mutex_t outages_lock = PTHREAD_MUTEX_INITIALIZER; /* for `servers` */

/* Clusters beyond the last place share it. */
static struct outage *find_outage(const char *servers)
{
	struct outage *outage = outages, *last = &outages[sizeof(outages) / sizeof(outages[0]) - 1];
	pthread_mutex_lock(&outages_lock);
	while (outage < last && outage->servers[0] != '\0' &&
	       strncmp(outage->servers, servers, sizeof(outage->servers) - 1) != 0)
		outage++;
	if (outage->servers[0] == '\0')
		snprintf(outage->servers, sizeof(outage->servers), "%s", servers);
	pthread_mutex_unlock(&outages_lock);
	return outage;
}

/* Without the circumstances behind it, which differ each time. */
static size_t reason_length(const char *reason)
{
	const char *circumstances = strstr(reason, " (");
	return circumstances != NULL ? (size_t)(circumstances - reason) : strlen(reason);
}

/* A connection failed; the client's lock is held. A single failure is nothing to speak of. */
static void note_failure(struct kafka_client *client, const char *text)
{
	struct outage *outage = client->outage;
	int64_t now_ms = kafka_monotonic_ms();
	int_fast64_t none = 0;
	if (atomic_compare_exchange_strong(&outage->since_ms, &none, now_ms) || now_ms - none < SILENCE_MS ||
	    atomic_exchange(&outage->is_said, true))
		return;
	const char *thread_end = strstr(text, "]: "); /* "[thrd:NAME]: HOST:PORT/ID: REASON (after ...)" */
	const char *reason = thread_end != NULL ? thread_end + 3 : text;
	client->host->log(client->ctx, WEIR_WARN, "Kafka at '%s' does not answer: %.*s; trying again, from time to time",
			  outage->servers, (int)reason_length(reason), reason);
}

/* Broker threads, for every answer. */
static void note_answer(struct kafka_client *client)
{
	struct outage *outage = client->outage;
	if (atomic_load_explicit(&outage->since_ms, memory_order_relaxed) == 0)
		return;
	int64_t since_ms = atomic_exchange(&outage->since_ms, 0);
	if (since_ms == 0 || !atomic_exchange(&outage->is_said, false))
		return;
	pthread_mutex_lock(&client->lock);
	if (client->ctx != NULL)
		client->host->log(client->ctx, WEIR_WARN, "Kafka at '%s' answers again after %" PRId64 " s",
				  outage->servers, (kafka_monotonic_ms() - since_ms + 500) / 1000);
	pthread_mutex_unlock(&client->lock);
}

/* ---- what librdkafka says ------------------------------------------------------------------------------ */

/* What it tries again by itself. What weir gives up on, it says itself, with the reason. */
static bool is_tried_again(const char *facility)
{
	static const char *const facilities[] = {"FAIL", "REQTMOUT", "GETPID"};
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (strcmp(facility, facilities[i]) == 0)
			return true;
	return false;
}

/* Any of librdkafka's threads. */
static void pass_log_on(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	struct kafka_client *client = rd_kafka_opaque(rk);
	enum weir_level weir_level = level > 6 || is_tried_again(facility) ? WEIR_DEBUG
				     : level > 4			    ? WEIR_INFO
									    : WEIR_WARN;
	pthread_mutex_lock(&client->lock);
	if (client->ctx != NULL) {
		client->host->log(client->ctx, weir_level, "librdkafka %s: %s", facility, text);
		if (level <= 4 && strcmp(facility, "FAIL") == 0)
			note_failure(client, text);
	}
	pthread_mutex_unlock(&client->lock);
}

/* Our thread, from within poll. */
static void remember_trouble(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
	(void)rk;
	struct kafka_client *client = opaque;
	/* "All brokers are down" says less than what came before it. */
	if (err != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || client->trouble[0] == '\0')
		snprintf(client->trouble, sizeof(client->trouble), "%.*s", (int)reason_length(reason), reason);
}

/* Our thread, from within poll; only for records that failed (delivery.report.only.error). */
static void remember_failed_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	(void)rk;
	struct kafka_client *client = opaque;
	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || client->delivery_error[0] != '\0')
		return;
	snprintf(client->delivery_error, sizeof(client->delivery_error), "topic '%s' partition %d: %s%s%s",
		 rd_kafka_topic_name(message->rkt), (int)message->partition, rd_kafka_err2str(message->err),
		 client->trouble[0] != '\0' ? "; last trouble: " : "", client->trouble);
}

/* Produce, AddPartitionsToTxn, AddOffsetsToTxn, EndTxn, TxnOffsetCommit: what a late copy of could
 * change a transaction that is not its own. */
static bool belongs_to_transaction(int16_t api_key)
{
	return api_key == 0 || api_key == 24 || api_key == 25 || api_key == 26 || api_key == 28;
}

/* Broker threads, and ours; for every answer (some are reported twice), and with an error for every request
 * that was given up. */
static rd_kafka_resp_err_t note_end_of_request(rd_kafka_t *rk, int socket, const char *broker, int32_t broker_id,
					     int16_t api_key, int16_t version, int32_t id, size_t size,
					     int64_t round_trip, rd_kafka_resp_err_t err, void *opaque)
{
	(void)rk, (void)socket, (void)broker, (void)version, (void)id, (void)size;
	(void)round_trip;
	struct kafka_client *client = opaque;
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR && api_key == API_FETCH)
		kafka_fetches_note_answer(&client->fetches, broker_id, kafka_monotonic_ms());
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		note_answer(client);
	else if (belongs_to_transaction(api_key))
		atomic_store(&client->has_lost_request, true);
	return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t watch_requests(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque,
					  char *why, size_t size)
{
	(void)conf, (void)why, (void)size;
	return rd_kafka_interceptor_add_on_response_received(rk, "weir", note_end_of_request, opaque);
}

static int fill_conf(struct kafka_client *client, const struct kafka_options *options, rd_kafka_type_t type,
		     const struct kafka_property *properties, rd_kafka_conf_t *conf, char *why, size_t size)
{
	rd_kafka_conf_set_opaque(conf, client);
	rd_kafka_conf_set_log_cb(conf, pass_log_on);
	rd_kafka_conf_set_error_cb(conf, remember_trouble);
	if (rd_kafka_conf_set(conf, "client.id", "weir", why, size) != RD_KAFKA_CONF_OK ||
	    rd_kafka_conf_set(conf, "allow.auto.create.topics", "false", why, size) != RD_KAFKA_CONF_OK ||
	    rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", RECONNECT_MOST_MS, why, size) != RD_KAFKA_CONF_OK)
		return -1;
	if (type == RD_KAFKA_PRODUCER)
		rd_kafka_conf_set_dr_msg_cb(conf, remember_failed_delivery);
	if (rd_kafka_conf_interceptor_add_on_new(conf, "weir", watch_requests, client) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		snprintf(why, size, "the interceptor was not taken");
		return -1;
	}
	for (; properties->name != NULL; properties++)
		if (rd_kafka_conf_set(conf, properties->name, properties->value, why, size) != RD_KAFKA_CONF_OK)
			return -1;
	return kafka_options_apply(options, type, conf, why, size);
}

static void client_free(struct kafka_client *client)
{
	pthread_mutex_destroy(&client->lock);
	free(client);
}

weir_status kafka_client_new(const struct kafka_options *options, rd_kafka_type_t type,
			     const struct kafka_property *properties, struct weir_ctx *ctx,
			     const struct weir_host *host, struct kafka_client **ret_client)
{
	struct kafka_client *client = calloc(1, sizeof(*client));
	if (client == NULL)
		return host->fail(ctx, WEIR_FATAL, "no memory for a Kafka client");
	pthread_mutex_init(&client->lock, NULL);
	client->host = host;
	client->ctx = ctx;
	client->outage = find_outage(options->bootstrap_servers);
	char why[512];
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	if (fill_conf(client, options, type, properties, conf, why, sizeof(why)) == 0)
		client->rk = rd_kafka_new(type, conf, why, sizeof(why)); /* takes conf where it succeeds */
	if (client->rk == NULL) {
		rd_kafka_conf_destroy(conf);
		client_free(client);
		return host->fail(ctx, WEIR_FATAL, "cannot make a Kafka client for '%s': %s",
				  options->bootstrap_servers, why);
	}
	*ret_client = client;
	return WEIR_OK;
}

struct destruction {
	struct kafka_client *client;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_done, nobody_waits;
};

static void destruction_free(struct destruction *destruction)
{
	pthread_cond_destroy(&destruction->changed);
	pthread_mutex_destroy(&destruction->lock);
	free(destruction);
}

/* A thread of its own. */
static void *destroy_client(void *argument)
{
	struct destruction *destruction = argument;
	struct kafka_client *client = destruction->client;
	while (atomic_load(&client->messages_out) > 0)
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	rd_kafka_destroy_flags(client->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	client_free(client);
	pthread_mutex_lock(&destruction->lock);
	destruction->is_done = true;
	bool is_ours = destruction->nobody_waits;
	pthread_cond_signal(&destruction->changed);
	pthread_mutex_unlock(&destruction->lock);
	if (is_ours)
		destruction_free(destruction);
	return NULL;
}

/* False: it goes on behind our back. */
static bool wait_for_destruction(struct destruction *destruction)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CLOSE_TIMEOUT_MS / 1000;
	pthread_mutex_lock(&destruction->lock);
	int r = 0;
	while (!destruction->is_done && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&destruction->changed, &destruction->lock, &until);
	bool is_done = destruction->is_done;
	destruction->nobody_waits = !is_done;
	pthread_mutex_unlock(&destruction->lock);
	if (is_done)
		destruction_free(destruction);
	return is_done;
}

static struct destruction *destruction_start(struct kafka_client *client)
{
	struct destruction *destruction = calloc(1, sizeof(*destruction));
	if (destruction == NULL)
		return NULL;
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&destruction->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&destruction->lock, NULL);
	destruction->client = client;
	pthread_t thread;
	if (pthread_create(&thread, NULL, destroy_client, destruction) != 0) {
		destruction_free(destruction);
		return NULL;
	}
	pthread_detach(thread);
	return destruction;
}

void kafka_client_close(struct kafka_client *client)
{
	if (client == NULL)
		return;
	const struct weir_host *host = client->host;
	struct weir_ctx *ctx = client->ctx;
	pthread_mutex_lock(&client->lock);
	client->ctx = NULL;
	pthread_mutex_unlock(&client->lock);
	if (rd_kafka_type(client->rk) == RD_KAFKA_PRODUCER)
		rd_kafka_purge(client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
						   RD_KAFKA_PURGE_F_NON_BLOCKING);
	struct destruction *destruction = destruction_start(client);
	if (destruction == NULL || !wait_for_destruction(destruction))
		host->log(ctx, WEIR_WARN, "the Kafka client did not close within %d s and is left behind",
			  CLOSE_TIMEOUT_MS / 1000);
}

weir_status kafka_client_fail(struct kafka_client *client, rd_kafka_resp_err_t err, const char *fmt, ...)
{
	char question[320];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(question, sizeof(question), fmt, arguments);
	va_end(arguments);
	rd_kafka_poll(client->rk, 0); /* fetches the trouble */
	return client->host->fail(client->ctx, kafka_is_denied(err) ? WEIR_FATAL : WEIR_ABORT,
				  "cannot ask Kafka for %s: %s%s%s", question, rd_kafka_err2str(err),
				  client->trouble[0] != '\0' ? "; last trouble: " : "", client->trouble);
}

rd_kafka_resp_err_t kafka_client_count_partitions(struct kafka_client *client, const char *topic,
						  int timeout_ms, int32_t *ret_n_partitions)
{
	return kafka_client_leaders(client, topic, timeout_ms, NULL, 0, ret_n_partitions);
}

rd_kafka_resp_err_t kafka_client_leaders(struct kafka_client *client, const char *topic, int timeout_ms,
					 int32_t *leaders, int32_t n_leaders, int32_t *ret_n_partitions)
{
	client->host->may_take(client->ctx, timeout_ms);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_topic_t *rkt = rd_kafka_topic_new(client->rk, topic, NULL);
	if (rkt == NULL)
		return rd_kafka_last_error();
	rd_kafka_resp_err_t err = rd_kafka_metadata(client->rk, 0, rkt, &metadata, timeout_ms);
	rd_kafka_topic_destroy(rkt);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return err;
	*ret_n_partitions = 0;
	if (metadata->topic_cnt == 1) {
		err = metadata->topics[0].err;
		*ret_n_partitions = metadata->topics[0].partition_cnt;
		for (int i = 0; i < metadata->topics[0].partition_cnt; i++) {
			const struct rd_kafka_metadata_partition *partition = &metadata->topics[0].partitions[i];
			if (partition->id >= 0 && partition->id < n_leaders)
				leaders[partition->id] = partition->leader;
		}
	}
	rd_kafka_metadata_destroy(metadata);
	return err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ? RD_KAFKA_RESP_ERR_NO_ERROR : err;
}

weir_status kafka_client_partitions(struct kafka_client *client, const char *topic, int timeout_ms,
				    int32_t *ret_n_partitions)
{
	rd_kafka_resp_err_t err = kafka_client_count_partitions(client, topic, timeout_ms, ret_n_partitions);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_client_fail(client, err, "topic '%s'", topic);
	if (*ret_n_partitions == 0)
		return client->host->fail(client->ctx, WEIR_ABORT,
					  "topic '%s' does not exist; create it: kafka-topics.sh --bootstrap-server "
					  "HOST:PORT --create --topic %s --partitions N", topic, topic);
	return WEIR_OK;
}

weir_status kafka_client_watermarks(struct kafka_client *client, const char *topic, int32_t partition,
				    int64_t *ret_low, int64_t *ret_end)
{
	int64_t low, end;
	client->host->may_take(client->ctx, KAFKA_ANSWER_TIMEOUT_MS);
	rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(client->rk, topic, partition, &low, &end,
								   KAFKA_ANSWER_TIMEOUT_MS);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_client_fail(client, err, "the first and last offset of topic '%s' partition %d", topic,
					 (int)partition);
	*ret_low = low;
	*ret_end = end;
	return WEIR_OK;
}

static bool find_setting(const rd_kafka_event_t *event, const char *setting, char *value, size_t size)
{
	size_t n_resources, n_entries;
	const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result((rd_kafka_event_t *)event), &n_resources);
	if (n_resources != 1 || rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resources[0], &n_entries);
	for (size_t i = 0; i < n_entries; i++)
		if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), setting) == 0 &&
		    rd_kafka_ConfigEntry_value(entries[i]) != NULL) {
			snprintf(value, size, "%s", rd_kafka_ConfigEntry_value(entries[i]));
			return true;
		}
	return false;
}

rd_kafka_queue_t *kafka_client_ask_settings(struct kafka_client *client, const char *topic)
{
	rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	rd_kafka_queue_t *answer = rd_kafka_queue_new(client->rk);
	rd_kafka_DescribeConfigs(client->rk, &resource, 1, NULL, answer);
	rd_kafka_ConfigResource_destroy(resource);
	return answer;
}

bool kafka_client_take_setting(rd_kafka_queue_t *answer, int timeout_ms, const char *setting, char *value, size_t size)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(answer, timeout_ms);
	bool found = event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR &&
		     find_setting(event, setting, value, size);
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(answer);
	return found;
}

weir_status kafka_client_system(struct kafka_client *client, char **ret_system)
{
	static const char prefix[] = "kafka:";
	client->host->may_take(client->ctx, KAFKA_ANSWER_TIMEOUT_MS);
	char *id = rd_kafka_clusterid(client->rk, KAFKA_ANSWER_TIMEOUT_MS);
	if (id == NULL)
		return kafka_client_fail(client, RD_KAFKA_RESP_ERR__TIMED_OUT, "the cluster's id");
	size_t size = sizeof(prefix) + strlen(id);
	char *system = malloc(size);
	if (system != NULL)
		snprintf(system, size, "%s%s", prefix, id);
	rd_kafka_mem_free(client->rk, id);
	if (system == NULL)
		return client->host->fail(client->ctx, WEIR_FATAL, "no memory for the cluster's id");
	*ret_system = system;
	return WEIR_OK;
}

bool kafka_is_denied(rd_kafka_resp_err_t err)
{
	switch (err) {
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR__AUTHENTICATION:
	case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
		return true;
	default:
		return false;
	}
}

int64_t kafka_monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
