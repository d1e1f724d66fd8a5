/* The partitions of a source: names for messages and checkpoints, lags, and the watermark of each. */
#ifndef WEIR_PIPELINE_SOURCE_PARTITIONS_H
#define WEIR_PIPELINE_SOURCE_PARTITIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "checkpoint/checkpoint_record.h"
#include "pipeline/watermark.h"

struct source_partition {
	char *stream;
	int32_t number;
	int64_t lag; /* -1 = unknown */
	int64_t next_offset; /* what comes lies here or behind; source thread */
};

struct source_partitions {
	pthread_mutex_t lock; /* of `list`: added to by the source thread, looked at by all */
	struct source_partition *list;
	uint32_t n;
	struct watermarks watermarks; /* source thread only */
	const struct checkpoint_record *restored; /* event times go on from it; NULL = first start */
};

void source_partitions_init(struct source_partitions *partitions, int64_t bound_ms, int64_t idle_timeout_ms);
void source_partitions_done(struct source_partitions *partitions);
/* Event times and the watermark go on from there; before the first partition. Borrowed; NULL is fine. */
void source_partitions_restore(struct source_partitions *partitions, const struct checkpoint_record *restored);

/* Source thread. Index of the partition, made where it is new; UINT32_MAX = no memory. */
uint32_t source_partitions_index(struct source_partitions *partitions, const char *stream, int32_t number);
/* Source thread. The greatest event time seen there, INT64_MIN = none. */
int64_t source_partitions_event_time(struct source_partitions *partitions, const char *stream, int32_t number);
void source_partitions_set_lag(struct source_partitions *partitions, uint32_t index, int64_t lag);
/* Source thread: a snapshot names this position. Greater than 0: it lies before what has been handed on already,
 * which goes up to there. */
int64_t source_partitions_pass(struct source_partitions *partitions, const char *stream, int32_t number, int64_t offset);
/* Source thread. Sum of the known lags; -1 where none is known. */
int64_t source_partitions_lag(const struct source_partitions *partitions);

/* Any thread: "topic", 3 for messages; false where there is no such index. */
bool source_partitions_name(struct source_partitions *partitions, uint32_t index, char *stream,
			    unsigned size, int32_t *ret_number);

#endif
