/* Reads everything in the store and names what is wrong. */
#define _GNU_SOURCE /* tdestroy */
#include "checkpoint/store_internal.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/chunk_uses.h"

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
	int r = store_record_decode(key, key_bytes, value, value_bytes, &record, &why);
	if (r == 0)
		return store_record_list_add(&scan->list, record, error);
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
	int r = store_check_order(store, list->records, list->n, error);
	if (r < 0)
		return r;
	const struct checkpoint_record *last = list->n == 0 ? NULL : list->records[list->n - 1];
	bool has_pending = last != NULL && last->status == CHECKPOINT_PENDING;
	size_t n_completed = list->n - has_pending;
	return store_check_durable(store, &store->durable, n_completed > 0, n_completed == 0 ? 0 : list->records[n_completed - 1]->id,
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
		r = kv_each(store->kv, KV_CHUNKS, store_scan_chunk, &chunks, error);
	store_record_list_done(&records.list);
	tdestroy(chunks.uses, free);
	return r < 0 ? r : records.n_found + (int)chunks.n_orphans;
}
