#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "observe/metrics.h"
#include "supervisor/progress.h"
#include "weir/plugin.h"
#include "tests/lib/unit_main.h"

START_TEST(the_same_name_is_the_same_metric)
{
	struct metrics *metrics = metrics_new();
	struct weir_metric *one = metrics_register(metrics, "sink", WEIR_COUNTER, "records_out", "records", "");
	ck_assert_ptr_eq(metrics_register(metrics, "sink", WEIR_COUNTER, "records_out", "records", ""), one);
	ck_assert_ptr_ne(metrics_register(metrics, "source", WEIR_COUNTER, "records_out", "records", ""), one);
	metrics_free(metrics);
}
END_TEST

START_TEST(a_dead_childs_counters_can_be_read)
{
	struct metrics *metrics = metrics_new();
	pid_t child = fork();
	if (child == 0) {
		metric_add(metrics_register(metrics, "source", WEIR_COUNTER, "records_in", "", ""), 42);
		abort();
	}
	waitpid(child, NULL, 0);
	ck_assert_int_eq(metrics_read(metrics, "source", "records_in"), 42);
	ck_assert_int_eq(metrics_read(metrics, "source", "no_such"), 0);
	metrics_free(metrics);
}
END_TEST

START_TEST(metrics_beyond_the_room_are_taken_and_not_shown)
{
	struct metrics *metrics = metrics_new();
	char name[20];
	for (int i = 0; i < METRICS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		metric_add(metrics_register(metrics, "x", WEIR_COUNTER, name, NULL, NULL), 1);
	}
	ck_assert_int_eq(metrics_read(metrics, "x", "m511"), 1);
	ck_assert_int_eq(metrics_read(metrics, "x", "m512"), 0);
	metrics_free(metrics);
}
END_TEST

START_TEST(a_segment_that_was_scribbled_over_can_be_read)
{
	struct metrics *metrics = metrics_new();
	struct progress progress = {.pipeline = "p", .metrics = metrics, .since_ms = 1000, .last_in = INT64_MIN};
	char line[300];
	memset(metrics, 0xff, sizeof(*metrics));
	ck_assert_int_eq(metrics_read(metrics, "source", "records_in"), 0);
	ck_assert_int_eq(metrics_sum(metrics, "records_in"), 0);
	ck_assert_ptr_nonnull(metrics_register(metrics, "source", WEIR_COUNTER, "records_in", "", ""));
	metrics_free(metrics);

	progress.metrics = metrics = metrics_new();
	metric_set(metrics_register(metrics, "source", WEIR_COUNTER, "records_in", "", ""), INT64_MAX);
	metric_set(metrics_register(metrics, "checkpoint", WEIR_GAUGE, "last_completed_monotonic", "", ""), INT64_MIN);
	metric_set(metrics_register(metrics, "a", WEIR_COUNTER, "records_late", "", ""), INT64_MAX);
	metric_set(metrics_register(metrics, "b", WEIR_COUNTER, "records_late", "", ""), INT64_MAX);
	progress_format(&progress, 3000, line, sizeof(line));
	ck_assert_msg(strncmp(line, "p: in 9223372036854775807 (", 27) == 0, "%s", line);
	metrics_free(metrics);
}
END_TEST

START_TEST(the_progress_line_tells_rate_lag_and_checkpoint)
{
	struct metrics *metrics = metrics_new();
	struct progress progress = {.pipeline = "p", .metrics = metrics, .since_ms = 1000};
	char line[300];
	metric_set(metrics_register(metrics, "source", WEIR_GAUGE, "lag", "", ""), -1);
	metric_add(metrics_register(metrics, "source", WEIR_COUNTER, "records_in", "", ""), 500);
	progress_format(&progress, 3000, line, sizeof(line));
	ck_assert_str_eq(line, "p: in 500 (250/s), out 0, lag unknown, checkpoint none yet");
	metric_set(metrics_register(metrics, "source", WEIR_GAUGE, "lag", "", ""), 7);
	metric_set(metrics_register(metrics, "checkpoint", WEIR_GAUGE, "last_id", "", ""), 12);
	metric_set(metrics_register(metrics, "checkpoint", WEIR_GAUGE, "last_completed_monotonic", "", ""), 2500);
	progress_format(&progress, 4000, line, sizeof(line));
	ck_assert_str_eq(line, "p: in 500 (0/s), out 0, lag 7, checkpoint 12, 1.5 s ago");
	metric_add(metrics_register(metrics, "transforms[0]", WEIR_COUNTER, "records_rejected", "", ""), 2);
	metric_add(metrics_register(metrics, "transforms[1]", WEIR_COUNTER, "records_rejected", "", ""), 3);
	metric_add(metrics_register(metrics, "transforms[1]", WEIR_COUNTER, "records_late", "", ""), 1);
	progress_format(&progress, 4000, line, sizeof(line));
	ck_assert_str_eq(line, "p: in 500 (0/s), out 0, lag 7, checkpoint 12, 1.5 s ago, 1 late, 5 could not be processed");
	metrics_free(metrics);
}
END_TEST

UNIT_MAIN("observe/metrics", the_same_name_is_the_same_metric, a_dead_childs_counters_can_be_read,
	  metrics_beyond_the_room_are_taken_and_not_shown,
	  a_segment_that_was_scribbled_over_can_be_read,
	  the_progress_line_tells_rate_lag_and_checkpoint)
