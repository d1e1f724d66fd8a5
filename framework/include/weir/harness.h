/* weir/harness.h - one plugin as a black box, for its tests.
 *
 * A harness is a weir around one plugin: it reads options as a configuration file's are read, keeps state,
 * windows and watermarks by weir's own code, and collects whatever the plugin gives. It needs no file, no
 * broker and no thread, belongs to no test framework, and C++ may use it:
 *
 *   struct weir_harness *h = weir_harness_load("./sum.so");      // or weir_harness_new(weir_plugin_v1())
 *   weir_harness_option(h, "window", "5s");
 *   assert(weir_harness_open(h) == WEIR_OK);
 *   weir_harness_feed_text(h, NULL, "1000 apples 3");
 *   weir_harness_watermark(h, 4999);                              // its window has ended: it fires
 *   assert(strcmp(weir_harness_result_text(h, 0), "apples 3") == 0);
 *   weir_harness_free(h);
 *
 *   cc test_sum.c $(pkg-config --cflags --libs weir-harness)
 *
 * Statuses  What the plugin returned, as weir would take it: nonsense comes back as WEIR_FATAL, and
 *           WEIR_RETRY means that nothing was done and the same call may be made again. After a failure
 *           weir_harness_failure() tells the text, and every further call returns the same status until
 *           weir_harness_restore() or weir_harness_close(). A call that has no meaning for this kind of
 *           plugin (a poll of a sink), or before weir_harness_open(), is such a failure too.
 * Threads   One harness is used from one thread at a time, but for weir_harness_interrupt(). Two harnesses
 *           may be used at once.
 * Memory    What a function returns belongs to the harness and stays valid until weir_harness_forget() or
 *           weir_harness_free(), unless its comment says otherwise. What is given to it is copied.
 * Time      Milliseconds. Event time moves only by weir_harness_watermark() and weir_harness_turn_clock().
 *           A plugin that asks the system for the time gets the system's.
 */
#ifndef WEIR_HARNESS_H
#define WEIR_HARNESS_H

#include <weir/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WEIR_HARNESS_API __attribute__((visibility("default")))

struct weir_harness;  /* one plugin under test */
struct weir_snapshot; /* one checkpoint of it; needs its harness no longer, but for the plugin's code */

/* ---- a plugin and its options -------------------------------------------------------------------- */

/* Of a shared object, or of a descriptor that is linked into the test (borrowed). NULL: no memory. What
 * cannot be used is known to the harness all the same: weir_harness_open() fails and says why. A loaded
 * object stays loaded until the process ends. */
WEIR_HARNESS_API struct weir_harness *weir_harness_load(const char *path);
WEIR_HARNESS_API struct weir_harness *weir_harness_new(const struct weir_plugin *plugin);
WEIR_HARNESS_API void weir_harness_free(struct weir_harness *h); /* closes it where open; NULL is fine */

/* NULL where the plugin cannot be used. Valid until the process ends. */
WEIR_HARNESS_API const struct weir_plugin *weir_harness_plugin(const struct weir_harness *h);

/* Before open: an option's value as it is written in a configuration file, without quotes: "5s", "64 KiB",
 * "true"; a list is "a,b", one value of a map is set by the name "client.linger_ms". The options that weir gives
 * every plugin of the kind (on_error, window, allowed_lateness, emit ...) are set the same way. NULL takes the
 * value back. */
WEIR_HARNESS_API void weir_harness_option(struct weir_harness *h, const char *name, const char *value);
/* Before open: name of the pipeline; "test" otherwise. */
WEIR_HARNESS_API void weir_harness_pipeline(struct weir_harness *h, const char *name);

/* As `weir validate`: are the options known, complete, within their limits, and does the plugin's check()
 * agree? WEIR_OK or WEIR_FATAL; every complaint, warnings too, is kept until the next check. */
WEIR_HARNESS_API weir_status weir_harness_check(struct weir_harness *h);
WEIR_HARNESS_API uint32_t weir_harness_n_complaints(const struct weir_harness *h);
/* "option 'topic' of sink 'kafka': ..."; NULL where there is none. */
WEIR_HARNESS_API const char *weir_harness_complaint(const struct weir_harness *h, uint32_t index);

/* ---- life ----------------------------------------------------------------------------------------- */

