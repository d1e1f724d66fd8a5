/* What is written and when. In the database:
 *   default      "identity", "resolution"
 *   checkpoints  id (big-endian) -> record
 *   state        window start, checkpoint, task, number (big-endian) -> chunk
 * A record and the chunks it brings are one write, and so are a record that goes and the chunks that went
 * with it; so nothing is ever half there. A chunk stays as long as a record lists it. */
#define _GNU_SOURCE /* twalk_r, tdestroy */
#include "checkpoint/store_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/uuid.h"
#include "checkpoint/chunk_uses.h"

#define LOCK_WAIT_MS 2000
#define CHUNK_TRAILER_BYTES 8 /* the chunk's own checksum */

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
	r = store_identity_write(kv, &identity, error);
	kv_close(kv);
	if (r == 0)
		r = durable_write(directory->unfinished, &(struct durable){0}, true, error);
	if (r == 0)
		r = checkpoint_directory_publish(directory, error);
	return r;
}

int store_know_record(struct checkpoint_store *store, const struct checkpoint_record *record, struct error *error)
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
		r = store_check_order(store, list.records, list.n, error);
	for (size_t i = 0; i < list.n && r == 0; i++)
		r = store_know_record(store, list.records[i], error);
	store_record_list_done(&list);
	return r;
}

const struct known_record *store_known_pending(const struct checkpoint_store *store)
{
	const struct known_record *last = store->n_known == 0 ? NULL : &store->known[store->n_known - 1];
	return last != NULL && last->status == CHECKPOINT_PENDING ? last : NULL;
}

const struct known_record *store_known_completed(const struct checkpoint_store *store)
{
	size_t n = store->n_known - (store_known_pending(store) != NULL);
	return n == 0 ? NULL : &store->known[n - 1];
}

int store_check_durable(const struct checkpoint_store *store, const struct durable *durable, bool has_completed,
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
	const struct known_record *completed = store_known_completed(store), *pending = store_known_pending(store);
	return store_check_durable(store, &store->durable, completed != NULL, completed == NULL ? 0 : completed->id, pending != NULL,
			     pending == NULL ? 0 : pending->id, error);
}

int store_scan_chunk(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
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
	int r = kv_each(store->kv, KV_CHUNKS, store_scan_chunk, &scan, error);
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
		r = store_check_durable(store, &store->durable, completed != NULL, completed == NULL ? 0 : completed->id,
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
		r = store_identity_read(store, error);
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
	store_identity_done(&store->identity);
	tdestroy(store->uses, free);
	free(store->known);
	free(store);
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
