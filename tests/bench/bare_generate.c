/* What the generator source costs by itself, in a host that gives it the same memory again and again: what
 * the pipelines of the micro-benchmarks cost beyond this is weir's and their other plugins' own.
 *
 *   bare_generate PLUGIN.so RECORDS [OPTION=VALUE]...     prints CPU ns a record */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weir/plugin.h"

#define RECORDS_AT_ONCE 1024
#define TEXT_BYTES (1 << 16)

struct weir_ctx {
	void *self;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bare_generate: %s\n", what);
	exit(2);
}

static weir_status host_fail(struct weir_ctx *ctx, weir_status status, const char *fmt, ...)
{
	(void)ctx;
	va_list arguments;
	va_start(arguments, fmt);
	vfprintf(stderr, fmt, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return status;
}

static struct weir_record *host_append(struct weir_out *out, uint32_t n_records)
{
	static struct weir_record records[RECORDS_AT_ONCE];
	(void)out;
	return n_records <= RECORDS_AT_ONCE ? records : NULL;
}

static void *host_alloc(struct weir_out *out, size_t bytes)
{
	static _Alignas(8) char text[TEXT_BYTES];
	(void)out;
	return bytes <= sizeof(text) ? text : NULL;
}

static uint32_t host_partition(struct weir_ctx *ctx, const char *stream, int32_t partition)
{
	(void)ctx, (void)stream;
	return (uint32_t)partition;
}

static void host_partition_end(struct weir_ctx *ctx, uint32_t partition)
{
	(void)ctx, (void)partition;
}

static const struct weir_host host = {
	.size = sizeof(host), .abi_major = WEIR_ABI_MAJOR, .abi_minor = WEIR_ABI_MINOR, .fail = host_fail,
	.append = host_append, .alloc = host_alloc, .partition = host_partition, .partition_end = host_partition_end,
};

static const struct weir_plugin *load(const char *path)
{
	void *object = dlopen(path, RTLD_NOW);
	const struct weir_plugin *(*entry)(void) = NULL;
	if (object != NULL)
		*(void **)&entry = dlsym(object, "weir_plugin_v1");
	if (entry == NULL || entry()->source == NULL)
		die("no source plugin there");
	return entry();
}

/* The generator has numbers and texts only. */
static void set_option(void *self, const struct weir_plugin *plugin, const char *name, size_t len, const char *text)
{
	for (uint32_t i = 0; i < plugin->n_options; i++) {
		const struct weir_option *option =
			(const struct weir_option *)((const char *)plugin->options + (size_t)i * plugin->option_size);
		if (strlen(option->name) != len || strncmp(option->name, name, len) != 0)
			continue;
		if (option->type == WEIR_STRING)
			*(const char **)((char *)self + option->offset) = text;
		else
			*(int64_t *)((char *)self + option->offset) = strtoll(text, NULL, 10);
		return;
	}
	die("no such option");
}

static void set_options(void *self, const struct weir_plugin *plugin, char **pairs)
{
	for (uint32_t i = 0; i < plugin->n_options; i++) {
		const struct weir_option *option = &plugin->options[i];
		if (option->fallback != NULL)
			set_option(self, plugin, option->name, strlen(option->name), option->fallback);
	}
	for (; *pairs != NULL; pairs++) {
		const char *equals = strchr(*pairs, '=');
		if (equals == NULL)
			die("options are written OPTION=VALUE");
		set_option(self, plugin, *pairs, (size_t)(equals - *pairs), equals + 1);
	}
}

static double cpu_seconds(void)
{
	struct timespec used;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage: bare_generate PLUGIN.so RECORDS [OPTION=VALUE]...");
	const struct weir_plugin *plugin = load(argv[1]);
	int64_t n_records = strtoll(argv[2], NULL, 10);
	struct weir_ctx ctx = {calloc(1, plugin->instance_size)};
	if (ctx.self == NULL)
		die("no memory");
	set_options(ctx.self, plugin, argv + 3);
	if (plugin->open(ctx.self, &ctx, &host) != WEIR_OK || plugin->source->start(ctx.self, NULL, 0) != WEIR_OK)
		die("the generator does not start");
	double start = cpu_seconds();
	for (int64_t n = 0; n < n_records; n += RECORDS_AT_ONCE)
		if (plugin->source->poll(ctx.self, NULL, RECORDS_AT_ONCE, 0) != WEIR_OK)
			die("the generator ended early");
	printf("%.2f\n", (cpu_seconds() - start) * 1e9 / (double)n_records);
	plugin->close(ctx.self);
	free(ctx.self);
	return 0;
}
