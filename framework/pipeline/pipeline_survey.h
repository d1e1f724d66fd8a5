/* What the source has now, beside the positions of store and marker: for the costs a refusal names, and to go on
 * where the operator has decided that a contradiction with the source be accepted. */
#ifndef WEIR_PIPELINE_PIPELINE_SURVEY_H
#define WEIR_PIPELINE_PIPELINE_SURVEY_H

#include "checkpoint/checkpoint_refusal.h"
#include "pipeline/pipeline.h"

struct pipeline_survey { /* zeroed is empty */
	struct refusal_partition *partitions; /* strings are borrowed */
	uint32_t n_partitions;
	bool contradicts; /* a position given does not fit */
};

/* Asks the open source; one that cannot tell leaves the survey empty. */
weir_status pipeline_survey_make(struct pipeline *p, const struct weir_position *positions, uint32_t n_positions,
				 struct pipeline_survey *survey);
void pipeline_survey_done(struct pipeline_survey *survey);

/* Puts the positions of both sides beside what was found; record NULL = none. 0 or -ENOMEM. */
int pipeline_survey_add(struct pipeline_survey *survey, const struct checkpoint_record *record,
			const struct weir_verdict *verdict);

/* Where a position does not fit, the partition begins at its first record; where the partition is gone, the
 * position goes. */
void pipeline_survey_amend(const struct pipeline_survey *survey, struct checkpoint_record *record);

#endif