/* Checks, opens and starts it as at the first start of a pipeline. */
WEIR_HARNESS_API weir_status weir_harness_open(struct weir_harness *h);
/* Closes it. Results, metrics and log lines stay. */
WEIR_HARNESS_API void weir_harness_close(struct weir_harness *h);
/* As after a crash: whatever came after the snapshot is forgotten by the harness (results, metrics and log lines
 * stay), and a new instance goes on from it. NULL: from nothing, as if no checkpoint had ever been completed.
 * The old instance, where it is still open, is closed first, for threads and memory of one process cannot be
 * taken back in another way; a test that means death calls this in a child it has killed.
 *   source      start() gets the snapshot's positions
 *   windowed    the state, the watermark and the event times of the partitions are the snapshot's
 *   sink        the snapshot's handle is committed (again), handles that were prepared later and not decided are
 *               aborted, then resume(). A last resource decides by its own verdict; WEIR_REFUSED where that
 *               names another checkpoint than the snapshot */
WEIR_HARNESS_API weir_status weir_harness_restore(struct weir_harness *h, const struct weir_snapshot *snapshot);
/* Why the last call failed; "" where it did not. */
WEIR_HARNESS_API const char *weir_harness_failure(const struct weir_harness *h);

/* ---- into transforms and sinks ------------------------------------------------------------------- */

/* Up to 1024 records in their order. `partition` is an index from weir_harness_partition(), or WEIR_NO_PARTITION for the one
 * that is there from the start; records without an offset (-1) get the next of their partition. A sink writes them
 * as results. */
WEIR_HARNESS_API weir_status weir_harness_feed(struct weir_harness *h, const struct weir_record *records,
					       uint32_t n_records);
/* One record of texts; NULL is an absent key or value. */
WEIR_HARNESS_API weir_status weir_harness_feed_text(struct weir_harness *h, const char *key, const char *value);
/* Sinks: the same as dead letters. */
WEIR_HARNESS_API weir_status weir_harness_feed_dead_letters(struct weir_harness *h, const struct weir_record *records,
							    uint32_t n_records);
/* Index of a partition, new or known. UINT32_MAX: no memory. */
WEIR_HARNESS_API uint32_t weir_harness_partition(struct weir_harness *h, const char *stream, int32_t number);

/* Windowed: event time has passed up to here, INT64_MAX: for good, as at the end of a bounded input. It never goes
 * back. Windows that have ended fire; what comes too late for them later is late. */
WEIR_HARNESS_API weir_status weir_harness_watermark(struct weir_harness *h, int64_t watermark_ms);
/* Windowed: `ms` pass without a record, all that was fed being read. The watermark moves to where weir would put it:
 * the least of all partitions of their greatest event time, minus 1 ms, minus max_out_of_orderness; without those
 * that have been idle for `idle_timeout`. 0 is fine. */
WEIR_HARNESS_API weir_status weir_harness_turn_clock(struct weir_harness *h, int64_t ms);

/* ---- out of sources ------------------------------------------------------------------------------- */

/* One poll(): WEIR_OK with new results, WEIR_IDLE, WEIR_END, or a failure. What it appends is looked at as weir
 * does: slices, partitions, offsets that ascend. */
WEIR_HARNESS_API weir_status weir_harness_poll(struct weir_harness *h, uint32_t max_records, int64_t timeout_ms);
/* Any thread: makes a poll() that waits return. */
WEIR_HARNESS_API void weir_harness_interrupt(struct weir_harness *h);

/* What a source has said of a partition. */
struct weir_harness_partition {
	const char *stream;
	int32_t number;
	int64_t lag; /* offsets; -1 = unknown */
	bool ended;
};
WEIR_HARNESS_API uint32_t weir_harness_n_partitions(const struct weir_harness *h);
/* Zeros, stream NULL, where there is none of that index. */
WEIR_HARNESS_API struct weir_harness_partition weir_harness_partition_at(const struct weir_harness *h, uint32_t index);

/* ---- checkpoints ---------------------------------------------------------------------------------- */

/* A barrier: what was fed or read before it is in the snapshot, the rest is not. Ids ascend from 0; after a restore
 * they go on behind the snapshot's. A source names its positions; a sink prepares (what it is told as positions:
 * how many records were fed). *ret_snapshot is the caller's to free; written only with WEIR_OK. */
