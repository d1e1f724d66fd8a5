/* On a real RocksDB in directories of its own. What dies does so by _exit in a child, without closing. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/failpoint.h"
#include "checkpoint/checkpoint_store.h"

static char root[64], directory[128];

static void make_root(void)
{
	strcpy(root, "/tmp/weir-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(directory, sizeof(directory), "%s/below/checkpoints", root);
}

__attribute__((format(printf, 1, 2))) static int shell(const char *fmt, ...)
{
	char command[2048];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(command, sizeof(command), fmt, arguments);
	va_end(arguments);
	return system(command);
}

static void remove_root(void)
{
	ck_assert_int_eq(shell("rm -rf %s", root), 0);
}

/* ---- making checkpoints ---- */

static struct checkpoint_store *open_in(enum checkpoint_store_mode mode)
{
	struct checkpoint_store *store;
	struct error error = ERROR_INIT;
	int r = checkpoint_store_open(directory, "p", mode, &store, NULL, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	return store;
}

static int try_open(const char *name, enum checkpoint_store_mode mode, struct error *error)
{
	struct checkpoint_store *store;
	int r = checkpoint_store_open(directory, name, mode, &store, NULL, error);
	if (r == 0)
		checkpoint_store_close(store);
	return r;
}

/* The bytes of a chunk follow from its place, so that a reader can tell. */
static uint8_t *chunk_data(uint64_t checkpoint, uint32_t number, uint32_t bytes)
{
	uint8_t *data = malloc(bytes);
	for (uint32_t i = 0; i < bytes; i++)
		data[i] = (uint8_t)(checkpoint * 31 + number * 7 + i * (i >> 8 | 1));
	bytes_store_u64(data + bytes - 8, bytes_checksum(data, bytes - 8));
	return data;
}

#define N_CHUNKS 3
#define CHUNK_BYTES 5000

/* Checkpoint `id` brings N_CHUNKS chunks and lists also those of the `n_before` ids before it. */
static struct checkpoint_record *record_new(uint64_t id, uint64_t n_before, uint8_t *data[N_CHUNKS])
{
	struct checkpoint_record *record = checkpoint_record_new();
	record->id = id;
	record->parallelism = 1;
	checkpoint_record_add_position(record, &(struct checkpoint_position){.stream = (char[]){"lines"},
				       .offset = (int64_t)id * 100, .stop = -1, .max_event_time_ms = INT64_MIN});
	for (uint64_t from = id - n_before; from <= id; from++)
		for (uint32_t i = 0; i < N_CHUNKS; i++) {
			uint8_t *bytes = chunk_data(from, i, CHUNK_BYTES);
			checkpoint_record_add_chunk(record, &(struct checkpoint_chunk){.checkpoint = from, .number = i,
						    .window_start_ms = -5000, .bytes = CHUNK_BYTES, .n_entries = 1,
						    .checksum = bytes_checksum(bytes, CHUNK_BYTES - 8)});
			if (from == id)
				data[i] = bytes;
			else
				free(bytes);
		}
	return record;
}

static int put_with(struct checkpoint_store *store, uint64_t id, uint64_t n_before, bool sync, struct error *error)
{
	uint8_t *data[N_CHUNKS];
	struct checkpoint_record *record = record_new(id, n_before, data);
	struct checkpoint_new_chunk chunks[N_CHUNKS];
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		chunks[i] = (struct checkpoint_new_chunk){&record->chunks[record->n_chunks - N_CHUNKS + i], data[i]};
	int r = checkpoint_store_put(store, record, chunks, N_CHUNKS, sync, error);
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		free(data[i]);
	checkpoint_record_free(record);
	return r;
}

static int put(struct checkpoint_store *store, uint64_t id, uint64_t n_before, struct error *error)
{
	return put_with(store, id, n_before, true, error);
}

static void put_pending(struct checkpoint_store *store, uint64_t id, uint64_t n_before)
{
	struct error error = ERROR_INIT;
	int r = put(store, id, n_before, &error);
	ck_assert_msg(r == 0, "%s", error.text);
}

static void complete(struct checkpoint_store *store, uint64_t id, uint32_t retain)
{
	struct error error = ERROR_INIT;
	int r = checkpoint_store_complete(store, id, 1000, retain, false, &error);
	ck_assert_msg(r == 0, "%s", error.text);
}

/* ---- looking ---- */

static void count_finding(void *user, const char *text)
{
	(void)text;
	++*(int *)user;
}

static int n_findings(struct checkpoint_store *store)
{
	int n = 0;
	struct error error = ERROR_INIT;
	int r = checkpoint_store_verify(store, count_finding, &n, &error);
	ck_assert_msg(r == n, "%d findings, returned %d %s", n, r, error.text);
	return n;
}

/* Reads all chunks of a record and compares their bytes; false where one is not to be had. */
static bool chunks_can_be_read(struct checkpoint_store *store, const struct checkpoint_record *record)
{
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		uint8_t *data, *expected = chunk_data(record->chunks[i].checkpoint, record->chunks[i].number, CHUNK_BYTES);
		struct error error = ERROR_INIT;
		bool good = checkpoint_store_read_chunk(store, &record->chunks[i], &data, &error) == 0;
		if (good) {
			ck_assert_int_eq(memcmp(data, expected, CHUNK_BYTES), 0);
			free(data);
		} else
			ck_assert_ptr_nonnull(strstr(error.text, directory));
		free(expected);
		if (!good)
			return false;
	}
	return true;
}

