#include "pipeline/plugin_host.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/failpoint.h"
#include "observe/log.h"
#include "observe/metric_table.h"

static void tap(const struct log_tap *tap, enum weir_level level, const char *fmt, va_list arguments)
{
	struct error text;
	error_setv(&text, 0, fmt, arguments);
	tap->take(tap->user, (enum weir_level)(level & 3), text.text);
}

static void host_log(struct weir_ctx *ctx, enum weir_level level, const char *fmt, ...)
{
	static const enum log_level levels[] = {LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR};
	va_list arguments;
	va_start(arguments, fmt);
	if (ctx->log_tap != NULL)
		tap(ctx->log_tap, level, fmt, arguments);
	else
		log_writev(levels[level & 3], ctx->component->path, fmt, arguments);
	va_end(arguments);
}

static struct weir_metric *host_metric(struct weir_ctx *ctx, enum weir_metric_kind kind, const char *name,
				       const char *unit, const char *help)
{
	return metrics_register(ctx->metrics, ctx->component->path, kind, name, unit, help);
}

static void host_measure(struct weir_metric *metric, int64_t value)
{
	if (metric->kind == WEIR_COUNTER)
		metric_add(metric, value);
	else
		metric_set(metric, value);
}

static const struct weir_pipeline_info *host_pipeline(struct weir_ctx *ctx)
{
	return &ctx->info;
}

static weir_status host_fail(struct weir_ctx *ctx, weir_status status, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(ctx->error, sizeof(ctx->error), fmt, arguments);
	va_end(arguments);
	return status;
}

static weir_status host_bad_option(struct weir_ctx *ctx, const char *option, const char *fmt, ...)
{
	int n = snprintf(ctx->error, sizeof(ctx->error), "option '%s': ", option);
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(ctx->error + n, sizeof(ctx->error) - (size_t)n, fmt, arguments);
	va_end(arguments);
	return WEIR_FATAL;
}

static weir_status host_failpoint(struct weir_ctx *ctx, const char *name)
{
	return failpoint(name) ? host_fail(ctx, WEIR_ABORT, "failpoint %s", name) : WEIR_OK;
}

static void describe_origin(struct weir_ctx *ctx, const struct weir_record *record, char *text, size_t size)
{
	char stream[256];
	int32_t number;
	if (source_partitions_name(ctx->partitions, record->partition, stream, sizeof(stream), &number))
		snprintf(text, size, "%s, partition %" PRId32 ", offset %" PRId64, stream, number, record->offset);
	else
		snprintf(text, size, "offset %" PRId64, record->offset);
}

static weir_status host_reject(struct weir_ctx *ctx, const struct weir_record *record, const char *why)
{
	metric_add(ctx->rejected, 1);
	if (ctx->component->on_error == ON_ERROR_SKIP)
		return WEIR_OK;
	if (ctx->component->on_error == ON_ERROR_DEAD_LETTER)
		return plugin_dead_letter((struct plugin_instance *)ctx, record, why);
	char origin[320];
	describe_origin(ctx, record, origin, sizeof(origin));
	return host_fail(ctx, WEIR_FATAL,
			 "cannot process the record at %s: %s%s", origin, why,
			 ((struct plugin_instance *)ctx)->plugin->sink != NULL
				 ? ""
				 : " (on_error = \"skip\" or \"dead_letter\" goes on)");
}

static uint32_t host_partition(struct weir_ctx *ctx, const char *stream, int32_t partition)
{
	uint32_t index = source_partitions_index(ctx->partitions, stream, partition);
	if (index == UINT32_MAX)
		failure_no_memory(ctx->failure, ctx->component->path);
	return index;
}

static void host_partition_lag(struct weir_ctx *ctx, uint32_t partition, int64_t lag)
{
	source_partitions_set_lag(ctx->partitions, partition, lag);
}

static void host_partition_end(struct weir_ctx *ctx, uint32_t partition)
{
	if (partition < ctx->partitions->n)
		watermarks_set_ended(&ctx->partitions->watermarks, partition);
}

static bool is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < 0x20 || *text > 0x7e)
			return false;
	return true;
}

