#include <signal.h>
#include <stdlib.h>

#include "pipeline/pipeline.h"
#include "supervisor/supervisor.h"
#include "tests/lib/unit_main.h"

#define EXITED(status) ((status) << 8) /* as waitpid() has it */
#define KILLED(signal) (signal)

START_TEST(every_way_to_die_is_restarted_while_attempts_are_left)
{
	const int deaths[] = {EXITED(1), EXITED(99), KILLED(SIGSEGV), KILLED(SIGKILL), KILLED(SIGABRT)};
	for (unsigned i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		ck_assert_int_eq(restart_decide(deaths[i], false, 2, 3).verdict, RESTART_AFTER_DELAY);
		struct restart_decision last = restart_decide(deaths[i], false, 3, 3);
		ck_assert_int_eq(last.verdict, RESTART_NOT);
		ck_assert_int_eq(last.exit_status, PIPELINE_FAILED);
	}
}
END_TEST

START_TEST(final_ends_are_not_restarted_and_keep_their_status)
{
	const int ends[] = {PIPELINE_FINISHED, PIPELINE_MISCONFIGURED, PIPELINE_REFUSED, PIPELINE_FENCED};
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct restart_decision decision = restart_decide(EXITED(ends[i]), false, 0, 3);
		ck_assert_int_eq(decision.verdict, RESTART_NOT);
		ck_assert_int_eq(decision.exit_status, ends[i]);
	}
}
END_TEST

START_TEST(a_stuck_process_uses_up_no_attempt)
{
	ck_assert_int_eq(restart_decide(EXITED(PIPELINE_STUCK), false, 3, 3).verdict, RESTART_AT_ONCE);
}
END_TEST

START_TEST(nothing_is_restarted_while_stopping)
{
	ck_assert_int_eq(restart_decide(KILLED(SIGSEGV), true, 0, 3).verdict, RESTART_NOT);
	ck_assert_int_eq(restart_decide(KILLED(SIGSEGV), true, 0, 3).exit_status, PIPELINE_FAILED);
	ck_assert_int_eq(restart_decide(EXITED(PIPELINE_STUCK), true, 0, 3).verdict, RESTART_NOT);
	ck_assert_int_eq(restart_decide(EXITED(0), true, 0, 3).exit_status, PIPELINE_FINISHED);
}
END_TEST

UNIT_MAIN("supervisor/restart_strategy", every_way_to_die_is_restarted_while_attempts_are_left,
	  final_ends_are_not_restarted_and_keep_their_status, a_stuck_process_uses_up_no_attempt,
	  nothing_is_restarted_while_stopping)
