/* A checkpoint store whose bytes somebody else has touched: the store's own code over a database in memory
 * (kv_*() below stand in for RocksDB). The input is a script: checkpoints to be written, then bytes to be changed.
 * What was not changed restores as it was; what was changed, without its checksum, `verify` names. Then all of
 * `weir checkpoints` reads it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "checkpoint/checkpoint_kv.h"
#include "checkpoint/checkpoint_store.h"
#include "checkpoint/durable.h"
#include "fuzz.h"
#include "pipeline/state_restore.h"
#include "state/state_chunks.h"
#include "weir/command_checkpoints.h"

/* ---- a database in memory ---- */

struct entry {
	enum kv_family family;
	uint8_t key[64];
	size_t key_bytes;
	uint8_t *value;
	size_t value_bytes;
};

struct kv {
	struct entry entries[64]; /* by family, then key */
	size_t n;
};

static struct kv database;

static size_t kv_place(enum kv_family family, const void *key, size_t key_bytes, bool *ret_found)
{
	size_t i = 0;
	for (; i < database.n; i++) {
		const struct entry *entry = &database.entries[i];
		size_t least = key_bytes < entry->key_bytes ? key_bytes : entry->key_bytes;
		int order = entry->family != family ? (int)entry->family - (int)family : memcmp(entry->key, key, least);
		if (order == 0 && entry->family == family)
			order = (entry->key_bytes > key_bytes) - (entry->key_bytes < key_bytes);
		if (order >= 0) {
			*ret_found = order == 0;
			return i;
		}
	}
	*ret_found = false;
	return i;
}

int kv_open(const char *path, enum kv_mode mode, enum kv_log log, int64_t deadline_ms, struct kv **ret_kv,
	    struct error *error)
{
	(void)path, (void)mode, (void)log, (void)deadline_ms, (void)error;
	*ret_kv = &database;
	return 0;
}

void kv_close(struct kv *kv)
{
	(void)kv;
}

int kv_get(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes, uint8_t **ret_value,
	   size_t *ret_value_bytes, struct error *error)
{
	(void)error;
	bool found;
	size_t at = kv_place(family, key, key_bytes, &found);
	if (!found)
		return 0;
	*ret_value = block_of(kv->entries[at].value, kv->entries[at].value_bytes);
	*ret_value_bytes = kv->entries[at].value_bytes;
	return 1;
}

int kv_each(struct kv *kv, enum kv_family family,
	    int (*each)(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			struct error *error),
	    void *user, struct error *error)
{
	struct kv before = *kv; /* as it was, whatever each() does */
	for (size_t i = 0; i < before.n; i++) {
		const struct entry *entry = &before.entries[i];
		int r = entry->family != family ? 0 : each(user, entry->key, entry->key_bytes, entry->value, entry->value_bytes, error);
		if (r != 0)
			return r;
	}
	return 0;
}

void kv_delete(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes)
{
	bool found;
	size_t at = kv_place(family, key, key_bytes, &found);
	if (!found)
		return;
	free(kv->entries[at].value);
	memmove(&kv->entries[at], &kv->entries[at + 1], (--kv->n - at) * sizeof(kv->entries[0]));
}

void kv_put(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes, const void *value, size_t value_bytes)
{
	bool found;
	kv_delete(kv, family, key, key_bytes);
	size_t at = kv_place(family, key, key_bytes, &found);
	CLAIM(kv->n < sizeof(kv->entries) / sizeof(kv->entries[0]) && key_bytes <= sizeof(kv->entries[0].key));
	memmove(&kv->entries[at + 1], &kv->entries[at], (kv->n++ - at) * sizeof(kv->entries[0]));
	kv->entries[at] = (struct entry){.family = family, .key_bytes = key_bytes, .value = block_of(value, value_bytes),
					 .value_bytes = value_bytes};
	memcpy(kv->entries[at].key, key, key_bytes);
}

int kv_commit(struct kv *kv, bool sync, struct error *error)
{
	(void)kv, (void)sync, (void)error;
	return 0;
}

void kv_forget(struct kv *kv)
{
	(void)kv;
}

/* ---- around it ---- */

