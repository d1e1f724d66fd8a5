/* What is written and when. In the database:
 *   default      "identity", "resolution"
 *   checkpoints  id (big-endian) -> record
 *   state        window start, checkpoint, task, number (big-endian) -> chunk
 * A record and the chunks it brings are one write, and so are a record that goes and the chunks that went
 * with it; so nothing is ever half there. A chunk stays as long as a record lists it. */
#define _GNU_SOURCE /* twalk_r, tdestroy */
#include "checkpoint/checkpoint_store.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/uuid.h"
#include "checkpoint/checkpoint_directory.h"
#include "checkpoint/checkpoint_kv.h"
#include "checkpoint/chunk_uses.h"
#include "checkpoint/durable.h"

#define LOCK_WAIT_MS 2000
#define CHUNK_TRAILER_BYTES 8 /* the chunk's own checksum */
static const char identity_key[] = "identity", resolution_key[] = "resolution";

struct known_record {
	uint64_t id;
	enum checkpoint_status status;
};

struct checkpoint_store {
	struct checkpoint_directory directory;
	int lock;
	struct kv *kv;
	bool writable;
	struct store_identity identity;
	struct error write_error; /* the first one; nothing is written after it */

	/* Only where writable: */
	struct known_record *known; /* by id */
	size_t n_known, known_room;
	void *uses; /* tree of struct chunk_use: every chunk that a record lists */
	struct durable durable;
	bool has_resolution;
};

/* ---- keys ---- */

static uint64_t record_key(uint64_t id)
{
	return htobe64(id);
}

/* ---- records ---- */

struct record_list {
	struct checkpoint_record **records;
	size_t n, room;
};

static void record_list_done(struct record_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		checkpoint_record_free(list->records[i]);
	free(list->records);
}

static int record_list_add(struct record_list *list, struct checkpoint_record *take_record, struct error *error)
{
	if (list->n == list->room) {
		size_t room = 2 * list->room + 8;
		struct checkpoint_record **records = realloc(list->records, room * sizeof(*records));
		if (records == NULL) {
			checkpoint_record_free(take_record);
			return error_set(error, -ENOMEM, "no memory for the list of checkpoints");
		}
		list->records = records;
		list->room = room;
	}
	list->records[list->n++] = take_record;
	return 0;
}

static int decode_record(const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			 struct checkpoint_record **ret_record, struct error *error)
{
	uint64_t id = 0;
	if (key_bytes != sizeof(id))
		return error_set(error, -EBADMSG, "there is a checkpoint record with a key of %zu bytes", key_bytes);
	memcpy(&id, key, sizeof(id));
	id = be64toh(id);
	struct checkpoint_record *record = NULL;
	int r = checkpoint_record_decode(value, value_bytes, &record, error);
	if (r == 0 && record->id != id)
		r = error_set(error, -EBADMSG, "its record says that it is %" PRIu64, record->id);
	if (r < 0) {
		checkpoint_record_free(record);
		return error_prefix(error, "checkpoint %" PRIu64, id);
	}
	*ret_record = record;
	return 0;
}

static int collect_record(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			  struct error *error)
{
	struct checkpoint_record *record;
	int r = decode_record(key, key_bytes, value, value_bytes, &record, error);
	return r < 0 ? r : record_list_add(user, record, error);
}

static int read_record(struct checkpoint_store *store, uint64_t id, struct checkpoint_record **ret_record, struct error *error)
{
	uint64_t key = record_key(id);
	uint8_t *value;
	size_t bytes;
	int r = kv_get(store->kv, KV_RECORDS, &key, sizeof(key), &value, &bytes, error);
	if (r == 0)
		return error_set(error, -ENOENT, "the record of checkpoint %" PRIu64 " is missing", id);
	if (r < 0)
		return r;
	r = decode_record((const uint8_t *)&key, sizeof(key), value, bytes, ret_record, error);
	free(value);
	return r;
}

int checkpoint_store_list(struct checkpoint_store *store, struct checkpoint_record ***ret_records, size_t *ret_n,
			  struct error *error)
{
	struct record_list list = {0};
	int r = kv_each(store->kv, KV_RECORDS, collect_record, &list, error);
	if (r < 0) {
		record_list_done(&list);
		return error_prefix(error, "checkpoint store '%s'", store->directory.path);
	}
	*ret_records = list.records;
	*ret_n = list.n;
	return 0;
}

