#include <stdlib.h>

#include "pipeline/watermark.h"
#include "tests/lib/unit_main.h"

static struct watermarks make(uint32_t n_partitions, int64_t bound_ms, int64_t idle_timeout_ms)
{
	struct watermarks watermarks;
	watermarks_init(&watermarks, bound_ms, idle_timeout_ms);
	for (uint32_t i = 0; i < n_partitions; i++)
		watermarks_add(&watermarks, i, INT64_MIN);
	return watermarks;
}

/* Time during which the source is looked at. */
static void pass_time(struct watermarks *watermarks, int64_t ms)
{
	static int64_t now_ms = 1000000;
	watermarks_tick(watermarks, now_ms);
	for (; ms > 0; ms -= 100)
		watermarks_tick(watermarks, now_ms += 100);
}

START_TEST(it_is_the_greatest_event_time_minus_one_and_the_bound)
{
	struct watermarks watermarks = make(1, 500, 1000);
	watermarks_observe(&watermarks, 0, 10000);
	watermarks_observe(&watermarks, 0, 9000);
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 10000 - 1 - 500);
	ck_assert(!watermarks_advance(&watermarks));
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(the_slowest_partition_leads)
{
	struct watermarks watermarks = make(2, 0, 1000);
	watermarks_observe(&watermarks, 0, 10000);
	ck_assert(!watermarks_advance(&watermarks));
	watermarks_observe(&watermarks, 1, 400);
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 399);
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(silence_alone_is_not_idleness_being_at_the_end_is)
{
	struct watermarks watermarks = make(2, 0, 1000);
	watermarks_observe(&watermarks, 0, 10000);
	pass_time(&watermarks, 5000);
	ck_assert(!watermarks_advance(&watermarks));
	watermarks_set_at_end(&watermarks, 1, true);
	ck_assert(!watermarks_advance(&watermarks));
	pass_time(&watermarks, 1000);
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 9999);
	watermarks_observe(&watermarks, 1, 3);
	ck_assert(!watermarks_advance(&watermarks));
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(time_in_which_its_end_was_not_known_makes_no_partition_idle)
{
	struct watermarks watermarks = make(2, 0, 1000);
	for (uint32_t i = 0; i < 2; i++)
		watermarks_set_at_end(&watermarks, i, true);
	watermarks_set_at_end(&watermarks, 1, false);
	pass_time(&watermarks, 5000);
	watermarks_observe(&watermarks, 0, 10000);
	watermarks_set_at_end(&watermarks, 1, true);
	ck_assert(!watermarks_advance(&watermarks));
	watermarks_set_at_end(&watermarks, 1, true); /* said again, it is no news */
	pass_time(&watermarks, 1000);
	watermarks_set_at_end(&watermarks, 1, true);
	ck_assert(watermarks_advance(&watermarks));
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(time_in_which_nobody_looked_makes_no_partition_idle)
{
	struct watermarks watermarks = make(2, 0, 1000);
	for (uint32_t i = 0; i < 2; i++) {
		watermarks_observe(&watermarks, i, 100);
		watermarks_set_at_end(&watermarks, i, true);
	}
	watermarks_advance(&watermarks);
	watermarks_tick(&watermarks, 5000);
	watermarks_tick(&watermarks, 5000 + 3600 * 1000); /* stopped for an hour */
	watermarks_observe(&watermarks, 0, 3600 * 1000);
	ck_assert(!watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 99);
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(an_ended_partition_holds_nothing_back)
{
	struct watermarks watermarks = make(2, 0, 1000);
	watermarks_observe(&watermarks, 0, 10000);
	watermarks_set_ended(&watermarks, 1);
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 9999);
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(where_all_are_idle_the_furthest_leads)
{
	struct watermarks watermarks = make(2, 0, 1000);
	for (uint32_t i = 0; i < 2; i++) {
		watermarks_observe(&watermarks, i, i == 0 ? 10000 : 20000);
		watermarks_set_at_end(&watermarks, i, true);
	}
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 9999);
	pass_time(&watermarks, 2000);
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 19999);
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(a_new_partition_does_not_turn_it_back)
{
	struct watermarks watermarks = make(1, 0, 1000);
	watermarks_observe(&watermarks, 0, 10000);
	watermarks_advance(&watermarks);
	watermarks_add(&watermarks, 1, INT64_MIN);
	ck_assert(!watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 9999);
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(event_times_of_a_checkpoint_are_gone_on_from)
{
	struct watermarks watermarks = make(0, 0, 1000);
	watermarks_add(&watermarks, 0, 7000);
	ck_assert(watermarks_advance(&watermarks));
	ck_assert_int_eq(watermarks.current_ms, 6999);
	watermarks_done(&watermarks);
}
END_TEST

START_TEST(the_smallest_event_time_does_not_wrap_around)
{
	struct watermarks watermarks = make(1, 1000, 1000);
	watermarks_observe(&watermarks, 0, INT64_MIN + 5);
	ck_assert(!watermarks_advance(&watermarks));
	watermarks_done(&watermarks);
}
END_TEST

UNIT_MAIN("pipeline/watermark", it_is_the_greatest_event_time_minus_one_and_the_bound,
	  the_slowest_partition_leads, silence_alone_is_not_idleness_being_at_the_end_is,
	  time_in_which_its_end_was_not_known_makes_no_partition_idle,
	  time_in_which_nobody_looked_makes_no_partition_idle,
	  an_ended_partition_holds_nothing_back, where_all_are_idle_the_furthest_leads,
	  a_new_partition_does_not_turn_it_back, event_times_of_a_checkpoint_are_gone_on_from,
	  the_smallest_event_time_does_not_wrap_around)