WEIR_HARNESS_API weir_status weir_harness_barrier(struct weir_harness *h, struct weir_snapshot **ret_snapshot);
/* The checkpoint is decided: a source is told, a sink commits. May be called again. */
WEIR_HARNESS_API weir_status weir_harness_complete(struct weir_harness *h, const struct weir_snapshot *snapshot);
/* Sinks: undoes a prepared checkpoint. Weir does it only at a start: call it behind weir_harness_restore(). */
WEIR_HARNESS_API weir_status weir_harness_abort(struct weir_harness *h, const struct weir_snapshot *snapshot);

/* Everything read from a snapshot is valid as long as it. */
WEIR_HARNESS_API void weir_snapshot_free(struct weir_snapshot *snapshot); /* NULL is fine */
WEIR_HARNESS_API uint64_t weir_snapshot_id(const struct weir_snapshot *snapshot);
WEIR_HARNESS_API uint32_t weir_snapshot_n_positions(const struct weir_snapshot *snapshot);
/* Zeros, stream NULL, where there is none of that index. */
WEIR_HARNESS_API struct weir_position weir_snapshot_position(const struct weir_snapshot *snapshot, uint32_t index);
/* Of a sink; data NULL where there is none. */
WEIR_HARNESS_API struct weir_slice weir_snapshot_handle(const struct weir_snapshot *snapshot);
/* INT64_MIN = none yet. */
WEIR_HARNESS_API int64_t weir_snapshot_watermark(const struct weir_snapshot *snapshot);

/* ---- what came out -------------------------------------------------------------------------------- */

/* Results of a source or transform and dead letters, each in the order they came; dead letters have the headers
 * that weir gives them. NULL where there is none of that index. */
WEIR_HARNESS_API uint32_t weir_harness_n_results(const struct weir_harness *h);
WEIR_HARNESS_API const struct weir_record *weir_harness_result(const struct weir_harness *h, uint32_t index);
WEIR_HARNESS_API uint32_t weir_harness_n_dead_letters(const struct weir_harness *h);
WEIR_HARNESS_API const struct weir_record *weir_harness_dead_letter(const struct weir_harness *h, uint32_t index);
/* The value as text with a NUL behind it. NULL: no such record, or its value is absent. */
WEIR_HARNESS_API const char *weir_harness_result_text(struct weir_harness *h, uint32_t index);
WEIR_HARNESS_API const char *weir_harness_dead_letter_text(struct weir_harness *h, uint32_t index);
/* Header weir.reason; NULL: no such dead letter. */
WEIR_HARNESS_API const char *weir_harness_dead_letter_reason(struct weir_harness *h, uint32_t index);
/* A copy of any slice with a NUL behind it; NULL where it is absent. */
WEIR_HARNESS_API const char *weir_harness_text(struct weir_harness *h, struct weir_slice slice);
/* Lets go of all results, dead letters and texts. */
WEIR_HARNESS_API void weir_harness_forget(struct weir_harness *h);

/* A counter or gauge of the plugin, or one that weir keeps for it (records_rejected, records_late, results, ...).
 * Counters go on over a restore. INT64_MIN: none of that name. */
WEIR_HARNESS_API int64_t weir_harness_metric(const struct weir_harness *h, const char *name);
/* "warn: cannot ..."; levels debug, info, warn, error. NULL where there is none of that index. Valid until free. */
WEIR_HARNESS_API uint32_t weir_harness_n_logs(struct weir_harness *h);
WEIR_HARNESS_API const char *weir_harness_log(struct weir_harness *h, uint32_t index);

/* Windowed: how many values there are; the value of a window and key, NULL where there is none, valid until the next
 * call that feeds, moves the watermark or restores; the watermark, INT64_MIN = none yet. */
WEIR_HARNESS_API uint64_t weir_harness_n_keys(const struct weir_harness *h);
WEIR_HARNESS_API const void *weir_harness_state(const struct weir_harness *h, int64_t window_start_ms,
						struct weir_slice key);
WEIR_HARNESS_API int64_t weir_harness_watermark_ms(const struct weir_harness *h);
/* Last resources: the checkpoint that the outside showed as committed at the last open or restore; -1 = none. */
WEIR_HARNESS_API int64_t weir_harness_verdict(const struct weir_harness *h);

#ifdef __cplusplus
}
#endif
#endif
