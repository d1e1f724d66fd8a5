/* The file WEIR in a store: says that it is one and of which format, and which checkpoints its database
 * must hold. RocksDB opens a database whose log was cut or lost as if the rest had never been; this file,
 * written after each sync, tells. It is itself not synced then: a loss of power may leave it older than the
 * database, never newer. */
#ifndef WEIR_CHECKPOINT_DURABLE_H
#define WEIR_CHECKPOINT_DURABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define STORE_FORMAT_VERSION 1

struct durable {
	bool has_completed, has_pending;
	uint64_t completed, pending;
};

/* Refuses a newer format, a file that is missing and one that is damaged. */
int durable_read(const char *directory, struct durable *ret_durable, struct error *error);
int durable_write(const char *directory, const struct durable *durable, bool sync, struct error *error);

#endif
