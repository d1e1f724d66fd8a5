/* What travels through a pipeline: batches of records, and between them, in order, barriers and the
 * end of input. Shared by reference; the last user frees it and lets go of what it points into. */
#ifndef WEIR_PIPELINE_BATCH_H
#define WEIR_PIPELINE_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/plugin.h"

#define BATCH_RECORDS 1024 /* room of an ordinary batch */

/* Memory that batches built together share: arena blocks, adopted owners, the memory of the batch they were
 * made from. */
struct batch_memory;

enum batch_kind {
	BATCH_RECORDS_KIND, /* view holds records */
	BATCH_BARRIER,	    /* checkpoint `checkpoint` begins behind this point */
	BATCH_END	    /* nothing comes behind this point */
};

struct batch {
	_Atomic uint32_t n_refs;
	enum batch_kind kind;
	uint64_t checkpoint;
	size_t bytes; /* of keys and values, for bounding queues; 0 until batch_measure() */
	bool has_one_partition; /* known of all its records */
	struct weir_batch view;
	struct batch_memory *memory;
	struct batch *next; /* in a weir_out's list only */
	struct weir_record *records; /* behind the batch, in memory that is its own */
	uint32_t room;
};

struct batch *batch_new_marker(enum batch_kind kind, uint64_t checkpoint); /* NULL = no memory */
struct batch *batch_ref(struct batch *batch);
void batch_unref(struct batch *batch); /* NULL is fine */
size_t batch_measure(struct batch *batch);

/* Batches being built by one callback. Zeroed but for `parent` (its memory is kept alive by what is built;
 * NULL: none), `output` and `partition` (what records are born with). */
struct weir_out {
	struct batch *first, *last;
	struct batch_memory *memory;
	struct batch *parent;
	uint32_t output;
	uint32_t partition;
};

struct weir_record *weir_out_append(struct weir_out *out, uint32_t n_records);
void *weir_out_alloc(struct weir_out *out, size_t bytes);
weir_status weir_out_adopt(struct weir_out *out, void *owner, void (*release)(void *owner));
/* Takes the oldest batch out of the list; NULL when empty. The caller owns the reference. */
struct batch *weir_out_take(struct weir_out *out);
/* Drops what is left and lets go of the memory. The out can be used again. */
void weir_out_done(struct weir_out *out);

#endif