/* Ids ascend; only the newest may be PENDING. */
static int check_order(const struct checkpoint_store *store, struct checkpoint_record **records, size_t n, struct error *error)
{
	for (size_t i = 0; i + 1 < n; i++)
		if (records[i]->status == CHECKPOINT_PENDING)
			return error_set(error, -EBADMSG, "checkpoint store '%s' is damaged: checkpoint %" PRIu64 " is pending, "
					 "although there is a newer one (%" PRIu64 ")", store->directory.path,
					 records[i]->id, records[i + 1]->id);
	return 0;
}

int checkpoint_store_newest(struct checkpoint_store *store, struct checkpoint_record **ret_completed,
			    struct checkpoint_record **ret_pending, struct error *error)
{
	struct record_list list = {0};
	int r = checkpoint_store_list(store, &list.records, &list.n, error);
	if (r == 0)
		r = check_order(store, list.records, list.n, error);
	if (r == 0) {
		*ret_completed = *ret_pending = NULL;
		if (list.n > 0 && list.records[list.n - 1]->status == CHECKPOINT_PENDING)
			*ret_pending = list.records[--list.n];
		if (list.n > 0)
			*ret_completed = list.records[--list.n];
	}
	record_list_done(&list);
	return r;
}

/* ---- identity ---- */

static int write_identity(struct kv *kv, const struct store_identity *identity, struct error *error)
{
	struct byte_writer writer = {0};
	byte_writer_string(&writer, identity->pipeline_name);
	byte_writer_string(&writer, identity->uuid);
	byte_writer_string(&writer, identity->source_system);
	byte_writer_string(&writer, identity->sink_system);
	byte_writer_u64(&writer, (uint64_t)identity->created_ms);
	uint8_t *data;
	size_t bytes;
	if (byte_writer_seal(&writer, &data, &bytes) < 0)
		return error_set(error, -ENOMEM, "no memory for the store's identity");
	kv_put(kv, KV_META, identity_key, sizeof(identity_key) - 1, data, bytes);
	free(data);
	return kv_commit(kv, true, error);
}

static void identity_done(struct store_identity *identity)
{
	free(identity->pipeline_name);
	free(identity->source_system);
	free(identity->sink_system);
}

static int decode_identity(const uint8_t *data, size_t bytes, struct store_identity *identity)
{
	struct byte_reader reader;
	if (!byte_reader_open_sealed(&reader, data, bytes))
		return -EBADMSG;
	identity->pipeline_name = byte_reader_string(&reader);
	char *uuid = byte_reader_string(&reader);
	identity->source_system = byte_reader_string(&reader);
	identity->sink_system = byte_reader_string(&reader);
	identity->created_ms = (int64_t)byte_reader_u64(&reader);
	bool good = byte_reader_ended_well(&reader) && identity->pipeline_name != NULL && uuid != NULL &&
		    strlen(uuid) == sizeof(identity->uuid) - 1;
	if (good)
		strcpy(identity->uuid, uuid);
	free(uuid);
	return good ? 0 : reader.no_memory ? -ENOMEM : -EBADMSG;
}

static int read_identity(struct checkpoint_store *store, struct error *error)
{
	uint8_t *data;
	size_t bytes;
	int r = kv_get(store->kv, KV_META, identity_key, sizeof(identity_key) - 1, &data, &bytes, error);
	if (r < 0)
		return r;
	bool found = r == 1;
	r = found ? decode_identity(data, bytes, &store->identity) : -EBADMSG;
	if (found)
		free(data);
	if (r == -ENOMEM)
		return error_set(error, r, "no memory for the identity of checkpoint store '%s'", store->directory.path);
	return r == 0 ? 0 : error_set(error, r, "checkpoint store '%s' is damaged: %s", store->directory.path,
				      found ? "the identity of its pipeline cannot be read" : "it does not say whose it is");
}

const struct store_identity *checkpoint_store_identity(const struct checkpoint_store *store)
{
	return &store->identity;
}

/* ---- opening ---- */

