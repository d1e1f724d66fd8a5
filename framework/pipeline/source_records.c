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

/* The records from *first on that come from its partition; *first is moved on behind them. */
static weir_status check_run(struct plugin_instance *source, struct source_partitions *partitions, struct batch *batch,
			     uint32_t *first)
{
	const struct weir_record *record = &batch->records[*first], *end = &batch->records[batch->view.n_records];
	uint32_t partition = record->partition;
	bool is_nowhere = partition == WEIR_NO_PARTITION;
	if (!is_nowhere && partition >= partitions->n)
		return refuse_record(source, partitions, record, "its partition was never registered");
	int64_t next_offset = is_nowhere ? -1 : partitions->list[partition].next_offset;
	size_t bytes = 0;
	for (; record < end && record->partition == partition; record++) {
		if (!is_sound(record->key) || !is_sound(record->value) || (record->n_headers > 0 && record->headers == NULL))
			return refuse_record(source, partitions, record, "its key, value or headers have a length but no data, or 2 GiB and more");
		bytes += record->key.len + record->value.len;
		if (record->offset >= next_offset)
			next_offset = record->offset + 1;
		else if (record->offset != -1 && !is_nowhere)
			return refuse_record(source, partitions, record, "its offset lies before one that was read already");
	}
	if (!is_nowhere)
		partitions->list[partition].next_offset = next_offset;
	batch->bytes += bytes;
	batch->has_one_partition = *first == 0 && record == end;
	*first = (uint32_t)(record - batch->records);
	return WEIR_OK;
}

weir_status source_check_records(struct plugin_instance *source, struct source_partitions *partitions, struct batch *batch)
{
	weir_status s = WEIR_OK;
	for (uint32_t first = 0; s == WEIR_OK && first < batch->view.n_records;)
		s = check_run(source, partitions, batch, &first);
	return s;
}