static char directory[] = "/dev/shm/weir-fuzz-XXXXXX", store_directory[64];
static FILE *errors;

static void tear_down(void)
{
	char path[96];
	static const char *const names[] = {"store/WEIR", "store", "store.new/WEIR", "store.new", "lock", ""};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		(void)remove(path);
	}
}

static void set_up(void)
{
	if (store_directory[0] != '\0')
		return;
	CLAIM(mkdtemp(directory) != NULL);
	snprintf(store_directory, sizeof(store_directory), "%s/store", directory);
	CLAIM(mkdir(store_directory, 0700) == 0);
	atexit(tear_down);
	errors = fopen("/dev/null", "w");
	CLAIM(errors != NULL);
}

static void empty_store(void)
{
	while (database.n > 0)
		free(database.entries[--database.n].value);
	struct byte_writer writer = {0};
	uint8_t *data;
	size_t bytes;
	byte_writer_string(&writer, "p");
	byte_writer_string(&writer, "01234567-89ab-4cde-8f01-23456789abcd");
	byte_writer_string(&writer, "kafka:a");
	byte_writer_string(&writer, NULL);
	byte_writer_u64(&writer, 1568564615123);
	CLAIM(byte_writer_seal(&writer, &data, &bytes) == 0);
	kv_put(&database, KV_META, "identity", 8, data, bytes);
	free(data);
	CLAIM(durable_write(store_directory, &(struct durable){0}, false, NULL) == 0);
}

/* ---- checkpoints, and what they hold ---- */

#define MOST_CHUNKS 4
#define MOST_KEYS 8
#define VALUE_BYTES sizeof(uint64_t)

struct model {
	bool has_checkpoint;
	uint64_t id;
	size_t n_entries, n_chunks;
	struct checkpoint_record *record; /* of the last one */
};

static void add_chunk(struct input *script, struct checkpoint_record *record, uint32_t number, uint8_t *data)
{
	int64_t window = (int64_t)input_number(script, 1) * 5000;
	uint32_t n = (uint32_t)input_number(script, 1) % MOST_KEYS;
	uint8_t *at = state_chunk_write_header(data, VALUE_BYTES, 0, record->id, window);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t key = input_number(script, 2) << 8 | i, value = input_number(script, 1);
		at = state_chunk_write_entry(at, (uint8_t *)&key, sizeof(key), &value, VALUE_BYTES);
	}
	uint32_t bytes = (uint32_t)state_chunk_seal(data, at, n);
	struct checkpoint_chunk chunk = {record->id, 0, number, window, n, bytes, state_chunk_checksum(data, bytes)};
	CLAIM(checkpoint_record_add_chunk(record, &chunk) == 0);
}

/* Ids and times as the script wants them. */
static void put_checkpoint(struct input *script, struct checkpoint_store *store, struct model *model)
{
	uint8_t data[MOST_CHUNKS][1024];
	struct checkpoint_new_chunk new_chunks[MOST_CHUNKS];
	struct checkpoint_record *record = checkpoint_record_new();
	struct error error = ERROR_INIT;
	record->id = model->has_checkpoint ? model->id + 1 + input_number(script, 1) : input_number(script, 2);
	record->parallelism = 1;
	record->started_ms = (int64_t)input_number(script, 6);
	strcpy(record->instance_uuid, "instance");
	char stream[5] = "";
	for (size_t i = 0; i + 1 < sizeof(stream); i++)
		stream[i] = (char)input_number(script, 1);
	struct checkpoint_position position = {.stream = stream, .offset = (int64_t)input_number(script, 4), .stop = -1,
					       .max_event_time_ms = INT64_MIN};
	CLAIM(checkpoint_record_add_position(record, &position) == 0);
	CLAIM(checkpoint_record_add_handle(record, "sink", script->at, script->left < 8 ? (uint32_t)script->left : 8) == 0);
	uint32_t n_chunks = (uint32_t)input_number(script, 1) % (MOST_CHUNKS + 1);
	for (uint32_t i = 0; i < n_chunks; i++) {
		add_chunk(script, record, i, data[i]);
		new_chunks[i].data = data[i];
	}
	for (uint32_t i = 0; i < n_chunks; i++)
		new_chunks[i].chunk = &record->chunks[i];
	CLAIM(checkpoint_store_put(store, record, new_chunks, n_chunks, true, &error) == 0);
	if (input_number(script, 1) % 4 != 0)
		CLAIM(checkpoint_store_complete(store, record->id, record->started_ms + 7, 2, true, &error) == 0);
	else
		CLAIM(checkpoint_store_drop_pending(store, &error) == 0);
	model->has_checkpoint = true;
	model->id = record->id;
	checkpoint_record_free(record);
}