static int make_store(const struct checkpoint_directory *directory, const char *pipeline_name, struct error *error)
{
	struct kv *kv;
	int r = checkpoint_directory_remove_unfinished(directory, error);
	if (r == 0)
		r = kv_open(directory->unfinished, KV_CREATE, KV_WHOLE_LOG, 0, &kv, error);
	if (r < 0)
		return r;
	struct store_identity identity = {.pipeline_name = (char *)(uintptr_t)pipeline_name, .created_ms = clock_wall_ms()};
	uuid_make(identity.uuid);
	r = write_identity(kv, &identity, error);
	kv_close(kv);
	if (r == 0)
		r = durable_write(directory->unfinished, &(struct durable){0}, true, error);
	if (r == 0)
		r = checkpoint_directory_publish(directory, error);
	return r;
}

static int know_record(struct checkpoint_store *store, const struct checkpoint_record *record, struct error *error)
{
	if (store->n_known == store->known_room) {
		size_t room = 2 * store->known_room + 8;
		struct known_record *known = realloc(store->known, room * sizeof(*known));
		if (known == NULL)
			return error_set(error, -ENOMEM, "no memory for the list of checkpoints");
		store->known = known;
		store->known_room = room;
	}
	int r = chunk_uses_add_record(&store->uses, record, error);
	if (r == 0)
		store->known[store->n_known++] = (struct known_record){record->id, record->status};
	return r;
}

static int know_records(struct checkpoint_store *store, struct error *error)
{
	struct record_list list = {0};
	int r = checkpoint_store_list(store, &list.records, &list.n, error);
	if (r == 0)
		r = check_order(store, list.records, list.n, error);
	for (size_t i = 0; i < list.n && r == 0; i++)
		r = know_record(store, list.records[i], error);
	record_list_done(&list);
	return r;
}

static const struct known_record *known_pending(const struct checkpoint_store *store)
{
	const struct known_record *last = store->n_known == 0 ? NULL : &store->known[store->n_known - 1];
	return last != NULL && last->status == CHECKPOINT_PENDING ? last : NULL;
}

static const struct known_record *known_completed(const struct checkpoint_store *store)
{
	size_t n = store->n_known - (known_pending(store) != NULL);
	return n == 0 ? NULL : &store->known[n - 1];
}

/* Does what was found reach as far as what once was on disk? */
static int check_durable(const struct checkpoint_store *store, const struct durable *durable, bool has_completed,
			 uint64_t completed, bool has_pending, uint64_t pending, struct error *error)
{
	uint64_t lost;
	if (durable->has_completed && !(has_completed && completed >= durable->completed))
		lost = durable->completed;
	else if (durable->has_pending && !(has_completed && completed >= durable->pending) &&
		 !(has_pending && pending >= durable->pending))
		lost = durable->pending;
	else
		return 0;
	return error_set(error, -EBADMSG, "checkpoint store '%s' is damaged: it has lost checkpoint %" PRIu64 ", which was on disk "
			 "(its files in '%s' were cut, removed or mixed with older ones). Put back a copy of the whole "
			 "directory; or move it away and say with `weir checkpoints resolve %s --pipeline %s --use "
			 "marker|nothing` how to go on without it", store->directory.path, lost, store->directory.store,
			 store->directory.path, store->identity.pipeline_name);
}

static int check_durable_known(struct checkpoint_store *store, struct error *error)
{
	const struct known_record *completed = known_completed(store), *pending = known_pending(store);
	return check_durable(store, &store->durable, completed != NULL, completed == NULL ? 0 : completed->id, pending != NULL,
			     pending == NULL ? 0 : pending->id, error);
}

struct chunk_scan {
	struct checkpoint_store *store;
	void *uses;
	size_t n_seen, n_orphans;
	void (*orphan)(struct chunk_scan *scan, const uint8_t *key, size_t key_bytes);
	void (*found)(void *user, const char *text);
	void *user;
};

static int scan_chunk(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
		      struct error *error)
{
	(void)value, (void)value_bytes, (void)error;
	struct chunk_scan *scan = user;
	struct chunk_use *use = key_bytes == CHUNK_KEY_BYTES ? chunk_uses_find(scan->uses, key) : NULL;
	if (use != NULL) {
		use->seen = true;
		scan->n_seen++;
	} else {
		scan->n_orphans++;
		scan->orphan(scan, key, key_bytes);
	}
	return 0;
}