#define NONE UINT64_MAX

static void expect_newest(struct checkpoint_store *store, uint64_t completed_id, uint64_t pending_id)
{
	struct checkpoint_record *completed, *pending;
	struct error error = ERROR_INIT;
	int r = checkpoint_store_newest(store, &completed, &pending, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	ck_assert_uint_eq(completed == NULL ? NONE : completed->id, completed_id);
	ck_assert_uint_eq(pending == NULL ? NONE : pending->id, pending_id);
	if (completed != NULL)
		ck_assert(chunks_can_be_read(store, completed));
	if (pending != NULL)
		ck_assert(chunks_can_be_read(store, pending));
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
}

static size_t n_records(struct checkpoint_store *store)
{
	struct checkpoint_record **records;
	size_t n;
	ck_assert_int_eq(checkpoint_store_list(store, &records, &n, NULL), 0);
	for (size_t i = 0; i < n; i++)
		checkpoint_record_free(records[i]);
	free(records);
	return n;
}

static bool has_chunk(struct checkpoint_store *store, uint64_t id)
{
	uint8_t *bytes = chunk_data(id, 0, CHUNK_BYTES), *data = NULL;
	struct checkpoint_chunk chunk = {.checkpoint = id, .window_start_ms = -5000, .bytes = CHUNK_BYTES,
					 .checksum = bytes_checksum(bytes, CHUNK_BYTES - 8)};
	bool found = checkpoint_store_read_chunk(store, &chunk, &data, NULL) == 0;
	free(bytes);
	free(data);
	return found;
}

/* ---- ordinary life ---- */

START_TEST(a_store_is_made_with_its_parents_and_found_again)
{
	struct checkpoint_store *store;
	bool created;
	struct error error = ERROR_INIT;
	ck_assert_int_eq(try_open("p", STORE_READ_WRITE, &error), -ENOENT);
	ck_assert_ptr_nonnull(strstr(error.text, directory));
	ck_assert_int_eq(try_open("p", STORE_READ_ONLY, NULL), -ENOENT);
	ck_assert_int_eq(checkpoint_store_open(directory, "p", STORE_CREATE, &store, &created, NULL), 0);
	ck_assert(created);
	char uuid[37];
	strcpy(uuid, checkpoint_store_identity(store)->uuid);
	ck_assert_str_eq(checkpoint_store_identity(store)->pipeline_name, "p");
	ck_assert_ptr_null(checkpoint_store_identity(store)->sink_system);
	ck_assert_int_eq(checkpoint_store_set_systems(store, "kafka:a", NULL, NULL), 0);
	ck_assert_int_eq(checkpoint_store_set_systems(store, NULL, "kafka:b", NULL), 0);
	expect_newest(store, NONE, NONE);
	checkpoint_store_close(store);

	ck_assert_int_eq(checkpoint_store_open(directory, "p", STORE_CREATE, &store, &created, NULL), 0);
	ck_assert(!created);
	ck_assert_str_eq(checkpoint_store_identity(store)->uuid, uuid);
	ck_assert_str_eq(checkpoint_store_identity(store)->source_system, "kafka:a");
	ck_assert_str_eq(checkpoint_store_identity(store)->sink_system, "kafka:b");
	ck_assert_int_eq(n_findings(store), 0);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(pending_becomes_completed_or_is_dropped)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	put_pending(store, 0, 0);
	expect_newest(store, NONE, 0);
	complete(store, 0, 3);
	expect_newest(store, 0, NONE);
	put_pending(store, 7, 0);
	expect_newest(store, 0, 7);
	ck_assert_int_eq(checkpoint_store_drop_pending(store, NULL), 0);
	expect_newest(store, 0, NONE);
	ck_assert(!has_chunk(store, 7));
	ck_assert_int_eq(checkpoint_store_drop_pending(store, NULL), 0); /* nothing to drop is no failure */
	checkpoint_store_close(store);
	store = open_in(STORE_READ_WRITE);
	expect_newest(store, 0, NONE);
	ck_assert_int_eq(n_findings(store), 0);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused_and_does_no_harm)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	put_pending(store, 5, 0);
	ck_assert_int_eq(put(store, 6, 0, NULL), -EINVAL); /* one is pending */
	ck_assert_int_eq(checkpoint_store_complete(store, 4, 0, 3, false, NULL), -EINVAL);
	complete(store, 5, 3);
	ck_assert_int_eq(put(store, 5, 0, NULL), -EINVAL); /* does not ascend */
	ck_assert_int_eq(checkpoint_store_complete(store, 5, 0, 3, false, NULL), -EINVAL);
	put_pending(store, 6, 0);
	expect_newest(store, 5, 6);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(records_beyond_retain_go_and_take_their_chunks_along)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	for (uint64_t id = 0; id < 10; id++) {
		put_pending(store, id, id == 0 ? 0 : 1); /* each lists the chunks of the one before too */
		complete(store, id, 3);
		ck_assert_uint_eq(n_records(store), id < 3 ? id + 1 : 3);
		for (uint64_t other = 0; other <= id; other++)
			ck_assert_int_eq(has_chunk(store, other), other + 3 >= id);
		if (id == 5) { /* the counts are made anew at an open */
			checkpoint_store_close(store);
			store = open_in(STORE_READ_WRITE);
		}
	}
	ck_assert_int_eq(n_findings(store), 0);
	put_pending(store, 10, 1);
	complete(store, 10, 1);
	ck_assert_uint_eq(n_records(store), 1);
	ck_assert_int_eq(n_findings(store), 0);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(the_operators_decision_stands_until_a_checkpoint_is_completed)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	struct store_resolution resolution = {RESOLUTION_USE_MARKER};
	ck_assert_int_eq(checkpoint_store_set_resolution(store, &resolution, NULL), 0);
	put_pending(store, 8, 0);
	checkpoint_store_close(store);
	store = open_in(STORE_READ_WRITE);
	ck_assert_int_eq(checkpoint_store_resolution(store, &resolution, NULL), 0);
	ck_assert_int_eq(resolution.choice, RESOLUTION_USE_MARKER);
	complete(store, 8, 3);
	ck_assert_int_eq(checkpoint_store_resolution(store, &resolution, NULL), 0);
	ck_assert_int_eq(resolution.choice, RESOLUTION_NONE);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(a_reader_sees_the_last_state_and_writes_nothing)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	put_pending(store, 0, 0);
	complete(store, 0, 3);
	put_pending(store, 1, 1);
	struct checkpoint_store *reader = open_in(STORE_READ_ONLY); /* beside the writer: it takes no lock */
	expect_newest(reader, 0, 1);
	ck_assert_int_eq(n_findings(reader), 0);
	ck_assert_int_eq(checkpoint_store_complete(reader, 1, 0, 3, false, NULL), -EROFS);
	ck_assert_int_eq(checkpoint_store_drop_pending(reader, NULL), -EROFS);
	ck_assert_int_eq(put(reader, 2, 0, NULL), -EROFS);
	checkpoint_store_close(reader);
	checkpoint_store_close(store);
}
END_TEST

