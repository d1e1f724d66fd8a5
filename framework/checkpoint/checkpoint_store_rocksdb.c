/* The only file that knows RocksDB. The C API cannot resume after a background error, so nothing is tried
 * here to mend one: the store above refuses further writes, and whoever owns it opens it again. */
#include <dirent.h>
#include <errno.h>
#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "checkpoint/checkpoint_kv.h"

#define MIB ((size_t)1 << 20)
#define NO_LOG_LEVEL 6 /* above those of all lines (NUM_INFO_LOG_LEVELS) */

static const char *const family_names[KV_N_FAMILIES] = {"default", "checkpoints", "state"};
static const size_t family_buffer_bytes[KV_N_FAMILIES] = {1 * MIB, 4 * MIB, 32 * MIB};

struct kv {
	rocksdb_t *db;
	rocksdb_options_t *options[KV_N_FAMILIES];
	rocksdb_column_family_handle_t *families[KV_N_FAMILIES];
	rocksdb_readoptions_t *read, *scan;
	rocksdb_writeoptions_t *write, *write_synced;
	rocksdb_writebatch_t *batch;
	char *directory;
};

/* RocksDB names a damaged table in its text, but not a damaged log: mostly there is one. */
static void name_the_logs(const char *directory, char *text, size_t size)
{
	size_t len = 0;
	DIR *list = opendir(directory);
	for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
		const char *dot = strrchr(entry->d_name, '.');
		if (dot != NULL && strcmp(dot, ".log") == 0 && len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%.64s", len == 0 ? " (in the file " : " or ", entry->d_name);
	}
	if (list != NULL)
		closedir(list);
	if (len > 0 && len < size)
		snprintf(text + len, size - len, ")");
}

/* RocksDB has only words for it. 0: something else is wrong. */
static int disk_full(const char *text)
{
	return strstr(text, strerror(ENOSPC)) != NULL ? -ENOSPC : strstr(text, strerror(EDQUOT)) != NULL ? -EDQUOT : 0;
}

/* Takes RocksDB's text. */
static int fail(struct error *error, char *text, const char *what, const char *directory)
{
	/* "Invalid argument" is what it says of some files that it misses; with "Direct I/O", of one that it could not
	 * open for lack of descriptors. */
	bool is_damage = strncmp(text, "Corruption", 10) == 0 || strstr(text, strerror(ENOENT)) != NULL ||
			 (strncmp(text, "Invalid argument", 16) == 0 && strstr(text, "Direct I/O") == NULL);
	char logs[256] = "";
	if (is_damage && strchr(text, '/') == NULL)
		name_the_logs(directory, logs, sizeof(logs));
	int full = disk_full(text), r = is_damage ? -EBADMSG : full != 0 ? full : -EIO;
	if (full != 0)
		error_set(error, r, "cannot %s the checkpoint store in '%s': %s", what, directory, strerror(-full));
	else
		error_set(error, r, "cannot %s the checkpoint store in '%s': RocksDB says: %s%s", what, directory, text, logs);
	rocksdb_free(text);
	return r;
}

static rocksdb_options_t *options_new(enum kv_family family, enum kv_mode mode, enum kv_log log)
{
	rocksdb_options_t *options = rocksdb_options_create();
	rocksdb_options_set_create_if_missing(options, mode == KV_CREATE);
	rocksdb_options_set_create_missing_column_families(options, mode == KV_CREATE);
	rocksdb_options_set_error_if_exists(options, mode == KV_CREATE);
	rocksdb_options_set_paranoid_checks(options, 1);
	/* Of the log's end only what was never synced may be missing, and a process that was killed leaves
	 * such an end after any write; "absolute consistency" would refuse it. "Point in time" passes over a
	 * damaged spot in the middle by forgetting all behind it without a word, and is for a log whose
	 * unsynced pages reached the disk in any order before the power went. That nothing synced is behind
	 * the end is checked above (durable.h), as RocksDB cannot know. */
	rocksdb_options_set_wal_recovery_mode(options, log == KV_WHOLE_LOG ? rocksdb_tolerate_corrupted_tail_records_recovery
									   : rocksdb_point_in_time_recovery);
	/* Small families are flushed seldom and would hold the log of the large one back for long; a log
	 * this size is read in a fraction of a second at the start. */
	rocksdb_options_set_max_total_wal_size(options, 64 * MIB);
	rocksdb_options_set_write_buffer_size(options, family_buffer_bytes[family]);
	rocksdb_options_set_compression(options, rocksdb_no_compression);
	/* Little data goes from level 0 to the last one at once, so what was deleted leaves the disk soon. */
	rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
	/* All families or none: where a full disk refuses the log, RocksDB flushes what it has by itself, family by
	 * family otherwise, and closed meanwhile it finds the refused batch in the log again for some of them only. */
	rocksdb_options_set_atomic_flush(options, 1);
	/* Not a line in RocksDB's own log: with its assertions, as Debian builds it, it aborts at the second one
	 * that a full disk does not take. */
	rocksdb_options_set_info_log_level(options, NO_LOG_LEVEL);
	rocksdb_options_set_keep_log_file_num(options, 1);
	rocksdb_options_set_stats_dump_period_sec(options, 0);
	rocksdb_options_set_stats_persist_period_sec(options, 0);

	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
	rocksdb_block_based_options_set_no_block_cache(table, 1); /* a chunk is read once, at the start */
	rocksdb_options_set_block_based_table_factory(options, table);
	rocksdb_block_based_options_destroy(table);
	return options;
}

/* RocksDB cannot put a log level beyond its own into the file OPTIONS-*, which nobody needs, and leaves the
 * attempt behind. */
static void remove_leftovers(const char *directory)
{
	DIR *list = opendir(directory);
	for (const struct dirent *entry; list != NULL && (entry = readdir(list)) != NULL;) {
		const char *dot = strrchr(entry->d_name, '.');
		if (dot != NULL && strcmp(dot, ".dbtmp") == 0 && strncmp(entry->d_name, "OPTIONS-", 8) == 0)
			(void)unlinkat(dirfd(list), entry->d_name, 0);
	}
	if (list != NULL)
		closedir(list);
}

static struct kv *kv_new(const char *directory, enum kv_mode mode, enum kv_log log)
{
	struct kv *kv = calloc(1, sizeof(*kv));
	if (kv == NULL || (kv->directory = strdup(directory)) == NULL) {
		free(kv);
		return NULL;
	}
	for (int i = 0; i < KV_N_FAMILIES; i++)
		kv->options[i] = options_new(i, mode, log);
	kv->read = rocksdb_readoptions_create();
	kv->scan = rocksdb_readoptions_create();
	rocksdb_readoptions_set_readahead_size(kv->scan, 2 * MIB);
	kv->write = rocksdb_writeoptions_create();
	kv->write_synced = rocksdb_writeoptions_create();
	rocksdb_writeoptions_set_sync(kv->write_synced, 1);
	kv->batch = rocksdb_writebatch_create();
	return kv;
}

void kv_close(struct kv *kv)
{
	if (kv == NULL)
		return;
	if (kv->db != NULL) {
		rocksdb_cancel_all_background_work(kv->db, 1);
		for (int i = 0; i < KV_N_FAMILIES; i++)
			rocksdb_column_family_handle_destroy(kv->families[i]);
		rocksdb_close(kv->db);
	}
	for (int i = 0; i < KV_N_FAMILIES; i++)
		rocksdb_options_destroy(kv->options[i]);
	rocksdb_readoptions_destroy(kv->read);
	rocksdb_readoptions_destroy(kv->scan);
	rocksdb_writeoptions_destroy(kv->write);
	rocksdb_writeoptions_destroy(kv->write_synced);
	rocksdb_writebatch_destroy(kv->batch);
	free(kv->directory);
	free(kv);
}

static rocksdb_t *open_once(struct kv *kv, enum kv_mode mode, char **text)
{
	const rocksdb_options_t *const *options = (const rocksdb_options_t *const *)kv->options;
	if (mode == KV_READ_ONLY)
		return rocksdb_open_for_read_only_column_families(kv->options[KV_META], kv->directory, KV_N_FAMILIES,
								  family_names, options, kv->families, 0, text);
	return rocksdb_open_column_families(kv->options[KV_META], kv->directory, KV_N_FAMILIES, family_names, options,
					    kv->families, text);
}

int kv_open(const char *directory, enum kv_mode mode, enum kv_log log, int64_t deadline_ms, struct kv **ret_kv,
	    struct error *error)
{
	struct kv *kv = kv_new(directory, mode, log);
	if (kv == NULL)
		return error_set(error, -ENOMEM, "no memory to open '%s'", directory);
	for (;;) {
		char *text = NULL;
		kv->db = open_once(kv, mode, &text);
		if (text == NULL)
			break;
		if (strstr(text, "lock file") == NULL || clock_monotonic_ms() >= deadline_ms) {
			kv->db = NULL;
			kv_close(kv);
			return fail(error, text, "open", directory);
		}
		rocksdb_free(text);
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	}
	if (mode != KV_READ_ONLY)
		remove_leftovers(directory);
	*ret_kv = kv;
	return 0;
}

int kv_get(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes, uint8_t **ret_value,
	   size_t *ret_value_bytes, struct error *error)
{
	char *text = NULL;
	rocksdb_pinnableslice_t *pinned =
		rocksdb_get_pinned_cf(kv->db, kv->read, kv->families[family], key, key_bytes, &text);
	if (text != NULL)
		return fail(error, text, "read from", kv->directory);
	if (pinned == NULL)
		return 0;
	size_t bytes;
	const char *value = rocksdb_pinnableslice_value(pinned, &bytes);
	uint8_t *copy = malloc(bytes + 1);
	if (copy != NULL)
		memcpy(copy, value, bytes);
	rocksdb_pinnableslice_destroy(pinned);
	if (copy == NULL)
		return error_set(error, -ENOMEM, "no memory for %zu bytes of the checkpoint store", bytes);
	*ret_value = copy;
	*ret_value_bytes = bytes;
	return 1;
}

int kv_each(struct kv *kv, enum kv_family family,
	    int (*each)(void *user, const uint8_t *key, size_t key_bytes, const uint8_t *value, size_t value_bytes,
			struct error *error),
	    void *user, struct error *error)
{
	int r = 0;
	rocksdb_iterator_t *iterator = rocksdb_create_iterator_cf(kv->db, kv->scan, kv->families[family]);
	for (rocksdb_iter_seek_to_first(iterator); r == 0 && rocksdb_iter_valid(iterator); rocksdb_iter_next(iterator)) {
		size_t key_bytes, value_bytes;
		const char *key = rocksdb_iter_key(iterator, &key_bytes);
		const char *value = rocksdb_iter_value(iterator, &value_bytes);
		r = each(user, (const uint8_t *)key, key_bytes, (const uint8_t *)value, value_bytes, error);
	}
	char *text = NULL;
	rocksdb_iter_get_error(iterator, &text);
	rocksdb_iter_destroy(iterator);
	return text == NULL ? r : fail(error, text, "read from", kv->directory);
}

void kv_put(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes, const void *value, size_t value_bytes)
{
	rocksdb_writebatch_put_cf(kv->batch, kv->families[family], key, key_bytes, value, value_bytes);
}

void kv_delete(struct kv *kv, enum kv_family family, const void *key, size_t key_bytes)
{
	rocksdb_writebatch_delete_cf(kv->batch, kv->families[family], key, key_bytes);
}

void kv_forget(struct kv *kv)
{
	rocksdb_writebatch_destroy(kv->batch); /* clearing would keep the memory of the largest batch */
	kv->batch = rocksdb_writebatch_create();
}

int kv_commit(struct kv *kv, bool sync, struct error *error)
{
	char *text = NULL;
	rocksdb_write(kv->db, sync ? kv->write_synced : kv->write, kv->batch, &text);
	kv_forget(kv);
	return text == NULL ? 0 : fail(error, text, "write to", kv->directory);
}
