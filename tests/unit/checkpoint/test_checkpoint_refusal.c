/* What a refusal says, and that its costs are what a reader would count by hand. */
#include <stdlib.h>
#include <string.h>

#include "checkpoint/checkpoint_refusal.h"
#include "tests/lib/unit_main.h"

#define STORE	RESOLUTION_USE_STORE
#define MARKER	RESOLUTION_USE_MARKER
#define NOTHING RESOLUTION_USE_NOTHING

/* A partition with records 100 to 999 that a first start reads from 100. */
static struct refusal_partition partition_at(int64_t store, int64_t marker)
{
	return (struct refusal_partition){.stream = "in", .store = store, .marker = marker, .is_surveyed = true,
					  .first = 100, .end = 1000, .fresh = 100};
}

static struct refusal_evidence evidence_of(enum recovery_refusal refusal, const struct refusal_partition *partition)
{
	return (struct refusal_evidence){
		.facts = {.has_completed = partition->store >= 0, .completed = 3, .has_marker = partition->marker >= 0,
			  .marker = 9, .marker_is_ours = true, .last_resource = true},
		.refusal = refusal,
		.uuid = "u-u",
		.directory = "/var/lib/weir/x",
		.where = "topic weir-x-progress, offset 12",
		.marker_uuid = "v-v",
		.marker_instance = "i-i",
		.marker_ms = 1568564615000,
		.partitions = partition,
		.n_partitions = 1,
	};
}

static void costs(enum recovery_refusal refusal, struct refusal_partition partition, enum store_resolution_choice choice,
		  int64_t again, int64_t perhaps, int64_t skipped)
{
	struct refusal_evidence evidence = evidence_of(refusal, &partition);
	struct refusal_cost cost = checkpoint_refusal_cost(&evidence, &partition, choice);
	ck_assert_msg(cost.is_known && cost.again == again && cost.perhaps == perhaps && cost.skipped == skipped,
		      "refusal %d, choice %d: again %d, perhaps %d, skipped %d", refusal, choice, (int)cost.again,
		      (int)cost.perhaps, (int)cost.skipped);
}

START_TEST(older_store_repeats_what_was_committed_since)
{
	struct refusal_partition partition = partition_at(300, 500);
	costs(REFUSAL_MARKER_AHEAD, partition, STORE, 200, 0, 0);
	costs(REFUSAL_MARKER_AHEAD, partition, MARKER, 0, 0, 0);
	costs(REFUSAL_MARKER_AHEAD, partition, NOTHING, 400, 0, 0);
	partition.fresh = partition.end; /* start = "latest" */
	costs(REFUSAL_MARKER_AHEAD, partition, NOTHING, 0, 0, 500);
}
END_TEST

START_TEST(lost_store_counts_from_the_marker)
{
	costs(REFUSAL_STORE_MISSING, partition_at(NO_OFFSET, 500), MARKER, 0, 0, 0);
	costs(REFUSAL_STORE_MISSING, partition_at(NO_OFFSET, 500), NOTHING, 400, 0, 0);
	costs(REFUSAL_STORE_MISSING, partition_at(NO_OFFSET, NO_OFFSET), MARKER, 0, 0, 0); /* a new partition */
}
END_TEST

START_TEST(marker_behind_skips_with_the_store_and_repeats_with_the_marker)
{
	costs(REFUSAL_MARKER_BEHIND, partition_at(500, 300), STORE, 0, 0, 200);
	costs(REFUSAL_MARKER_BEHIND, partition_at(500, 300), MARKER, 200, 0, 0);
	costs(REFUSAL_MARKER_BEHIND, partition_at(500, 300), NOTHING, 400, 0, 0);
}
END_TEST

START_TEST(foreign_marker_skips_what_only_the_other_has_counted)
{
	costs(REFUSAL_MARKER_FOREIGN, partition_at(300, 500), STORE, 200, 0, 0);
	costs(REFUSAL_MARKER_FOREIGN, partition_at(300, 500), MARKER, 0, 0, 200);
}
END_TEST

START_TEST(what_retention_deleted_unread_is_skipped)
{
	struct refusal_partition partition = partition_at(40, 40);
	partition.fit = WEIR_PASSED;
	costs(REFUSAL_SOURCE_CHANGED, partition, STORE, 0, 0, 60);
	costs(REFUSAL_SOURCE_CHANGED, partition, NOTHING, 0, 0, 60);
	/* The older store stands at 40, but the marker does not. */
	partition.marker = 500;
	costs(REFUSAL_MARKER_AHEAD, partition, STORE, 400, 0, 0);
	costs(REFUSAL_MARKER_AHEAD, partition, MARKER, 0, 0, 0);
}
END_TEST

