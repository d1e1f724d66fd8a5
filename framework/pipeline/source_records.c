#include "pipeline/source_records.h"

#define MOST_SLICE_BYTES INT32_MAX

static weir_status refuse_record(struct plugin_instance *source, struct source_partitions *partitions,
				 const struct weir_record *record, const char *what)
{
	char stream[256] = "no partition";
	int32_t number = -1;
	source_partitions_name(partitions, record->partition, stream, sizeof(stream), &number);
	return failure_set(source->ctx.failure, WEIR_FATAL, plugin_component(source),
			   "plugin '%s' appended a record in poll() that cannot be (%s, partition %d, offset %lld): %s",
			   source->plugin->name, stream, (int)number, (long long)record->offset, what);
}

static bool is_sound(struct weir_slice slice)
{
	return slice.len == 0 || (slice.data != NULL && slice.len <= MOST_SLICE_BYTES);
}

weir_status source_check_records(struct plugin_instance *source, struct source_partitions *partitions, const struct batch *batch)
{
	for (uint32_t i = 0; i < batch->view.n_records; i++) {
		const struct weir_record *record = &batch->records[i];
		if (!is_sound(record->key) || !is_sound(record->value) || (record->n_headers > 0 && record->headers == NULL))
			return refuse_record(source, partitions, record, "its key, value or headers have a length but no data, or 2 GiB and more");
		if (record->partition == WEIR_NO_PARTITION)
			continue;
		if (record->partition >= partitions->n)
			return refuse_record(source, partitions, record, "its partition was never registered");
		int64_t *next_offset = &partitions->list[record->partition].next_offset;
		if (record->offset >= *next_offset)
			*next_offset = record->offset + 1;
		else if (record->offset != -1)
			return refuse_record(source, partitions, record, "its offset lies before one that was read already");
	}
	return WEIR_OK;
}
