#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_host.h"
#include "tests/lib/unit_main.h"

#define FILE_SINK fake_plugin("connectors/file/file_sink")

static char directory[64], dead_directory[80];

static void directory_made(void)
{
	strcpy(directory, "/tmp/weir-test-file-sink-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(dead_directory, sizeof(dead_directory), "%s/dead", directory);
}

static void directory_removed(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	ck_assert_int_eq(system(command), 0);
}

/* "name=text;" of what readers see, sorted; or of the hidden files. */
static const char *seen(const char *where, bool hidden)
{
	static char text[2][1024];
	struct dirent **names;
	char *result = text[hidden];
	int n = scandir(where, &names, NULL, alphasort);
	result[0] = '\0';
	for (int i = 0; i < n; i++) {
		char path[512], content[256];
		struct stat status;
		snprintf(path, sizeof(path), "%s/%s", where, names[i]->d_name);
		if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && (names[i]->d_name[0] == '.') == hidden) {
			FILE *file = fopen(path, "r");
			content[fread(content, 1, sizeof(content) - 1, file)] = '\0';
			fclose(file);
			snprintf(result + strlen(result), 1024 - strlen(result), "%s=%s;", names[i]->d_name, content);
		}
		free(names[i]);
	}
	free(names);
	return result;
}

static struct weir_ctx *opened(void)
{
	struct weir_ctx *ctx =
		fake_host_with(FILE_SINK, "directory", directory, "dead_letter_directory", dead_directory);
	ck_assert_int_eq(fake_host_check(ctx), WEIR_OK);
	weir_status status = fake_host_open(ctx);
	ck_assert_msg(status == WEIR_OK, "%s", ctx->fail_text);
	return ctx;
}

static struct weir_out *batch_of(const char *value)
{
	struct weir_out *out = fake_out_new();
	fake_out_add(out, "key", value);
	return out;
}

/* begin, write, prepare */
static struct weir_slice prepared(struct weir_ctx *ctx, uint64_t checkpoint, const char *value)
{
	struct weir_out *out = value != NULL ? batch_of(value) : NULL;
	struct weir_slice handle;
	weir_status status = fake_sink_checkpoint(ctx, checkpoint, out, &handle);
	ck_assert_msg(status == WEIR_OK, "%s", ctx->fail_text);
	fake_out_free(out);
	return handle;
}

static weir_status commit(struct weir_ctx *ctx, uint64_t checkpoint, struct weir_slice handle)
{
	return ctx->plugin->sink->commit(ctx->self, checkpoint, handle);
}

static weir_status resume(struct weir_ctx *ctx, uint64_t completed)
{
	return ctx->plugin->sink->resume(ctx->self, completed);
}

START_TEST(parts_appear_whole_at_commit)
{
	struct weir_ctx *ctx = opened();
	struct weir_slice handle = prepared(ctx, 7, "one");
	ck_assert_str_eq(seen(directory, false), "");
	ck_assert_str_eq(seen(directory, true), ".part-000000000007.txt.partial=one\n;");
	ck_assert_int_eq(commit(ctx, 7, handle), WEIR_OK);
	ck_assert_str_eq(seen(directory, false), "part-000000000007.txt=one\n;");
	ck_assert_str_eq(seen(directory, true), "");
	ck_assert_int_eq(commit(ctx, 7, handle), WEIR_OK);
	ck_assert_str_eq(seen(directory, false), "part-000000000007.txt=one\n;");
	free((void *)handle.data);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_checkpoint_without_output_makes_no_file)
{
	struct weir_ctx *ctx = opened();
	struct weir_slice handle = prepared(ctx, 1, NULL);
	ck_assert_uint_eq(handle.len, 0);
	ck_assert_int_eq(commit(ctx, 1, (struct weir_slice){NULL, 0}), WEIR_OK);
	ck_assert_str_eq(seen(directory, false), "");
	ck_assert_str_eq(seen(directory, true), "");
	free((void *)handle.data);
	fake_host_free(ctx);
}
END_TEST

#define SLICE(text) {(const uint8_t *)(text), sizeof(text) - 1}