/* ---- refusals ---- */

START_TEST(another_pipelines_store_is_refused_by_name)
{
	checkpoint_store_close(open_in(STORE_CREATE));
	struct error error = ERROR_INIT;
	ck_assert_int_lt(try_open("q", STORE_CREATE, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "belongs to pipeline 'p'"));
	ck_assert_int_eq(try_open(NULL, STORE_READ_WRITE, NULL), 0);
}
END_TEST

START_TEST(a_newer_format_is_refused_by_its_number)
{
	checkpoint_store_close(open_in(STORE_CREATE));
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/store/WEIR", directory);
	int fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "\2", 1, 8), 1);
	close(fd);
	for (int mode = STORE_READ_ONLY; mode <= STORE_CREATE; mode++) {
		struct error error = ERROR_INIT;
		ck_assert_int_eq(try_open("p", mode, &error), -ENOTSUP);
		ck_assert_ptr_nonnull(strstr(error.text, "format version 2"));
		ck_assert_ptr_nonnull(strstr(error.text, "newer weir"));
	}
}
END_TEST

START_TEST(a_directory_with_other_things_is_refused_and_left_alone)
{
	ck_assert_int_eq(shell("mkdir -p %s && touch %s/notes.txt", directory, directory), 0);
	struct error error = ERROR_INIT;
	ck_assert_int_eq(try_open("p", STORE_CREATE, &error), -ENOTEMPTY);
	ck_assert_ptr_nonnull(strstr(error.text, "notes.txt"));
	ck_assert_int_eq(shell("cd %s && test \"$(ls)\" = notes.txt && rm notes.txt && touch CURRENT", directory), 0);
	ck_assert_int_eq(try_open("p", STORE_CREATE, &error), -ENOTEMPTY);
	ck_assert_ptr_nonnull(strstr(error.text, "RocksDB database that is not weir's"));
	ck_assert_int_eq(shell("rm %s/CURRENT && mkdir %s/store && touch %s/store/x", directory, directory, directory), 0);
	ck_assert_int_lt(try_open("p", STORE_CREATE, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "is not a checkpoint store of weir"));
	ck_assert_int_eq(shell("rm -r %s && touch %s", directory, directory), 0);
	ck_assert_int_lt(try_open("p", STORE_CREATE, &error), 0);
}
END_TEST

