/* Of weir itself only weir/harness.h and the archive that is installed: as a plugin's author has it. */
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <weir/harness.h>

#include "tests/lib/unit_main.h"

#define PLUGIN(folder, name) TOP_BUILDDIR "/" folder "/.libs/" name ".so"

static char folder[] = "/tmp/weir-harness-XXXXXX";

static void make_folder(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static unsigned n_files(const char *prefix)
{
	unsigned n = 0;
	DIR *files = opendir(folder);
	for (struct dirent *file; (file = readdir(files)) != NULL;)
		n += file->d_name[0] != '.' && strncmp(file->d_name, prefix, strlen(prefix)) == 0;
	closedir(files);
	return n;
}

static void empty_folder(void)
{
	char path[512];
	DIR *files = opendir(folder);
	for (struct dirent *file; (file = readdir(files)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", folder, file->d_name);
		(void)unlink(path);
	}
	closedir(files);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void must(struct weir_harness *h, weir_status status)
{
	ck_assert_msg(status == WEIR_OK, "status %d: %s", (int)status, weir_harness_failure(h));
}

static struct weir_harness *counter(const char *on_error, const char *late_records)
{
	struct weir_harness *h = weir_harness_load(PLUGIN("transforms/ip_count", "ip_count"));
	weir_harness_option(h, "window", "5s");
	weir_harness_option(h, "allowed_lateness", "5s");
	weir_harness_option(h, "on_error", on_error);
	weir_harness_option(h, "late_records", late_records);
	must(h, weir_harness_open(h));
	return h;
}

#define LINE(second) "1970-01-01_00:00:" #second " 10.0.0.1"
#define RESULT(start, count) "1970-01-01_00:00:" start " 10.0.0.1 " count

START_TEST(window_fires_when_its_last_millisecond_has_passed)
{
	struct weir_harness *h = counter("fail", "count");
	must(h, weir_harness_feed_text(h, NULL, LINE(01)));
	must(h, weir_harness_feed_text(h, NULL, LINE(04)));
	must(h, weir_harness_watermark(h, 4998));
	ck_assert_uint_eq(weir_harness_n_results(h), 0);
	must(h, weir_harness_watermark(h, 4999));
	ck_assert_uint_eq(weir_harness_n_results(h), 1);
	ck_assert_str_eq(weir_harness_result_text(h, 0), RESULT("00", "2"));
	ck_assert_int_eq(weir_harness_metric(h, "results"), 1);
	weir_harness_free(h);
}
END_TEST

START_TEST(late_records_correct_a_result_and_then_are_dead_letters)
{
	struct weir_harness *h = counter("fail", "dead_letter");
	must(h, weir_harness_feed_text(h, NULL, LINE(01)));
	must(h, weir_harness_watermark(h, 5000));
	must(h, weir_harness_feed_text(h, NULL, LINE(02)));
	ck_assert_str_eq(weir_harness_result_text(h, 1), RESULT("00", "2"));
	must(h, weir_harness_watermark(h, 9999));
	ck_assert_uint_eq(weir_harness_n_keys(h), 0);
	must(h, weir_harness_feed_text(h, "key", LINE(03)));
	ck_assert_uint_eq(weir_harness_n_results(h), 2);
	ck_assert_uint_eq(weir_harness_n_dead_letters(h), 1);
	ck_assert_str_eq(weir_harness_dead_letter_text(h, 0), LINE(03));
	ck_assert_str_eq(weir_harness_text(h, weir_harness_dead_letter(h, 0)->key), "key");
	ck_assert_str_eq(weir_harness_dead_letter_reason(h, 0), "late: its window is closed");
	ck_assert_int_eq(weir_harness_metric(h, "records_late"), 1);
	weir_harness_free(h);
}
END_TEST

START_TEST(clock_and_event_times_move_the_watermark_as_weir_does)
{
	struct weir_harness *h = counter("fail", "count");
	uint32_t fast = weir_harness_partition(h, "topic", 0), slow = weir_harness_partition(h, "topic", 1);
	ck_assert_uint_ne(fast, slow);
	struct weir_record record = {.value = {(const uint8_t *)LINE(07), strlen(LINE(07))}, .partition = fast, .offset = -1};
	must(h, weir_harness_feed(h, &record, 1));
	must(h, weir_harness_turn_clock(h, 100));
	ck_assert_int_eq(weir_harness_watermark_ms(h), INT64_MIN); /* the other partition may have older ones */
	must(h, weir_harness_turn_clock(h, 29900));
	ck_assert_int_eq(weir_harness_watermark_ms(h), 6999); /* it is idle now */
	weir_harness_free(h);
}
END_TEST

START_TEST(bad_record_goes_where_on_error_says)
{
	struct weir_harness *h = counter("dead_letter", "count");
	must(h, weir_harness_feed_text(h, NULL, "nonsense"));
	ck_assert_uint_eq(weir_harness_n_dead_letters(h), 1);
	ck_assert_str_eq(weir_harness_dead_letter_text(h, 0), "nonsense");
	ck_assert_int_eq(weir_harness_metric(h, "records_rejected"), 1);
	weir_harness_free(h);
	h = counter("fail", "count");
	ck_assert_int_eq(weir_harness_feed_text(h, NULL, "nonsense"), WEIR_FATAL);
	ck_assert_ptr_nonnull(strstr(weir_harness_failure(h), "cannot process the record at harness, partition 0, offset 0"));
	ck_assert_int_eq(weir_harness_feed_text(h, NULL, LINE(01)), WEIR_FATAL); /* until it is restored */
	must(h, weir_harness_restore(h, NULL));
	must(h, weir_harness_feed_text(h, NULL, LINE(01)));
	weir_harness_free(h);
}
END_TEST

START_TEST(state_comes_back_from_a_snapshot_and_nothing_behind_it)
{
	struct weir_harness *h = counter("fail", "count");
	struct weir_snapshot *snapshot;
	must(h, weir_harness_feed_text(h, NULL, LINE(01)));
	must(h, weir_harness_watermark(h, 1000));
	must(h, weir_harness_barrier(h, &snapshot));
	must(h, weir_harness_feed_text(h, NULL, LINE(02)));
	must(h, weir_harness_watermark(h, 3000));
	must(h, weir_harness_restore(h, snapshot));
	ck_assert_int_eq(weir_harness_watermark_ms(h), 1000);
	ck_assert_uint_eq(weir_harness_n_keys(h), 1);
	must(h, weir_harness_watermark(h, INT64_MAX));
	ck_assert_str_eq(weir_harness_result_text(h, 0), RESULT("00", "1"));
	must(h, weir_harness_restore(h, NULL));
	ck_assert_uint_eq(weir_harness_n_keys(h), 0);
	weir_snapshot_free(snapshot);
	weir_harness_free(h);
}
END_TEST

START_TEST(options_are_refused_as_validate_refuses_them)
{
	struct weir_harness *h = weir_harness_load(PLUGIN("transforms/ip_count", "ip_count"));
	weir_harness_option(h, "windw", "5s");
	weir_harness_option(h, "time_zone", "Mars/Olympus");
	ck_assert_int_eq(weir_harness_check(h), WEIR_FATAL);
	ck_assert_uint_eq(weir_harness_n_complaints(h), 2);
	ck_assert_str_eq(weir_harness_complaint(h, 0), "unknown option 'windw' of transform 'ip_count'; did you mean 'window'?");
	weir_harness_option(h, "windw", NULL);
	weir_harness_option(h, "window", "5s");
	ck_assert_int_eq(weir_harness_open(h), WEIR_FATAL);
	ck_assert_ptr_nonnull(strstr(weir_harness_failure(h), "no such time zone"));
	weir_harness_option(h, "time_zone", NULL);
	must(h, weir_harness_open(h));
	weir_harness_free(h);
}
END_TEST

START_TEST(what_cannot_be_loaded_says_why)
{
	struct weir_harness *h = weir_harness_load("/nonexistent/shout.so");
	ck_assert_ptr_null(weir_harness_plugin(h));
	ck_assert_int_eq(weir_harness_open(h), WEIR_FATAL);
	ck_assert_ptr_nonnull(strstr(weir_harness_failure(h), "/nonexistent/shout.so"));
	ck_assert_int_eq(weir_harness_feed_text(h, NULL, "text"), WEIR_FATAL);
	weir_harness_free(h);
}
END_TEST

static struct weir_harness *reader(const char *lines)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/input", folder);
	FILE *file = fopen(path, "w");
	fputs(lines, file);
	fclose(file);
	struct weir_harness *h = weir_harness_load(PLUGIN("connectors/file", "file_source"));
	weir_harness_option(h, "path", path);
	must(h, weir_harness_open(h));
	return h;
}

START_TEST(source_goes_on_from_its_positions)
{
	struct weir_harness *h = reader("one\ntwo\nthree\n");
	struct weir_snapshot *snapshot;
	must(h, weir_harness_poll(h, 1, 1000));
	uint32_t n = weir_harness_n_results(h);
	must(h, weir_harness_barrier(h, &snapshot));
	ck_assert_uint_eq(weir_snapshot_n_positions(snapshot), 1);
	ck_assert_int_gt(weir_snapshot_position(snapshot, 0).offset, 0);
	must(h, weir_harness_complete(h, snapshot));
	while (weir_harness_poll(h, 1, 0) == WEIR_OK)
		;
	ck_assert_uint_eq(weir_harness_n_results(h), 3);
	weir_harness_forget(h);
	must(h, weir_harness_restore(h, snapshot));
	while (weir_harness_poll(h, 1, 0) == WEIR_OK)
		;
	ck_assert_uint_eq(weir_harness_n_results(h), 3 - n);
	ck_assert_str_eq(weir_harness_result_text(h, 2 - n), "three");
	ck_assert_int_eq(weir_harness_partition_at(h, 0).lag, 0);
	weir_snapshot_free(snapshot);
	weir_harness_free(h);
}
END_TEST

static void *interrupt_later(void *h)
{
	usleep(100000);
	weir_harness_interrupt(h);
	return NULL;
}

START_TEST(poll_is_interrupted_from_another_thread)
{
	struct weir_harness *h = reader("");
	pthread_t thread;
	ck_assert_int_eq(pthread_create(&thread, NULL, interrupt_later, h), 0);
	ck_assert_int_eq(weir_harness_poll(h, 1, 50000), WEIR_IDLE); /* the test's time-out would notice */
	pthread_join(thread, NULL);
	weir_harness_free(h);
}
END_TEST

static struct weir_harness *writer(void)
{
	struct weir_harness *h = weir_harness_load(PLUGIN("connectors/file", "file_sink"));
	weir_harness_option(h, "directory", folder);
	must(h, weir_harness_open(h));
	return h;
}

START_TEST(sink_shows_what_was_decided_and_undoes_the_rest)
{
	struct weir_harness *h = writer();
	struct weir_snapshot *first, *second;
	must(h, weir_harness_feed_text(h, NULL, "one"));
	must(h, weir_harness_barrier(h, &first));
	ck_assert_uint_eq(n_files("part"), 0);
	must(h, weir_harness_complete(h, first));
	ck_assert_uint_eq(n_files("part"), 1);
	must(h, weir_harness_feed_text(h, NULL, "two"));
	must(h, weir_harness_barrier(h, &second));
	ck_assert_uint_gt(weir_snapshot_handle(second).len, 0);
	must(h, weir_harness_restore(h, first)); /* the crash came before the decision */
	ck_assert_uint_eq(n_files("part"), 1);
	weir_snapshot_free(second);
	must(h, weir_harness_feed_text(h, NULL, "two"));
	must(h, weir_harness_barrier(h, &second));
	must(h, weir_harness_restore(h, second)); /* it came behind it */
	ck_assert_uint_eq(n_files("part"), 2);
	weir_snapshot_free(first);
	weir_snapshot_free(second);
	weir_harness_free(h);
}
END_TEST

START_TEST(call_without_meaning_is_a_failure_with_words)
{
	struct weir_harness *h = writer();
	ck_assert_int_eq(weir_harness_poll(h, 1, 0), WEIR_FATAL);
	ck_assert_str_eq(weir_harness_failure(h), "harness: weir_harness_poll(): this means nothing to a sink");
	weir_harness_close(h);
	ck_assert_int_eq(weir_harness_feed_text(h, NULL, "one"), WEIR_FATAL);
	ck_assert_str_eq(weir_harness_failure(h), "harness: weir_harness_feed(): the plugin is not open");
	weir_harness_free(h);
}
END_TEST

/* ---- a descriptor that is linked in ---- */

struct loud {
	struct weir_ctx *ctx;
	const struct weir_host *host;
	const char *const *colours;
};

static weir_status loud_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct loud *loud = self;
	loud->ctx = ctx;
	loud->host = host;
	for (const char *const *colour = loud->colours; colour != NULL && *colour != NULL; colour += 2)
		host->log(ctx, WEIR_WARN, "%s is %s", colour[0], colour[1]);
	return WEIR_OK;
}

static void loud_close(void *self)
{
	(void)self;
}

static weir_status loud_process(void *self, const struct weir_batch *batch, struct weir_out *out)
{
	struct loud *loud = self;
	for (uint32_t i = 0; i < batch->n_records; i++)
		*loud->host->append(out, 1) = batch->records[i];
	return WEIR_OK;
}

static const struct weir_option loud_options[] = {
	{"colours", WEIR_MAP, 0, WEIR_FIELD(struct loud, colours, const char *const *), NULL, NULL, "of things"}};
static const struct weir_transform_ops loud_ops = {.size = sizeof(loud_ops), .process = loud_process};
WEIR_PLUGIN(.name = "loud", .version = "1", .license = "Apache-2.0", .summary = "talks", WEIR_OPTIONS(loud_options),
	    .instance_size = sizeof(struct loud), .open = loud_open, .close = loud_close, .transform = &loud_ops);

START_TEST(linked_plugin_gets_maps_and_its_log_is_kept)
{
	struct weir_harness *h = weir_harness_new(weir_plugin_v1());
	weir_harness_option(h, "colours.grass", "blue");
	weir_harness_option(h, "colours.sky", "blue");
	weir_harness_option(h, "colours.grass", "green");
	must(h, weir_harness_open(h));
	ck_assert_uint_eq(weir_harness_n_logs(h), 2);
	ck_assert_str_eq(weir_harness_log(h, 0), "warn: sky is blue");
	ck_assert_str_eq(weir_harness_log(h, 1), "warn: grass is green");
	must(h, weir_harness_feed_text(h, "k", NULL));
	ck_assert_ptr_null(weir_harness_result_text(h, 0));
	ck_assert_str_eq(weir_harness_text(h, weir_harness_result(h, 0)->key), "k");
	weir_harness_free(h);
}
END_TEST

UNIT_MAIN_WITH("harness/harness", make_folder, empty_folder, window_fires_when_its_last_millisecond_has_passed,
	       late_records_correct_a_result_and_then_are_dead_letters, clock_and_event_times_move_the_watermark_as_weir_does,
	       bad_record_goes_where_on_error_says, state_comes_back_from_a_snapshot_and_nothing_behind_it,
	       options_are_refused_as_validate_refuses_them, what_cannot_be_loaded_says_why, source_goes_on_from_its_positions,
	       poll_is_interrupted_from_another_thread, sink_shows_what_was_decided_and_undoes_the_rest,
	       call_without_meaning_is_a_failure_with_words, linked_plugin_gets_maps_and_its_log_is_kept)
