#include "config.h" /* vasprintf() */

#include "fake_host.h"

#include <check.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct weir_metric {
	struct weir_metric *next;
	enum weir_metric_kind kind;
	_Atomic int64_t value;
	char name[];
};

struct fake_out_block {
	struct fake_out_block *next; /* newest first */
	struct weir_record *records; /* NULL: plain memory */
	uint32_t n_records;
	void *memory;
};

struct fake_out_owner {
	struct fake_out_owner *next;
	void *owner;
	void (*release)(void *owner);
};

static void *checked(void *memory)
{
	if (memory == NULL)
		ck_abort_msg("no memory");
	return memory;
}

static void *copy_of(const void *data, size_t len)
{
	void *copy = checked(malloc(len > 0 ? len : 1));
	if (len > 0)
		memcpy(copy, data, len);
	return copy;
}

static char *text_v(const char *fmt, va_list arguments)
{
	char *text;
	ck_assert_int_ge(vasprintf(&text, fmt, arguments), 0);
	return text;
}

static void texts_take(struct fake_texts *texts, char *text)
{
	texts->list = checked(realloc(texts->list, (texts->n + 1) * sizeof(*texts->list)));
	texts->list[texts->n++] = text;
}

static void texts_done(struct fake_texts *texts)
{
	for (uint32_t i = 0; i < texts->n; i++)
		free(texts->list[i]);
	free(texts->list);
}

/* ---- the table a plugin is given ---------------------------------------------------------------- */

static void host_log(struct weir_ctx *ctx, enum weir_level level, const char *fmt, ...)
{
	static const char *const names[] = {"debug", "info", "warning", "error"};
	va_list arguments;
	va_start(arguments, fmt);
	char *text = text_v(fmt, arguments), *line;
	va_end(arguments);
	ck_assert_msg(strchr(text, '\n') == NULL, "a log line with a newline: %s", text);
	ck_assert_int_ge(asprintf(&line, "%s: %s", names[level], text), 0);
	free(text);
	pthread_mutex_lock(&ctx->lock);
	texts_take(&ctx->logs, line);
	pthread_mutex_unlock(&ctx->lock);
}

static struct weir_metric *metric_find(struct weir_ctx *ctx, const char *name)
{
	struct weir_metric *metric = ctx->metrics;
	while (metric != NULL && strcmp(metric->name, name) != 0)
		metric = metric->next;
	return metric;
}

static struct weir_metric *host_metric(struct weir_ctx *ctx, enum weir_metric_kind kind, const char *name,
				       const char *unit, const char *help)
{
	ck_assert_ptr_nonnull(unit);
	ck_assert_ptr_nonnull(help);
	pthread_mutex_lock(&ctx->lock);
	struct weir_metric *metric = metric_find(ctx, name);
	if (metric == NULL) {
		metric = checked(calloc(1, sizeof(*metric) + strlen(name) + 1));
		strcpy(metric->name, name);
		metric->kind = kind;
		metric->next = ctx->metrics;
		ctx->metrics = metric;
	}
	pthread_mutex_unlock(&ctx->lock);
	return metric;
}

static void host_measure(struct weir_metric *metric, int64_t value)
{
	if (metric->kind == WEIR_COUNTER)
		metric->value += value;
	else
		metric->value = value;
}

static const struct weir_pipeline_info *host_pipeline(struct weir_ctx *ctx)
{
	return &ctx->info;
}

static weir_status host_fail(struct weir_ctx *ctx, weir_status status, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	char *text = text_v(fmt, arguments); /* the old text may be an argument */
	va_end(arguments);
	free(ctx->fail_text);
	ctx->fail_text = text;
	return status;
}

static weir_status host_bad_option(struct weir_ctx *ctx, const char *option, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	char *text = text_v(fmt, arguments), *line;
	va_end(arguments);
	ck_assert_int_ge(asprintf(&line, "%s: %s", option, text), 0);
	free(text);
	texts_take(&ctx->bad_options, line);
	return WEIR_FATAL;
}

static weir_status host_failpoint(struct weir_ctx *ctx, const char *name)
{
	if (ctx->fail_at == NULL || strcmp(ctx->fail_at, name) != 0)
		return WEIR_OK;
	return host_fail(ctx, WEIR_ABORT, "failpoint %s", name);
}

