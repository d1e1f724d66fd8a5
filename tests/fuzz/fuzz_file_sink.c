/* Handles of the file sink as a checkpoint hands them back, and names of files found in its directory. Nothing is
 * renamed or removed here: what would be is only looked at. */
#include "config.h"

#include "fuzz_host.h"

#include "connectors/file/file_sink.c"

static size_t n_parts;

static weir_status look(struct file_sink *sink, const char *finished, const char *partial, const char *directory)
{
	(void)sink;
	size_t len = strlen(directory);
	CLAIM(len > 0 && strncmp(finished, directory, len) == 0 && strncmp(partial, directory, len) == 0);
	CLAIM(strchr(finished, '\n') == NULL && strlen(finished) < PATH_MAX);
	const char *name = strrchr(partial, '/') + 1, *suffix = ".partial";
	CLAIM(name[0] == '.' && strcmp(name + strlen(name) - strlen(suffix), suffix) == 0);
	n_parts++;
	return WEIR_OK;
}

/* A name that counts as ours is one that we would give. */
static void judge_name(struct file_sink *sink, const char *name)
{
	uint64_t checkpoint = 0;
	char again[256];
	enum leftover kind = leftover_kind(sink, name, &checkpoint);
	if (kind == FOREIGN || strlen(name) > 200)
		return;
	snprintf(again, sizeof(again), "%s%s-%0*" PRIu64 "%s%s", kind == PARTIAL ? "." : "", sink->prefix, CHECKPOINT_DIGITS,
		 checkpoint, sink->suffix, kind == PARTIAL ? ".partial" : "");
	CLAIM(strcmp(name, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_ctx *ctx = fake_host_with(weir_plugin_v1(), "directory", "/tmp");
	struct file_sink *sink = ctx->self;
	CLAIM(fake_host_open(ctx) == WEIR_OK);
	uint8_t *handle = block_of(data, size);
	n_parts = 0;
	weir_status status = for_each_part(sink, (struct weir_slice){handle, size}, look);
	CLAIM(status == WEIR_OK || (status == WEIR_REFUSED && ctx->fail_text != NULL));
	size_t n_lines = 0;
	for (size_t i = 0; i < size; i++)
		n_lines += data[i] == '\n';
	CLAIM(status != WEIR_OK || n_parts == n_lines);
	char *name = text_of(data, size);
	judge_name(sink, name);
	free(name);
	free(handle);
	fake_host_free(ctx);
	return 0;
}
