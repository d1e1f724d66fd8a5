/* The console sink: values as lines on the terminal, as soon as they come. What is printed cannot be
 * taken back, so after a crash lines since the last checkpoint appear again. */
#include <string.h>
#include <unistd.h>
#include <weir/plugin.h>

#include "connectors/file/line_buffer.h"

struct console {
	const char *stream;
	struct weir_ctx *ctx;
	const struct weir_host *host;
	struct line_buffer results, dead_letters;
};

static weir_status console_open(void *self, struct weir_ctx *ctx, const struct weir_host *host)
{
	struct console *console = self;
	console->ctx = ctx;
	console->host = host;
	int fd = strcmp(console->stream, "stderr") == 0 ? STDERR_FILENO : STDOUT_FILENO;
	if (line_buffer_init(&console->results, fd) < 0 ||
	    line_buffer_init(&console->dead_letters, STDERR_FILENO) < 0)
		return host->fail(ctx, WEIR_FATAL, "no memory for the console's buffers");
	return WEIR_OK;
}

static void console_close(void *self)
{
	struct console *console = self;
	line_buffer_done(&console->results);
	line_buffer_done(&console->dead_letters);
}

static weir_status console_begin(void *self, uint64_t checkpoint)
{
	(void)self, (void)checkpoint;
	return WEIR_OK;
}

static weir_status console_write(void *self, const struct weir_batch *batch)
{
	struct console *console = self;
	struct line_buffer *buffer =
		batch->output == WEIR_DEAD_LETTERS ? &console->dead_letters : &console->results;
	int r = line_buffer_add_batch(buffer, batch);
	if (r == 0)
		r = line_buffer_flush(buffer);
	if (r < 0)
		return console->host->fail(console->ctx, WEIR_FATAL, "cannot write to %s: %s",
					   buffer->fd == STDERR_FILENO ? "stderr" : "stdout", strerror(-r));
	return WEIR_OK;
}

/* Nothing to do: write() has left nothing behind, and a terminal cannot be synced. */
static weir_status console_prepare(void *self, const struct weir_checkpoint *checkpoint,
				   struct weir_slice *ret_handle)
{
	(void)self, (void)checkpoint;
	*ret_handle = (struct weir_slice){NULL, 0};
	return WEIR_OK;
}

static weir_status console_settle(void *self, uint64_t checkpoint, struct weir_slice handle)
{
	(void)self, (void)checkpoint, (void)handle;
	return WEIR_OK;
}

static const struct weir_option options[] = {
	{"stream", WEIR_STRING, 0, WEIR_FIELD(struct console, stream, const char *), "stdout", "stdout|stderr",
	 "Where results are written; dead letters always go to stderr"},
};

static const struct weir_sink_ops ops = {
	.size = sizeof(ops),
	.delivery = WEIR_AT_LEAST_ONCE,
	.dead_letter_option = "",
	.begin = console_begin,
	.write = console_write,
	.prepare = console_prepare,
	.commit = console_settle,
	.abort = console_settle,
};

WEIR_PLUGIN(.name = "console", .version = "0.1.0", .license = "Apache-2.0",
	    .summary = "Writes values as lines to the terminal",
	    .doc = "Each record's value is one line, written as soon as it comes. Keys and headers are not shown. "
		   "Dead letters go to stderr: reason, component, stream, partition, offset and value, separated by "
		   "tabs. Lines may appear again after a crash: at least once.",
	    .example = "sink = { plugin = \"console\"; };",
	    WEIR_OPTIONS(options), .instance_size = sizeof(struct console), .open = console_open,
	    .close = console_close, .sink = &ops);
