#include "connectors/kafka/kafka_fingerprint.h"

#include <inttypes.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct fingerprint fingerprint_of(const rd_kafka_message_t *message)
{
	/* Absent and empty are not the same. */
	XXH64_hash_t seed = XXH3_64bits(message->key, message->key_len) + (message->key == NULL) + 2 * (message->payload == NULL);
	return (struct fingerprint){
		.offset = message->offset,
		.timestamp_ms = rd_kafka_message_timestamp(message, NULL),
		.hash = XXH3_64bits_withSeed(message->payload, message->len, seed),
	};
}

const char *fingerprint_write(const struct fingerprint *fingerprint, char note[FINGERPRINT_NOTE_BYTES])
{
	if (fingerprint->offset < 0)
		return NULL;
	snprintf(note, FINGERPRINT_NOTE_BYTES, "read=%" PRId64 " time=%" PRId64 " hash=%016" PRIx64, fingerprint->offset,
		 fingerprint->timestamp_ms, fingerprint->hash);
	return note;
}

struct fingerprint fingerprint_read(const char *note)
{
	struct fingerprint fingerprint;
	if (note == NULL || sscanf(note, "read=%" SCNd64 " time=%" SCNd64 " hash=%" SCNx64, &fingerprint.offset,
				   &fingerprint.timestamp_ms, &fingerprint.hash) != 3 || fingerprint.offset < 0)
		return FINGERPRINT_NONE;
	return fingerprint;
}
