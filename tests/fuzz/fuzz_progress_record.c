/* Records of the progress topic: "start" or "marker" (or another key), a newline, and the value. */
#include "connectors/kafka/kafka_progress.h"
#include "fuzz.h"

static bool is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void expect_same(const struct progress_record *a, const struct progress_record *b)
{
	CLAIM(is_same_text(a->pipeline_uuid, b->pipeline_uuid) && is_same_text(a->instance_uuid, b->instance_uuid));
	CLAIM(is_same_text(a->nonce, b->nonce) && a->checkpoint == b->checkpoint && a->time_ms == b->time_ms);
	CLAIM(a->n_positions == b->n_positions);
	for (uint32_t i = 0; i < a->n_positions; i++) {
		const struct weir_position *p = &a->positions[i], *q = &b->positions[i];
		CLAIM(is_same_text(p->stream, q->stream) && is_same_text(p->note, q->note));
		CLAIM(p->partition == q->partition && p->offset == q->offset && p->stop == q->stop);
	}
}

static void judge_taken(struct weir_slice key, const struct progress_record *record)
{
	char why[256], *text = progress_encode(record);
	CLAIM(text != NULL && record->pipeline_uuid != NULL && record->instance_uuid != NULL);
	struct progress_record again;
	CLAIM(progress_decode(key, (struct weir_slice){(uint8_t *)text, strlen(text)}, &again, why, sizeof(why)) == 0);
	expect_same(record, &again);
	progress_record_done(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size}, key_part = {0};
	(void)input_part(&input, "\n", &key_part);
	uint8_t *key_bytes = block_of(key_part.at, key_part.left), *value_bytes = block_of(input.at, input.left);
	struct weir_slice key = {key_bytes, key_part.left}, value = {value_bytes, input.left};
	char why[256] = "";
	struct progress_record record;
	if (progress_decode(key, value, &record, why, sizeof(why)) < 0) {
		CLAIM(why[0] != '\0');
	} else {
		judge_taken(key, &record);
		progress_record_done(&record);
	}
	free(key_bytes);
	free(value_bytes);
	return 0;
}
