/* A file of any bytes, read to its end in steps; after each the source may be closed and opened again at its own
 * position. Each line comes once and whole. The first bytes say how it is read. */
#include "config.h"

#include <sys/mman.h>

#include "fuzz_host.h"

#include "connectors/file/file_source.c"

enum { FILE_FD = 100 };
#define FILE_NAME "/proc/self/fd/100"

static void fill_file(const uint8_t *data, size_t size)
{
	static bool is_made;
	if (!is_made) {
		int made = memfd_create("lines", 0);
		CLAIM(made >= 0 && dup2(made, FILE_FD) == FILE_FD);
		close(made);
		is_made = true;
	}
	CLAIM(ftruncate(FILE_FD, 0) == 0 && pwrite(FILE_FD, data, size, 0) == (ssize_t)size);
}

static struct weir_ctx *open_at(const struct weir_positions *positions, const char *longest, bool strip)
{
	struct weir_ctx *ctx = fake_host_with(weir_plugin_v1(), "path", FILE_NAME, "stop", "latest", "max_line_length", longest,
					      "strip_carriage_return", strip ? "true" : "false");
	CLAIM(fake_host_open(ctx) == WEIR_OK);
	CLAIM(fake_source_start(ctx, positions) == WEIR_OK);
	return ctx;
}

/* The line that begins there, as it should come. */
static struct weir_slice line_at(const uint8_t *data, size_t size, size_t at, bool strip)
{
	const uint8_t *newline = memchr(data + at, '\n', size - at);
	size_t len = newline != NULL ? (size_t)(newline - data) - at : size - at;
	if (newline != NULL && strip && len > 0 && data[at + len - 1] == '\r')
		len--;
	return (struct weir_slice){data + at, len};
}

static size_t judge_records(struct weir_out *out, const uint8_t *data, size_t size, size_t at, bool strip)
{
	(void)fake_out_batch(out);
	for (uint32_t i = 0; i < out->n_records; i++) {
		struct weir_slice expected = line_at(data, size, at, strip), found = out->records[i].value;
		CLAIM(at < size && out->records[i].offset == (int64_t)at);
		CLAIM(found.len == expected.len && (found.len == 0 || memcmp(found.data, expected.data, found.len) == 0));
		const uint8_t *newline = memchr(data + at, '\n', size - at);
		at = newline != NULL ? (size_t)(newline - data) + 1 : size;
	}
	return at;
}

static size_t longest_line(const uint8_t *data, size_t size, size_t at, bool strip)
{
	size_t longest = 0;
	while (at < size) {
		size_t len = line_at(data, size, at, strip).len;
		longest = len > longest ? len : longest;
		const uint8_t *newline = memchr(data + at, '\n', size - at);
		at = newline != NULL ? (size_t)(newline - data) + 1 : size;
	}
	return longest;
}

static void read_file(struct input input, uint32_t at_once, uint64_t how)
{
	bool strip = how % 2 == 1, reopens = how / 2 % 2 == 1, has_limit = how / 4 % 2 == 1;
	const char *longest = has_limit ? "8" : "1 MiB";
	fill_file(input.at, input.left);
	struct weir_ctx *ctx = open_at(NULL, longest, strip);
	size_t at = 0;
	for (weir_status status = WEIR_OK; status == WEIR_OK;) {
		struct weir_out *out = fake_out_new();
		status = fake_source_poll(ctx, out, at_once, 0);
		if (status == WEIR_OK)
			at = judge_records(out, input.at, input.left, at, strip);
		else if (status == WEIR_END)
			CLAIM(at == input.left);
		else
			CLAIM(status == WEIR_FATAL && strstr(ctx->fail_text, "longer than") != NULL &&
			      longest_line(input.at, input.left, at, strip) > 8);
		if (status == WEIR_OK && reopens) {
			struct weir_positions *positions = fake_source_snapshot(ctx);
			CLAIM(positions->n == 1 && positions->list[0].offset == (int64_t)at);
			fake_out_free(out);
			out = NULL;
			fake_host_free(ctx);
			ctx = open_at(positions, longest, strip);
			fake_positions_free(positions);
		}
		fake_out_free(out);
	}
	fake_host_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t many[BLOCK_SIZE + 4096];
	struct input input = {data, size};
	uint32_t at_once = (uint32_t)input_number(&input, 1) % 7 + 1;
	uint64_t how = input_number(&input, 1);
	if (how / 8 == 31 && input.left > 0) { /* behind a long line, so that lines lie over the end of a block */
		size_t begin = BLOCK_SIZE - 100;
		memset(many, 'x', begin);
		for (size_t i = begin; i < sizeof(many); i++)
			many[i] = input.at[(i - begin) % input.left];
		input = (struct input){many, sizeof(many)};
	}
	read_file(input, at_once, how);
	return 0;
}
