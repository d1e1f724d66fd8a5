/* weir/plugin.h - the whole contract between weir and a plugin.
 *
 * A plugin is one shared object holding one source, one transform or one sink. It exports one
 * function, weir_plugin_v1(), and imports nothing from weir: every service arrives in
 * `struct weir_host`. Only C11 standard headers are used; C++ may include this file too.
 *
 * History
 *   1.0  2026-11-23  first version
 *   1.1  2026-11-24  weir_host.may_take(), weir_source_ops.survey, weir_verdict.time_ms
 *
 * Growing this file
 *   (1) new members go at the end of a struct;
 *   (2) a struct that begins with `size` may be shorter or longer than the reader's: a late member
 *       is read only behind WEIR_HAS();
 *   (3) adding bumps WEIR_ABI_MINOR; anything else bumps WEIR_ABI_MAJOR and the `_v1` in the name
 *       of the entry point;
 *   (4) structs marked FROZEN never change within a major.
 *
 * Threads  One instance is called from one thread at a time, except interrupt(). Two instances of
 *          one plugin may run at once (parallel tasks), so a plugin keeps no writable statics.
 * Memory   Who allocates, frees. What a plugin is given is borrowed until the callback returns,
 *          unless its comment says otherwise.
 * Time     All times are milliseconds; event times and timestamps count from 1970-01-01 UTC.
 */
#ifndef WEIR_PLUGIN_H
#define WEIR_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEIR_ABI_MAJOR 1
#define WEIR_ABI_MINOR 1
#define WEIR_MAGIC 0x52494557u /* "WEIR" in little-endian memory */

/* Is `member` inside the struct as the other side built it? `p->size` says how far that reaches. */
#define WEIR_HAS(p, member) \
	((p)->size >= offsetof(__typeof__(*(p)), member) + sizeof((p)->member))

#define WEIR_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

