/* Writing to the store: each call is one write of the database, whole or not at all. */
#include "checkpoint/store_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "checkpoint/chunk_uses.h"

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
	const struct known_record *completed = store_known_completed(store), *pending = store_known_pending(store);
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
	uint64_t key = store_record_key(record->id);
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
	if (store->n_known > 0 && (store_known_pending(store) != NULL || store->known[store->n_known - 1].id >= record->id))
		return error_set(error, -EINVAL, "checkpoint %" PRIu64 " cannot follow checkpoint %" PRIu64 "%s", record->id,
				 store->known[store->n_known - 1].id, store_known_pending(store) != NULL ? ", which is pending" : "");
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
	r = store_know_record(store, record, &why);
	if (r < 0)
		return fail_writing(store, r, &why, error);
	return sync ? note_all_durable(store, error) : 0;
}

/* Collects the removal of a record and of the chunks that only it lists. */
static int remove_record(struct checkpoint_store *store, uint64_t id, struct error *error)
{
	struct checkpoint_record *record;
	int r = store_record_read(store, id, &record, error);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < record->n_chunks; i++) {
		uint8_t key[CHUNK_KEY_BYTES];
		chunk_key(&record->chunks[i], key);
		if (chunk_uses_remove(&store->uses, key))
			kv_delete(store->kv, KV_CHUNKS, key, sizeof(key));
	}
	uint64_t key = store_record_key(id);
	kv_delete(store->kv, KV_RECORDS, &key, sizeof(key));
	checkpoint_record_free(record);
	return 0;
}

static int put_completed(struct checkpoint_store *store, uint64_t id, int64_t completed_ms, struct error *error)
{
	struct checkpoint_record *record;
	int r = store_record_read(store, id, &record, error);
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
	const struct known_record *pending = store_known_pending(store);
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
		kv_delete(store->kv, KV_META, STORE_RESOLUTION_KEY, strlen(STORE_RESOLUTION_KEY));
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
	const struct known_record *pending = store_known_pending(store);
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
	r = store_identity_write(store->kv, &store->identity, &why);
	return r < 0 ? fail_writing(store, r, &why, error) : 0;
}

int checkpoint_store_set_resolution(struct checkpoint_store *store, const struct store_resolution *resolution,
				    struct error *error)
{
	int r = refuse_writing(store, error);
	if (r < 0)
		return r;
	uint8_t choice = (uint8_t)resolution->choice;
	kv_put(store->kv, KV_META, STORE_RESOLUTION_KEY, strlen(STORE_RESOLUTION_KEY), &choice, 1);
	r = commit(store, "store_resolve", true, error);
	if (r == 0)
		store->has_resolution = true;
	return r;
}