START_TEST(a_store_that_was_half_made_is_made_anew)
{
	ck_assert_int_eq(shell("mkdir -p %s/store.new && echo x >%s/store.new/CURRENT", directory, directory), 0);
	struct checkpoint_store *store = open_in(STORE_CREATE);
	expect_newest(store, NONE, NONE);
	checkpoint_store_close(store);
	ck_assert_int_eq(shell("test ! -e %s/store.new", directory), 0);
}
END_TEST

/* A child that holds the store until it is told to go by a byte. */
static pid_t hold_in_child(int *ret_go)
{
	int ready[2], go[2];
	ck_assert_int_eq(pipe(ready) | pipe(go), 0);
	pid_t child = fork();
	if (child == 0) {
		struct checkpoint_store *store;
		close(go[1]);
		if (checkpoint_store_open(directory, "p", STORE_CREATE, &store, NULL, NULL) < 0)
			_exit(1);
		char byte = 'r';
		_exit(write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) < 0);
	}
	char byte;
	close(ready[1]);
	close(go[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*ret_go = go[1];
	return child;
}

START_TEST(a_store_held_by_another_process_is_refused_with_its_pid)
{
	int go, status;
	pid_t child = hold_in_child(&go);
	struct error error = ERROR_INIT;
	char pid[32];
	snprintf(pid, sizeof(pid), "process %ld", (long)child);
	ck_assert_int_eq(try_open("p", STORE_CREATE, &error), -EBUSY);
	ck_assert_msg(strstr(error.text, pid) != NULL, "%s lacks %s", error.text, pid);
	close(go);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(try_open("p", STORE_READ_WRITE, NULL), 0);
}
END_TEST

START_TEST(a_lock_that_goes_within_moments_is_waited_for)
{
	int go;
	pid_t child = hold_in_child(&go), killer = fork();
	if (killer == 0) {
		close(go);
		usleep(300000);
		_exit(kill(child, SIGKILL));
	}
	struct error error = ERROR_INIT;
	int r = try_open("p", STORE_READ_WRITE, &error);
	ck_assert_msg(r == 0, "%s", error.text);
	close(go);
	waitpid(child, NULL, 0);
	waitpid(killer, NULL, 0);
}
END_TEST

START_TEST(one_process_cannot_open_it_twice)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	struct error error = ERROR_INIT;
	ck_assert_int_eq(try_open("p", STORE_READ_WRITE, &error), -EBUSY);
	ck_assert_ptr_nonnull(strstr(error.text, "this very process"));
	put_pending(store, 0, 0);
	checkpoint_store_close(store);
}
END_TEST

