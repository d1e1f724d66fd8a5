/* The checkpoint store: survives crashes; knows checkpoints and bytes, no plugins and no threads (calls
 * from one thread at a time). Kept in RocksDB; the only file that knows is checkpoint_store_rocksdb.c. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_STORE_H
#define WEIR_CHECKPOINT_CHECKPOINT_STORE_H

#include <stdbool.h>

#include "base/error.h"
#include "checkpoint/checkpoint_record.h"

struct checkpoint_store;

enum checkpoint_store_mode {
	STORE_READ_ONLY,      /* takes no lock; must exist */
	STORE_READ_WRITE,     /* takes the lock; must exist */
	STORE_CREATE	      /* takes the lock; made where there is none (parent directories too) */
};

/* Written once when the store is made, but for the systems, which are set when first known. */
struct store_identity {
	char *pipeline_name;
	char uuid[37];
	char *source_system, *sink_system; /* NULL = not known yet */
	int64_t created_ms;
};

/* Refused, in words that say what was found: held by another process (which pid, where it can be
 * known), a newer format, another pipeline's name (pipeline_name NULL: any will do), not a store,
 * missing files or corruption (with RocksDB's words). *ret_created may be NULL. */
int checkpoint_store_open(const char *directory, const char *pipeline_name, enum checkpoint_store_mode mode,
			  struct checkpoint_store **ret_store, bool *ret_created, struct error *error);
void checkpoint_store_close(struct checkpoint_store *store); /* NULL is fine */

const struct store_identity *checkpoint_store_identity(const struct checkpoint_store *store);
/* Synced. Either may be NULL: unchanged. */
int checkpoint_store_set_systems(struct checkpoint_store *store, const char *source_system,
				 const char *sink_system, struct error *error);

/* Newest COMPLETED one and the PENDING one behind it; NULL where there is none. More than one PENDING,
 * or one not newer than the newest COMPLETED, is corruption. Caller frees. */
int checkpoint_store_newest(struct checkpoint_store *store, struct checkpoint_record **ret_completed,
			    struct checkpoint_record **ret_pending, struct error *error);
/* Every record, by id. Caller frees each and the list. */
int checkpoint_store_list(struct checkpoint_store *store, struct checkpoint_record ***ret_records,
			  size_t *ret_n, struct error *error);

/* One atomic write of the record (as its status says) and of the chunks it brings: new_chunks[i].data
 * belongs to record->chunks[new_at[i]]. sync: on disk when it returns. */
struct checkpoint_new_chunk {
	const struct checkpoint_chunk *chunk;
	const uint8_t *data;
};
int checkpoint_store_put(struct checkpoint_store *store, const struct checkpoint_record *record,
			 const struct checkpoint_new_chunk *new_chunks, uint32_t n_new_chunks, bool sync,
			 struct error *error);
/* PENDING id becomes COMPLETED; records beyond the newest `retain` completed ones go, and with them the
 * chunks no record lists any more. */
int checkpoint_store_complete(struct checkpoint_store *store, uint64_t id, int64_t completed_ms,
			      uint32_t retain, bool sync, struct error *error);
/* The PENDING record and the chunks only it lists are gone. Synced. */
int checkpoint_store_drop_pending(struct checkpoint_store *store, struct error *error);

/* Reads one chunk and checks length and checksum against the record. Caller frees *ret_data. */
int checkpoint_store_read_chunk(struct checkpoint_store *store, const struct checkpoint_chunk *chunk,
				uint8_t **ret_data, struct error *error);

/* What the operator decided for a contradiction (`weir checkpoints resolve`). It stands until a checkpoint
 * is completed, so that a crash before that does not ask the operator again; checkpoint_store_complete()
 * removes it. */
enum store_resolution_choice {
	RESOLUTION_NONE,
	RESOLUTION_USE_STORE,
	RESOLUTION_USE_MARKER,
	RESOLUTION_USE_NOTHING /* start anew */
};
struct store_resolution {
	enum store_resolution_choice choice;
};
int checkpoint_store_set_resolution(struct checkpoint_store *store, const struct store_resolution *resolution, struct error *error);
int checkpoint_store_resolution(struct checkpoint_store *store, struct store_resolution *ret_resolution, struct error *error);

/* Reads everything: every record, every chunk, and that nothing is there which no record lists. Calls
 * `found` for each thing that is wrong; returns how many, or a negative number where it could not go on. */
int checkpoint_store_verify(struct checkpoint_store *store, void (*found)(void *user, const char *text),
			    void *user, struct error *error);

#endif
