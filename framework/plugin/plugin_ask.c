#include "plugin/plugin_ask.h"

#include <stdarg.h>

#include "base/error.h"
#include "base/failpoint.h"

/* What stands behind a struct weir_ctx during check(). */
struct check_context {
	const struct plugin_question *question;
	unsigned n_found;
};

static struct check_context *context_of(struct weir_ctx *ctx)
{
	return (struct check_context *)ctx;
}

static void report(struct check_context *context, bool is_warning, const char *option, const char *fmt,
		   va_list arguments)
{
	struct error error;
	error_setv(&error, 0, fmt, arguments);
	context->question->report(context->question->context, is_warning, option, error.text);
	context->n_found += !is_warning;
}

static void check_log(struct weir_ctx *ctx, enum weir_level level, const char *fmt, ...)
{
	if (level < WEIR_WARN)
		return;
	va_list arguments;
	va_start(arguments, fmt);
	report(context_of(ctx), true, NULL, fmt, arguments);
	va_end(arguments);
}

static weir_status check_fail(struct weir_ctx *ctx, weir_status status, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	report(context_of(ctx), false, NULL, fmt, arguments);
	va_end(arguments);
	return status;
}

static weir_status check_bad_option(struct weir_ctx *ctx, const char *option, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	report(context_of(ctx), false, option, fmt, arguments);
	va_end(arguments);
	return WEIR_FATAL;
}

static const struct weir_pipeline_info *check_pipeline(struct weir_ctx *ctx)
{
	return &context_of(ctx)->question->pipeline;
}

static weir_status check_failpoint(struct weir_ctx *ctx, const char *name)
{
	(void)ctx;
	return failpoint(name) ? WEIR_FATAL : WEIR_OK;
}

/* The services below have no place in check(); they refuse without harm. */

static struct weir_metric *check_metric(struct weir_ctx *ctx, enum weir_metric_kind kind, const char *name,
					const char *unit, const char *help)
{
	static char nowhere;
	(void)ctx, (void)kind, (void)name, (void)unit, (void)help;
	return (struct weir_metric *)(void *)&nowhere; /* never NULL, and measure() leaves it alone */
}

static void check_measure(struct weir_metric *metric, int64_t value)
{
	(void)metric, (void)value;
}

static struct weir_record *check_append(struct weir_out *out, uint32_t n_records)
{
	(void)out, (void)n_records;
	return NULL;
}

static void *check_alloc(struct weir_out *out, size_t bytes)
{
	(void)out, (void)bytes;
	return NULL;
}

static weir_status check_adopt(struct weir_out *out, void *owner, void (*release)(void *owner))
{
	(void)out;
	release(owner);
	return WEIR_FATAL;
}

static weir_status check_reject(struct weir_ctx *ctx, const struct weir_record *record, const char *why)
{
	(void)ctx, (void)record, (void)why;
	return WEIR_FATAL;
}

static uint32_t check_partition(struct weir_ctx *ctx, const char *stream, int32_t partition)
{
	(void)ctx, (void)stream, (void)partition;
	return WEIR_NO_PARTITION;
}

static void check_partition_lag(struct weir_ctx *ctx, uint32_t partition, int64_t lag)
{
	(void)ctx, (void)partition, (void)lag;
}

static void check_partition_end(struct weir_ctx *ctx, uint32_t partition)
{
	(void)ctx, (void)partition;
}

static weir_status check_position(struct weir_positions *positions, const struct weir_position *position)
{
	(void)positions, (void)position;
	return WEIR_FATAL;
}

static void check_may_take(struct weir_ctx *ctx, int64_t ms)
{
	(void)ctx, (void)ms;
}

static const struct weir_host check_host = {
	.size = sizeof(check_host),
	.abi_major = WEIR_ABI_MAJOR,
	.abi_minor = WEIR_ABI_MINOR,
	.log = check_log,
	.metric = check_metric,
	.measure = check_measure,
	.pipeline = check_pipeline,
	.fail = check_fail,
	.bad_option = check_bad_option,
	.failpoint = check_failpoint,
	.append = check_append,
	.alloc = check_alloc,
	.adopt = check_adopt,
	.reject = check_reject,
	.partition = check_partition,
	.partition_lag = check_partition_lag,
	.partition_end = check_partition_end,
	.position = check_position,
	.may_take = check_may_take,
};

static void found_without_words(struct check_context *context, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	report(context, false, NULL, fmt, arguments);
	va_end(arguments);
}

weir_status plugin_ask(const struct plugin_question *question)
{
	struct check_context context = {question, 0};
	if (question->plugin->check == NULL)
		return WEIR_OK;
	weir_status status = question->plugin->check(question->instance, (struct weir_ctx *)&context, &check_host);
	if (status != WEIR_OK && context.n_found == 0)
		found_without_words(&context, "the plugin refuses its options without saying why (status %d)", status);
	return context.n_found > 0 ? WEIR_FATAL : WEIR_OK;
}
