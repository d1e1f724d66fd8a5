/* Records in, time on, records out. */
#include <stdlib.h>
#include <string.h>

#include "harness/harness_internal.h"
#include "pipeline/source_records.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free
#define OWN_STREAM "harness" /* the partition that is there from the start is its number 0 */

/* ---- what came out ---- */

static weir_status keep(struct weir_harness *h, struct harness_records *list, struct batch *take_batch)
{
	uint32_t n = take_batch->view.n_records;
	struct batch **batches = realloc(list->batches, (list->n_batches + 1) * sizeof(*batches));
	if (batches != NULL)
		list->batches = batches;
	const struct weir_record **records = realloc(list->records, (list->n_records + n + 1) * sizeof(*records));
	if (records != NULL)
		list->records = records;
	if (batches == NULL || records == NULL) {
		batch_unref(take_batch);
		return failure_no_memory(&h->failure, h->component.path);
	}
	list->batches[list->n_batches++] = take_batch;
	for (uint32_t i = 0; i < n; i++)
		list->records[list->n_records++] = &take_batch->records[i];
	return WEIR_OK;
}

static void records_done(struct harness_records *list)
{
	for (uint32_t i = 0; i < list->n_batches; i++)
		batch_unref(list->batches[i]);
	free(list->batches);
	free(list->records);
	*list = (struct harness_records){0};
}

weir_status harness_deliver(void *target, struct batch *take_batch)
{
	struct weir_harness *h = target;
	return keep(h, &h->results, take_batch);
}

static size_t bytes_of(const void *item)
{
	return ((const struct batch *)item)->bytes;
}

void harness_take_dead_letters(struct weir_harness *h)
{
	for (struct batch *batch; h->letters.slots != NULL && (batch = batch_queue_take(&h->letters, bytes_of)) != NULL;)
		keep(h, &h->dead_letters, batch);
}

void weir_harness_forget(struct weir_harness *h)
{
	records_done(&h->results);
	records_done(&h->dead_letters);
	obstack_free(&h->texts, NULL);
	obstack_init(&h->texts);
}

static const struct weir_record *record_at(const struct harness_records *list, uint32_t index)
{
	return index < list->n_records ? list->records[index] : NULL;
}

uint32_t weir_harness_n_results(const struct weir_harness *h)
{
	return h->results.n_records;
}

const struct weir_record *weir_harness_result(const struct weir_harness *h, uint32_t index)
{
	return record_at(&h->results, index);
}

uint32_t weir_harness_n_dead_letters(const struct weir_harness *h)
{
	return h->dead_letters.n_records;
}

const struct weir_record *weir_harness_dead_letter(const struct weir_harness *h, uint32_t index)
{
	return record_at(&h->dead_letters, index);
}

const char *weir_harness_text(struct weir_harness *h, struct weir_slice slice)
{
	return slice.data != NULL ? obstack_copy0(&h->texts, slice.data, slice.len) : NULL;
}

static const char *value_text(struct weir_harness *h, const struct weir_record *record)
{
	return record != NULL ? weir_harness_text(h, record->value) : NULL;
}

const char *weir_harness_result_text(struct weir_harness *h, uint32_t index)
{
	return value_text(h, weir_harness_result(h, index));
}

const char *weir_harness_dead_letter_text(struct weir_harness *h, uint32_t index)
{
	return value_text(h, weir_harness_dead_letter(h, index));
}

const char *weir_harness_dead_letter_reason(struct weir_harness *h, uint32_t index)
{
	const struct weir_record *letter = weir_harness_dead_letter(h, index);
	return letter != NULL ? weir_harness_text(h, letter->headers[0].value) : NULL;
}

/* ---- records in ---- */

uint32_t weir_harness_partition(struct weir_harness *h, const char *stream, int32_t number)
{
	uint32_t index = source_partitions_index(&h->partitions, stream, number);
	if (index != UINT32_MAX)
		source_partitions_set_lag(&h->partitions, index, 0);
	return index;
}

static struct weir_slice copied(struct weir_out *out, struct weir_slice from, bool *ret_copied)
{
	if (from.data == NULL)
		return (struct weir_slice){NULL, 0};
	uint8_t *to = weir_out_alloc(out, from.len > 0 ? from.len : 1);
	*ret_copied = *ret_copied && to != NULL;
	if (to != NULL && from.len > 0)
		memcpy(to, from.data, from.len);
	return (struct weir_slice){to, to != NULL ? from.len : 0};
}