START_TEST(dead_letters_have_parts_of_their_own_in_the_same_checkpoint)
{
	static const struct weir_header headers[] = {
		{SLICE("weir.reason"), SLICE("why")}, {SLICE("weir.component"), SLICE("transforms[0]")},
		{SLICE("weir.stream"), SLICE("s")},   {SLICE("weir.partition"), SLICE("0")},
		{SLICE("weir.offset"), SLICE("5")}};
	struct weir_record record = {.value = SLICE("bad"), .headers = headers, .n_headers = 5};
	struct weir_batch dead = {
		.size = sizeof(dead), .n_records = 1, .records = &record, .output = WEIR_DEAD_LETTERS};
	struct weir_ctx *ctx = opened();
	const struct weir_sink_ops *sink = ctx->plugin->sink;
	struct weir_out *out = batch_of("good");
	struct weir_batch batch = fake_out_batch(out);
	struct weir_checkpoint told = {.size = sizeof(told), .id = 3};
	struct weir_slice handle;
	ck_assert_int_eq(sink->begin(ctx->self, 3), WEIR_OK);
	ck_assert_int_eq(sink->write(ctx->self, &dead), WEIR_OK);
	ck_assert_int_eq(sink->write(ctx->self, &batch), WEIR_OK);
	ck_assert_int_eq(sink->prepare(ctx->self, &told, &handle), WEIR_OK);
	ck_assert_str_eq(seen(dead_directory, false), "");
	ck_assert_int_eq(commit(ctx, 3, handle), WEIR_OK);
	ck_assert_str_eq(seen(directory, false), "part-000000000003.txt=good\n;");
	ck_assert_str_eq(seen(dead_directory, false), "part-000000000003.txt=why\ttransforms[0]\ts\t0\t5\tbad\n;");
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

/* A run of three checkpoints dies at each step of each; the next instance is told what the store knows
 * and writes the rest. Steps: 0 before begin, 1 after begin, 2 after write, 3 after prepare with nothing
 * in the store, 4 after prepare with the handle PENDING and to be undone, 5 the same and decided,
 * 6 after commit with the store not knowing. */
START_TEST(a_crash_at_any_step_leaves_each_line_once)
{
	static const char *const values[] = {NULL, "one", "two", "three"};
	for (uint64_t dies_in = 1; dies_in <= 3; dies_in++)
		for (int step = 0; step <= 6; step++) {
			directory_removed();
			ck_assert_int_eq(mkdir(directory, 0755), 0);
			struct weir_ctx *ctx = opened();
			ck_assert_int_eq(resume(ctx, 0), WEIR_OK);
			for (uint64_t n = 1; n < dies_in; n++) {
				struct weir_slice handle = prepared(ctx, n, values[n]);
				ck_assert_int_eq(commit(ctx, n, handle), WEIR_OK);
				free((void *)handle.data);
			}
			struct weir_slice handle = {NULL, 0};
			struct weir_out *out = batch_of(values[dies_in]);
			struct weir_batch batch = fake_out_batch(out);
			if (step == 1 || step == 2)
				ck_assert_int_eq(ctx->plugin->sink->begin(ctx->self, dies_in), WEIR_OK);
			if (step == 2)
				ck_assert_int_eq(ctx->plugin->sink->write(ctx->self, &batch), WEIR_OK);
			if (step >= 3)
				handle = prepared(ctx, dies_in, values[dies_in]);
			if (step == 6)
				ck_assert_int_eq(commit(ctx, dies_in, handle), WEIR_OK);
			fake_out_free(out);
			fake_host_free(ctx); /* close() publishes nothing: like death */

			ctx = opened();
			uint64_t completed = dies_in - (step < 5);
			for (int again = 0; again < 2; again++) { /* recovery may die as well */
				if (step == 4)
					ck_assert_int_eq(ctx->plugin->sink->abort(ctx->self, dies_in, handle), WEIR_OK);
				if (step >= 5)
					ck_assert_int_eq(commit(ctx, dies_in, handle), WEIR_OK);
				ck_assert_int_eq(resume(ctx, completed), WEIR_OK);
			}
			free((void *)handle.data);
			ck_assert_str_eq(seen(directory, true), "");
			for (uint64_t n = completed + 1; n <= 3; n++) {
				handle = prepared(ctx, n, values[n]);
				ck_assert_int_eq(commit(ctx, n, handle), WEIR_OK);
				free((void *)handle.data);
			}
			fake_host_free(ctx);
			ck_assert_str_eq(seen(directory, false), "part-000000000001.txt=one\n;part-000000000002.txt=two\n;"
								 "part-000000000003.txt=three\n;");
			ck_assert_str_eq(seen(directory, true), "");
		}
}
END_TEST

START_TEST(death_between_two_renames_is_made_up_for)
{
	struct weir_ctx *ctx = opened();
	struct weir_slice handle = prepared(ctx, 1, "one");
	ctx->fail_at = "file_sink_renamed";
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_FATAL);
	fake_host_free(ctx);
	ctx = opened();
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_OK);
	ck_assert_int_eq(resume(ctx, 1), WEIR_OK);
	ck_assert_str_eq(seen(directory, false), "part-000000000001.txt=one\n;");
	free((void *)handle.data);
	fake_host_free(ctx);
}
END_TEST

