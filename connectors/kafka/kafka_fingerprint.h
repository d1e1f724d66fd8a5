/* What tells the last record read in a partition from any other: kept as the note of the partition's position,
 * so that a topic which was deleted and made again is known, however many records it has by now. */
#ifndef WEIR_CONNECTORS_KAFKA_FINGERPRINT_H
#define WEIR_CONNECTORS_KAFKA_FINGERPRINT_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define FINGERPRINT_NOTE_BYTES 96

struct fingerprint {
	int64_t offset; /* -1 = none was read */
	int64_t timestamp_ms;
	uint64_t hash; /* of key and value */
};
#define FINGERPRINT_NONE ((struct fingerprint){.offset = -1})

struct fingerprint fingerprint_of(const rd_kafka_message_t *message);
/* "read=1999 time=1568564615000 hash=0123456789abcdef"; NULL for none. */
const char *fingerprint_write(const struct fingerprint *fingerprint, char note[FINGERPRINT_NOTE_BYTES]);
/* What is not such a note (NULL, of an older weir) is none. */
struct fingerprint fingerprint_read(const char *note);

#endif