START_TEST(of_other_records_nothing_can_be_known)
{
	struct refusal_partition partition = partition_at(500, 500);
	partition.fit = WEIR_OTHER;
	costs(REFUSAL_SOURCE_CHANGED, partition, STORE, 0, 900, 0);
	partition.first = partition.end = partition.fresh = -1; /* no such partition any more */
	costs(REFUSAL_SOURCE_CHANGED, partition, STORE, 0, 0, 0);
}
END_TEST

static const char *explain(const struct refusal_evidence *evidence)
{
	static char text[4096];
	checkpoint_refusal_explain(evidence, text, sizeof(text));
	ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
	return text;
}

static void expect_choices(const char *text, bool store, bool marker)
{
	ck_assert_msg((strstr(text, "\n  weir checkpoints resolve /var/lib/weir/x --use store\n") != NULL) == store, "%s", text);
	ck_assert_msg((strstr(text, "\n  weir checkpoints resolve /var/lib/weir/x --use marker\n") != NULL) == marker, "%s", text);
	ck_assert_ptr_nonnull(strstr(text, "\n  weir checkpoints resolve /var/lib/weir/x --use nothing\n"));
}

START_TEST(each_refusal_offers_what_there_is_and_names_both_sides)
{
	for (int refusal = REFUSAL_STORE_MISSING; refusal <= REFUSAL_SOURCE_CHANGED; refusal++) {
		struct refusal_partition partition = partition_at(refusal == REFUSAL_STORE_MISSING ? NO_OFFSET : 300,
								  refusal == REFUSAL_MARKER_MISSING ? NO_OFFSET : 500);
		struct refusal_evidence evidence = evidence_of((enum recovery_refusal)refusal, &partition);
		const char *text = explain(&evidence);
		expect_choices(text, refusal != REFUSAL_STORE_MISSING, refusal != REFUSAL_MARKER_MISSING);
		ck_assert_ptr_nonnull(strstr(text, "u-u"));
		ck_assert_ptr_nonnull(strstr(text, "topic weir-x-progress, offset 12"));
		ck_assert_ptr_nonnull(strstr(text, "in/0:"));
		ck_assert((strstr(text, "2019-09-15") != NULL) == (refusal != REFUSAL_MARKER_MISSING));
	}
}
END_TEST

START_TEST(costs_are_shown_in_all_and_for_each_partition)
{
	struct refusal_partition partitions[20];
	for (int i = 0; i < 20; i++) {
		partitions[i] = partition_at(300, i == 1 ? 300 : 500);
		partitions[i].partition = i;
	}
	struct refusal_evidence evidence = evidence_of(REFUSAL_MARKER_AHEAD, partitions);
	evidence.n_partitions = 3;
	const char *text = explain(&evidence);
	ck_assert_msg(strstr(text, "Read again, so repeated: 400 records (in/0: 200, in/2: 200). Skipped: 0 records.") != NULL,
		      "%s", text);
	evidence.n_partitions = 20;
	text = explain(&evidence);
	ck_assert_msg(strstr(text, "3800 records (in/0: 200,") != NULL, "%s", text);
	ck_assert_msg(strstr(text, "in/8: 200, ...)") != NULL, "%s", text);
	ck_assert_msg(strstr(text, "and 12 partitions more") != NULL, "%s", text);
}
END_TEST

START_TEST(costs_of_a_source_that_cannot_tell_are_unknown)
{
	struct refusal_partition partition = partition_at(300, 500);
	struct refusal_evidence evidence = evidence_of(REFUSAL_MARKER_AHEAD, &partition);
	partition.is_surveyed = false;
	ck_assert_ptr_nonnull(strstr(explain(&evidence), "Read again, so repeated: unknown. Skipped: unknown."));
	evidence.n_partitions = 0;
	ck_assert_ptr_nonnull(strstr(explain(&evidence), "Read again, so repeated: unknown. Skipped: unknown."));
}
END_TEST

START_TEST(text_is_cut_to_the_room_there_is)
{
	struct refusal_partition partition = partition_at(300, 500);
	struct refusal_evidence evidence = evidence_of(REFUSAL_MARKER_AHEAD, &partition);
	for (size_t size = 1; size < 1500; size += 37) {
		char *text = malloc(size);
		checkpoint_refusal_explain(&evidence, text, size);
		ck_assert_uint_lt(strlen(text), size);
		free(text);
	}
	checkpoint_refusal_explain(&evidence, NULL, 0);
}
END_TEST

UNIT_MAIN("checkpoint/checkpoint_refusal", older_store_repeats_what_was_committed_since, lost_store_counts_from_the_marker,
	  marker_behind_skips_with_the_store_and_repeats_with_the_marker, foreign_marker_skips_what_only_the_other_has_counted,
	  what_retention_deleted_unread_is_skipped, of_other_records_nothing_can_be_known,
	  each_refusal_offers_what_there_is_and_names_both_sides, costs_are_shown_in_all_and_for_each_partition,
	  costs_of_a_source_that_cannot_tell_are_unknown, text_is_cut_to_the_room_there_is)
