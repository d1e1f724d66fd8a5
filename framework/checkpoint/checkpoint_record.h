/* What is known of one checkpoint, and its bytes in the store. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_RECORD_H
#define WEIR_CHECKPOINT_CHECKPOINT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum checkpoint_status { CHECKPOINT_PENDING = 1, CHECKPOINT_COMPLETED = 2 };

struct checkpoint_position {
	char *stream;
	int32_t partition;
	int64_t offset, stop;
	char *note;		   /* NULL = none */
	int64_t max_event_time_ms; /* INT64_MIN = none seen; watermarks go on from it */
};

struct checkpoint_handle { /* of one sink */
	char *component;
	uint8_t *data;
	uint32_t bytes;
};

struct checkpoint_chunk { /* where a chunk lies and what it must be */
	uint64_t checkpoint; /* that wrote it */
	uint32_t task, number;
	int64_t window_start_ms;
	uint32_t n_entries, bytes;
	uint64_t checksum;
};

struct checkpoint_record {
	uint64_t id;
	enum checkpoint_status status;
	int64_t started_ms, completed_ms; /* wall clock */
	uint32_t parallelism;
	int64_t watermark_ms;	   /* INT64_MIN = none */
	char instance_uuid[37];
	char *state_layout;	   /* what the chunks mean, e.g. "ip_count counts v1 8 bytes, window 5000 ms"; NULL = no state */
	struct checkpoint_position *positions;
	uint32_t n_positions;
	struct checkpoint_handle *handles;
	uint32_t n_handles;
	struct checkpoint_chunk *chunks; /* every live one, in the order to be applied */
	uint32_t n_chunks;
};

struct checkpoint_record *checkpoint_record_new(void);
void checkpoint_record_free(struct checkpoint_record *record);

/* Copies strings and bytes. 0 or -ENOMEM. */
int checkpoint_record_add_position(struct checkpoint_record *record, const struct checkpoint_position *position);
int checkpoint_record_add_handle(struct checkpoint_record *record, const char *component, const void *data, uint32_t bytes);
int checkpoint_record_add_chunk(struct checkpoint_record *record, const struct checkpoint_chunk *chunk);

/* Bytes in the store: versioned, with a checksum. Decoding trusts nothing. */
int checkpoint_record_encode(const struct checkpoint_record *record, uint8_t **ret_data, size_t *ret_bytes);
int checkpoint_record_decode(const uint8_t *data, size_t bytes, struct checkpoint_record **ret_record, struct error *error);

#endif