/* ---- crashes ---- */

static void put_0(struct checkpoint_store *store)
{
	put_pending(store, 0, 0);
}
static void complete_0(struct checkpoint_store *store)
{
	complete(store, 0, 2);
}
static void put_1(struct checkpoint_store *store)
{
	put_pending(store, 1, 1);
}
static void drop_1(struct checkpoint_store *store)
{
	ck_assert_int_eq(checkpoint_store_drop_pending(store, NULL), 0);
}
static void put_2(struct checkpoint_store *store)
{
	put_pending(store, 2, 0);
}
static void complete_2(struct checkpoint_store *store)
{
	complete(store, 2, 1);
}

static const struct step {
	void (*act)(struct checkpoint_store *store);
	uint64_t completed, pending; /* after it */
} steps[] = {
	{put_0, NONE, 0}, {complete_0, 0, NONE}, {put_1, 0, 1}, {drop_1, 0, NONE}, {put_2, 0, 2}, {complete_2, 2, NONE},
};
#define N_STEPS (sizeof(steps) / sizeof(steps[0]))

/* Runs steps [from, to) in a child that ends without closing anything. */
static void run_and_die(size_t from, size_t to)
{
	pid_t child = fork();
	if (child == 0) {
		struct checkpoint_store *store = open_in(STORE_CREATE);
		for (size_t i = from; i < to; i++)
			steps[i].act(store);
		_exit(0);
	}
	int status;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

START_TEST(after_a_crash_between_any_two_steps_the_last_one_stands)
{
	size_t to = (size_t)_i;
	run_and_die(0, to);
	struct checkpoint_store *store = open_in(STORE_READ_WRITE);
	expect_newest(store, to == 0 ? NONE : steps[to - 1].completed, to == 0 ? NONE : steps[to - 1].pending);
	ck_assert_int_eq(n_findings(store), 0);
	checkpoint_store_close(store);
	run_and_die(to, N_STEPS); /* and it can go on */
	store = open_in(STORE_READ_ONLY);
	expect_newest(store, 2, NONE);
	ck_assert_int_eq(n_findings(store), 0);
	ck_assert_uint_eq(n_records(store), 1);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(many_crashes_leave_no_chunk_behind)
{
	for (uint64_t id = 0; id < 12; id++) {
		pid_t child = fork();
		if (child == 0) {
			struct checkpoint_store *store = open_in(STORE_CREATE);
			put_pending(store, id, id == 0 ? 0 : 1);
			if (id % 3 == 1) {
				ck_assert_int_eq(checkpoint_store_drop_pending(store, NULL), 0);
				put_pending(store, id, 0);
			}
			complete(store, id, 2);
			_exit(0);
		}
		int status;
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
	}
	struct checkpoint_store *store = open_in(STORE_READ_WRITE);
	expect_newest(store, 11, NONE);
	ck_assert_uint_eq(n_records(store), 2);
	ck_assert_int_eq(n_findings(store), 0);
	ck_assert(!has_chunk(store, 8));
	checkpoint_store_close(store);
}
END_TEST

START_TEST(chunks_that_nobody_lists_are_found_and_removed)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	uint8_t *data[N_CHUNKS], *stray = chunk_data(99, 0, CHUNK_BYTES);
	struct checkpoint_record *record = record_new(0, 0, data);
	struct checkpoint_chunk unlisted = {.checkpoint = 99, .window_start_ms = -5000, .bytes = CHUNK_BYTES};
	struct checkpoint_new_chunk chunks[N_CHUNKS + 1] = {[N_CHUNKS] = {&unlisted, stray}};
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		chunks[i] = (struct checkpoint_new_chunk){&record->chunks[i], data[i]};
	ck_assert_int_eq(checkpoint_store_put(store, record, chunks, N_CHUNKS + 1, true, NULL), 0);
	ck_assert_int_eq(n_findings(store), 1);
	checkpoint_store_close(store);
	store = open_in(STORE_READ_ONLY);
	ck_assert_int_eq(n_findings(store), 1);
	checkpoint_store_close(store);
	store = open_in(STORE_READ_WRITE);
	ck_assert_int_eq(n_findings(store), 0);
	ck_assert(!has_chunk(store, 99));
	expect_newest(store, NONE, 0);
	checkpoint_store_close(store);
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		free(data[i]);
	free(stray);
	checkpoint_record_free(record);
}
END_TEST

START_TEST(a_listed_chunk_that_is_missing_is_refused)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	uint8_t *data[N_CHUNKS];
	struct checkpoint_record *record = record_new(0, 0, data);
	struct checkpoint_new_chunk chunk = {&record->chunks[0], data[0]}; /* of three */
	ck_assert_int_eq(checkpoint_store_put(store, record, &chunk, 1, true, NULL), 0);
	ck_assert_int_eq(n_findings(store), 2);
	checkpoint_store_close(store);
	struct error error = ERROR_INIT;
	ck_assert_int_lt(try_open("p", STORE_READ_WRITE, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "is missing"));
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		free(data[i]);
	checkpoint_record_free(record);
}
END_TEST

