#include <stdlib.h>

#include "checkpoint/checkpoint_epoch.h"
#include "tests/lib/unit_main.h"

#define INTERVAL 100
#define TIMEOUT 1000

static struct epoch make(uint64_t first)
{
	struct epoch epoch;
	epoch_init(&epoch, first, INTERVAL, TIMEOUT, 0);
	return epoch;
}

START_TEST(one_begins_when_it_is_due_and_not_before)
{
	struct epoch epoch = make(5);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 99), EPOCH_NOTHING);
	ck_assert_int_eq(epoch_sleep_ms(&epoch, 99), 1);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 100), EPOCH_INJECT);
	ck_assert_uint_eq(epoch.under_way, 5);
}
END_TEST

START_TEST(the_interval_counts_from_begin_to_begin)
{
	struct epoch epoch = make(1);
	epoch_handle(&epoch, EPOCH_TICK, 100);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_COMPLETED, 150), EPOCH_NOTHING);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 200), EPOCH_INJECT);
	/* one that takes longer than the interval is followed at once */
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 350), EPOCH_NOTHING);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_COMPLETED, 350), EPOCH_INJECT);
	ck_assert_uint_eq(epoch.under_way, 3);
}
END_TEST

START_TEST(a_stop_waits_for_the_one_under_way_and_makes_a_last_one)
{
	struct epoch epoch = make(1);
	epoch_handle(&epoch, EPOCH_TICK, 100);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_STOP, 110), EPOCH_NOTHING);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_COMPLETED, 120), EPOCH_INJECT_FINAL);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_COMPLETED, 130), EPOCH_FINISHED);
}
END_TEST

START_TEST(one_that_takes_too_long_times_out_the_last_one_too)
{
	struct epoch epoch = make(1);
	epoch_handle(&epoch, EPOCH_TICK, 100);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 1099), EPOCH_NOTHING);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 1100), EPOCH_TIMED_OUT);
	epoch = make(1);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_INPUT_ENDED, 50), EPOCH_INJECT_FINAL);
	ck_assert_int_eq(epoch_handle(&epoch, EPOCH_TICK, 1050), EPOCH_TIMED_OUT);
}
END_TEST

/* What must hold after every order of events, checked step by step. */
struct model {
	struct epoch epoch;
	uint64_t last_injected;
	bool under_way, injected_final, finished, asked_to_end;
};

static void check_step(struct model *model, enum epoch_event event, int64_t now_ms)
{
	bool was_under_way = model->under_way, was_finished = model->finished, was_final = model->injected_final;
	enum epoch_action action = epoch_handle(&model->epoch, event, now_ms);
	if (event == EPOCH_STOP || event == EPOCH_INPUT_ENDED)
		model->asked_to_end = true;
	if (event == EPOCH_COMPLETED)
		model->under_way = false;
	if (was_finished)
		ck_assert_int_eq(action, EPOCH_NOTHING);
	switch (action) {
	case EPOCH_INJECT:
	case EPOCH_INJECT_FINAL:
		ck_assert_msg(!model->under_way, "two checkpoints under way");
		ck_assert_msg(!model->injected_final, "a barrier behind the final one");
		ck_assert_uint_eq(model->epoch.under_way, model->last_injected + 1);
		ck_assert_int_eq(action == EPOCH_INJECT_FINAL, model->asked_to_end);
		model->last_injected++;
		model->under_way = true;
		model->injected_final = action == EPOCH_INJECT_FINAL;
		break;
	case EPOCH_TIMED_OUT:
		ck_assert(was_under_way && event != EPOCH_COMPLETED);
		break;
	case EPOCH_FINISHED:
		ck_assert(was_under_way && was_final && event == EPOCH_COMPLETED);
		model->finished = true;
		break;
	case EPOCH_NOTHING:
		/* who asks for an end gets a final barrier at once, unless one is under way */
		ck_assert(!(model->asked_to_end && !model->under_way && !model->finished && event != EPOCH_COMPLETED));
		break;
	}
}

static unsigned n_orders;

static void try_all(struct model model, int64_t now_ms, int depth)
{
	static const enum epoch_event events[] = {EPOCH_TICK, EPOCH_STOP, EPOCH_INPUT_ENDED, EPOCH_COMPLETED};
	static const int64_t steps[] = {1, INTERVAL, TIMEOUT + 1};
	if (depth == 0) {
		n_orders++;
		return;
	}
	for (unsigned e = 0; e < 4; e++) {
		if (events[e] == EPOCH_COMPLETED && !model.under_way)
			continue; /* nobody can report that */
		for (unsigned t = 0; t < 3; t++) {
			struct model copy = model;
			check_step(&copy, events[e], now_ms + steps[t]);
			try_all(copy, now_ms + steps[t], depth - 1);
		}
	}
}

START_TEST(its_rules_hold_in_every_order_of_events)
{
	struct model model = {.epoch = make(1)};
	try_all(model, 0, 6);
	ck_assert_uint_gt(n_orders, 100000);
}
END_TEST

UNIT_MAIN("checkpoint/checkpoint_epoch", one_begins_when_it_is_due_and_not_before,
	  the_interval_counts_from_begin_to_begin,
	  a_stop_waits_for_the_one_under_way_and_makes_a_last_one,
	  one_that_takes_too_long_times_out_the_last_one_too,
	  its_rules_hold_in_every_order_of_events)
