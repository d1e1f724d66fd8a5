#include "pipeline/watermark.h"

#include <errno.h>
#include <stdlib.h>

#include "base/failpoint.h"

void watermarks_init(struct watermarks *watermarks, int64_t bound_ms, int64_t idle_timeout_ms)
{
	*watermarks = (struct watermarks){
		.bound_ms = bound_ms,
		.idle_timeout_ms = idle_timeout_ms,
		.current_ms = WATERMARK_NONE,
		.ticked_ms = INT64_MIN,
	};
}

void watermarks_done(struct watermarks *watermarks)
{
	free(watermarks->partitions);
	watermarks->partitions = NULL;
	watermarks->n_partitions = 0;
}

int watermarks_add(struct watermarks *watermarks, uint32_t index, int64_t max_event_time_ms)
{
	if (index < watermarks->n_partitions)
		return 0;
	struct watermark_partition *partitions =
		realloc(watermarks->partitions, (index + 1) * sizeof(*partitions));
	if (partitions == NULL)
		return -ENOMEM;
	watermarks->partitions = partitions;
	while (watermarks->n_partitions <= index)
		partitions[watermarks->n_partitions++] = (struct watermark_partition){
			.max_event_time_ms = max_event_time_ms, .quiet_since_ms = watermarks->clock_ms};
	return 0;
}

void watermarks_tick(struct watermarks *watermarks, int64_t now_ms)
{
	int64_t passed_ms = watermarks->ticked_ms == INT64_MIN ? 0 : now_ms - watermarks->ticked_ms;
	bool is_believed = passed_ms < WATERMARK_MOST_TICK_MS || failpoint("rule_idle_clock_stands_with_the_process");
	watermarks->clock_ms += is_believed ? passed_ms : WATERMARK_MOST_TICK_MS;
	watermarks->ticked_ms = now_ms;
}

void watermarks_observe(struct watermarks *watermarks, uint32_t index, int64_t event_time_ms)
{
	struct watermark_partition *partition = &watermarks->partitions[index];
	if (event_time_ms > partition->max_event_time_ms)
		partition->max_event_time_ms = event_time_ms;
	partition->quiet_since_ms = watermarks->clock_ms;
	partition->at_end = false;
}

void watermarks_set_at_end(struct watermarks *watermarks, uint32_t index, bool at_end)
{
	struct watermark_partition *partition = &watermarks->partitions[index];
	if (at_end && !partition->at_end)
		partition->quiet_since_ms = watermarks->clock_ms;
	partition->at_end = at_end;
}

void watermarks_set_ended(struct watermarks *watermarks, uint32_t index)
{
	watermarks->partitions[index].ended = true;
}

static bool is_idle(const struct watermarks *watermarks, const struct watermark_partition *partition)
{
	return partition->at_end && watermarks->clock_ms - partition->quiet_since_ms >= watermarks->idle_timeout_ms;
}

static int64_t watermark_of(const struct watermarks *watermarks, const struct watermark_partition *partition)
{
	if (partition->max_event_time_ms < INT64_MIN + 1 + watermarks->bound_ms)
		return WATERMARK_NONE;
	return partition->max_event_time_ms - 1 - watermarks->bound_ms;
}

bool watermarks_advance(struct watermarks *watermarks)
{
	/* Where every partition is idle or has ended, the furthest of them leads: nothing holds it back. */
	int64_t least = INT64_MAX, furthest = WATERMARK_NONE;
	for (uint32_t i = 0; i < watermarks->n_partitions; i++) {
		const struct watermark_partition *partition = &watermarks->partitions[i];
		int64_t watermark = watermark_of(watermarks, partition);
		if (watermark > furthest)
			furthest = watermark;
		if (!partition->ended && !is_idle(watermarks, partition) && watermark < least)
			least = watermark;
	}
	if (least == INT64_MAX)
		least = furthest;
	if (least <= watermarks->current_ms)
		return false;
	watermarks->current_ms = least;
	return true;
}
