/* Records of checkpoints as they lie in the database: id (big-endian) -> record. */
#include "checkpoint/store_internal.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

uint64_t store_record_key(uint64_t id)
{
	return htobe64(id);
}

void store_record_list_done(struct record_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		checkpoint_record_free(list->records[i]);
	free(list->records);
}

int store_record_list_add(struct record_list *list, struct checkpoint_record *take_record, struct error *error)
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

int store_record_decode(const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
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
	int r = store_record_decode(key, key_bytes, value, value_bytes, &record, error);
	return r < 0 ? r : store_record_list_add(user, record, error);
}

int store_record_read(struct checkpoint_store *store, uint64_t id, struct checkpoint_record **ret_record, struct error *error)
{
	uint64_t key = store_record_key(id);
	uint8_t *value;
	size_t bytes;
	int r = kv_get(store->kv, KV_RECORDS, &key, sizeof(key), &value, &bytes, error);
	if (r == 0)
		return error_set(error, -ENOENT, "the record of checkpoint %" PRIu64 " is missing", id);
	if (r < 0)
		return r;
	r = store_record_decode((const uint8_t *)&key, sizeof(key), value, bytes, ret_record, error);
	free(value);
	return r;
}

int checkpoint_store_list(struct checkpoint_store *store, struct checkpoint_record ***ret_records, size_t *ret_n,
			  struct error *error)
{
	struct record_list list = {0};
	int r = kv_each(store->kv, KV_RECORDS, collect_record, &list, error);
	if (r < 0) {
		store_record_list_done(&list);
		return error_prefix(error, "checkpoint store '%s'", store->directory.path);
	}
	*ret_records = list.records;
	*ret_n = list.n;
	return 0;
}

int store_check_order(const struct checkpoint_store *store, struct checkpoint_record **records, size_t n, struct error *error)
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
		r = store_check_order(store, list.records, list.n, error);
	if (r == 0) {
		*ret_completed = *ret_pending = NULL;
		if (list.n > 0 && list.records[list.n - 1]->status == CHECKPOINT_PENDING)
			*ret_pending = list.records[--list.n];
		if (list.n > 0)
			*ret_completed = list.records[--list.n];
	}
	store_record_list_done(&list);
	return r;
}