static void remove_orphan(struct chunk_scan *scan, const uint8_t *key, size_t key_bytes)
{
	kv_delete(scan->store->kv, KV_CHUNKS, key, key_bytes);
}

static void name_one_unseen(const void *node, VISIT visit, void *closure)
{
	const struct chunk_use *use = *(struct chunk_use *const *)node;
	if ((visit == postorder || visit == leaf) && !use->seen)
		chunk_key_name(use->key, CHUNK_KEY_BYTES, closure, 160);
}

/* Every chunk that a record lists is there, and nothing else. */
static int settle_chunks(struct checkpoint_store *store, struct error *error)
{
	struct chunk_scan scan = {.store = store, .uses = store->uses, .orphan = remove_orphan};
	int r = kv_each(store->kv, KV_CHUNKS, scan_chunk, &scan, error);
	if (r < 0)
		return r;
	char missing[160] = "";
	twalk_r(store->uses, name_one_unseen, missing);
	if (*missing != '\0')
		return error_set(error, -EBADMSG, "checkpoint store '%s' is damaged: the %s is missing", store->directory.path,
				 missing);
	if (scan.n_orphans == 0)
		return 0;
	return kv_commit(store->kv, true, error);
}

static int refuse_other_pipeline(const struct checkpoint_store *store, const char *pipeline_name, struct error *error)
{
	if (pipeline_name == NULL || strcmp(pipeline_name, store->identity.pipeline_name) == 0)
		return 0;
	char created[32];
	clock_format(store->identity.created_ms, created, sizeof(created));
	return error_set(error, -EPERM, "checkpoint store '%s' belongs to pipeline '%s' (made %s), not to '%s': give each pipeline a "
			 "directory of its own", store->directory.path, store->identity.pipeline_name, created, pipeline_name);
}

static int load_for_writing(struct checkpoint_store *store, struct error *error)
{
	struct store_resolution resolution;
	int r = know_records(store, error);
	if (r == 0)
		r = check_durable_known(store, error);
	if (r == 0)
		r = settle_chunks(store, error);
	if (r == 0)
		r = checkpoint_store_resolution(store, &resolution, error);
	if (r == 0)
		store->has_resolution = resolution.choice != RESOLUTION_NONE;
	return r;
}

static int check_reach(struct checkpoint_store *store, struct error *error)
{
	struct checkpoint_record *completed = NULL, *pending = NULL;
	int r = checkpoint_store_newest(store, &completed, &pending, error);
	if (r == 0)
		r = check_durable(store, &store->durable, completed != NULL, completed == NULL ? 0 : completed->id,
				  pending != NULL, pending == NULL ? 0 : pending->id, error);
	checkpoint_record_free(completed);
	checkpoint_record_free(pending);
	return r;
}

/* Where the power went, pages of the log that were never synced are on the disk in any order: to RocksDB the
 * same as damage. It is only that where something is lost that was synced; looking for it changes nothing. */
static int open_database(struct checkpoint_store *store, int64_t deadline_ms, struct error *error)
{
	const char *path = store->directory.store;
	enum kv_mode mode = store->writable ? KV_READ_WRITE : KV_READ_ONLY;
	int r = kv_open(path, mode, KV_WHOLE_LOG, deadline_ms, &store->kv, error);
	if (r != -EBADMSG || kv_open(path, KV_READ_ONLY, KV_LOG_UP_TO_DAMAGE, 0, &store->kv, NULL) < 0)
		return r;
	bool nothing_is_lost = check_reach(store, NULL) == 0;
	if (nothing_is_lost && !store->writable)
		return 0;
	kv_close(store->kv);
	store->kv = NULL;
	return nothing_is_lost ? kv_open(path, mode, KV_LOG_UP_TO_DAMAGE, deadline_ms, &store->kv, error) : r;
}