static struct fake_out_block *block_add(struct weir_out *out)
{
	struct fake_out_block *block = checked(calloc(1, sizeof(*block)));
	block->next = out->blocks;
	out->blocks = block;
	return block;
}

static struct weir_record *host_append(struct weir_out *out, uint32_t n_records)
{
	ck_assert_uint_ge(n_records, 1);
	ck_assert_uint_le(n_records, 1024);
	struct fake_out_block *block = block_add(out);
	block->records = block->memory = checked(calloc(n_records, sizeof(*block->records)));
	block->n_records = n_records;
	for (uint32_t i = 0; i < n_records; i++)
		block->records[i] = (struct weir_record){
			.partition = WEIR_NO_PARTITION, .offset = -1, .timestamp_ms = -1};
	out->n_records += n_records;
	return block->records;
}

static void *host_alloc(struct weir_out *out, size_t bytes)
{
	return block_add(out)->memory = checked(malloc(bytes));
}

static weir_status host_adopt(struct weir_out *out, void *owner, void (*release)(void *))
{
	struct fake_out_owner *adopted = checked(calloc(1, sizeof(*adopted)));
	*adopted = (struct fake_out_owner){out->owners, owner, release};
	out->owners = adopted;
	return WEIR_OK;
}

static weir_status host_reject(struct weir_ctx *ctx, const struct weir_record *record, const char *why)
{
	char *line;
	ck_assert_int_ge(asprintf(&line, "%s: %s", why, fake_slice_text(record->value)), 0);
	texts_take(&ctx->rejects, line);
	return ctx->fail_on_reject ? host_fail(ctx, WEIR_FATAL, "%s", why) : WEIR_OK;
}

static uint32_t host_partition(struct weir_ctx *ctx, const char *stream, int32_t partition)
{
	for (uint32_t i = 0; i < ctx->n_partitions; i++)
		if (ctx->partitions[i].partition == partition && strcmp(ctx->partitions[i].stream, stream) == 0)
			return i;
	ctx->partitions = checked(realloc(ctx->partitions, (ctx->n_partitions + 1) * sizeof(*ctx->partitions)));
	ctx->partitions[ctx->n_partitions] =
		(struct fake_partition){checked(strdup(stream)), partition, -1, false};
	return ctx->n_partitions++;
}

static void host_partition_lag(struct weir_ctx *ctx, uint32_t partition, int64_t lag)
{
	ck_assert_uint_lt(partition, ctx->n_partitions);
	ck_assert_int_ge(lag, -1);
	ctx->partitions[partition].lag = lag;
}

static void host_partition_end(struct weir_ctx *ctx, uint32_t partition)
{
	ck_assert_uint_lt(partition, ctx->n_partitions);
	ctx->partitions[partition].ended = true;
}

static void must_be_printable(const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
		ck_assert_msg(*at >= ' ' && *at <= '~', "a position with unprintable text: %s", text);
}

static weir_status host_position(struct weir_positions *positions, const struct weir_position *position)
{
	must_be_printable(position->stream);
	must_be_printable(position->note != NULL ? position->note : "");
	positions->list = checked(realloc(positions->list, (positions->n + 1) * sizeof(*positions->list)));
	struct weir_position *copy = &positions->list[positions->n++];
	*copy = *position;
	copy->stream = checked(strdup(position->stream));
	copy->note = position->note != NULL ? checked(strdup(position->note)) : NULL;
	return WEIR_OK;
}

static void host_may_take(struct weir_ctx *ctx, int64_t ms)
{
	(void)ctx, (void)ms;
}

static const struct weir_host the_host = {
	.size = sizeof(the_host),
	.abi_major = WEIR_ABI_MAJOR,
	.abi_minor = WEIR_ABI_MINOR,
	.log = host_log,
	.metric = host_metric,
	.measure = host_measure,
	.pipeline = host_pipeline,
	.fail = host_fail,
	.bad_option = host_bad_option,
	.failpoint = host_failpoint,
	.append = host_append,
	.alloc = host_alloc,
	.adopt = host_adopt,
	.reject = host_reject,
	.partition = host_partition,
	.partition_lag = host_partition_lag,
	.partition_end = host_partition_end,
	.position = host_position,
	.may_take = host_may_take,
};

/* ---- options ------------------------------------------------------------------------------------- */

