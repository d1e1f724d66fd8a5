#include "pipeline/pipeline_survey.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "observe/log.h"

void pipeline_survey_done(struct pipeline_survey *survey)
{
	free(survey->partitions);
	*survey = (struct pipeline_survey){0};
}

static int copy_findings(struct pipeline_survey *survey, const struct weir_survey *found, uint32_t n)
{
	survey->partitions = calloc(n + 1, sizeof(*survey->partitions));
	if (survey->partitions == NULL)
		return -ENOMEM;
	survey->n_partitions = n;
	for (uint32_t i = 0; i < n; i++) {
		survey->partitions[i] = (struct refusal_partition){
			.stream = found[i].stream,
			.partition = found[i].partition,
			.store = NO_OFFSET,
			.marker = NO_OFFSET,
			.is_surveyed = true,
			.fit = found[i].fit,
			.first = found[i].first,
			.end = found[i].end,
			.fresh = found[i].fresh,
			.why = found[i].why,
		};
		survey->contradicts |= found[i].fit != WEIR_FITS;
	}
	return 0;
}

weir_status pipeline_survey_make(struct pipeline *p, const struct weir_position *positions, uint32_t n_positions,
				 struct pipeline_survey *survey)
{
	struct plugin_instance *source = &p->source.source;
	const struct weir_source_ops *ops = source->plugin->source;
	pipeline_survey_done(survey);
	if (!WEIR_HAS(ops, survey) || ops->survey == NULL)
		return WEIR_OK;
	const struct weir_survey *found = NULL;
	uint32_t n = 0;
	plugin_enter(source, "survey");
	weir_status s = plugin_leave(source, ops->survey(source->self, positions, n_positions, &found, &n));
	if (s == WEIR_OK && copy_findings(survey, found, n) != 0)
		s = failure_no_memory(&p->failure, "checkpoint");
	return s;
}

static struct refusal_partition *find(const struct pipeline_survey *survey, const char *stream, int32_t partition)
{
	for (uint32_t i = 0; i < survey->n_partitions; i++)
		if (survey->partitions[i].partition == partition && strcmp(survey->partitions[i].stream, stream) == 0)
			return &survey->partitions[i];
	return NULL;
}

/* Made where the source has told nothing of it. NULL = no memory. */
static struct refusal_partition *find_or_add(struct pipeline_survey *survey, const char *stream, int32_t partition)
{
	struct refusal_partition *found = find(survey, stream, partition);
	if (found != NULL)
		return found;
	struct refusal_partition *grown =
		realloc(survey->partitions, (survey->n_partitions + 1) * sizeof(*survey->partitions));
	if (grown == NULL)
		return NULL;
	survey->partitions = grown;
	found = &grown[survey->n_partitions++];
	*found = (struct refusal_partition){
		.stream = stream, .partition = partition, .store = NO_OFFSET, .marker = NO_OFFSET};
	return found;
}

int pipeline_survey_add(struct pipeline_survey *survey, const struct checkpoint_record *record,
			const struct weir_verdict *verdict)
{
	for (uint32_t i = 0; record != NULL && i < record->n_positions; i++) {
		const struct checkpoint_position *position = &record->positions[i];
		struct refusal_partition *partition = find_or_add(survey, position->stream, position->partition);
		if (partition == NULL)
			return -ENOMEM;
		partition->store = position->offset;
	}
	for (uint32_t i = 0; i < verdict->n_positions; i++) {
		const struct weir_position *position = &verdict->positions[i];
		struct refusal_partition *partition = find_or_add(survey, position->stream, position->partition);
		if (partition == NULL)
			return -ENOMEM;
		partition->marker = position->offset;
	}
	return 0;
}

static void remove_position(struct checkpoint_record *record, uint32_t i)
{
	free(record->positions[i].stream);
	free(record->positions[i].note);
	record->positions[i] = record->positions[--record->n_positions];
}

static void begin_at_first(struct checkpoint_position *position, int64_t first)
{
	log_warn("checkpoint", "%s/%d goes on at its first record, %lld, instead of %lld, as the operator decided",
		 position->stream, (int)position->partition, (long long)first, (long long)position->offset);
	position->offset = first;
	position->stop = -1;
	free(position->note);
	position->note = NULL;
}

void pipeline_survey_amend(const struct pipeline_survey *survey, struct checkpoint_record *record)
{
	for (uint32_t i = record->n_positions; i-- > 0;) {
		struct checkpoint_position *position = &record->positions[i];
		const struct refusal_partition *found = find(survey, position->stream, position->partition);
		if (found == NULL || found->fit == WEIR_FITS)
			continue;
		if (found->first < 0)
			remove_position(record, i);
		else
			begin_at_first(position, found->first);
	}
}
