/* What the checkpoint store needs of a database: three families of keys and values, written in atomic
 * batches. Belongs to checkpoint_store.c; kept by RocksDB in checkpoint_store_rocksdb.c. */
#ifndef WEIR_CHECKPOINT_CHECKPOINT_KV_H
#define WEIR_CHECKPOINT_CHECKPOINT_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum kv_family { KV_META, KV_RECORDS, KV_CHUNKS, KV_N_FAMILIES };
enum kv_mode { KV_READ_ONLY, KV_READ_WRITE, KV_CREATE };

/* What is wrong within the log, and not only torn at its end, is refused (KV_WHOLE_LOG), or ends it there. */
enum kv_log { KV_WHOLE_LOG, KV_LOG_UP_TO_DAMAGE };

struct kv;

/* Waits until the monotonic deadline for a lock that a killed process is about to lose. */
int kv_open(const char *directory, enum kv_mode mode, enum kv_log log, int64_t deadline_ms, struct kv **ret_kv,
	    struct error *error);
void kv_close(struct kv *kv); /* NULL is fine */

/* 1: found (caller frees), 0: not there. */
int kv_get(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes, uint8_t **ret_value,
	   size_t *ret_value_bytes, struct error *error);

/* Calls `each` for every key in order, until it returns something else than 0. */
int kv_each(struct kv *kv, enum kv_family family,
	    int (*each)(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			struct error *error),
	    void *user, struct error *error);

/* Collected until the commit, which writes all or nothing. A commit that failed leaves a handle that must
 * be closed: what is on disk is known only after it is opened again. */
void kv_put(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes, const void *value, size_t value_bytes);
void kv_delete(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes);
int kv_commit(struct kv *kv, bool sync, struct error *error);
void kv_forget(struct kv *kv); /* what was collected */

#endif
