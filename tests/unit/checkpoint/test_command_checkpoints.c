/* `weir checkpoints` as a user calls it, without the program around it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkpoint/checkpoint_store.h"
#include "state/state_chunks.h"
#include "weir/command_checkpoints.h"
#include "tests/lib/unit_main.h"

static char root[64], directory[96], out[1 << 16], err[1 << 14];

static void make_root(void)
{
	strcpy(root, "/tmp/weir-command-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(directory, sizeof(directory), "%s/checkpoints", root);
}

static void remove_root(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static void read_file(const char *name, char *text, size_t size)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	FILE *file = fopen(path, "r");
	size_t n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	fclose(file);
}

/* Words by blanks, after "checkpoints"; D is the directory. Fills out and err. */
static int command(const char *words)
{
	char copy[512], *argv[16] = {(char[]){"checkpoints"}}, *rest, path[160];
	int argc = 1;
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = strcmp(word, "D") == 0 ? directory : word;
	fflush(NULL);
	int saved_out = dup(1), saved_err = dup(2);
	snprintf(path, sizeof(path), "%s/out", root);
	ck_assert_ptr_nonnull(freopen(path, "w", stdout));
	snprintf(path, sizeof(path), "%s/err", root);
	ck_assert_ptr_nonnull(freopen(path, "w", stderr));
	int status = command_checkpoints(argc, argv);
	fflush(NULL);
	dup2(saved_out, 1);
	dup2(saved_err, 2);
	close(saved_out);
	close(saved_err);
	read_file("out", out, sizeof(out));
	read_file("err", err, sizeof(err));
	return status;
}

static void expect_out(const char *text)
{
	ck_assert_msg(strstr(out, text) != NULL, "'%s' is not in: %s", text, out);
}

static void expect_err(const char *text)
{
	ck_assert_msg(strstr(err, text) != NULL, "'%s' is not in: %s", text, err);
}

/* One completed checkpoint with one chunk, and one pending. says_task: what the chunk says of itself. */
static void make_store(uint32_t says_task)
{
	struct checkpoint_store *store;
	uint8_t data[128];
	uint64_t value = 5;
	uint8_t *at = state_chunk_write_header(data, 8, says_task, 0, 5000);
	at = state_chunk_write_entry(at, (const uint8_t *)"192.168.1.1", 11, &value, 8);
	uint32_t bytes = (uint32_t)state_chunk_seal(data, at, 1);
	struct checkpoint_chunk chunk = {.window_start_ms = 5000, .n_entries = 1, .bytes = bytes,
					 .checksum = state_chunk_checksum(data, bytes)};
	ck_assert_int_eq(checkpoint_store_open(directory, "ip-count", STORE_CREATE, &store, NULL, NULL), 0);
	for (uint64_t id = 0; id < 2; id++) {
		struct checkpoint_record *record = checkpoint_record_new();
		record->id = id;
		record->started_ms = 1568564615123;
		record->parallelism = 1;
		record->state_layout = strdup("counts");
		checkpoint_record_add_chunk(record, &chunk);
		checkpoint_record_add_handle(record, "sink", "part\n1", 6);
		checkpoint_record_add_position(record, &(struct checkpoint_position){.stream = (char[]){"lines"}, .partition = 3,
					       .offset = 1200, .stop = 5000, .max_event_time_ms = 1568564615000});
		ck_assert_int_eq(checkpoint_store_put(store, record, &(struct checkpoint_new_chunk){&chunk, data}, id == 0, true,
						      NULL), 0);
		checkpoint_record_free(record);
		if (id == 0)
			ck_assert_int_eq(checkpoint_store_complete(store, 0, 1568564615456, 3, true, NULL), 0);
	}
	checkpoint_store_close(store);
}

static enum store_resolution_choice choice_in_store(void)
{
	struct checkpoint_store *store;
	struct store_resolution resolution;
	ck_assert_int_eq(checkpoint_store_open(directory, NULL, STORE_READ_ONLY, &store, NULL, NULL), 0);
	ck_assert_int_eq(checkpoint_store_resolution(store, &resolution, NULL), 0);
	checkpoint_store_close(store);
	return resolution.choice;
}

START_TEST(list_shows_one_line_for_each_checkpoint)
{
	make_store(0);
	ck_assert_int_eq(command("list D"), 0);
	expect_out("pipeline ip-count");
	expect_out("         0 completed  2019-09-15T16:23:35.456Z     333 ms            1             65  lines/3 at 1200\n");
	expect_out("         1 pending    2019-09-15T16:23:35.123Z          -            1");
}
END_TEST

START_TEST(list_as_json_can_be_read)
{
	make_store(0);
	ck_assert_int_eq(command("list --json D"), 0);
	json_t *object = json_loads(out, 0, NULL), *checkpoints = json_object_get(object, "checkpoints");
	ck_assert_str_eq(json_string_value(json_object_get(object, "pipeline")), "ip-count");
	ck_assert_uint_eq(json_array_size(checkpoints), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(checkpoints, 0), "duration_ms")), 333);
	ck_assert_ptr_null(json_object_get(json_array_get(checkpoints, 1), "completed"));
	json_decref(object);
}
END_TEST