/* The directory is locked, where that is asked for. */
static int open_store(struct checkpoint_store *store, const char *pipeline_name, enum checkpoint_store_mode mode,
		      int64_t deadline_ms, bool *ret_created, struct error *error)
{
	int r = 0;
	bool exists = checkpoint_directory_has_store(&store->directory);
	*ret_created = false;
	if (!exists && mode != STORE_CREATE)
		return error_set(error, -ENOENT, "there is no checkpoint store in '%s'", store->directory.path);
	if (!exists)
		r = make_store(&store->directory, pipeline_name, error);
	if (r == 0)
		r = durable_read(store->directory.store, &store->durable, error);
	if (r == 0)
		r = open_database(store, deadline_ms, error);
	if (r == 0)
		r = read_identity(store, error);
	if (r == 0)
		r = refuse_other_pipeline(store, pipeline_name, error);
	if (r == 0 && store->writable)
		r = load_for_writing(store, error);
	*ret_created = r == 0 && !exists;
	return r;
}

int checkpoint_store_open(const char *directory, const char *pipeline_name, enum checkpoint_store_mode mode,
			  struct checkpoint_store **ret_store, bool *ret_created, struct error *error)
{
	int64_t deadline_ms = clock_monotonic_ms() + LOCK_WAIT_MS;
	struct checkpoint_store *store = calloc(1, sizeof(*store));
	if (store == NULL)
		return error_set(error, -ENOMEM, "no memory for a checkpoint store");
	store->lock = -1;
	store->writable = mode != STORE_READ_ONLY;
	int r = checkpoint_directory_name(&store->directory, directory, error);
	if (r == 0 && mode == STORE_CREATE && pipeline_name == NULL)
		r = error_set(error, -EINVAL, "a checkpoint store is made for a pipeline: its name is missing");
	if (r == 0 && mode == STORE_CREATE)
		r = checkpoint_directory_make(&store->directory, error);
	if (r == 0 && mode == STORE_READ_WRITE && !checkpoint_directory_has_store(&store->directory))
		r = error_set(error, -ENOENT, "there is no checkpoint store in '%s'", store->directory.path);
	if (r == 0 && store->writable)
		r = checkpoint_directory_lock(&store->directory, deadline_ms, &store->lock, error);
	bool created = false;
	if (r == 0)
		r = open_store(store, pipeline_name, mode, deadline_ms, &created, error);
	if (r < 0) {
		checkpoint_store_close(store);
		return r;
	}
	if (ret_created != NULL)
		*ret_created = created;
	*ret_store = store;
	return 0;
}

void checkpoint_store_close(struct checkpoint_store *store)
{
	if (store == NULL)
		return;
	kv_close(store->kv);
	if (store->lock >= 0)
		close(store->lock); /* last: nobody comes in before the database is closed */
	identity_done(&store->identity);
	tdestroy(store->uses, free);
	free(store->known);
	free(store);
}

/* ---- writing ---- */

static int refuse_writing(const struct checkpoint_store *store, struct error *error)
{
	if (!store->writable)
		return error_set(error, -EROFS, "checkpoint store '%s' was opened for reading only", store->directory.path);
	if (store->write_error.code != 0)
		return error_set(error, store->write_error.code, "checkpoint store '%s' takes no more after an earlier error: %s",
				 store->directory.path, store->write_error.text);
	return 0;
}

/* Whatever was collected for a write that does not come about, or that failed, is forgotten; after a
 * failed write nobody knows what is on disk until the store is opened again. */
static int fail_writing(struct checkpoint_store *store, int r, const struct error *why, struct error *error)
{
	kv_forget(store->kv);
	store->write_error = *why;
	return error_set(error, r, "%s", why->text);
}

static int commit(struct checkpoint_store *store, const char *failpoint_name, bool sync, struct error *error)
{
	struct error why = ERROR_INIT;
	int r = failpoint(failpoint_name) ? error_set(&why, -EIO, "cannot write to the checkpoint store: failpoint %s", failpoint_name)
					  : kv_commit(store->kv, sync && !failpoint("store_skip_sync"), &why);
	return r < 0 ? fail_writing(store, r, &why, error) : 0;
}

static int note_durable(struct checkpoint_store *store, const struct durable *durable, bool sync, struct error *error)
{
	struct error why = ERROR_INIT;
	int r = durable_write(store->directory.store, durable, sync, &why);
	if (r < 0)
		return fail_writing(store, r, &why, error);
	store->durable = *durable;
	return 0;
}