/* Numbers, durations and sizes: "5", "250 ms", "64 KiB". Tests write them right, so nothing is explained. */
static int64_t number_of(const char *name, const char *text, enum weir_option_type type)
{
	static const struct {
		const char *name;
		enum weir_option_type type;
		int64_t factor;
	} units[] = {{"", WEIR_INTEGER, 1},    {"", WEIR_BYTES, 1},	      {"ms", WEIR_DURATION, 1},
		     {"s", WEIR_DURATION, 1000}, {"m", WEIR_DURATION, 60000}, {"h", WEIR_DURATION, 3600000},
		     {"d", WEIR_DURATION, 86400000}, {"KiB", WEIR_BYTES, 1 << 10},
		     {"MiB", WEIR_BYTES, 1 << 20}, {"GiB", WEIR_BYTES, 1 << 30}};
	char *unit;
	int64_t number = strtoll(text, &unit, 10);
	while (*unit == ' ')
		unit++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].type == type && strcmp(units[i].name, unit) == 0)
			return number * units[i].factor;
	ck_abort_msg("option %s: no such number: '%s'", name, text);
	return 0;
}

/* Splits a copy of `text` at `separators`; the array and the text are one block. */
static const char *const *split(struct weir_ctx *ctx, const char *text, const char *separators)
{
	size_t room = strlen(text) + 2; /* more than enough parts */
	void **block = checked(malloc(sizeof(void *) + room * sizeof(char *) + room));
	*block = ctx->option_memory;
	ctx->option_memory = block;
	const char **parts = (const char **)(block + 1);
	char *rest = strcpy((char *)(parts + room), text);
	size_t n = 0;
	while (rest != NULL && *text != '\0')
		parts[n++] = strsep(&rest, separators);
	parts[n] = NULL;
	return parts;
}

static void option_set(struct weir_ctx *ctx, const struct weir_option *option, const char *text)
{
	void *field = (char *)ctx->self + option->offset;
	switch (option->type) {
	case WEIR_STRING:
		*(const char **)field = split(ctx, text, "")[0];
		if (*text == '\0')
			*(const char **)field = "";
		break;
	case WEIR_REAL:
		*(double *)field = strtod(text, NULL);
		break;
	case WEIR_BOOL:
		*(bool *)field = strcmp(text, "true") == 0;
		break;
	case WEIR_LIST:
		*(const char *const **)field = split(ctx, text, ",");
		break;
	case WEIR_MAP:
		*(const char *const **)field = split(ctx, text, ",=");
		break;
	default:
		*(int64_t *)field = number_of(option->name, text, option->type);
	}
}

static const struct weir_option *option_at(const struct weir_plugin *plugin, uint32_t index)
{
	return (const struct weir_option *)((const char *)plugin->options + (size_t)index * plugin->option_size);
}

static const char *given_text(const char *const *options, const char *name)
{
	for (; *options != NULL; options += 2)
		if (strcmp(options[0], name) == 0)
			return options[1];
	return NULL;
}

static void must_be_known(const struct weir_plugin *plugin, const char *name)
{
	for (uint32_t i = 0; i < plugin->n_options; i++)
		if (strcmp(option_at(plugin, i)->name, name) == 0)
			return;
	ck_abort_msg("plugin %s has no option '%s'", plugin->name, name);
}

static void options_fill(struct weir_ctx *ctx, const char *const *options)
{
	for (uint32_t i = 0; options[i] != NULL; i += 2)
		must_be_known(ctx->plugin, options[i]);
	for (uint32_t i = 0; i < ctx->plugin->n_options; i++) {
		const struct weir_option *option = option_at(ctx->plugin, i);
		const char *text = given_text(options, option->name);
		if (text == NULL && (option->flags & WEIR_REQUIRED))
			ck_abort_msg("option '%s' is required", option->name);
		if (text == NULL)
			text = option->fallback;
		if (text != NULL)
			option_set(ctx, option, text);
	}
}

/* ---- instances ------------------------------------------------------------------------------------ */

const struct weir_plugin *fake_plugin(const char *name)
{
	char path[4096];
	const char *slash = strrchr(name, '/');
	ck_assert_ptr_nonnull(slash);
	snprintf(path, sizeof(path), TOP_BUILDDIR "/%.*s/.libs/%s.so", (int)(slash - name), name, slash + 1);
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (object == NULL)
		ck_abort_msg("%s", dlerror());
	const struct weir_plugin *(*entry)(void);
	*(void **)&entry = dlsym(object, "weir_plugin_v1");
	ck_assert_msg(entry != NULL, "%s: no weir_plugin_v1()", path);
	return entry();
}