START_TEST(each_byte_of_a_chunk_counts_for_verify)
{
	uint8_t *data[N_CHUNKS];
	struct checkpoint_store *store = open_in(STORE_CREATE);
	struct checkpoint_record *record = record_new(0, 0, data);
	struct checkpoint_new_chunk chunks[N_CHUNKS];
	data[0][0] ^= 1;
	data[1][CHUNK_BYTES - 9] ^= 1;
	data[2][CHUNK_BYTES - 1] ^= 1;
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		chunks[i] = (struct checkpoint_new_chunk){&record->chunks[i], data[i]};
	ck_assert_int_eq(checkpoint_store_put(store, record, chunks, N_CHUNKS, true, NULL), 0);
	ck_assert_int_eq(n_findings(store), N_CHUNKS);
	checkpoint_store_close(store);
	for (uint32_t i = 0; i < N_CHUNKS; i++)
		free(data[i]);
	checkpoint_record_free(record);
}
END_TEST

START_TEST(after_a_failed_write_nothing_more_is_written)
{
#ifdef WEIR_FAILPOINTS
	setenv("WEIR_FAIL", "store_complete:1:error", 1);
	struct checkpoint_store *store = open_in(STORE_CREATE);
	put_pending(store, 0, 0);
	struct error error = ERROR_INIT;
	ck_assert_int_lt(checkpoint_store_complete(store, 0, 0, 1, true, &error), 0);
	ck_assert_int_lt(checkpoint_store_complete(store, 0, 0, 1, true, &error), 0);
	ck_assert_ptr_nonnull(strstr(error.text, "takes no more after an earlier error"));
	ck_assert_ptr_nonnull(strstr(error.text, "store_complete"));
	ck_assert_int_lt(checkpoint_store_drop_pending(store, NULL), 0);
	checkpoint_store_close(store);
	store = open_in(STORE_READ_WRITE);
	expect_newest(store, NONE, 0);
	checkpoint_store_close(store);
#endif
}
END_TEST

START_TEST(a_full_disk_loses_nothing_that_was_acknowledged)
{
	if (shell("mkdir -p %s && mount -t tmpfs -o size=6m tmpfs %s 2>/dev/null", directory, directory) != 0)
		return; /* not allowed here */
	pid_t child = fork();
	if (child == 0) {
		struct checkpoint_store *store = open_in(STORE_CREATE);
		uint64_t id = 0;
		for (; put(store, id, 0, NULL) == 0; id++)
			if (checkpoint_store_complete(store, id, 0, 1000, true, NULL) < 0)
				break;
		checkpoint_store_close(store);
		_exit(id > 0 && id < 200 ? (int)id : 255);
	}
	int status;
	waitpid(child, &status, 0);
	uint64_t n = WIFEXITED(status) ? (uint64_t)WEXITSTATUS(status) : 255;
	int mounted = shell("mount -o remount,size=64m %s", directory);
	struct checkpoint_store *store = NULL;
	struct error error = ERROR_INIT;
	struct checkpoint_record *completed = NULL, *pending = NULL;
	int r = checkpoint_store_open(directory, "p", STORE_READ_WRITE, &store, NULL, &error);
	if (r == 0)
		r = checkpoint_store_newest(store, &completed, &pending, &error);
	uint64_t newest = completed == NULL ? 0 : completed->id;
	if (pending != NULL)
		checkpoint_store_drop_pending(store, NULL);
	int put_again = r == 0 ? put(store, newest + 10, 0, &error) : r;
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
	checkpoint_store_close(store);
	ck_assert_int_eq(shell("umount %s", directory), 0);
	ck_assert_int_eq(mounted, 0);
	ck_assert_uint_lt(n, 200);
	ck_assert_msg(r == 0 && put_again == 0, "%s", error.text);
	ck_assert_uint_ge(newest + 1, n);
}
END_TEST