/* After a synced write: so is all that was written before it. */
static int note_all_durable(struct checkpoint_store *store, struct error *error)
{
	const struct known_record *completed = known_completed(store), *pending = known_pending(store);
	struct durable durable = {completed != NULL, pending != NULL, completed == NULL ? 0 : completed->id,
				  pending == NULL ? 0 : pending->id};
	return note_durable(store, &durable, false, error);
}

static int put_record(struct checkpoint_store *store, const struct checkpoint_record *record, struct error *error)
{
	uint8_t *data;
	size_t bytes;
	if (checkpoint_record_encode(record, &data, &bytes) < 0)
		return error_set(error, -ENOMEM, "no memory for the record of checkpoint %" PRIu64, record->id);
	uint64_t key = record_key(record->id);
	kv_put(store->kv, KV_RECORDS, &key, sizeof(key), data, bytes);
	free(data);
	return 0;
}

int checkpoint_store_put(struct checkpoint_store *store, const struct checkpoint_record *record,
			 const struct checkpoint_new_chunk *new_chunks, uint32_t n_new_chunks, bool sync, struct error *error)
{
	int r = refuse_writing(store, error);
	if (r < 0)
		return r;
	if (store->n_known > 0 && (known_pending(store) != NULL || store->known[store->n_known - 1].id >= record->id))
		return error_set(error, -EINVAL, "checkpoint %" PRIu64 " cannot follow checkpoint %" PRIu64 "%s", record->id,
				 store->known[store->n_known - 1].id, known_pending(store) != NULL ? ", which is pending" : "");
	r = put_record(store, record, error);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < n_new_chunks; i++) {
		uint8_t key[CHUNK_KEY_BYTES];
		chunk_key(new_chunks[i].chunk, key);
		kv_put(store->kv, KV_CHUNKS, key, sizeof(key), new_chunks[i].data, new_chunks[i].chunk->bytes);
	}
	r = commit(store, "store_put", sync, error);
	if (r < 0)
		return r;
	struct error why = ERROR_INIT;
	r = know_record(store, record, &why);
	if (r < 0)
		return fail_writing(store, r, &why, error);
	return sync ? note_all_durable(store, error) : 0;
}

/* Collects the removal of a record and of the chunks that only it lists. */
static int remove_record(struct checkpoint_store *store, uint64_t id, struct error *error)
{
	struct checkpoint_record *record;
	int r = read_record(store, id, &record, error);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		uint8_t key[CHUNK_KEY_BYTES];
		chunk_key(&record->chunks[i], key);
		if (chunk_uses_remove(&store->uses, key))
			kv_delete(store->kv, KV_CHUNKS, key, sizeof(key));
	}
	uint64_t key = record_key(id);
	kv_delete(store->kv, KV_RECORDS, &key, sizeof(key));
	checkpoint_record_free(record);
	return 0;
}

static int put_completed(struct checkpoint_store *store, uint64_t id, int64_t completed_ms, struct error *error)
{
	struct checkpoint_record *record;
	int r = read_record(store, id, &record, error);
	if (r < 0)
		return r;
	record->status = CHECKPOINT_COMPLETED;
	record->completed_ms = completed_ms;
	r = put_record(store, record, error);
	checkpoint_record_free(record);
	return r;
}

int checkpoint_store_complete(struct checkpoint_store *store, uint64_t id, int64_t completed_ms, uint32_t retain, bool sync,
			      struct error *error)
{
	int r = refuse_writing(store, error);
	if (r < 0)
		return r;
	const struct known_record *pending = known_pending(store);
	if (pending == NULL || pending->id != id)
		return error_set(error, -EINVAL, "checkpoint %" PRIu64 " cannot be completed: it is not the pending one", id);
	size_t n_kept = retain == 0 ? 1 : retain;
	size_t n_removed = store->n_known > n_kept ? store->n_known - n_kept : 0;
	struct error why = ERROR_INIT;
	r = put_completed(store, id, completed_ms, &why);
	for (size_t i = 0; i < n_removed && r == 0; i++)
		r = remove_record(store, store->known[i].id, &why);
	if (r < 0)
		return fail_writing(store, r, &why, error);
	if (store->has_resolution)
		kv_delete(store->kv, KV_META, resolution_key, sizeof(resolution_key) - 1);
	r = commit(store, "store_complete", sync, error);
	if (r < 0)
		return r;
	store->n_known -= n_removed;
	memmove(store->known, store->known + n_removed, store->n_known * sizeof(*store->known));
	store->known[store->n_known - 1].status = CHECKPOINT_COMPLETED;
	store->has_resolution = false;
	return sync ? note_all_durable(store, error) : 0;
}

