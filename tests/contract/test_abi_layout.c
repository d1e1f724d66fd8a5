/* The plugin ABI as plugins that are built already know it. Checked when this is compiled; nothing to run.
 *
 * Where a line fails, old plugins would be read wrongly: put the change at the end of its struct instead. A
 * new member gets a new line here and a new size; FROZEN structs get neither within a major version. */
#include "weir/plugin.h"

#define SIZE(name, size) _Static_assert(sizeof(struct name) == (size), "size of struct " #name)
#define AT(name, member, offset, size)                                                            \
	_Static_assert(offsetof(struct name, member) == (offset) &&                              \
			       sizeof(((struct name *)0)->member) == (size),                     \
		       "struct " #name ", member " #member)
#define VALUE(name, value) _Static_assert((name) == (value), #name)

#if UINTPTR_MAX == UINT64_MAX /* the numbers hold for LP64 */

SIZE(weir_slice, 16);
AT(weir_slice, data, 0, 8);
AT(weir_slice, len, 8, 8);

SIZE(weir_header, 32);
AT(weir_header, name, 0, 16);
AT(weir_header, value, 16, 16);

SIZE(weir_record, 64);
AT(weir_record, key, 0, 16);
AT(weir_record, value, 16, 16);
AT(weir_record, headers, 32, 8);
AT(weir_record, n_headers, 40, 4);
AT(weir_record, partition, 44, 4);
AT(weir_record, offset, 48, 8);
AT(weir_record, timestamp_ms, 56, 8);

SIZE(weir_batch, 24);
AT(weir_batch, size, 0, 4);
AT(weir_batch, n_records, 4, 4);
AT(weir_batch, records, 8, 8);
AT(weir_batch, output, 16, 4);

SIZE(weir_position, 40);
AT(weir_position, stream, 0, 8);
AT(weir_position, partition, 8, 4);
AT(weir_position, offset, 16, 8);
AT(weir_position, stop, 24, 8);
AT(weir_position, note, 32, 8);

SIZE(weir_survey, 48);
AT(weir_survey, stream, 0, 8);
AT(weir_survey, partition, 8, 4);
AT(weir_survey, fit, 12, 4);
AT(weir_survey, first, 16, 8);
AT(weir_survey, end, 24, 8);
AT(weir_survey, fresh, 32, 8);
AT(weir_survey, why, 40, 8);

SIZE(weir_option, 48);
AT(weir_option, name, 0, 8);
AT(weir_option, type, 8, 4);
AT(weir_option, flags, 12, 4);
AT(weir_option, offset, 16, 8);
AT(weir_option, fallback, 24, 8);
AT(weir_option, allowed, 32, 8);
AT(weir_option, doc, 40, 8);

SIZE(weir_pipeline_info, 64);
AT(weir_pipeline_info, size, 0, 4);
AT(weir_pipeline_info, guarantee, 4, 4);
AT(weir_pipeline_info, name, 8, 8);
AT(weir_pipeline_info, component, 16, 8);
AT(weir_pipeline_info, uuid, 24, 8);
AT(weir_pipeline_info, instance_uuid, 32, 8);
AT(weir_pipeline_info, checkpoint_interval_ms, 40, 8);
AT(weir_pipeline_info, checkpoint_timeout_ms, 48, 8);
AT(weir_pipeline_info, parallelism, 56, 4);

SIZE(weir_host, 136);
AT(weir_host, size, 0, 4);
AT(weir_host, abi_major, 4, 2);
AT(weir_host, abi_minor, 6, 2);
AT(weir_host, log, 8, 8);
AT(weir_host, metric, 16, 8);
AT(weir_host, measure, 24, 8);
AT(weir_host, pipeline, 32, 8);
AT(weir_host, fail, 40, 8);
AT(weir_host, bad_option, 48, 8);
AT(weir_host, failpoint, 56, 8);
AT(weir_host, append, 64, 8);
AT(weir_host, alloc, 72, 8);
AT(weir_host, adopt, 80, 8);
AT(weir_host, reject, 88, 8);
AT(weir_host, partition, 96, 8);
AT(weir_host, partition_lag, 104, 8);
AT(weir_host, partition_end, 112, 8);
AT(weir_host, position, 120, 8);
AT(weir_host, may_take, 128, 8);

SIZE(weir_source_ops, 64);
AT(weir_source_ops, size, 0, 4);
AT(weir_source_ops, flags, 4, 4);
AT(weir_source_ops, start, 8, 8);
AT(weir_source_ops, poll, 16, 8);
AT(weir_source_ops, interrupt, 24, 8);
AT(weir_source_ops, snapshot, 32, 8);
AT(weir_source_ops, completed, 40, 8);
AT(weir_source_ops, system, 48, 8);
AT(weir_source_ops, survey, 56, 8);

SIZE(weir_transform_ops, 16);
AT(weir_transform_ops, size, 0, 4);
AT(weir_transform_ops, flags, 4, 4);
AT(weir_transform_ops, process, 8, 8);

SIZE(weir_assignment, 32);
AT(weir_assignment, key, 0, 16);
AT(weir_assignment, event_time_ms, 16, 8);
AT(weir_assignment, carry, 24, 8);

SIZE(weir_fold, 32);
AT(weir_fold, value, 0, 8);
AT(weir_fold, record, 8, 8);
AT(weir_fold, event_time_ms, 16, 8);
AT(weir_fold, carry, 24, 8);

SIZE(weir_window, 16);
AT(weir_window, start_ms, 0, 8);
AT(weir_window, end_ms, 8, 8);

SIZE(weir_entry, 24);
AT(weir_entry, key, 0, 16);
AT(weir_entry, value, 16, 8);

SIZE(weir_windowed_ops, 48);
AT(weir_windowed_ops, size, 0, 4);
AT(weir_windowed_ops, flags, 4, 4);
AT(weir_windowed_ops, table, 8, 8);
AT(weir_windowed_ops, value_size, 16, 4);
AT(weir_windowed_ops, state_version, 20, 4);
AT(weir_windowed_ops, assign, 24, 8);
AT(weir_windowed_ops, update, 32, 8);
AT(weir_windowed_ops, fire, 40, 8);

SIZE(weir_checkpoint, 40);
AT(weir_checkpoint, size, 0, 4);
AT(weir_checkpoint, n_positions, 4, 4);
AT(weir_checkpoint, id, 8, 8);
AT(weir_checkpoint, positions, 16, 8);
AT(weir_checkpoint, source_system, 24, 8);
AT(weir_checkpoint, watermark_ms, 32, 8);

SIZE(weir_verdict, 72);
AT(weir_verdict, size, 0, 4);
AT(weir_verdict, found, 4, 1);
AT(weir_verdict, checkpoint, 8, 8);
AT(weir_verdict, pipeline_uuid, 16, 8);
AT(weir_verdict, instance_uuid, 24, 8);
AT(weir_verdict, positions, 32, 8);
AT(weir_verdict, n_positions, 40, 4);
AT(weir_verdict, where, 48, 8);
AT(weir_verdict, newest_instance, 56, 8);
AT(weir_verdict, time_ms, 64, 8);

SIZE(weir_sink_ops, 96);
AT(weir_sink_ops, size, 0, 4);
AT(weir_sink_ops, flags, 4, 4);
AT(weir_sink_ops, delivery, 8, 4);
AT(weir_sink_ops, dead_letter_option, 16, 8);
AT(weir_sink_ops, peek, 24, 8);
AT(weir_sink_ops, take_over, 32, 8);
AT(weir_sink_ops, resume, 40, 8);
AT(weir_sink_ops, begin, 48, 8);
AT(weir_sink_ops, write, 56, 8);
AT(weir_sink_ops, prepare, 64, 8);
AT(weir_sink_ops, commit, 72, 8);
AT(weir_sink_ops, abort, 80, 8);
AT(weir_sink_ops, system, 88, 8);

SIZE(weir_plugin, 144);
AT(weir_plugin, size, 0, 4);
AT(weir_plugin, magic, 4, 4);
AT(weir_plugin, abi_major, 8, 2);
AT(weir_plugin, abi_minor, 10, 2);
AT(weir_plugin, flags, 12, 4);
AT(weir_plugin, name, 16, 8);
AT(weir_plugin, version, 24, 8);
AT(weir_plugin, license, 32, 8);
AT(weir_plugin, summary, 40, 8);
AT(weir_plugin, doc, 48, 8);
AT(weir_plugin, example, 56, 8);
AT(weir_plugin, options, 64, 8);
AT(weir_plugin, n_options, 72, 4);
AT(weir_plugin, option_size, 76, 4);
AT(weir_plugin, instance_size, 80, 8);
AT(weir_plugin, check, 88, 8);
AT(weir_plugin, open, 96, 8);
AT(weir_plugin, close, 104, 8);
AT(weir_plugin, source, 112, 8);
AT(weir_plugin, transform, 120, 8);
AT(weir_plugin, windowed, 128, 8);
AT(weir_plugin, sink, 136, 8);

#endif

VALUE(WEIR_ABI_MAJOR, 1);
VALUE(WEIR_MAGIC, 0x52494557u);
VALUE(WEIR_OK, 0);
VALUE(WEIR_IDLE, 1);
VALUE(WEIR_RETRY, 2);
VALUE(WEIR_ABORT, 3);
VALUE(WEIR_FATAL, 4);
VALUE(WEIR_END, 5);
VALUE(WEIR_FENCED, 6);
VALUE(WEIR_REFUSED, 7);
VALUE(WEIR_NO_PARTITION, UINT32_MAX);
VALUE(WEIR_RESULTS, 0);
VALUE(WEIR_DEAD_LETTERS, 1);
VALUE(WEIR_REQUIRED, 0x1u);
VALUE(WEIR_SECRET, 0x2u);
VALUE(WEIR_DEPRECATED, 0x4u);
VALUE(WEIR_CANNOT_REWIND, 0x1u);
VALUE(WEIR_ASKS_HOST, 0x1u);

VALUE(WEIR_FITS, 0);
VALUE(WEIR_PASSED, 1);
VALUE(WEIR_OTHER, 2);
VALUE(WEIR_STRING, 1);
VALUE(WEIR_INTEGER, 2);
VALUE(WEIR_REAL, 3);
VALUE(WEIR_BOOL, 4);
VALUE(WEIR_DURATION, 5);
VALUE(WEIR_BYTES, 6);
VALUE(WEIR_LIST, 7);
VALUE(WEIR_MAP, 8);
VALUE(WEIR_DEBUG, 0);
VALUE(WEIR_INFO, 1);
VALUE(WEIR_WARN, 2);
VALUE(WEIR_ERROR, 3);
VALUE(WEIR_COUNTER, 0);
VALUE(WEIR_GAUGE, 1);
VALUE(WEIR_AT_LEAST_ONCE_GUARANTEE, 1);
VALUE(WEIR_EXACTLY_ONCE_GUARANTEE, 2);
VALUE(WEIR_AT_LEAST_ONCE, 1);
VALUE(WEIR_TWO_PHASE, 2);
VALUE(WEIR_LAST_RESOURCE, 3);

int main(void)
{
	return 0;
}
