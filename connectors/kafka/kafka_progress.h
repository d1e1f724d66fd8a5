/* The progress topic: one partition, compacted, one per pipeline. It holds two kinds of records, each
 * written in a transaction of the pipeline's sink:
 *   key "start"   an instance has taken over
 *   key "marker"  a checkpoint was committed, in the same transaction as its output
 * Values are JSON in ASCII. The last marker before an instance's own start record is the verdict. */
#ifndef WEIR_CONNECTORS_KAFKA_PROGRESS_H
#define WEIR_CONNECTORS_KAFKA_PROGRESS_H

#include "connectors/kafka/kafka_client.h"

#define PROGRESS_FORMAT 1
#define PROGRESS_START_KEY "start"
#define PROGRESS_MARKER_KEY "marker"

struct progress_record {
	char *pipeline_uuid, *instance_uuid;
	char *nonce;	     /* start: tells this very record from others of the instance; marker: NULL */
	uint64_t checkpoint; /* marker */
	struct weir_position *positions; /* marker; strings belong to the record */
	uint32_t n_positions;
	int64_t time_ms; /* of the writer's clock; for people */
};

/* The value as JSON, malloc'd, or NULL where there is no memory or a string is not UTF-8. */
char *progress_encode(const struct progress_record *record);

/* -1 with the reason in `why`, which names what was found. Takes any bytes. */
int progress_decode(struct weir_slice key, struct weir_slice value, struct progress_record *ret_record,
		    char *why, size_t size);
void progress_record_done(struct progress_record *record);

/* What is committed in the progress topic. */
struct progress_view {
	bool has_marker;
	struct progress_record marker; /* the last one; with has_marker */
	int64_t marker_offset;
	char *last_writer; /* instance uuid of the last record of either kind; NULL = the topic is empty */
};

void progress_view_done(struct progress_view *view);

/* Reads the committed end of the topic, back to the last marker. With a nonce: reads on until that start
 * record is seen, for at most timeout_ms. A topic that does not exist is empty. WEIR_REFUSED where a
 * record is not ours to understand or the topic has several partitions. */
weir_status progress_read(const struct kafka_options *options, const char *topic, const char *nonce,
			  int timeout_ms, struct weir_ctx *ctx, const struct weir_host *host,
			  struct progress_view *ret_view);

/* Makes the topic where it is missing, with the sink's client, and warms the client's metadata. */
weir_status progress_topic_create(struct kafka_client *client, const char *topic);

#endif
