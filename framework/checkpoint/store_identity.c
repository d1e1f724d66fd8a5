/* Whose store it is, and what its operator has decided. */
#include "checkpoint/store_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static const char identity_key[] = "identity";

int store_identity_write(struct kv *kv, const struct store_identity *identity, struct error *error)
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

void store_identity_done(struct store_identity *identity)
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

int store_identity_read(struct checkpoint_store *store, struct error *error)
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

int checkpoint_store_resolution(struct checkpoint_store *store, struct store_resolution *ret_resolution, struct error *error)
{
	uint8_t *value;
	size_t bytes;
	int r = kv_get(store->kv, KV_META, STORE_RESOLUTION_KEY, strlen(STORE_RESOLUTION_KEY), &value, &bytes, error);
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