#ifdef __cplusplus
extern "C" {
#endif

/* ---- outcomes: what weir should do next, not what went wrong ---------------------------------- */

typedef int32_t weir_status; /* fixed width, unlike an enum */
#define WEIR_OK	    0
#define WEIR_IDLE   1 /* poll() found nothing; not an error */
#define WEIR_RETRY  2 /* nothing was done and nothing lost: wait a little, then repeat the same call */
#define WEIR_ABORT  3 /* this checkpoint is spoilt: close everything, go back to the last completed one */
#define WEIR_FATAL  4 /* this process cannot go on; the restart strategy applies */
#define WEIR_END    5 /* poll(): a bounded source is exhausted */
#define WEIR_FENCED 6 /* another instance of this pipeline has taken over: stop for good */
#define WEIR_REFUSED 7 /* what was found outside contradicts the checkpoint: stop for good, change nothing */

/* ---- data ------------------------------------------------------------------------------------- */

struct weir_slice { /* FROZEN */
	const uint8_t *data; /* NULL = absent, which is not the same as empty */
	size_t len;	     /* bytes */
};

struct weir_header { /* FROZEN */
	struct weir_slice name, value;
};

#define WEIR_NO_PARTITION UINT32_MAX

struct weir_record { /* FROZEN; one cache line */
	struct weir_slice key, value;
	const struct weir_header *headers; /* n_headers of them */
	uint32_t n_headers;
	uint32_t partition;   /* index from weir_host.partition(); WEIR_NO_PARTITION on made records */
	int64_t offset;	      /* position in that partition; -1 = none */
	int64_t timestamp_ms; /* -1 = unknown */
};

/* Which way a batch leaves the pipeline. */
#define WEIR_RESULTS	  0 /* what the pipeline is for */
#define WEIR_DEAD_LETTERS 1 /* records that could not be processed, or came too late. Key and value as
			     * they came; headers weir.reason, weir.component, weir.stream,
			     * weir.partition, weir.offset (text) come before the record's own. */

/* Records in the order they were read. Slices point into memory that lives as long as the batch;
 * what a transform makes keeps its input alive, so passing a record on copies the 64 bytes above and
 * never the payload. */
struct weir_batch {
	uint32_t size;
	uint32_t n_records;
	const struct weir_record *records;
	uint32_t output; /* WEIR_RESULTS or WEIR_DEAD_LETTERS; of interest to sinks only */
};

/* Where a source stands in one partition. Kept in the checkpoint and shown to operators, so the
 * strings are printable ASCII. */
struct weir_position {
	const char *stream; /* topic, file path, ... */
	int32_t partition;
	int64_t offset;	  /* of the next record to read */
	int64_t stop;	  /* bounded run: first offset not to read; -1 = unbounded */
	const char *note; /* the source's own, e.g. an inode; NULL = none */
};

/* Can a position be gone on from? */
enum weir_fit {
	WEIR_FITS = 0,
	WEIR_PASSED, /* no: what comes next there was deleted before it was read */
	WEIR_OTHER   /* no: these are not the records it was taken among, or the partition is gone */
};

/* What there is in one partition now, beside a position that was taken there. */
struct weir_survey { /* FROZEN */
	const char *stream;
	int32_t partition;
	uint32_t fit;	 /* enum weir_fit of the position; without one WEIR_FITS */
	int64_t first, end; /* offsets: the first there is, the first that cannot be read yet; -1 = no such partition */
	int64_t fresh;	 /* where a first start would begin; -1 likewise */
	const char *why; /* what was found, in a few words; NULL where it fits */
};

/* ---- options: one table drives parsing, validation, `describe` and the manual ------------------ */

enum weir_option_type {		 /* and the field it fills in the plugin's instance struct */
	WEIR_STRING = 1,	 /* const char *; NULL where not given and without a default */
	WEIR_INTEGER,		 /* int64_t */
	WEIR_REAL,		 /* double */
	WEIR_BOOL,		 /* bool */
	WEIR_DURATION,		 /* int64_t, milliseconds; written "250 ms", "5s", "1m", "2h", "1d" */
	WEIR_BYTES,		 /* int64_t; written "512", "64 KiB", "16 MiB", "1 GiB" */
	WEIR_LIST,		 /* const char *const *, NULL at the end; NULL where not given */
	WEIR_MAP		 /* const char *const *: name, value, name, value, NULL; NULL where not given */
};

#define WEIR_REQUIRED	0x1u
#define WEIR_SECRET	0x2u /* never logged, never shown */
#define WEIR_DEPRECATED 0x4u /* still works, with a warning; `doc` says what to use */

/* One line of an option table. `fallback` is the default as a user would write it (NULL: none; then
 * the field is zero); `allowed` is "1..65535" for numbers, durations and sizes (either end may be
 * left out), "none|gzip|zstd" for strings, NULL for anything. */
struct weir_option { /* stride is weir_plugin.option_size, so it may grow */
	const char *name;
	uint32_t type, flags;
	size_t offset; /* of the field, by WEIR_FIELD() */
	const char *fallback;
	const char *allowed;
	const char *doc; /* one or two sentences, no full stop needed at the end */
};

#ifdef __cplusplus
#define WEIR_FIELD(T, f, ctype) offsetof(T, f)
#else /* does not compile unless T.f really is a ctype */
#define WEIR_FIELD(T, f, ctype) \
	(offsetof(T, f) + 0 * sizeof(_Generic(((T *)0)->f, ctype : 1)))
#endif

/* ---- what weir gives a plugin ------------------------------------------------------------------ */

struct weir_ctx;       /* one instance, as weir knows it; valid from open() until close() returns */
struct weir_out;       /* batches being built; valid during the callback it was given to */
struct weir_positions; /* a snapshot of a source being collected; valid during snapshot() */
struct weir_metric;    /* valid as long as the ctx it was made for */

enum weir_level { WEIR_DEBUG, WEIR_INFO, WEIR_WARN, WEIR_ERROR };
enum weir_metric_kind { WEIR_COUNTER, WEIR_GAUGE };
enum weir_guarantee { WEIR_AT_LEAST_ONCE_GUARANTEE = 1, WEIR_EXACTLY_ONCE_GUARANTEE };

/* The pipeline an instance works for. Valid as long as the ctx. */
struct weir_pipeline_info {
	uint32_t size;
	uint32_t guarantee;	    /* enum weir_guarantee */
	const char *name;	    /* of the pipeline */
	const char *component;	    /* "source", "transforms[0]", "sink" */
	const char *uuid;	    /* of the pipeline, made with its store; "" during check() */
	const char *instance_uuid;  /* of this start; "" during check() */
	int64_t checkpoint_interval_ms, checkpoint_timeout_ms;
	uint32_t parallelism;	    /* keyed tasks */
};

struct weir_host {
	uint32_t size;
	uint16_t abi_major, abi_minor;

	/* -- any thread -- */

	/* One line for the log, without a newline at its end. Not for the path of each record. */
	void (*log)(struct weir_ctx *, enum weir_level, const char *fmt, ...) WEIR_PRINTF(3, 4);
	/* A counter or gauge of this instance; the same name gives the same metric. Never NULL. */
	struct weir_metric *(*metric)(struct weir_ctx *, enum weir_metric_kind, const char *name,
				      const char *unit, const char *help);
	/* Adds to a counter, sets a gauge: one relaxed atomic operation. */
	void (*measure)(struct weir_metric *, int64_t);
	const struct weir_pipeline_info *(*pipeline)(struct weir_ctx *);

	/* -- inside a callback of this ctx -- */

	/* Keeps the text (what was attempted, on what, why it failed, what to do) for whoever gives
	 * up, and returns the status given: `return host->fail(ctx, WEIR_ABORT, "cannot ...")`. */
	weir_status (*fail)(struct weir_ctx *, weir_status, const char *fmt, ...) WEIR_PRINTF(3, 4);
	/* check() only: the option is wrong for the reason given. All calls are collected and shown
	 * with file and line. Returns WEIR_FATAL. */
	weir_status (*bad_option)(struct weir_ctx *, const char *option, const char *fmt, ...)
		WEIR_PRINTF(3, 4);
	/* A point where tests inject an error or death: WEIR_FAIL=name:nth:action. WEIR_OK in
	 * ordinary builds and when not asked for. */
	weir_status (*failpoint)(struct weir_ctx *, const char *name);

	/* -- building output: poll(), process(), assign() (alloc only), fire() -- */

	/* n_records consecutive records to fill in (n_records <= 1024): slices absent, no partition,
	 * offset and timestamp -1. NULL = no memory: return WEIR_FATAL. */
	struct weir_record *(*append)(struct weir_out *, uint32_t n_records);
	/* Memory that lives as long as what was appended with this out; aligned to 8. NULL = none. */
	void *(*alloc)(struct weir_out *, size_t bytes);
	/* What was appended with this out points into `owner`: release(owner) is called once, from any
	 * thread, when the last user has let go; or at once, where WEIR_FATAL is returned. */
	weir_status (*adopt)(struct weir_out *, void *owner, void (*release)(void *owner));

	/* The record cannot be processed. Follows the component's `on_error`: WEIR_OK = skipped or sent
	 * to the dead letters, go on with the next; anything else: return it. process(), assign();
	 * a sink's write(), where it always fails, naming the record. */
	weir_status (*reject)(struct weir_ctx *, const struct weir_record *, const char *why);

	/* -- sources: start(), poll(), snapshot(); source thread -- */

	/* Index of a partition, new or known; indexes are dense from 0 and valid until close().
	 * Watermarks are kept for each, so register a partition before it may have records. */
	uint32_t (*partition)(struct weir_ctx *, const char *stream, int32_t partition);
	/* How many offsets are still to be read there, -1 = unknown. 0 = at its end so far: only while
	 * it is can a partition become idle and stop holding watermarks back; so say -1 when whoever
	 * keeps it no longer answers. */
	void (*partition_lag)(struct weir_ctx *, uint32_t partition, int64_t lag);
	/* A bounded partition has given its last record: it holds watermarks back no longer. */
	void (*partition_end)(struct weir_ctx *, uint32_t partition);
	/* snapshot(): copies one position into the checkpoint. */
	weir_status (*position)(struct weir_positions *, const struct weir_position *);

	/* -- since 1.1; inside a callback of this ctx -- */

	/* A callback that does not come back within the pipeline's `watchdog` is taken for hung, and the
	 * process ended. One that waits for something for longer says so: from now on, up to `ms` are well
	 * spent. May be called again and again, also as a mere sign of life with 0. */
	void (*may_take)(struct weir_ctx *, int64_t ms);
};

/* ---- what a plugin gives weir ------------------------------------------------------------------- */

struct weir_source_ops {
	uint32_t size;
	uint32_t flags;
#define WEIR_CANNOT_REWIND 0x1u /* positions cannot be read again: at most at-most-once after a crash */
	/* Follows open(). positions: from the checkpoint to go on from; NULL with n 0: the first start,
	 * decide by the options. From here on snapshot() must be able to name every position. */
	weir_status (*start)(void *self, const struct weir_position *positions, uint32_t n_positions);
	/* Appends up to max_records (a little more does no harm), waiting up to timeout_ms for the
	 * first. WEIR_OK with records, WEIR_IDLE, WEIR_END (nothing appended), or a failure. Offsets of
	 * a partition ascend, and never come again. */
	weir_status (*poll)(void *self, struct weir_out *, uint32_t max_records, int64_t timeout_ms);
	/* Any thread, also between polls: makes a poll() that waits return soon. May be NULL. */
	void (*interrupt)(void *self);
	/* Between polls: names the position behind the last record appended, of every partition. */
	weir_status (*snapshot)(void *self, struct weir_positions *);
	/* The checkpoint is decided: what lies before it may be acknowledged upstream. May be NULL. */
	void (*completed)(void *self, uint64_t checkpoint);
	/* What is read from, e.g. "kafka:<cluster id>"; kept in the store, another one is refused.
	 * Called after open(); NULL or a NULL result: nothing to compare. Owned by the plugin. */
	const char *(*system)(void *self);
	/* -- since 1.1 -- */
	/* Between open() and start(), perhaps more than once: tells of every partition there is, and of
	 * every position whose partition is gone. What it gives back stays valid until the next survey() or
	 * close(). Where a position does not fit, weir refuses to start, or the operator has decided and
	 * start() gets another one. May be NULL: every position fits, and refusals name no costs. */
	weir_status (*survey)(void *self, const struct weir_position *positions, uint32_t n_positions,
			      const struct weir_survey **ret_partitions, uint32_t *ret_n_partitions);
};

/* Stateless: each batch in, any number of records out. */
struct weir_transform_ops {
	uint32_t size;
	uint32_t flags;
	weir_status (*process)(void *self, const struct weir_batch *, struct weir_out *);
};

/* Keyed and windowed: weir keeps the state, the plugin says what a record belongs to, how it changes
 * the value of its key and window, and how a result looks. The windows themselves (size, lateness,
 * watermarks, when to emit) are options that weir gives every windowed transform. */

struct weir_assignment { /* FROZEN */
	struct weir_slice key; /* state key, at most 65535 bytes; data NULL = drop the record */
	int64_t event_time_ms;
	int64_t carry; /* handed to update(): saves parsing twice */
};

struct weir_fold { /* FROZEN */
	void *value; /* of this record's key and window: value_size bytes, aligned to 8, zero when new */
	const struct weir_record *record;
	int64_t event_time_ms;
	int64_t carry;
};

struct weir_window { /* FROZEN */
	int64_t start_ms; /* first millisecond */
	int64_t end_ms;	  /* first millisecond behind it */
};

struct weir_entry { /* FROZEN */
	struct weir_slice key;
	const void *value;
};

struct weir_windowed_ops {
	uint32_t size;
	uint32_t flags;
	const char *table;	/* name of the state, as operators see it: "counts" */
	uint32_t value_size;	/* bytes of state for each window and key, 1..65535 */
	uint32_t state_version; /* of the value's layout; another one in the store is refused */
	/* Fills assignments[i] for records[i] (zeroed before). Runs in the source's thread, on an
	 * instance of its own: it shares nothing but the options with update() and fire(). */
	weir_status (*assign)(void *self, const struct weir_batch *, struct weir_out *alloc_only,
			      struct weir_assignment *assignments);
	/* Folds records into values. The same value may occur more than once: fold in order. */
	weir_status (*update)(void *self, const struct weir_fold *folds, uint32_t n_folds);
	/* The window has ended, or a late record changed it again: append the results. */
	weir_status (*fire)(void *self, const struct weir_window *, const struct weir_entry *entries,
			    uint32_t n_entries, struct weir_out *);
};

enum weir_delivery {
	WEIR_AT_LEAST_ONCE = 1, /* prepare() makes the output durable; commit() and abort() do nothing */
	WEIR_TWO_PHASE,		/* what prepare() made survives a crash and waits for commit() */
	WEIR_LAST_RESOURCE	/* commit() decides for the whole pipeline; a crash before it undoes all */
};

/* What prepare() is told. */
struct weir_checkpoint {
	uint32_t size;
	uint32_t n_positions;
	uint64_t id; /* 0 is written before the first record, then ascending */
	const struct weir_position *positions;
	const char *source_system; /* weir_source_ops.system(); NULL = none */
	int64_t watermark_ms;	   /* INT64_MIN = none yet */
};

/* WEIR_LAST_RESOURCE: the newest checkpoint that the outside shows as committed. Filled by the sink;
 * strings and positions stay valid until its next callback. */
struct weir_verdict {
	uint32_t size;
	bool found; /* false: nothing was ever committed under this pipeline's name */
	uint64_t checkpoint;
	const char *pipeline_uuid;
	const char *instance_uuid; /* who committed it */
	const struct weir_position *positions;
	uint32_t n_positions;
	const char *where; /* "topic weir-x-progress, offset 12", for messages */
	const char *newest_instance; /* who took over or committed last; NULL = nobody, or not known */
	/* -- since 1.1 -- */
	int64_t time_ms; /* when it was committed, by the committer's clock; 0 = not known */
};

/* Order of calls: open; [peek; take_over]; commit or abort of handles found in the store; resume;
 * then for each checkpoint N: begin(N) write* prepare(N) commit(N). Sink thread.
 * A handle names what prepare() left behind; at most 1 MiB; owned by the plugin until its next call. */
struct weir_sink_ops {
	uint32_t size;
	uint32_t flags;
	uint32_t delivery; /* enum weir_delivery: the strongest it offers */
	const char *dead_letter_option; /* the option that must be set to accept dead letters;
					 * NULL: the sink takes none, "": always */
	/* WEIR_LAST_RESOURCE: reads the verdict without disturbing an instance that may be running. */
	weir_status (*peek)(void *self, struct weir_verdict *);
	/* WEIR_LAST_RESOURCE: fences older instances, settles what they left open, reads the verdict. */
	weir_status (*take_over)(void *self, struct weir_verdict *);
	/* Recovery is over and `completed` (0 with nothing yet) is the newest checkpoint: what was
	 * written for later ones and never prepared can be removed. May be NULL. */
	weir_status (*resume)(void *self, uint64_t completed);
	weir_status (*begin)(void *self, uint64_t checkpoint);
	weir_status (*write)(void *self, const struct weir_batch *);
	/* Everything is out and acknowledged, nothing visible yet; the outcome survives a crash. */
	weir_status (*prepare)(void *self, const struct weir_checkpoint *, struct weir_slice *ret_handle);
	/* Make it visible. May come again after a crash, also for what is visible already. */
	weir_status (*commit)(void *self, uint64_t checkpoint, struct weir_slice handle);
	/* Undo it. May come again, also for what is gone already. Only for handles found in the store. */
	weir_status (*abort)(void *self, uint64_t checkpoint, struct weir_slice handle);
	/* As weir_source_ops.system(). */
	const char *(*system)(void *self);
};

struct weir_plugin {
	uint32_t size, magic;
	uint16_t abi_major, abi_minor; /* of the header it was built with */
	uint32_t flags;
#define WEIR_ASKS_HOST 0x1u /* looks with WEIR_HAS() before it uses late host members: may load into an older weir */
	const char *name;	     /* "ip_count", the same as in ip_count.so */
	const char *version, *license;
	const char *summary;	     /* one line */
	const char *doc;	     /* a paragraph or more; NULL = none */
	const char *example;	     /* the component as it would stand in a configuration file; NULL = none */
	const struct weir_option *options;
	uint32_t n_options, option_size;
	size_t instance_size; /* weir allocates it, zeroes it and fills the options in: `self` */
	/* Do the options agree with each other? No side effects. May be NULL. */
	weir_status (*check)(void *self, struct weir_ctx *, const struct weir_host *);
	/* host and ctx stay valid until close() has returned. */
	weir_status (*open)(void *self, struct weir_ctx *, const struct weir_host *);
	void (*close)(void *self); /* always follows open(), also a failed one; must not block for long */
	/* exactly one of the four */
	const struct weir_source_ops *source;
	const struct weir_transform_ops *transform;
	const struct weir_windowed_ops *windowed;
	const struct weir_sink_ops *sink;
};

__attribute__((visibility("default"))) const struct weir_plugin *weir_plugin_v1(void);

#define WEIR_OPTIONS(table)                                                  \
	.options = (table), .n_options = sizeof(table) / sizeof((table)[0]), \
	.option_size = sizeof((table)[0])

/* WEIR_PLUGIN(.name = "shout", ..., .transform = &ops); */
#define WEIR_PLUGIN(...)                                                              \
	const struct weir_plugin *weir_plugin_v1(void)                                \
	{                                                                             \
		static const struct weir_plugin plugin = {.size = sizeof(plugin),     \
							  .magic = WEIR_MAGIC,        \
							  .abi_major = WEIR_ABI_MAJOR, \
							  .abi_minor = WEIR_ABI_MINOR, \
							  __VA_ARGS__};               \
		return &plugin;                                                       \
	}                                                                             \
	struct weir_plugin /* swallows the semicolon */

#ifdef __cplusplus
}
#endif
#endif