START_TEST(list_as_json_has_names_that_are_not_utf8)
{
	struct checkpoint_store *store;
	struct checkpoint_record *record = checkpoint_record_new();
	checkpoint_record_add_position(record, &(struct checkpoint_position){.stream = (char[]){"caf\xe9"}, .partition = 3});
	ck_assert_int_eq(checkpoint_store_open(directory, "ip-count", STORE_CREATE, &store, NULL, NULL), 0);
	ck_assert_int_eq(checkpoint_store_put(store, record, NULL, 0, true, NULL), 0);
	checkpoint_store_close(store);
	checkpoint_record_free(record);
	ck_assert_int_eq(command("list --json D"), 0);
	expect_out("\"stream\": \"caf\xef\xbf\xbd\"");
}
END_TEST

START_TEST(inspect_shows_positions_handles_and_chunks)
{
	make_store(0);
	ck_assert_int_eq(command("inspect D 0"), 0);
	expect_out("checkpoint 0, completed");
	expect_out("  lines/3 at 1200, stops at 5000, event time up to 2019-09-15T16:23:35.000Z\n");
	expect_out("  sink, 6 bytes: part\\x0a1\n");
	expect_out("  window 1970-01-01T00:00:05.000Z (5000): 1 entries, 65 bytes in 1 chunks\n");
	expect_out("    checkpoint 0, task 0, number 0: 1 entries");
	ck_assert_int_eq(command("inspect D"), 0);
	expect_out("checkpoint 1, pending");
	ck_assert_int_eq(command("inspect D 7"), 1);
	expect_err("there is no checkpoint '7'");
	ck_assert_int_eq(command("inspect D x"), 1);
}
END_TEST

START_TEST(verify_tells_good_from_bad)
{
	make_store(0);
	ck_assert_int_eq(command("verify D"), 0);
	expect_out("2 checkpoints, 1 chunks: all good");
	remove_root();
	make_root();
	make_store(4);
	ck_assert_int_eq(command("verify D"), 1);
	expect_out("finding: chunk of window 5000, checkpoint 0, task 0, number 0: it is not the one");
	expect_out("1 findings");
}
END_TEST

START_TEST(resolve_keeps_the_decision)
{
	make_store(0);
	ck_assert_int_eq(command("resolve D --use store"), 0);
	expect_out("goes on from checkpoint 0 of the store");
	ck_assert_int_eq(choice_in_store(), RESOLUTION_USE_STORE);
	ck_assert_int_eq(command("resolve --use marker D"), 0);
	ck_assert_int_eq(choice_in_store(), RESOLUTION_USE_MARKER);
	ck_assert_int_eq(command("resolve D --use nothing --pipeline ip-count"), 0);
	ck_assert_int_eq(choice_in_store(), RESOLUTION_USE_NOTHING);
	ck_assert_int_eq(command("resolve D --use store --pipeline other"), 1);
	expect_err("belongs to pipeline 'ip-count'");
	ck_assert_int_eq(command("list D"), 0);
	expect_out("resolved for the next start: use nothing");
}
END_TEST

START_TEST(a_lost_store_can_be_resolved_by_the_marker_only)
{
	ck_assert_int_eq(command("resolve D --use store --pipeline ip-count"), 1);
	expect_err("there is no checkpoint store");
	ck_assert_int_eq(command("resolve D --use marker"), 1);
	expect_err("--pipeline NAME");
	ck_assert_int_eq(access(directory, F_OK), -1); /* nothing was made */
	ck_assert_int_eq(command("resolve D --use marker --pipeline ip-count"), 0);
	ck_assert_int_eq(choice_in_store(), RESOLUTION_USE_MARKER);
	ck_assert_int_eq(command("resolve D --use store"), 1); /* there is a store now, but it is empty */
	expect_err("no completed checkpoint");
	ck_assert_int_eq(choice_in_store(), RESOLUTION_USE_MARKER);
}
END_TEST

START_TEST(a_directory_without_a_store_is_said_to_be_one)
{
	static const char *const actions[] = {"list D", "inspect D", "verify D"};
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(command(actions[i]), 1);
		expect_err("there is no checkpoint store in");
		ck_assert_str_eq(out, "");
	}
}
END_TEST

START_TEST(bad_usage_is_exit_status_2)
{
	static const char *const wrong[] = {"", "lisst D", "list", "list D D", "list --use store D", "list --nonsense D",
					    "inspect D 1 2", "resolve D", "resolve D --use", "resolve D --use both",
					    "verify --json D"};
	make_store(0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(command(wrong[i]) == 2, "%s", wrong[i]);
		ck_assert_str_ne(err, "");
		ck_assert_str_eq(out, "");
	}
	ck_assert_int_eq(command("--help"), 0);
	expect_out("usage: weir checkpoints");
	ck_assert_int_eq(command("resolve --help"), 0);
	expect_out("nothing   starts anew");
}
END_TEST

UNIT_MAIN_WITH("weir/command_checkpoints", make_root, remove_root,
	       list_shows_one_line_for_each_checkpoint, list_as_json_can_be_read, list_as_json_has_names_that_are_not_utf8,
	       inspect_shows_positions_handles_and_chunks, verify_tells_good_from_bad,
	       resolve_keeps_the_decision, a_lost_store_can_be_resolved_by_the_marker_only,
	       a_directory_without_a_store_is_said_to_be_one, bad_usage_is_exit_status_2)
