/* From the chunks of a checkpoint back to the tables of its tasks. */
#ifndef WEIR_PIPELINE_STATE_RESTORE_H
#define WEIR_PIPELINE_STATE_RESTORE_H

#include "checkpoint/checkpoint_store.h"
#include "state/state_table.h"

/* Fills the empty tables of `parallelism` tasks. Where the record was written with another parallelism,
 * its chunks are of no use for later checkpoints: the tables write everything at the next snapshot, and
 * the caller begins with an empty manifest; otherwise with the record's chunks. */
int state_restore(struct checkpoint_store *store, const struct checkpoint_record *record, uint32_t value_size,
		  struct state_table **tables, uint32_t parallelism, struct error *error);

#endif