static void put(const char *name, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
}

START_TEST(resume_removes_its_own_leftovers_only)
{
	put(".part-000000000009.txt.partial", "mine");
	put(".other-000000000009.txt.partial", "x");
	put(".part-x.txt.partial", "x");
	put(".part-0000000000009.txt.partial", "x");
	put(".part-99999999999999999999.txt.partial", "x");
	put(".part-000000000009.log.partial", "x");
	put("part-notes.txt", "x");
	put("part-000000000004.txt", "old");
	struct weir_ctx *ctx = opened();
	ck_assert_int_eq(resume(ctx, 4), WEIR_OK);
	ck_assert_str_eq(seen(directory, true),
			 ".other-000000000009.txt.partial=x;.part-0000000000009.txt.partial=x;.part-000000000009.log.partial=x;"
			 ".part-99999999999999999999.txt.partial=x;.part-x.txt.partial=x;");
	ck_assert_str_eq(seen(directory, false), "part-000000000004.txt=old;part-notes.txt=x;");
	fake_host_free(ctx);
}
END_TEST

START_TEST(parts_ahead_of_the_store_are_refused_and_kept)
{
	put("part-000000000005.txt", "old");
	struct weir_ctx *ctx = opened();
	ck_assert_int_eq(resume(ctx, 4), WEIR_REFUSED);
	ck_assert_ptr_nonnull(strstr(ctx->fail_text, "part-000000000005.txt' is of a checkpoint that this pipeline has "
						     "not reached (it completed 4)"));
	struct weir_slice handle = prepared(ctx, 5, "new");
	ck_assert_int_eq(commit(ctx, 5, handle), WEIR_REFUSED);
	ck_assert_int_eq(ctx->plugin->sink->abort(ctx->self, 5, handle), WEIR_REFUSED);
	ck_assert_str_eq(seen(directory, false), "part-000000000005.txt=old;");
	free((void *)handle.data);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_prepared_part_that_vanished_is_refused)
{
	struct weir_ctx *ctx = opened();
	struct weir_slice handle = prepared(ctx, 1, "one");
	ck_assert_int_eq(ctx->plugin->sink->abort(ctx->self, 1, handle), WEIR_OK);
	ck_assert_int_eq(ctx->plugin->sink->abort(ctx->self, 1, handle), WEIR_OK);
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_REFUSED);
	ck_assert_ptr_nonnull(strstr(ctx->fail_text, "somebody removed it"));
	free((void *)handle.data);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_finished_part_may_have_been_taken_away_before_the_next_start)
{
	struct weir_ctx *ctx = opened();
	struct weir_slice handle = prepared(ctx, 1, "one");
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_OK);
	fake_host_free(ctx);
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/part-000000000001.txt", directory);
	ck_assert_int_eq(unlink(path), 0);
	ctx = opened();
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_OK);
	free((void *)handle.data);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_handle_of_something_else_is_refused)
{
	static const char *const table[] = {"x", "no slash\n", "/a/b\nx", "\n"};
	struct weir_ctx *ctx = opened();
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_int_eq(commit(ctx, 1, (struct weir_slice){(const uint8_t *)table[i], strlen(table[i])}),
				 WEIR_REFUSED);
	fake_host_free(ctx);
}
END_TEST