/* ---- damage ---- */

/* COMPLETED 1 and PENDING 2, after an orderly end (all in the log, or some in tables) or a crash. */
static void make_victim(bool in_tables)
{
	struct checkpoint_store *store = open_in(STORE_CREATE);
	put_pending(store, 0, 0);
	complete(store, 0, 2);
	put_pending(store, 1, 1);
	complete(store, 1, 2);
	checkpoint_store_close(store);
	if (in_tables) /* reading the log again writes tables */
		checkpoint_store_close(open_in(STORE_READ_WRITE));
	store = open_in(STORE_READ_WRITE);
	put_pending(store, 2, 1);
	checkpoint_store_close(store);
}

/* Opened after the damage: either somebody notices, or nothing is different. */
static void expect_noticed_or_harmless(const char *what)
{
	struct checkpoint_store *store;
	struct error error = ERROR_INIT;
	if (checkpoint_store_open(directory, "p", STORE_CREATE, &store, NULL, &error) < 0) {
		ck_assert_msg(strstr(error.text, directory) != NULL, "%s: which directory? %s", what, error.text);
		return;
	}
	struct checkpoint_record *completed = NULL, *pending = NULL;
	bool noticed = checkpoint_store_newest(store, &completed, &pending, NULL) < 0;
	if (!noticed) {
		ck_assert_msg(completed != NULL && completed->id == 1, "%s: lost the completed one", what);
		ck_assert_msg(pending != NULL && pending->id == 2, "%s: lost the pending one", what);
		ck_assert_int_eq(completed->positions[0].offset, 100);
		if (!chunks_can_be_read(store, completed) || !chunks_can_be_read(store, pending)) {
			int n = 0;
			ck_assert_msg(checkpoint_store_verify(store, count_finding, &n, NULL) != 0, "%s: verify saw nothing", what);
		}
	}
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
	checkpoint_store_close(store);
}

