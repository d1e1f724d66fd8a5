#include "pipeline/batch.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#define ARENA_BLOCK_BYTES 0 /* a block for each alloc(), so that a plugin that strays is seen */
#else
#define ARENA_BLOCK_BYTES (32 * 1024)
#endif
#define CACHE_LINE 64

struct arena_block {
	struct arena_block *next;
	size_t used, room;
	_Alignas(8) uint8_t data[];
};

struct owner {
	struct owner *next;
	void *object;
	void (*release)(void *object);
};

struct batch_memory {
	_Atomic uint32_t n_refs;
	struct arena_block *blocks; /* the newest first; only that one has room */
	struct owner *owners;	    /* their structs lie in the arena */
	struct batch_memory *parent;
};

static struct batch_memory *memory_ref(struct batch_memory *memory)
{
	atomic_fetch_add_explicit(&memory->n_refs, 1, memory_order_relaxed);
	return memory;
}

static struct batch_memory *memory_of(struct weir_out *out)
{
	if (out->memory == NULL) {
		struct batch_memory *memory = calloc(1, sizeof(*memory));
		if (memory == NULL)
			return NULL;
		atomic_init(&memory->n_refs, 1);
		memory->parent = out->parent != NULL ? memory_ref(out->parent->memory) : NULL;
		out->memory = memory;
	}
	return out->memory;
}

static void memory_unref(struct batch_memory *memory)
{
	if (memory == NULL || atomic_fetch_sub_explicit(&memory->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	for (struct owner *owner = memory->owners; owner != NULL; owner = owner->next)
		owner->release(owner->object);
	memory_unref(memory->parent);
	while (memory->blocks != NULL) {
		struct arena_block *next = memory->blocks->next;
		free(memory->blocks);
		memory->blocks = next;
	}
	free(memory);
}

/* A record is as long as a cache line, and begins with one: half of a line more to fetch for each would cost
 * as much as all else that is done here. */
static struct batch *batch_new(uint32_t room)
{
	struct batch *batch = malloc(sizeof(*batch) + CACHE_LINE + room * sizeof(batch->records[0]));
	if (batch == NULL)
		return NULL;
	memset(batch, 0, sizeof(*batch));
	atomic_init(&batch->n_refs, 1);
	batch->records = (struct weir_record *)(((uintptr_t)(batch + 1) + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1));
	batch->room = room;
	batch->view.size = sizeof(batch->view);
	batch->view.records = batch->records;
	return batch;
}

struct batch *batch_new_marker(enum batch_kind kind, uint64_t checkpoint)
{
	struct batch *batch = batch_new(0);
	if (batch != NULL) {
		batch->kind = kind;
		batch->checkpoint = checkpoint;
	}
	return batch;
}

struct batch *batch_ref(struct batch *batch)
{
	atomic_fetch_add_explicit(&batch->n_refs, 1, memory_order_relaxed);
	return batch;
}

void batch_unref(struct batch *batch)
{
	if (batch == NULL || atomic_fetch_sub_explicit(&batch->n_refs, 1, memory_order_acq_rel) != 1)
		return;
	memory_unref(batch->memory);
	free(batch);
}

size_t batch_measure(struct batch *batch)
{
	if (batch->bytes == 0)
		for (uint32_t i = 0; i < batch->view.n_records; i++)
			batch->bytes += batch->records[i].key.len + batch->records[i].value.len;
	return batch->bytes;
}

static struct batch *room_for(struct weir_out *out, uint32_t n_records)
{
	struct batch *last = out->last;
	if (last != NULL && last->room - last->view.n_records >= n_records)
		return last;
	struct batch_memory *memory = memory_of(out);
	struct batch *batch = memory != NULL ? batch_new(BATCH_RECORDS) : NULL;
	if (batch == NULL)
		return NULL;
	batch->memory = memory_ref(memory);
	batch->view.output = out->output;
	if (last != NULL)
		last->next = batch;
	else
		out->first = batch;
	out->last = batch;
	return batch;
}

struct weir_record *weir_out_append(struct weir_out *out, uint32_t n_records)
{
	if (n_records > BATCH_RECORDS)
		return NULL;
	struct batch *batch = room_for(out, n_records);
	if (batch == NULL)
		return NULL;
	struct weir_record *records = batch->records + batch->view.n_records;
	for (uint32_t i = 0; i < n_records; i++)
		records[i] = (struct weir_record){
			.partition = out->partition, .offset = -1, .timestamp_ms = -1};
	batch->view.n_records += n_records;
	return records;
}

void *weir_out_alloc(struct weir_out *out, size_t bytes)
{
	struct batch_memory *memory = memory_of(out);
	if (memory == NULL || bytes > SIZE_MAX / 2)
		return NULL;
	bytes = (bytes + 7) & ~(size_t)7;
	struct arena_block *block = memory->blocks;
	if (block == NULL || block->room - block->used < bytes) {
		size_t room = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
		block = malloc(sizeof(*block) + room);
		if (block == NULL)
			return NULL;
		*block = (struct arena_block){.next = memory->blocks, .room = room};
		memory->blocks = block;
	}
	void *result = block->data + block->used;
	block->used += bytes;
	return result;
}

weir_status weir_out_adopt(struct weir_out *out, void *object, void (*release)(void *object))
{
	struct owner *owner = weir_out_alloc(out, sizeof(*owner));
	if (owner == NULL) {
		release(object);
		return WEIR_FATAL;
	}
	*owner = (struct owner){out->memory->owners, object, release};
	out->memory->owners = owner;
	return WEIR_OK;
}

struct batch *weir_out_take(struct weir_out *out)
{
	struct batch *batch = out->first;
	if (batch == NULL)
		return NULL;
	out->first = batch->next;
	if (out->first == NULL)
		out->last = NULL;
	batch->next = NULL;
	return batch;
}

void weir_out_done(struct weir_out *out)
{
	for (struct batch *batch; (batch = weir_out_take(out)) != NULL;)
		batch_unref(batch);
	memory_unref(out->memory);
	out->memory = NULL;
}