START_TEST(many_and_large_records_are_written_whole)
{
	enum { N = 20000, BIG = 600000 };
	struct weir_ctx *ctx = opened();
	struct weir_out *out = fake_out_new();
	char *big = malloc(BIG + 1), line[32];
	memset(big, 'b', BIG);
	big[BIG] = '\0';
	for (int i = 0; i < N; i++) {
		snprintf(line, sizeof(line), "line %d", i);
		fake_out_add(out, NULL, i == N / 2 ? big : line);
	}
	struct weir_slice handle;
	ck_assert_int_eq(fake_sink_checkpoint(ctx, 1, out, &handle), WEIR_OK);
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_OK);
	char path[128], *text = malloc(BIG + 2);
	snprintf(path, sizeof(path), "%s/part-000000000001.txt", directory);
	FILE *file = fopen(path, "r");
	for (int i = 0; i < N; i++) {
		ck_assert_ptr_nonnull(fgets(text, BIG + 2, file));
		text[strcspn(text, "\n")] = '\0';
		snprintf(line, sizeof(line), "line %d", i);
		ck_assert_str_eq(text, i == N / 2 ? big : line);
	}
	ck_assert_ptr_null(fgets(text, BIG + 2, file));
	fclose(file);
	free(text);
	free(big);
	free((void *)handle.data);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(a_full_disk_spoils_the_checkpoint_only)
{
	struct weir_ctx *ctx = opened();
	struct weir_out *out = batch_of("too much");
	struct weir_slice handle;
	struct rlimit was, tiny = {4, RLIM_INFINITY};
	getrlimit(RLIMIT_FSIZE, &was);
	tiny.rlim_max = was.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &tiny);
	weir_status status = fake_sink_checkpoint(ctx, 1, out, &handle);
	setrlimit(RLIMIT_FSIZE, &was);
	ck_assert_int_eq(status, WEIR_ABORT);
	ck_assert_msg(strstr(ctx->fail_text, ".part-000000000001.txt.partial': File too large") != NULL, "%s",
		      ctx->fail_text);
	fake_host_free(ctx);
	ctx = opened();
	ck_assert_int_eq(resume(ctx, 0), WEIR_OK);
	handle = prepared(ctx, 1, "fits");
	ck_assert_int_eq(commit(ctx, 1, handle), WEIR_OK);
	ck_assert_str_eq(seen(directory, false), "part-000000000001.txt=fits\n;");
	free((void *)handle.data);
	fake_out_free(out);
	fake_host_free(ctx);
}
END_TEST

START_TEST(wrong_options_are_named)
{
	static const char *const table[][2] = {{"prefix", "a/b"},
					       {"suffix", "/"},
					       {"directory", ""},
					       {"directory", "/tmp/a\nb"},
					       {"dead_letter_directory", "/tmp/results"}};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		bool is_directory = strcmp(table[i][0], "directory") == 0;
		struct weir_ctx *ctx = fake_host_with(FILE_SINK, "directory", is_directory ? table[i][1] : "/tmp/results",
						      is_directory ? "prefix" : table[i][0],
						      is_directory ? "part" : table[i][1]);
		ck_assert_int_eq(fake_host_check(ctx), WEIR_FATAL);
		ck_assert_uint_eq(ctx->bad_options.n, 1);
		ck_assert_int_eq(strncmp(ctx->bad_options.list[0], table[i][0], strlen(table[i][0])), 0);
		fake_host_free(ctx);
	}
}
END_TEST

UNIT_MAIN_WITH("connectors/file_sink", directory_made, directory_removed,
	       parts_appear_whole_at_commit, a_checkpoint_without_output_makes_no_file,
	       dead_letters_have_parts_of_their_own_in_the_same_checkpoint,
	       a_crash_at_any_step_leaves_each_line_once, death_between_two_renames_is_made_up_for,
	       resume_removes_its_own_leftovers_only, parts_ahead_of_the_store_are_refused_and_kept,
	       a_prepared_part_that_vanished_is_refused,
	       a_finished_part_may_have_been_taken_away_before_the_next_start, a_handle_of_something_else_is_refused,
	       many_and_large_records_are_written_whole, a_full_disk_spoils_the_checkpoint_only,
	       wrong_options_are_named)
