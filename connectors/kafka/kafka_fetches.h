/* Which brokers answer what they are asked: a broker that gives no records is either at the end of what it has,
 * or away, and only an answer to a fetch tells the one from the other. */
#ifndef WEIR_CONNECTORS_KAFKA_FETCHES_H
#define WEIR_CONNECTORS_KAFKA_FETCHES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define KAFKA_MOST_BROKERS 256 /* more are taken for brokers that do not answer */

/* All zero: nobody has answered yet. */
struct kafka_fetches {
	struct {
		atomic_int_fast64_t broker; /* id + 1; 0 = free */
		atomic_int_fast64_t answered_ms;
	} list[KAFKA_MOST_BROKERS];
};

/* Any thread. now_ms: monotonic. */
void kafka_fetches_note_answer(struct kafka_fetches *fetches, int32_t broker, int64_t now_ms);

/* Any thread. Has this broker answered since? */
bool kafka_fetches_answered_since(struct kafka_fetches *fetches, int32_t broker, int64_t since_ms);

#endif