/* Only what the next start can read again gets into a checkpoint. */
static weir_status host_position(struct weir_positions *positions, const struct weir_position *position)
{
	if (position->stream == NULL || !is_printable(position->stream) || position->partition < 0 || position->offset < 0 ||
	    position->stop < -1 || (position->note != NULL && !is_printable(position->note)))
		return failure_set(positions->failure, WEIR_FATAL, "source",
				   "snapshot() gave a position that cannot be kept: stream '%s', partition %" PRId32
				   ", offset %" PRId64 ", stop %" PRId64,
				   position->stream != NULL ? position->stream : "(none)", position->partition,
				   position->offset, position->stop);
	int64_t next_offset =
		source_partitions_pass(positions->partitions, position->stream, position->partition, position->offset);
	if (next_offset > 0)
		return failure_set(positions->failure, WEIR_FATAL, "source",
				   "snapshot() gave the offset %" PRId64 " for %s, partition %" PRId32
				   ", which has been read up to %" PRId64 ": records would be read twice",
				   position->offset, position->stream, position->partition, next_offset);
	struct checkpoint_position copied = {
		.stream = (char *)position->stream,
		.partition = position->partition,
		.offset = position->offset,
		.stop = position->stop,
		.note = (char *)position->note,
		.max_event_time_ms = source_partitions_event_time(positions->partitions, position->stream,
								  position->partition),
	};
	return checkpoint_record_add_position(positions->record, &copied) == 0 ? WEIR_OK : WEIR_FATAL;
}

static void host_may_take(struct weir_ctx *ctx, int64_t ms)
{
	watched_grant(&((struct plugin_instance *)ctx)->call, ms);
}

static const struct weir_host host = {
	.size = sizeof(host),
	.abi_major = WEIR_ABI_MAJOR,
	.abi_minor = WEIR_ABI_MINOR,
	.log = host_log,
	.metric = host_metric,
	.measure = host_measure,
	.pipeline = host_pipeline,
	.fail = host_fail,
	.bad_option = host_bad_option,
	.failpoint = host_failpoint,
	.append = weir_out_append,
	.alloc = weir_out_alloc,
	.adopt = weir_out_adopt,
	.reject = host_reject,
	.partition = host_partition,
	.partition_lag = host_partition_lag,
	.partition_end = host_partition_end,
	.position = host_position,
	.may_take = host_may_take,
};

/* ---- dead letters ---- */

static struct weir_slice copy_bytes(struct weir_out *out, struct weir_slice from)
{
	if (from.data == NULL)
		return from;
	uint8_t *to = weir_out_alloc(out, from.len + 1);
	if (to != NULL && from.len > 0)
		memcpy(to, from.data, from.len);
	return (struct weir_slice){to, from.len};
}

static struct weir_slice text_slice(const char *text)
{
	return (struct weir_slice){(const uint8_t *)text, strlen(text)};
}

static struct weir_header copied_header(struct weir_out *out, const char *name, const char *value)
{
	return (struct weir_header){text_slice(name), copy_bytes(out, text_slice(value))};
}

#define DEAD_LETTER_HEADERS 5

weir_status plugin_dead_letter(struct plugin_instance *instance, const struct weir_record *record, const char *why)
{
	struct weir_ctx *ctx = &instance->ctx;
	struct weir_out *out = &ctx->dead_letters;
	struct weir_record *letter = weir_out_append(out, 1);
	struct weir_header *headers =
		weir_out_alloc(out, (DEAD_LETTER_HEADERS + record->n_headers) * sizeof(*headers));
	if (letter == NULL || headers == NULL)
		return failure_no_memory(ctx->failure, ctx->component->path);
	char stream[256] = "", number_text[16] = "", offset_text[24];
	int32_t number;
	if (source_partitions_name(ctx->partitions, record->partition, stream, sizeof(stream), &number))
		snprintf(number_text, sizeof(number_text), "%" PRId32, number);
	snprintf(offset_text, sizeof(offset_text), "%" PRId64, record->offset);
	headers[0] = copied_header(out, "weir.reason", why);
	headers[1] = copied_header(out, "weir.component", ctx->component->path);
	headers[2] = copied_header(out, "weir.stream", stream);
	headers[3] = copied_header(out, "weir.partition", number_text);
	headers[4] = copied_header(out, "weir.offset", offset_text);
	for (uint32_t i = 0; i < record->n_headers; i++)
		headers[DEAD_LETTER_HEADERS + i] = (struct weir_header){
			copy_bytes(out, record->headers[i].name), copy_bytes(out, record->headers[i].value)};
	letter->key = copy_bytes(out, record->key);
	letter->value = copy_bytes(out, record->value);
	letter->timestamp_ms = record->timestamp_ms;
	letter->headers = headers;
	letter->n_headers = DEAD_LETTER_HEADERS + record->n_headers;
	return WEIR_OK;
}

/* ---- positions ---- */

struct weir_position *plugin_positions(const struct checkpoint_record *record)
{
	struct weir_position *positions = calloc(record->n_positions + 1, sizeof(*positions));
	for (uint32_t i = 0; positions != NULL && i < record->n_positions; i++) {
		const struct checkpoint_position *from = &record->positions[i];
		positions[i] = (struct weir_position){from->stream, from->partition, from->offset, from->stop, from->note};
	}
	return positions;
}