static bool copy_record(struct weir_out *out, struct weir_record *to, const struct weir_record *from)
{
	bool all = true;
	struct weir_header *headers = weir_out_alloc(out, (from->n_headers + 1) * sizeof(*headers));
	*to = *from;
	to->key = copied(out, from->key, &all);
	to->value = copied(out, from->value, &all);
	to->headers = headers;
	for (uint32_t i = 0; headers != NULL && i < from->n_headers; i++)
		headers[i] = (struct weir_header){copied(out, from->headers[i].name, &all),
						  copied(out, from->headers[i].value, &all)};
	return all && headers != NULL;
}

/* Gives the record its place among the partitions. */
static bool place(struct weir_harness *h, struct weir_record *record)
{
	if (record->partition == WEIR_NO_PARTITION)
		record->partition = weir_harness_partition(h, OWN_STREAM, 0);
	if (record->partition >= h->partitions.n)
		return false;
	int64_t *next_offset = &h->partitions.list[record->partition].next_offset;
	if (record->offset < 0)
		record->offset = *next_offset;
	if (record->offset >= *next_offset)
		*next_offset = record->offset + 1;
	return true;
}

/* NULL: the failure is set. */
static struct batch *batch_of(struct weir_harness *h, const struct weir_record *records, uint32_t n, uint32_t output)
{
	struct weir_out out = {.output = output, .partition = WEIR_NO_PARTITION};
	struct weir_record *to = weir_out_append(&out, n);
	bool all = to != NULL, placed = true;
	for (uint32_t i = 0; all && placed && i < n; i++) {
		all = copy_record(&out, &to[i], &records[i]);
		placed = place(h, &to[i]);
	}
	struct batch *batch = all && placed ? weir_out_take(&out) : NULL;
	weir_out_done(&out);
	if (!all)
		failure_no_memory(&h->failure, "harness");
	else if (!placed)
		failure_set(&h->failure, WEIR_FATAL, "harness", "a record of a partition that weir_harness_partition() did not give");
	return batch;
}

static weir_status write_batch(struct weir_harness *h, struct batch *take_batch)
{
	weir_status s = harness_sink_begin(h);
	if (s == WEIR_OK) {
		plugin_enter(&h->instance, "write");
		s = plugin_leave_or_retry(&h->instance,
					  h->plugin.descriptor->sink->write(h->instance.self, &take_batch->view));
	}
	batch_unref(take_batch);
	return s;
}

static weir_status push(struct weir_harness *h, struct batch *take_batch)
{
	if (harness_is(h, PLUGIN_SINK))
		return write_batch(h, take_batch);
	return h->exchange != NULL ? key_exchange_push(h->exchange, take_batch) : transform_chain_push(&h->chain, take_batch);
}

static weir_status feed(struct weir_harness *h, const struct weir_record *records, uint32_t n, uint32_t output)
{
	if (n > BATCH_RECORDS)
		return failure_set(&h->failure, WEIR_FATAL, "harness", "%u records at once; weir's batches hold 1024", n);
	struct batch *batch = n > 0 ? batch_of(h, records, n, output) : NULL;
	if (batch == NULL)
		return h->failure.status;
	weir_status s = push(h, batch);
	harness_take_dead_letters(h);
	return s;
}

weir_status weir_harness_feed(struct weir_harness *h, const struct weir_record *records, uint32_t n_records)
{
	weir_status s = harness_ready(h, "feed", !harness_is(h, PLUGIN_SOURCE));
	return s == WEIR_OK ? feed(h, records, n_records, WEIR_RESULTS) : s;
}

weir_status weir_harness_feed_dead_letters(struct weir_harness *h, const struct weir_record *records, uint32_t n_records)
{
	weir_status s = harness_ready(h, "feed_dead_letters", harness_is(h, PLUGIN_SINK));
	return s == WEIR_OK ? feed(h, records, n_records, WEIR_DEAD_LETTERS) : s;
}

static struct weir_slice slice_of(const char *text)
{
	return (struct weir_slice){(const uint8_t *)text, text != NULL ? strlen(text) : 0};
}

weir_status weir_harness_feed_text(struct weir_harness *h, const char *key, const char *value)
{
	struct weir_record record = {
		.key = slice_of(key), .value = slice_of(value), .partition = WEIR_NO_PARTITION, .offset = -1, .timestamp_ms = -1};
	return weir_harness_feed(h, &record, 1);
}

/* ---- time ---- */

static weir_status fire(struct weir_harness *h)
{
	weir_status s = keyed_task_watermark(&h->task, h->partitions.watermarks.current_ms);
	harness_take_dead_letters(h);
	return s;
}

weir_status weir_harness_watermark(struct weir_harness *h, int64_t watermark_ms)
{
	weir_status s = harness_ready(h, "watermark", harness_is(h, PLUGIN_WINDOWED));
	if (s != WEIR_OK)
		return s;
	if (watermark_ms > h->partitions.watermarks.current_ms)
		h->partitions.watermarks.current_ms = watermark_ms;
	return fire(h);
}

