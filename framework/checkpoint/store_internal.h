/* What the parts of the checkpoint store share with each other; nobody else includes it. */
#ifndef WEIR_CHECKPOINT_STORE_INTERNAL_H
#define WEIR_CHECKPOINT_STORE_INTERNAL_H

#include "base/error.h"
#include "checkpoint/checkpoint_directory.h"
#include "checkpoint/checkpoint_kv.h"
#include "checkpoint/checkpoint_store.h"
#include "checkpoint/durable.h"

#define STORE_RESOLUTION_KEY "resolution"

struct known_record {
	uint64_t id;
	enum checkpoint_status status;
};

struct checkpoint_store {
	struct checkpoint_directory directory;
	int lock;
	struct kv *kv;
	bool writable;
	struct store_identity identity;
	struct error write_error; /* the first one; nothing is written after it */

	/* Only where writable: */
	struct known_record *known; /* by id */
	size_t n_known, known_room;
	void *uses; /* tree of struct chunk_use: every chunk that a record lists */
	struct durable durable;
	bool has_resolution;
};

struct record_list {
	struct checkpoint_record **records;
	size_t n, room;
};

struct chunk_scan {
	struct checkpoint_store *store;
	void *uses;
	size_t n_seen, n_orphans;
	void (*orphan)(struct chunk_scan *scan, const uint8_t *key, size_t key_bytes);
	void (*found)(void *user, const char *text);
	void *user;
};

/* ---- store_records.c ---- */

uint64_t store_record_key(uint64_t id);
void store_record_list_done(struct record_list *list);
int store_record_list_add(struct record_list *list, struct checkpoint_record *take_record, struct error *error);
int store_record_decode(const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			struct checkpoint_record **ret_record, struct error *error);
int store_record_read(struct checkpoint_store *store, uint64_t id, struct checkpoint_record **ret_record, struct error *error);
/* Ids ascend; only the newest may be PENDING. */
int store_check_order(const struct checkpoint_store *store, struct checkpoint_record **records, size_t n, struct error *error);

/* ---- store_identity.c ---- */

int store_identity_write(struct kv *kv, const struct store_identity *identity, struct error *error);
int store_identity_read(struct checkpoint_store *store, struct error *error);
void store_identity_done(struct store_identity *identity);

/* ---- checkpoint_store.c ---- */

int store_know_record(struct checkpoint_store *store, const struct checkpoint_record *record, struct error *error);
const struct known_record *store_known_pending(const struct checkpoint_store *store);
const struct known_record *store_known_completed(const struct checkpoint_store *store);
/* Does what was found reach as far as what once was on disk? */
int store_check_durable(const struct checkpoint_store *store, const struct durable *durable, bool has_completed,
			uint64_t completed, bool has_pending, uint64_t pending, struct error *error);
/* For kv_each(): marks the chunk as seen, or calls scan->orphan(). */
int store_scan_chunk(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
		     struct error *error);

#endif