struct weir_ctx *fake_host_new(const struct weir_plugin *plugin, const char *const *options)
{
	struct weir_ctx *ctx = checked(calloc(1, sizeof(*ctx)));
	ctx->plugin = plugin;
	ctx->self = checked(calloc(1, plugin->instance_size));
	ctx->info = (struct weir_pipeline_info){
		.size = sizeof(ctx->info),
		.guarantee = WEIR_EXACTLY_ONCE_GUARANTEE,
		.name = "test",
		.component = plugin->source != NULL ? "source" : plugin->sink != NULL ? "sink" : "transforms[0]",
		.uuid = "00000000-0000-4000-8000-000000000001",
		.instance_uuid = "00000000-0000-4000-8000-000000000002",
		.checkpoint_interval_ms = 5000,
		.checkpoint_timeout_ms = 60000,
		.parallelism = 1,
	};
	pthread_mutex_init(&ctx->lock, NULL);
	options_fill(ctx, options);
	return ctx;
}

weir_status fake_host_check(struct weir_ctx *ctx)
{
	return ctx->plugin->check != NULL ? ctx->plugin->check(ctx->self, ctx, &the_host) : WEIR_OK;
}

weir_status fake_host_open(struct weir_ctx *ctx)
{
	ck_assert(!ctx->is_open);
	ctx->is_open = true; /* also where it fails: close() always follows */
	return ctx->plugin->open(ctx->self, ctx, &the_host);
}

void fake_host_close(struct weir_ctx *ctx)
{
	ck_assert(ctx->is_open);
	ctx->is_open = false;
	ctx->plugin->close(ctx->self);
}

void fake_host_free(struct weir_ctx *ctx)
{
	if (ctx == NULL)
		return;
	if (ctx->is_open)
		fake_host_close(ctx);
	for (uint32_t i = 0; i < ctx->n_partitions; i++)
		free(ctx->partitions[i].stream);
	free(ctx->partitions);
	texts_done(&ctx->logs);
	texts_done(&ctx->bad_options);
	texts_done(&ctx->rejects);
	for (struct weir_metric *metric = ctx->metrics, *next; metric != NULL; metric = next) {
		next = metric->next;
		free(metric);
	}
	for (void **block = ctx->option_memory, **next; block != NULL; block = next) {
		next = *block;
		free(block);
	}
	pthread_mutex_destroy(&ctx->lock);
	free(ctx->fail_text);
	free(ctx->self);
	free(ctx);
}

int64_t fake_host_metric(struct weir_ctx *ctx, const char *name)
{
	pthread_mutex_lock(&ctx->lock);
	struct weir_metric *metric = metric_find(ctx, name);
	pthread_mutex_unlock(&ctx->lock);
	return metric != NULL ? metric->value : -1;
}

/* ---- batches -------------------------------------------------------------------------------------- */

struct weir_out *fake_out_new(void)
{
	return checked(calloc(1, sizeof(struct weir_out)));
}

void fake_out_free(struct weir_out *out)
{
	if (out == NULL)
		return;
	for (struct fake_out_block *block = out->blocks, *next; block != NULL; block = next) {
		next = block->next;
		free(block->memory);
		free(block);
	}
	for (struct fake_out_owner *owner = out->owners, *next; owner != NULL; owner = next) {
		next = owner->next;
		owner->release(owner->owner);
		free(owner);
	}
	free(out->records);
	free(out);
}

static struct weir_slice slice_of_text(struct weir_out *out, const char *text)
{
	if (text == NULL)
		return (struct weir_slice){NULL, 0};
	size_t len = strlen(text);
	struct fake_out_block *block = block_add(out);
	block->memory = copy_of(text, len);
	return (struct weir_slice){block->memory, len};
}

void fake_out_add(struct weir_out *out, const char *key, const char *value)
{
	struct weir_record *record = host_append(out, 1);
	record->key = slice_of_text(out, key);
	record->value = slice_of_text(out, value);
}

struct weir_batch fake_out_batch(struct weir_out *out)
{
	free(out->records);
	out->records = checked(calloc(out->n_records + 1, sizeof(*out->records)));
	struct weir_record *end = out->records + out->n_records;
	for (struct fake_out_block *block = out->blocks; block != NULL; block = block->next)
		if (block->records != NULL) {
			end -= block->n_records;
			memcpy(end, block->records, block->n_records * sizeof(*end));
		}
	return (struct weir_batch){
		.size = sizeof(struct weir_batch), .n_records = out->n_records, .records = out->records};
}