weir_status weir_harness_turn_clock(struct weir_harness *h, int64_t ms)
{
	weir_status s = harness_ready(h, "turn_clock", harness_is(h, PLUGIN_WINDOWED));
	if (s != WEIR_OK)
		return s;
	h->partitions.watermarks.clock_ms += ms;
	return watermarks_advance(&h->partitions.watermarks) ? fire(h) : WEIR_OK;
}

int64_t weir_harness_watermark_ms(const struct weir_harness *h)
{
	return h->partitions.watermarks.current_ms;
}

/* ---- out of sources ---- */

/* Copied, so that the source's own memory is let go of before it is closed, as weir does. */
static weir_status keep_copy(struct weir_harness *h, const struct batch *batch)
{
	struct weir_out out = {.partition = WEIR_NO_PARTITION};
	struct weir_record *to = weir_out_append(&out, batch->view.n_records);
	bool all = to != NULL;
	for (uint32_t i = 0; all && i < batch->view.n_records; i++)
		all = copy_record(&out, &to[i], &batch->records[i]);
	weir_status s = all ? keep(h, &h->results, weir_out_take(&out)) : failure_no_memory(&h->failure, "harness");
	weir_out_done(&out);
	return s;
}

weir_status weir_harness_poll(struct weir_harness *h, uint32_t max_records, int64_t timeout_ms)
{
	weir_status s = harness_ready(h, "poll", harness_is(h, PLUGIN_SOURCE));
	if (s != WEIR_OK)
		return s;
	struct weir_out out = {.partition = WEIR_NO_PARTITION};
	plugin_enter(&h->instance, "poll");
	s = plugin_leave_poll(&h->instance, h->plugin.descriptor->source->poll(h->instance.self, &out, max_records, timeout_ms));
	if (s != WEIR_OK && out.first != NULL)
		s = failure_set(&h->failure, WEIR_FATAL, "source", "it appended records in poll(), but returned status %d", (int)s);
	for (struct batch *batch; s == WEIR_OK && (batch = weir_out_take(&out)) != NULL;) {
		s = source_check_records(&h->instance, &h->partitions, batch);
		if (s == WEIR_OK)
			s = keep_copy(h, batch);
		batch_unref(batch);
	}
	weir_out_done(&out);
	return s;
}

void weir_harness_interrupt(struct weir_harness *h)
{
	if (harness_is(h, PLUGIN_SOURCE) && h->instance.is_open)
		plugin_interrupt(&h->instance);
}

uint32_t weir_harness_n_partitions(const struct weir_harness *h)
{
	return h->partitions.n;
}

struct weir_harness_partition weir_harness_partition_at(const struct weir_harness *h, uint32_t index)
{
	if (index >= h->partitions.n)
		return (struct weir_harness_partition){0};
	const struct source_partition *partition = &h->partitions.list[index];
	return (struct weir_harness_partition){partition->stream, partition->number, partition->lag,
					       h->partitions.watermarks.partitions[index].ended};
}

/* ---- metrics, log, state ---- */

int64_t weir_harness_metric(const struct weir_harness *h, const char *name)
{
	struct weir_metric *metric =
		h->component.path != NULL ? metrics_find(h->metrics, h->component.path, name) : NULL;
	return metric != NULL ? metric_get(metric) : INT64_MIN;
}

uint32_t weir_harness_n_logs(struct weir_harness *h)
{
	pthread_mutex_lock(&h->log_lock);
	uint32_t n = h->logs.n;
	pthread_mutex_unlock(&h->log_lock);
	return n;
}

const char *weir_harness_log(struct weir_harness *h, uint32_t index)
{
	pthread_mutex_lock(&h->log_lock);
	const char *line = index < h->logs.n ? h->logs.list[index] : NULL;
	pthread_mutex_unlock(&h->log_lock);
	return line;
}

uint64_t weir_harness_n_keys(const struct weir_harness *h)
{
	return h->task.state != NULL ? state_table_n_keys(h->task.state) : 0;
}

const void *weir_harness_state(const struct weir_harness *h, int64_t window_start_ms, struct weir_slice key)
{
	struct state_window *window = h->task.state != NULL ? state_table_find(h->task.state, window_start_ms) : NULL;
	struct state_entry entry;
	for (uint64_t cursor = 0; window != NULL && state_window_read(window, &cursor, &entry, 1) == 1;)
		if (entry.key_len == key.len && memcmp(entry.key, key.data, key.len) == 0)
			return entry.value;
	return NULL;
}

int64_t weir_harness_verdict(const struct weir_harness *h)
{
	return h->verdict;
}