int checkpoint_store_drop_pending(struct checkpoint_store *store, struct error *error)
{
	int r = refuse_writing(store, error);
	const struct known_record *pending = known_pending(store);
	if (r < 0 || pending == NULL)
		return r;
	/* First of all it need not be there any more. */
	struct durable durable = store->durable;
	durable.has_pending = false;
	durable.pending = 0;
	r = note_durable(store, &durable, true, error);
	if (r < 0)
		return r;
	struct error why = ERROR_INIT;
	r = remove_record(store, pending->id, &why);
	if (r < 0)
		return fail_writing(store, r, &why, error);
	r = commit(store, "store_drop", true, error);
	if (r == 0)
		store->n_known--;
	return r;
}

int checkpoint_store_set_systems(struct checkpoint_store *store, const char *source_system, const char *sink_system,
				 struct error *error)
{
	int r = refuse_writing(store, error);
	if (r < 0)
		return r;
	char *source = source_system == NULL ? NULL : strdup(source_system);
	char *sink = sink_system == NULL ? NULL : strdup(sink_system);
	if ((source_system != NULL && source == NULL) || (sink_system != NULL && sink == NULL)) {
		free(source);
		free(sink);
		return error_set(error, -ENOMEM, "no memory for the store's identity");
	}
	if (source != NULL) {
		free(store->identity.source_system);
		store->identity.source_system = source;
	}
	if (sink != NULL) {
		free(store->identity.sink_system);
		store->identity.sink_system = sink;
	}
	struct error why = ERROR_INIT;
	r = write_identity(store->kv, &store->identity, &why);
	return r < 0 ? fail_writing(store, r, &why, error) : 0;
}

int checkpoint_store_set_resolution(struct checkpoint_store *store, const struct store_resolution *resolution,
				    struct error *error)
{
	int r = refuse_writing(store, error);
	if (r < 0)
		return r;
	uint8_t choice = (uint8_t)resolution->choice;
	kv_put(store->kv, KV_META, resolution_key, sizeof(resolution_key) - 1, &choice, 1);
	r = commit(store, "store_resolve", true, error);
	if (r == 0)
		store->has_resolution = true;
	return r;
}

int checkpoint_store_resolution(struct checkpoint_store *store, struct store_resolution *ret_resolution, struct error *error)
{
	uint8_t *value;
	size_t bytes;
	int r = kv_get(store->kv, KV_META, resolution_key, sizeof(resolution_key) - 1, &value, &bytes, error);
	if (r < 0)
		return r;
	ret_resolution->choice = RESOLUTION_NONE;
	if (r == 0)
		return 0;
	bool known = bytes == 1 && value[0] <= RESOLUTION_USE_NOTHING;
	if (known)
		ret_resolution->choice = value[0];
	free(value);
	return known ? 0 : error_set(error, -EBADMSG, "checkpoint store '%s' is damaged: the operator's decision cannot be read",
				     store->directory.path);
}

/* ---- reading ---- */

static int check_chunk(const struct checkpoint_chunk *chunk, const uint8_t *data, size_t bytes, struct error *error)
{
	if (bytes != chunk->bytes || bytes < CHUNK_TRAILER_BYTES)
		return error_set(error, -EBADMSG, "has %zu bytes, its record says %" PRIu32, bytes, chunk->bytes);
	if ((bytes_checksum(data, bytes - CHUNK_TRAILER_BYTES) != chunk->checksum ||
	     bytes_load_u64(data + bytes - CHUNK_TRAILER_BYTES) != chunk->checksum) &&
	    !failpoint("rule_chunk_checksum"))
		return error_set(error, -EBADMSG, "its checksum is not that of its record");
	return 0;
}