static void write_checkpoints(struct input *script)
{
	struct checkpoint_store *store;
	struct error error = ERROR_INIT;
	struct model model = {0};
	CLAIM(checkpoint_store_open(directory, "p", STORE_READ_WRITE, &store, NULL, &error) == 0);
	for (uint64_t n = input_number(script, 1) % 4; n > 0; n--)
		put_checkpoint(script, store, &model);
	checkpoint_store_close(store);
}

/* ---- changing ---- */

static void seal(struct entry *entry)
{
	if (entry->value_bytes >= 8)
		bytes_store_u64(entry->value + entry->value_bytes - 8, bytes_checksum(entry->value, entry->value_bytes - 8));
}

enum change { CHANGE_BYTE, CHANGE_CUT, CHANGE_REMOVE, CHANGE_SEALED, CHANGE_FOREIGN, N_CHANGES };

static bool is_newest_record(const struct entry *entry)
{
	const struct entry *next = entry + 1;
	return next == &database.entries[database.n] || next->family != KV_RECORDS;
}

/* Whether it can be noticed: not bytes that stayed as they were, nor a sealed forgery, nor that an older record
 * without chunks of its own is gone as a whole. */
static bool change_entry(struct input *script)
{
	enum change change = input_number(script, 1) % N_CHANGES;
	struct entry *entry = &database.entries[input_number(script, 1) % database.n];
	size_t at = (size_t)input_number(script, 2);
	uint8_t byte = (uint8_t)input_number(script, 1), key[64];
	size_t key_bytes = entry->key_bytes;
	memcpy(key, entry->key, key_bytes);
	switch (change) {
	case CHANGE_BYTE:
	case CHANGE_SEALED:
		if (entry->value_bytes == 0)
			return false;
		entry->value[at % entry->value_bytes] ^= byte;
		if (change == CHANGE_SEALED)
			seal(entry);
		return change == CHANGE_BYTE && byte != 0;
	case CHANGE_CUT:
		if (at >= entry->value_bytes)
			return false;
		entry->value_bytes = at;
		entry->value = realloc(entry->value, at > 0 ? at : 1);
		return true;
	case CHANGE_REMOVE: {
		bool is_noticeable = entry->family != KV_RECORDS || is_newest_record(entry);
		kv_delete(&database, entry->family, key, key_bytes);
		return is_noticeable;
	}
	default:
		if (database.n == sizeof(database.entries) / sizeof(database.entries[0]))
			return false;
		key_bytes = at % (sizeof(key) - 1) + 1;
		memset(key, byte, key_bytes);
		enum kv_family family = byte % KV_N_FAMILIES;
		size_t bytes = script->left < 256 ? script->left : 256;
		kv_put(&database, family, key, key_bytes, script->at, bytes);
		return false;
	}
}

static void change_durable(struct input *script)
{
	char path[96];
	snprintf(path, sizeof(path), "%s/WEIR", store_directory);
	int fd = open(path, O_RDWR);
	uint8_t byte = 0;
	off_t at = (off_t)(input_number(script, 1) % 48);
	CLAIM(fd >= 0 && pread(fd, &byte, 1, at) == 1);
	byte ^= (uint8_t)input_number(script, 1);
	CLAIM(pwrite(fd, &byte, 1, at) == 1);
	close(fd);
}

/* ---- reading ---- */

static void count_finding(void *user, const char *text)
{
	CLAIM(text[0] != '\0');
	++*(int *)user;
}

