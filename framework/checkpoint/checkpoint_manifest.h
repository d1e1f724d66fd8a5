/* From the chunks of the last checkpoint and what the tasks bring, the chunks of the next one. Pure. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_MANIFEST_H
#define WEIR_CHECKPOINT_CHECKPOINT_MANIFEST_H

#include <stdint.h>

#include "checkpoint/checkpoint_record.h"

/* The live chunks, in the order to be applied. Zeroed is empty. */
struct checkpoint_manifest {
	struct checkpoint_chunk *chunks;
	uint32_t n_chunks, room;
};

void checkpoint_manifest_done(struct checkpoint_manifest *manifest);
int checkpoint_manifest_add(struct checkpoint_manifest *manifest, const struct checkpoint_chunk *chunk);
/* Forgets the chunks that `task` wrote for these windows. */
void checkpoint_manifest_replace(struct checkpoint_manifest *manifest, uint32_t task,
				 const int64_t *window_starts, uint32_t n);

#endif