const char *fake_slice_text(struct weir_slice slice)
{
	static char texts[8][4096];
	static unsigned turn;
	if (slice.data == NULL)
		return "(absent)";
	char *text = texts[turn++ % 8];
	snprintf(text, sizeof(texts[0]), "%.*s", (int)slice.len, (const char *)slice.data);
	return text;
}

const char *fake_out_value(struct weir_out *out, uint32_t index)
{
	ck_assert_msg(index < out->n_records, "no record %u: there are %u", index, out->n_records);
	return fake_slice_text(fake_out_batch(out).records[index].value);
}

/* ---- sources -------------------------------------------------------------------------------------- */

weir_status fake_source_start(struct weir_ctx *ctx, const struct weir_positions *positions)
{
	return positions != NULL ? ctx->plugin->source->start(ctx->self, positions->list, positions->n)
				 : ctx->plugin->source->start(ctx->self, NULL, 0);
}

weir_status fake_source_poll(struct weir_ctx *ctx, struct weir_out *out, uint32_t max_records, int64_t timeout_ms)
{
	uint32_t before = out->n_records;
	weir_status status = ctx->plugin->source->poll(ctx->self, out, max_records, timeout_ms);
	ck_assert_msg((status == WEIR_OK) == (out->n_records > before) || status == WEIR_RETRY ||
			      (status > WEIR_RETRY && status != WEIR_END),
		      "poll() returned %d and appended %u records", status, out->n_records - before);
	return status;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

weir_status fake_source_read(struct weir_ctx *ctx, struct weir_out *out, uint32_t n_records, int64_t timeout_ms)
{
	int64_t end = now_ms() + timeout_ms;
	while (out->n_records < n_records) {
		int64_t left = end - now_ms();
		weir_status status = fake_source_poll(ctx, out, n_records - out->n_records, left < 0 ? 0 : left);
		if (status != WEIR_OK && status != WEIR_IDLE && status != WEIR_RETRY)
			return status;
		if (status != WEIR_OK && left <= 0)
			return WEIR_IDLE;
	}
	return WEIR_OK;
}

struct weir_positions *fake_source_snapshot(struct weir_ctx *ctx)
{
	struct weir_positions *positions = checked(calloc(1, sizeof(*positions)));
	ck_assert_int_eq(ctx->plugin->source->snapshot(ctx->self, positions), WEIR_OK);
	return positions;
}

void fake_positions_free(struct weir_positions *positions)
{
	for (uint32_t i = 0; positions != NULL && i < positions->n; i++) {
		free((char *)positions->list[i].stream);
		free((char *)positions->list[i].note);
	}
	if (positions != NULL)
		free(positions->list);
	free(positions);
}

const struct weir_position *fake_position_of(const struct weir_positions *positions, const char *stream,
					     int32_t partition)
{
	for (uint32_t i = 0; i < positions->n; i++)
		if (positions->list[i].partition == partition && strcmp(positions->list[i].stream, stream) == 0)
			return &positions->list[i];
	ck_abort_msg("no position of %s, partition %d", stream, partition);
	return NULL;
}

/* ---- sinks ---------------------------------------------------------------------------------------- */

weir_status fake_sink_checkpoint(struct weir_ctx *ctx, uint64_t checkpoint, struct weir_out *out,
				 struct weir_slice *ret_handle)
{
	const struct weir_sink_ops *sink = ctx->plugin->sink;
	weir_status status = sink->begin(ctx->self, checkpoint);
	if (status == WEIR_OK && out != NULL) {
		struct weir_batch batch = fake_out_batch(out);
		status = sink->write(ctx->self, &batch);
	}
	if (status != WEIR_OK)
		return status;
	struct weir_checkpoint told = {
		.size = sizeof(told), .id = checkpoint, .watermark_ms = INT64_MIN, .source_system = NULL};
	struct weir_slice handle = {NULL, 0};
	status = sink->prepare(ctx->self, &told, &handle);
	if (status == WEIR_OK)
		*ret_handle = (struct weir_slice){copy_of(handle.data, handle.len), handle.len};
	return status;
}