static void restore(struct checkpoint_store *store, bool must_succeed)
{
	struct checkpoint_record *completed = NULL, *pending = NULL;
	struct error error = ERROR_INIT;
	int r = checkpoint_store_newest(store, &completed, &pending, &error);
	CLAIM(r == 0 || error.text[0] != '\0');
	CLAIM(r == 0 || !must_succeed);
	if (r == 0 && completed != NULL) {
		struct state_table *tables[2] = {state_table_new(VALUE_BYTES), state_table_new(VALUE_BYTES)};
		r = state_restore(store, completed, VALUE_BYTES, tables, 2, &error);
		CLAIM(r == 0 || error.text[0] != '\0');
		CLAIM(r == 0 || !must_succeed);
		size_t n_entries = 0;
		for (uint32_t i = 0; i < completed->n_chunks; i++)
			n_entries += completed->chunks[i].n_entries;
		CLAIM(r < 0 || state_table_n_keys(tables[0]) + state_table_n_keys(tables[1]) <= n_entries);
		state_table_free(tables[0]);
		state_table_free(tables[1]);
	}
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
}

/* Whether the change was noticed. */
static bool read_store(enum checkpoint_store_mode mode, bool must_succeed)
{
	struct checkpoint_store *store;
	struct error error = ERROR_INIT;
	int n_found = 0, r = checkpoint_store_open(directory, NULL, mode, &store, NULL, &error);
	CLAIM(r == 0 || error.text[0] != '\0');
	CLAIM(r == 0 || !must_succeed);
	if (r < 0)
		return true;
	restore(store, must_succeed);
	int n = checkpoint_store_verify(store, count_finding, &n_found, &error);
	CLAIM(n < 0 ? error.text[0] != '\0' : n == n_found);
	CLAIM(n == 0 || !must_succeed);
	struct store_resolution resolution;
	bool is_readable = checkpoint_store_resolution(store, &resolution, &error) == 0;
	checkpoint_store_close(store);
	return n != 0 || !is_readable;
}

/* What `weir checkpoints` prints; NULL where it failed. */
static char *run_command(char *verb, char *option)
{
	char *argv[] = {(char[]){"checkpoints"}, verb, directory, option, NULL}, *out = NULL;
	size_t bytes;
	FILE *was_out = stdout, *was_err = stderr;
	stdout = open_memstream(&out, &bytes);
	stderr = errors;
	int status = command_checkpoints(option != NULL ? 4 : 3, argv);
	fclose(stdout);
	stdout = was_out;
	stderr = was_err;
	CLAIM(status == 0 || status == 1);
	if (status == 0)
		return out;
	free(out);
	return NULL;
}

/* As JSON every checkpoint is there with its position, whatever its name. */
static void list_as_json(void)
{
	char *out = run_command((char[]){"list"}, (char[]){"--json"});
	json_t *list = out != NULL ? json_loads(out, 0, NULL) : NULL, *checkpoint;
	CLAIM(out == NULL || list != NULL);
	size_t i, n_records = 0;
	for (size_t at = 0; at < database.n; at++)
		n_records += database.entries[at].family == KV_RECORDS;
	json_t *checkpoints = json_object_get(list, "checkpoints");
	CLAIM(out == NULL || json_array_size(checkpoints) == n_records);
	json_array_foreach(checkpoints, i, checkpoint)
		CLAIM(json_array_size(json_object_get(checkpoint, "positions")) > 0);
	json_decref(list);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input script = {data, size};
	set_up();
	empty_store();
	write_checkpoints(&script);
	CLAIM(!read_store(STORE_READ_ONLY, true));
	bool is_sealed = true;
	uint64_t n_changes = input_number(&script, 1) % 4;
	bool is_one_change = n_changes == 1, is_noticeable = false;
	for (; n_changes > 0 && database.n > 0; n_changes--)
		is_noticeable = change_entry(&script);
	if (input_number(&script, 1) % 8 == 7) {
		change_durable(&script);
		is_sealed = false;
	}
	bool is_noticed = read_store(STORE_READ_ONLY, false);
	CLAIM(is_noticed || !is_sealed || !is_one_change || !is_noticeable);
	free(run_command((char[]){"list"}, NULL));
	free(run_command((char[]){"inspect"}, NULL));
	free(run_command((char[]){"verify"}, NULL));
	list_as_json();
	(void)read_store(STORE_READ_WRITE, false);
	return 0;
}