/* ---- instances ---- */

static void fill_info(struct weir_pipeline_info *info, const struct component_description *component,
		      const struct plugin_environment *environment)
{
	const struct pipeline_description *description = environment->description;
	*info = (struct weir_pipeline_info){
		.size = sizeof(*info),
		.guarantee = description->guarantee,
		.name = description->name,
		.component = component->path,
		.uuid = environment->uuid,
		.instance_uuid = environment->instance_uuid,
		.checkpoint_interval_ms = description->checkpoint.interval_ms,
		.checkpoint_timeout_ms = description->checkpoint.timeout_ms,
		.parallelism = description->parallelism,
	};
}

weir_status plugin_instance_open(struct plugin_instance *instance, const struct component_description *component,
				 const struct plugin_environment *environment)
{
	const struct weir_plugin *plugin = component->plugin->descriptor;
	*instance = (struct plugin_instance){.plugin = plugin, .watchdog = environment->watchdog};
	instance->call = (struct watched){.plugin = plugin->name, .component = component->path};
	instance->interruption = instance->call;
	struct weir_ctx *ctx = &instance->ctx;
	ctx->component = component;
	ctx->metrics = environment->metrics;
	ctx->failure = environment->failure;
	ctx->partitions = environment->partitions;
	ctx->log_tap = environment->log_tap;
	ctx->dead_letters = (struct weir_out){.output = WEIR_DEAD_LETTERS, .partition = WEIR_NO_PARTITION};
	fill_info(&ctx->info, component, environment);
	ctx->rejected = metrics_register_of(ctx->metrics, component->path, METRIC_RECORDS_REJECTED);
	instance->self = calloc(1, plugin->instance_size > 0 ? plugin->instance_size : 1);
	if (instance->self == NULL)
		return failure_no_memory(environment->failure, component->path);
	if (plugin->instance_size > 0)
		memcpy(instance->self, component->options, plugin->instance_size);
	instance->is_open = true;
	watchdog_add(instance->watchdog, &instance->call);
	watchdog_add(instance->watchdog, &instance->interruption);
	plugin_enter(instance, "open");
	weir_status s = plugin_leave(instance, plugin->open != NULL ? plugin->open(instance->self, ctx, &host) : WEIR_OK);
	log_debug(component->path, "plugin '%s' opened", plugin->name);
	return s;
}

void plugin_instance_close(struct plugin_instance *instance)
{
	if (instance->is_open && instance->plugin->close != NULL) {
		plugin_enter(instance, "close");
		instance->plugin->close(instance->self);
		plugin_leave(instance, WEIR_OK);
	}
	if (instance->is_open) {
		watchdog_remove(instance->watchdog, &instance->call);
		watchdog_remove(instance->watchdog, &instance->interruption);
	}
	instance->is_open = false;
	weir_out_done(&instance->ctx.dead_letters);
	free(instance->self);
	instance->self = NULL;
}

void plugin_enter(struct plugin_instance *instance, const char *callback)
{
	watched_enter(&instance->call, callback);
}

void plugin_interrupt(struct plugin_instance *instance)
{
	if (instance->plugin->source->interrupt == NULL)
		return;
	watched_enter(&instance->interruption, "interrupt");
	instance->plugin->source->interrupt(instance->self);
	watched_leave(&instance->interruption);
}

static weir_status end_run(struct plugin_instance *instance, const char *callback, weir_status status)
{
	struct failure *failure = instance->ctx.failure;
	const char *path = plugin_component(instance), *name = instance->plugin->name;
	if (status == WEIR_RETRY)
		status = WEIR_ABORT;
	if (status < WEIR_ABORT || status > WEIR_REFUSED || status == WEIR_END)
		return failure_set(failure, WEIR_FATAL, path, "plugin '%s' returned status %d from %s(), which makes no sense there",
				   name, (int)status, callback);
	if (instance->ctx.error[0] == '\0')
		return failure_set(failure, status, path, "plugin '%s' failed in %s() without saying why", name, callback);
	return failure_set(failure, status, path, "%s", instance->ctx.error);
}

weir_status plugin_leave(struct plugin_instance *instance, weir_status status)
{
	const char *callback = watched_leave(&instance->call);
	return status == WEIR_OK ? WEIR_OK : end_run(instance, callback, status);
}

weir_status plugin_leave_or_retry(struct plugin_instance *instance, weir_status status)
{
	return status == WEIR_RETRY ? (watched_leave(&instance->call), status) : plugin_leave(instance, status);
}

weir_status plugin_leave_poll(struct plugin_instance *instance, weir_status status)
{
	if (status == WEIR_IDLE || status == WEIR_END)
		return watched_leave(&instance->call), status;
	return plugin_leave_or_retry(instance, status);
}