int checkpoint_store_read_chunk(struct checkpoint_store *store, const struct checkpoint_chunk *chunk, uint8_t **ret_data,
				struct error *error)
{
	uint8_t key[CHUNK_KEY_BYTES], *data = NULL;
	size_t bytes;
	chunk_key(chunk, key);
	int r = kv_get(store->kv, KV_CHUNKS, key, sizeof(key), &data, &bytes, error);
	if (r == 0)
		r = error_set(error, -EBADMSG, "is missing");
	if (r == 1 && bytes > 2 * CHUNK_TRAILER_BYTES && failpoint("chunk_is_spoilt"))
		data[bytes - 2 * CHUNK_TRAILER_BYTES] ^= 1; /* in the last value */
	if (r == 1)
		r = check_chunk(chunk, data, bytes, error);
	if (r < 0) {
		char name[160];
		chunk_name(chunk, name, sizeof(name));
		free(data);
		return error_prefix(error, "checkpoint store '%s': the %s", store->directory.path, name);
	}
	*ret_data = data;
	return 0;
}

/* ---- verify ---- */

static void tell_orphan(struct chunk_scan *scan, const uint8_t *key, size_t key_bytes)
{
	char name[160], text[256];
	chunk_key_name(key, key_bytes, name, sizeof(name));
	snprintf(text, sizeof(text), "no checkpoint lists the %s", name);
	scan->found(scan->user, text);
}

struct record_scan {
	struct record_list list;
	void (*found)(void *user, const char *text);
	void *user;
	int n_found;
};

static int verify_record(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			 struct error *error)
{
	struct record_scan *scan = user;
	struct checkpoint_record *record;
	struct error why = ERROR_INIT;
	int r = decode_record(key, key_bytes, value, value_bytes, &record, &why);
	if (r == 0)
		return record_list_add(&scan->list, record, error);
	scan->n_found++;
	scan->found(scan->user, why.text);
	return 0;
}

/* Reads each chunk once, however many records list it. */
static int verify_chunks(struct checkpoint_store *store, struct record_scan *scan, void **uses, struct error *error)
{
	for (size_t i = 0; i < scan->list.n; i++) {
		const struct checkpoint_record *record = scan->list.records[i];
		for (uint32_t c = 0; c < record->n_chunks; c++) {
			uint8_t key[CHUNK_KEY_BYTES], *data;
			struct error why = ERROR_INIT;
			chunk_key(&record->chunks[c], key);
			bool is_new = chunk_uses_find(*uses, key) == NULL;
			if (chunk_uses_add(uses, &record->chunks[c]) < 0)
				return error_set(error, -ENOMEM, "no memory for the list of state chunks");
			if (!is_new)
				continue;
			if (checkpoint_store_read_chunk(store, &record->chunks[c], &data, &why) == 0) {
				free(data);
				continue;
			}
			scan->n_found++;
			scan->found(scan->user, why.text);
		}
	}
	return 0;
}

static int verify_newest(struct checkpoint_store *store, const struct record_list *list, struct error *error)
{
	int r = check_order(store, list->records, list->n, error);
	if (r < 0)
		return r;
	const struct checkpoint_record *last = list->n == 0 ? NULL : list->records[list->n - 1];
	bool has_pending = last != NULL && last->status == CHECKPOINT_PENDING;
	size_t n_completed = list->n - has_pending;
	return check_durable(store, &store->durable, n_completed > 0, n_completed == 0 ? 0 : list->records[n_completed - 1]->id,
			     has_pending, has_pending ? last->id : 0, error);
}

int checkpoint_store_verify(struct checkpoint_store *store, void (*found)(void *user, const char *text), void *user,
			    struct error *error)
{
	struct record_scan records = {.found = found, .user = user};
	struct chunk_scan chunks = {.store = store, .orphan = tell_orphan, .found = found, .user = user};
	struct error why = ERROR_INIT;
	int r = kv_each(store->kv, KV_RECORDS, verify_record, &records, error);
	if (r == 0 && verify_newest(store, &records.list, &why) < 0) {
		records.n_found++;
		found(user, why.text);
	}
	if (r == 0)
		r = verify_chunks(store, &records, &chunks.uses, error);
	/* With a record that cannot be read its chunks seem to be nobody's. */
	if (r == 0 && records.n_found == 0)
		r = kv_each(store->kv, KV_CHUNKS, scan_chunk, &chunks, error);
	record_list_done(&records.list);
	tdestroy(chunks.uses, free);
	return r < 0 ? r : records.n_found + (int)chunks.n_orphans;
}
