/* A pipeline's checkpoint directory:
 *   lock       held by the process that may write; its text names that process
 *   store/     the database and the file WEIR (durable.h)
 *   store.new/ a store being made; it gets its name when it is whole */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_DIRECTORY_H
#define WEIR_CHECKPOINT_CHECKPOINT_DIRECTORY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct checkpoint_directory {
	char path[PATH_MAX - 16];
	char store[PATH_MAX], unfinished[PATH_MAX]; /* paths of store/ and store.new/ */
};

int checkpoint_directory_name(struct checkpoint_directory *directory, const char *path, struct error *error);
bool checkpoint_directory_has_store(const struct checkpoint_directory *directory);
/* Makes it, with its parents. Refuses one that holds something else. */
int checkpoint_directory_make(const struct checkpoint_directory *directory, struct error *error);
/* Until the monotonic deadline: a killed predecessor's lock goes within moments. Closing the descriptor
 * unlocks. */
int checkpoint_directory_lock(const struct checkpoint_directory *directory, int64_t deadline_ms, int *ret_fd,
			      struct error *error);
/* What a crash left of a store being made. */
int checkpoint_directory_remove_unfinished(const struct checkpoint_directory *directory, struct error *error);
/* store.new/ becomes store/, for good. */
int checkpoint_directory_publish(const struct checkpoint_directory *directory, struct error *error);

#endif
