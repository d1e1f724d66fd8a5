/* Watermarks of a source: one for each partition, their minimum is what tasks see. Source thread.
 * The watermark of a partition is the greatest event time seen there, minus 1 ms, minus the bound. A
 * partition that has been at its end for `idle_timeout_ms` and gave nothing stops holding the rest back;
 * so does one that has ended for good. The minimum never goes back.
 *
 * Idleness is measured in time during which the source was looked at: a process that stood still, or a
 * full queue downstream, says nothing about a partition. */
#ifndef WEIR_PIPELINE_WATERMARK_H
#define WEIR_PIPELINE_WATERMARK_H

#include <stdbool.h>
#include <stdint.h>

#define WATERMARK_NONE INT64_MIN
#define WATERMARK_END INT64_MAX
#define WATERMARK_MOST_TICK_MS 200 /* what one pass of the source counts for at most */

struct watermark_partition {
	int64_t max_event_time_ms; /* INT64_MIN = none */
	int64_t quiet_since_ms;	   /* on the clock below: its last record, or when it came to its end */
	bool at_end, ended;
};

struct watermarks {
	int64_t bound_ms, idle_timeout_ms;
	int64_t current_ms;
	int64_t ticked_ms; /* monotonic, of the last tick; INT64_MIN = none yet */
	int64_t clock_ms;  /* time looked at */
	struct watermark_partition *partitions;
	uint32_t n_partitions;
};

void watermarks_init(struct watermarks *watermarks, int64_t bound_ms, int64_t idle_timeout_ms);
void watermarks_done(struct watermarks *watermarks);

/* Partition `index` exists (idempotent); max_event_time_ms goes on from a checkpoint. 0 or -ENOMEM. */
int watermarks_add(struct watermarks *watermarks, uint32_t index, int64_t max_event_time_ms);

/* Once in each pass of the source; now_ms: monotonic. */
void watermarks_tick(struct watermarks *watermarks, int64_t now_ms);

/* The greatest event time of some records just read there. */
void watermarks_observe(struct watermarks *watermarks, uint32_t index, int64_t event_time_ms);
void watermarks_set_at_end(struct watermarks *watermarks, uint32_t index, bool at_end);
void watermarks_set_ended(struct watermarks *watermarks, uint32_t index);

/* Works the minimum out anew. Returns whether it has moved; then current_ms is the new one. */
bool watermarks_advance(struct watermarks *watermarks);

#endif
