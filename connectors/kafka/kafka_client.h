/* One librdkafka client: made from the options, its log lines handed to weir, taken down within bounded
 * time. Shared by source, sink and the reader of the progress topic; knows none of them.
 *
 * Threads: librdkafka calls the log callback and the interceptors from its own threads, which may outlive
 * the plugin instance; everything else runs in the thread that calls. */
#ifndef WEIR_CONNECTORS_KAFKA_CLIENT_H
#define WEIR_CONNECTORS_KAFKA_CLIENT_H

#include <stdarg.h>
#include <stdatomic.h>
#include <pthread.h>

#include "connectors/kafka/kafka_fetches.h"
#include "connectors/kafka/kafka_options.h"

#define KAFKA_ANSWER_TIMEOUT_MS 10000 /* for one question to the cluster */

struct kafka_client {
	rd_kafka_t *rk;
	const struct weir_host *host;

	pthread_mutex_t lock; /* guards ctx */
	struct weir_ctx *ctx; /* NULL once the instance is closed */

	/* Messages of ours that somebody still uses: librdkafka cannot be destroyed before. */
	atomic_int_fast64_t messages_out;
	/* A request of a transaction was given up without an answer (time-out, disconnect), if only to be
	 * sent again: the network may still hold it, and it may take effect later (KAFKA-17754). */
	atomic_bool has_lost_request;
	struct kafka_fetches fetches;

	struct outage *outage; /* of its cluster */

	char trouble[256];	  /* the last error librdkafka reported; for messages */
	char delivery_error[512]; /* the first record that could not be delivered; "" = none */
};

/* A property that the caller needs; the list ends with a NULL name. */
struct kafka_property {
	const char *name, *value;
};

/* Makes the client; `properties` win over the defaults and lose against the user's own. On failure: the
 * outcome for weir, with the text given to host->fail(). */
weir_status kafka_client_new(const struct kafka_options *options, rd_kafka_type_t type,
			     const struct kafka_property *properties, struct weir_ctx *ctx,
			     const struct weir_host *host, struct kafka_client **ret_client);

/* Destroys the client; where librdkafka hangs (#4724) or messages are still in use, a thread of its own
 * goes on with it. NULL is fine. */
void kafka_client_close(struct kafka_client *client);

/* "cannot ask Kafka for <fmt>: <err>", with the last trouble; WEIR_ABORT, or WEIR_FATAL where it is denied. */
weir_status kafka_client_fail(struct kafka_client *client, rd_kafka_resp_err_t err, const char *fmt, ...)
	WEIR_PRINTF(3, 4);

/* Number of partitions; warms the client's metadata. WEIR_ABORT where the topic does not exist (yet) or
 * nobody answers; the text says how to create it. */
weir_status kafka_client_partitions(struct kafka_client *client, const char *topic, int timeout_ms,
				    int32_t *ret_n_partitions);

/* As above, without a text: the error and the number (0 = there is no such topic). */
rd_kafka_resp_err_t kafka_client_count_partitions(struct kafka_client *client, const char *topic,
						  int timeout_ms, int32_t *ret_n_partitions);

/* As above; also the id of the broker that leads each of the first n_leaders partitions, -1 = none. */
rd_kafka_resp_err_t kafka_client_leaders(struct kafka_client *client, const char *topic, int timeout_ms,
					 int32_t *leaders, int32_t n_leaders, int32_t *ret_n_partitions);

/* First offset, and the first that this client cannot read yet: with read_committed that is the end of
 * what is decided, not the high watermark. */
weir_status kafka_client_watermarks(struct kafka_client *client, const char *topic, int32_t partition,
				    int64_t *ret_low, int64_t *ret_end);

/* Asks for the settings of a topic, without waiting: the answer is to be taken, once. Where the cluster does not
 * say (not allowed, no answer in time), taking it returns false. */
rd_kafka_queue_t *kafka_client_ask_settings(struct kafka_client *client, const char *topic);
bool kafka_client_take_setting(rd_kafka_queue_t *answer, int timeout_ms, const char *setting, char *value, size_t size);

/* "kafka:<cluster id>", malloc'd. */
weir_status kafka_client_system(struct kafka_client *client, char **ret_system);

/* Is it of no use to try again: the user may not do this? */
bool kafka_is_denied(rd_kafka_resp_err_t err);

int64_t kafka_monotonic_ms(void);

#endif