static void flip(const char *path, off_t at)
{
	uint8_t byte;
	int fd = open(path, O_RDWR);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= (uint8_t)(1 << at % 8);
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

#define OFFSETS 9

static void damage_file(const char *name, off_t bytes)
{
	char path[PATH_MAX], what[PATH_MAX + 64];
	snprintf(path, sizeof(path), "%s/store/%s", directory, name);
	for (int i = 0; i <= 2 * OFFSETS; i++) {
		off_t at = i % OFFSETS * (bytes - 1) / (OFFSETS - 1);
		if (bytes == 0 && i < 2 * OFFSETS)
			continue;
		ck_assert_int_eq(shell("rm -rf %s && cp -a %s.good %s", directory, directory, directory), 0);
		if (i < OFFSETS)
			flip(path, at);
		else if (i < 2 * OFFSETS)
			ck_assert_int_eq(truncate(path, at), 0);
		else
			unlink(path);
		snprintf(what, sizeof(what), "%s %s at %ld of %ld", name, i < OFFSETS ? "flipped" : i < 2 * OFFSETS ? "cut" : "removed",
			 (long)at, (long)bytes);
		expect_noticed_or_harmless(what);
	}
}

static void name_of_log(char path[PATH_MAX], char name[64])
{
	char command[256];
	snprintf(command, sizeof(command), "ls %s/store | grep 'log$'", directory);
	FILE *list = popen(command, "r");
	ck_assert_int_eq(fscanf(list, "%63s", name), 1);
	pclose(list);
	snprintf(path, PATH_MAX, "%s/store/%s", directory, name);
}

START_TEST(a_damaged_log_is_named)
{
	char path[PATH_MAX], name[64];
	make_victim(false);
	name_of_log(path, name);
	flip(path, 3000);
	struct error error = ERROR_INIT;
	ck_assert_int_eq(try_open("p", STORE_READ_WRITE, &error), -EBADMSG);
	ck_assert_msg(strstr(error.text, name) != NULL, "%s is not named in: %s", name, error.text);
}
END_TEST

/* As a loss of power leaves it. */
START_TEST(unsynced_pages_that_reached_the_log_in_any_order_are_passed_over)
{
	char path[PATH_MAX], name[64];
	struct stat synced;
	struct checkpoint_store *store = open_in(STORE_CREATE);
	put_pending(store, 0, 0);
	name_of_log(path, name);
	ck_assert_int_eq(stat(path, &synced), 0);
	complete(store, 0, 2);
	ck_assert_int_eq(put_with(store, 1, 0, false, NULL), 0);
	checkpoint_store_close(store);
	flip(path, synced.st_size + 10);
	store = open_in(STORE_READ_ONLY);
	expect_newest(store, NONE, 0);
	checkpoint_store_close(store);
	store = open_in(STORE_READ_WRITE);
	expect_newest(store, NONE, 0);
	complete(store, 0, 2);
	put_pending(store, 1, 0);
	checkpoint_store_close(store);
	store = open_in(STORE_READ_WRITE);
	expect_newest(store, 0, 1);
	checkpoint_store_close(store);
}
END_TEST

START_TEST(damage_to_any_file_is_noticed_or_harmless)
{
	make_victim(_i == 1);
	char good[160];
	snprintf(good, sizeof(good), "%s.good", directory);
	ck_assert_int_eq(rename(directory, good), 0);
	char store[PATH_MAX];
	snprintf(store, sizeof(store), "%s/store", good);
	DIR *list = opendir(store);
	const struct dirent *entry;
	int n_files = 0;
	while ((entry = readdir(list)) != NULL) {
		struct stat status;
		if (strncmp(entry->d_name, "LOG", 3) == 0 || fstatat(dirfd(list), entry->d_name, &status, 0) < 0 ||
		    !S_ISREG(status.st_mode))
			continue;
		damage_file(entry->d_name, status.st_size);
		n_files++;
	}
	closedir(list);
	ck_assert_int_ge(n_files, 6);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("checkpoint/checkpoint_store");
	TCase *tests = tcase_create("checkpoint_store");
	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, make_root, remove_root);
	tcase_add_test(tests, a_store_is_made_with_its_parents_and_found_again);
	tcase_add_test(tests, pending_becomes_completed_or_is_dropped);
	tcase_add_test(tests, what_makes_no_sense_is_refused_and_does_no_harm);
	tcase_add_test(tests, records_beyond_retain_go_and_take_their_chunks_along);
	tcase_add_test(tests, the_operators_decision_stands_until_a_checkpoint_is_completed);
	tcase_add_test(tests, a_reader_sees_the_last_state_and_writes_nothing);
	tcase_add_test(tests, another_pipelines_store_is_refused_by_name);
	tcase_add_test(tests, a_newer_format_is_refused_by_its_number);
	tcase_add_test(tests, a_directory_with_other_things_is_refused_and_left_alone);
	tcase_add_test(tests, a_store_that_was_half_made_is_made_anew);
	tcase_add_test(tests, a_store_held_by_another_process_is_refused_with_its_pid);
	tcase_add_test(tests, a_lock_that_goes_within_moments_is_waited_for);
	tcase_add_test(tests, one_process_cannot_open_it_twice);
	tcase_add_loop_test(tests, after_a_crash_between_any_two_steps_the_last_one_stands, 0, N_STEPS + 1);
	tcase_add_test(tests, many_crashes_leave_no_chunk_behind);
	tcase_add_test(tests, chunks_that_nobody_lists_are_found_and_removed);
	tcase_add_test(tests, a_listed_chunk_that_is_missing_is_refused);
	tcase_add_test(tests, each_byte_of_a_chunk_counts_for_verify);
	tcase_add_test(tests, after_a_failed_write_nothing_more_is_written);
	tcase_add_test(tests, a_full_disk_loses_nothing_that_was_acknowledged);
	tcase_add_test(tests, a_damaged_log_is_named);
	tcase_add_test(tests, unsynced_pages_that_reached_the_log_in_any_order_are_passed_over);
	tcase_add_loop_test(tests, damage_to_any_file_is_noticed_or_harmless, 0, 2);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
