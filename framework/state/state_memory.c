/* Memory for entries and indexes, and what a table keeps of it for the windows to come: fresh pages cost more
 * than all else about a new key. */
#include <stdlib.h>
#include <sys/mman.h>

#include "state/state_internal.h"

#define HUGE_PAGE ((size_t)2 << 20)

_Static_assert(BLOCK_BYTES == HUGE_PAGE, "an index of more than a block falls into whole blocks");

static size_t in_huge_pages(size_t bytes)
{
	return (bytes + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
}

/* Big pieces come in huge pages: with ten million keys most of an upsert is the way through page tables. They
 * are mapped, so that parts of them can be given back by themselves. */
static void *map(size_t bytes)
{
	uint8_t *memory = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	uint8_t *aligned = (uint8_t *)in_huge_pages((uintptr_t)memory);
	if (aligned > memory)
		(void)munmap(memory, (size_t)(aligned - memory));
	if (memory + HUGE_PAGE > aligned)
		(void)munmap(aligned + bytes, (size_t)(memory + HUGE_PAGE - aligned));
	(void)madvise(aligned, bytes, MADV_HUGEPAGE);
	return aligned;
}

void *state_memory_new(size_t bytes)
{
	return bytes < HUGE_PAGE ? calloc(1, bytes) : map(in_huge_pages(bytes));
}

void state_memory_free(void *memory, size_t bytes)
{
	if (bytes < HUGE_PAGE)
		free(memory);
	else if (memory != NULL)
		(void)munmap(memory, in_huge_pages(bytes));
}

/* ---- what a table keeps ---- */

static void keep_block(struct state_table *table, void *block)
{
	memcpy(block, &table->spare_blocks, sizeof(void *));
	table->spare_blocks = block;
	table->n_spare_blocks++;
}

uint8_t *state_table_take_spare_block(struct state_table *table)
{
	void *block = table->spare_blocks;
	if (block != NULL) {
		memcpy(&table->spare_blocks, block, sizeof(void *));
		table->n_spare_blocks--;
	}
	return block;
}

void state_table_keep_slots_as_blocks(struct state_table *table, struct slot *slots, uint32_t bits)
{
	size_t bytes = sizeof(*slots) << bits;
	if (bytes < BLOCK_BYTES)
		free(slots);
	else
		for (size_t at = 0; at < bytes; at += BLOCK_BYTES)
			keep_block(table, (uint8_t *)slots + at);
}

static void free_spare_blocks(struct state_table *table, uint32_t n_kept)
{
	while (table->n_spare_blocks > n_kept)
		state_memory_free(state_table_take_spare_block(table), BLOCK_BYTES);
}

static void free_spare_slots(struct state_table *table)
{
	if (table->spare_slots != NULL)
		state_memory_free(table->spare_slots, sizeof(struct slot) << table->spare_slots_bits);
	table->spare_slots = NULL;
}

void state_table_keep_memory(struct state_table *table, struct state_window *window)
{
	for (uint32_t i = 0; i < window->n_blocks; i++) {
		struct block *block = &window->blocks[i];
		if (block->bytes != BLOCK_BYTES || table->n_spare_blocks >= window->n_blocks)
			continue;
		keep_block(table, block->data);
		block->data = NULL;
	}
	free_spare_blocks(table, window->n_blocks);
	free_spare_slots(table);
	if (sizeof(struct slot) << window->slots_bits >= BLOCK_BYTES) {
		table->spare_slots = window->slots;
		table->spare_slots_bits = window->slots_bits;
		window->slots = NULL;
	}
}

void state_table_free_spare(struct state_table *table)
{
	free_spare_blocks(table, 0);
	free_spare_slots(table);
}
