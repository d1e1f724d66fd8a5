#include "pipeline/source_partitions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"

void source_partitions_init(struct source_partitions *partitions, int64_t bound_ms, int64_t idle_timeout_ms)
{
	*partitions = (struct source_partitions){0};
	pthread_mutex_init(&partitions->lock, NULL);
	watermarks_init(&partitions->watermarks, bound_ms, idle_timeout_ms);
}

void source_partitions_restore(struct source_partitions *partitions, const struct checkpoint_record *restored)
{
	if (failpoint("rule_watermark_in_checkpoint"))
		return;
	partitions->restored = restored;
	if (restored != NULL)
		partitions->watermarks.current_ms = restored->watermark_ms;
}

void source_partitions_done(struct source_partitions *partitions)
{
	for (uint32_t i = 0; i < partitions->n; i++)
		free(partitions->list[i].stream);
	free(partitions->list);
	watermarks_done(&partitions->watermarks);
	pthread_mutex_destroy(&partitions->lock);
}

static uint32_t find(const struct source_partitions *partitions, const char *stream, int32_t number)
{
	for (uint32_t i = 0; i < partitions->n; i++)
		if (partitions->list[i].number == number && strcmp(partitions->list[i].stream, stream) == 0)
			return i;
	return UINT32_MAX;
}

static const struct checkpoint_position *restored_position(const struct checkpoint_record *restored, const char *stream,
							   int32_t number)
{
	for (uint32_t i = 0; restored != NULL && i < restored->n_positions; i++)
		if (restored->positions[i].partition == number &&
		    strcmp(restored->positions[i].stream, stream) == 0)
			return &restored->positions[i];
	return NULL;
}

static uint32_t add(struct source_partitions *partitions, const char *stream, int32_t number)
{
	uint32_t index = partitions->n;
	struct source_partition *list = realloc(partitions->list, (index + 1) * sizeof(*list));
	if (list == NULL)
		return UINT32_MAX;
	partitions->list = list;
	const struct checkpoint_position *restored = restored_position(partitions->restored, stream, number);
	int64_t event_time = restored != NULL ? restored->max_event_time_ms : INT64_MIN;
	list[index] = (struct source_partition){.stream = strdup(stream),
						.number = number,
						.lag = -1,
						.next_offset = restored != NULL ? restored->offset : 0};
	if (list[index].stream == NULL ||
	    watermarks_add(&partitions->watermarks, index, event_time) != 0) {
		free(list[index].stream);
		return UINT32_MAX;
	}
	partitions->n++;
	return index;
}

uint32_t source_partitions_index(struct source_partitions *partitions, const char *stream, int32_t number)
{
	uint32_t index = find(partitions, stream, number);
	if (index == UINT32_MAX) {
		pthread_mutex_lock(&partitions->lock);
		index = add(partitions, stream, number);
		pthread_mutex_unlock(&partitions->lock);
	}
	return index;
}

int64_t source_partitions_event_time(struct source_partitions *partitions, const char *stream, int32_t number)
{
	uint32_t index = find(partitions, stream, number);
	if (index != UINT32_MAX)
		return partitions->watermarks.partitions[index].max_event_time_ms;
	const struct checkpoint_position *restored = restored_position(partitions->restored, stream, number);
	return restored != NULL ? restored->max_event_time_ms : INT64_MIN;
}

int64_t source_partitions_pass(struct source_partitions *partitions, const char *stream, int32_t number, int64_t offset)
{
	uint32_t index = find(partitions, stream, number);
	if (index == UINT32_MAX)
		return 0;
	int64_t *next_offset = &partitions->list[index].next_offset;
	if (offset < *next_offset)
		return *next_offset;
	*next_offset = offset;
	return 0;
}

void source_partitions_set_lag(struct source_partitions *partitions, uint32_t index, int64_t lag)
{
	if (index >= partitions->n)
		return;
	partitions->list[index].lag = lag;
	watermarks_set_at_end(&partitions->watermarks, index, lag == 0);
}

int64_t source_partitions_lag(const struct source_partitions *partitions)
{
	int64_t sum = -1;
	for (uint32_t i = 0; i < partitions->n; i++)
		if (partitions->list[i].lag >= 0)
			sum = (sum < 0 ? 0 : sum) + partitions->list[i].lag;
	return sum;
}

bool source_partitions_name(struct source_partitions *partitions, uint32_t index, char *stream,
			    unsigned size, int32_t *ret_number)
{
	bool found = false;
	pthread_mutex_lock(&partitions->lock);
	if (index < partitions->n) {
		snprintf(stream, size, "%s", partitions->list[index].stream);
		*ret_number = partitions->list[index].number;
		found = true;
	}
	pthread_mutex_unlock(&partitions->lock);
	return found;
}
