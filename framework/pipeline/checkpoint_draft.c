#include "pipeline/checkpoint_draft.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int checkpoint_draft_init(struct checkpoint_draft *draft, uint32_t n_tasks)
{
	*draft = (struct checkpoint_draft){.n_tasks = n_tasks};
	draft->deltas = calloc(n_tasks > 0 ? n_tasks : 1, sizeof(*draft->deltas));
	return draft->deltas != NULL ? 0 : -ENOMEM;
}

static void forget(struct checkpoint_draft *draft)
{
	checkpoint_record_free(draft->record);
	draft->record = NULL;
	for (uint32_t task = 0; task < draft->n_tasks; task++)
		state_delta_done(&draft->deltas[task]);
}

void checkpoint_draft_done(struct checkpoint_draft *draft)
{
	if (draft->deltas == NULL)
		return;
	forget(draft);
	free(draft->deltas);
	draft->deltas = NULL;
}

int checkpoint_draft_begin(struct checkpoint_draft *draft, uint64_t checkpoint, const char *instance_uuid,
			   uint32_t parallelism, const char *state_layout)
{
	forget(draft);
	struct checkpoint_record *record = checkpoint_record_new();
	if (record == NULL)
		return -ENOMEM;
	draft->record = record;
	draft->started_us = clock_monotonic_us();
	record->id = checkpoint;
	record->status = CHECKPOINT_PENDING;
	record->started_ms = clock_wall_ms();
	record->parallelism = parallelism;
	snprintf(record->instance_uuid, sizeof(record->instance_uuid), "%s", instance_uuid);
	if (state_layout != NULL && (record->state_layout = strdup(state_layout)) == NULL)
		return -ENOMEM;
	return 0;
}
