#include "connectors/kafka/kafka_fetches.h"

void kafka_fetches_note_answer(struct kafka_fetches *fetches, int32_t broker, int64_t now_ms)
{
	const int_fast64_t wanted = (int_fast64_t)broker + 1;
	for (int i = 0; i < KAFKA_MOST_BROKERS; i++) {
		int_fast64_t found = 0;
		if (atomic_compare_exchange_strong(&fetches->list[i].broker, &found, wanted) || found == wanted) {
			atomic_store(&fetches->list[i].answered_ms, now_ms);
			return;
		}
	}
}

bool kafka_fetches_answered_since(struct kafka_fetches *fetches, int32_t broker, int64_t since_ms)
{
	for (int i = 0; i < KAFKA_MOST_BROKERS; i++) {
		int_fast64_t found = atomic_load(&fetches->list[i].broker);
		if (found == 0)
			return false;
		if (found == (int_fast64_t)broker + 1) {
			int_fast64_t answered_ms = atomic_load(&fetches->list[i].answered_ms);
			return answered_ms > 0 && answered_ms >= since_ms;
		}
	}
	return false;
}
