/* Calls that come back, that do not, that say they may take longer, and a process that is stopped meanwhile. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "observe/log.h"
#include "pipeline/watchdog.h"
#include "tests/lib/unit_main.h"

#define LIMIT_MS 300

static atomic_int n_bites;
static struct watchdog watchdog;
static struct watched watched;

static void bite(void)
{
	atomic_fetch_add(&n_bites, 1);
}

static void pass_ms(int64_t ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static bool bites_within(int64_t ms)
{
	for (; ms > 0 && atomic_load(&n_bites) == 0; ms -= 10)
		pass_ms(10);
	return atomic_load(&n_bites) > 0;
}

static void start(int64_t limit_ms)
{
	log_configure(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, NULL);
	atomic_store(&n_bites, 0);
	watched = (struct watched){.plugin = "try", .component = "sink"};
	ck_assert_int_eq(watchdog_start(&watchdog, limit_ms, bite), 0);
	watchdog_add(&watchdog, &watched);
}

static void stop(void)
{
	watchdog_remove(&watchdog, &watched);
	watchdog_stop(&watchdog);
}

START_TEST(a_call_that_does_not_come_back_is_bitten)
{
	start(LIMIT_MS);
	watched_enter(&watched, "write");
	pass_ms(LIMIT_MS / 3);
	ck_assert_int_eq(atomic_load(&n_bites), 0);
	ck_assert(bites_within(10 * LIMIT_MS));
	stop();
}
END_TEST

START_TEST(calls_that_come_back_are_not)
{
	start(LIMIT_MS);
	for (int i = 0; i < 12; i++) {
		watched_enter(&watched, "write");
		pass_ms(LIMIT_MS / 6);
		ck_assert_str_eq(watched_leave(&watched), "write");
	}
	pass_ms(2 * LIMIT_MS); /* back-pressure: in no call */
	ck_assert_int_eq(atomic_load(&n_bites), 0);
	stop();
}
END_TEST

START_TEST(a_granted_wait_is_not_and_ends)
{
	start(LIMIT_MS);
	watched_enter(&watched, "commit");
	watched_grant(&watched, 6 * LIMIT_MS);
	pass_ms(3 * LIMIT_MS);
	ck_assert_int_eq(atomic_load(&n_bites), 0);
	ck_assert(bites_within(20 * LIMIT_MS));
	watched_leave(&watched);
	atomic_store(&n_bites, 0);
	watched_enter(&watched, "commit"); /* the grant was for that call only */
	ck_assert(bites_within(5 * LIMIT_MS));
	stop();
}
END_TEST

START_TEST(signs_of_life_are_enough)
{
	start(LIMIT_MS);
	watched_enter(&watched, "commit");
	for (int i = 0; i < 12; i++) {
		watched_grant(&watched, 0);
		pass_ms(LIMIT_MS / 6);
	}
	ck_assert_int_eq(atomic_load(&n_bites), 0);
	stop();
}
END_TEST

START_TEST(no_limit_bites_nobody)
{
	start(0);
	watched_enter(&watched, "commit");
	pass_ms(2 * LIMIT_MS);
	ck_assert_int_eq(atomic_load(&n_bites), 0);
	stop();
}
END_TEST

START_TEST(a_stopped_process_is_not_bitten_when_it_goes_on)
{
	pid_t child = fork();
	if (child == 0) {
		start(3000);
		watched_enter(&watched, "write");
		pass_ms(500); /* stopped somewhere in here */
		pass_ms(1500);
		_exit(atomic_load(&n_bites));
	}
	pass_ms(200);
	kill(child, SIGSTOP);
	pass_ms(3500);
	kill(child, SIGCONT);
	int status;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %d", status);
}
END_TEST

UNIT_MAIN("pipeline/watchdog", a_call_that_does_not_come_back_is_bitten, calls_that_come_back_are_not,
	  a_granted_wait_is_not_and_ends, signs_of_life_are_enough, no_limit_bites_nobody,
	  a_stopped_process_is_not_bitten_when_it_goes_on)
