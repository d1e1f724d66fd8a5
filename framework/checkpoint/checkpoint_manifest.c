#include "checkpoint/checkpoint_manifest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

void checkpoint_manifest_done(struct checkpoint_manifest *manifest)
{
	free(manifest->chunks);
	*manifest = (struct checkpoint_manifest){0};
}

int checkpoint_manifest_add(struct checkpoint_manifest *manifest, const struct checkpoint_chunk *chunk)
{
	if (manifest->n_chunks == manifest->room) {
		uint32_t room = 2 * manifest->room + 16;
		struct checkpoint_chunk *chunks = realloc(manifest->chunks, room * sizeof(*chunks));
		if (chunks == NULL)
			return -ENOMEM;
		manifest->chunks = chunks;
		manifest->room = room;
	}
	manifest->chunks[manifest->n_chunks++] = *chunk;
	return 0;
}

static bool is_one_of(int64_t start, const int64_t *window_starts, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (window_starts[i] == start)
			return true;
	return false;
}

void checkpoint_manifest_replace(struct checkpoint_manifest *manifest, uint32_t task, const int64_t *window_starts,
				 uint32_t n)
{
	uint32_t n_kept = 0;
	for (uint32_t i = 0; i < manifest->n_chunks; i++) {
		const struct checkpoint_chunk *chunk = &manifest->chunks[i];
		if (chunk->task != task || !is_one_of(chunk->window_start_ms, window_starts, n))
			manifest->chunks[n_kept++] = *chunk;
	}
	manifest->n_chunks = n_kept;
}
