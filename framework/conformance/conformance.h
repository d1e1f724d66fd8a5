/* What any plugin must hold, tried on one. Each check runs in a process of its own with a deadline, so that a crash
 * or a hang is the finding of that check and not the end of the kit. */
#ifndef WEIR_CONFORMANCE_CONFORMANCE_H
#define WEIR_CONFORMANCE_CONFORMANCE_H

#include "harness/harness_internal.h"

/* What was asked for. Borrowed. */
struct conformance_wishes {
	const char *path;		/* of the shared object */
	const char *configuration;	/* a pipeline's file to take the component's options from; NULL = none */
	const char *const *options;	/* name, value, ..., NULL: on top of it */
	const char *input;		/* file: a record for transforms on each line; NULL: built-in ones */
	const char *output;		/* shell command that prints what a sink has made visible; NULL = none */
	int64_t timeout_ms;		/* of one check */
};

/* Prints a line for each check. 0 = all passed or skipped, 1 = one failed, 2 = nothing could be tried. */
int conformance_run(const struct conformance_wishes *wishes);

/* ---- for the checks ---- */

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_SKIP };

/* Shared with the process that runs a check. */
struct trial {
	enum verdict verdict;
	char text[2048];     /* the finding */
	char doing[512];     /* what is being tried, for a crash or hang */
	char inside[32];     /* the callback it died in */
};

struct conformance {
	const struct conformance_wishes *wishes;
	struct trial *trial;
	const struct weir_plugin *plugin; /* NULL until it has been loaded */
	enum plugin_kind kind;
	const struct option_setting *settings; /* from the configuration */
	uint32_t n_settings;
	const char *const *lines; /* input of transforms, NULL at the end */
	char name[32], uuid[UUID_BYTES]; /* of the pipeline */
	struct story *story;	  /* of the crashes, which come one after another */
	bool is_open;		  /* the options given are good, and it opens with them */
	struct obstack memory;	  /* of this process, never freed */
};

#define CONFORMANCE_PRINTF __attribute__((format(printf, 2, 3)))
enum verdict pass(struct conformance *c, const char *fmt, ...) CONFORMANCE_PRINTF;
enum verdict fail(struct conformance *c, const char *fmt, ...) CONFORMANCE_PRINTF;
enum verdict skip(struct conformance *c, const char *fmt, ...) CONFORMANCE_PRINTF;
void doing(struct conformance *c, const char *fmt, ...) CONFORMANCE_PRINTF;
/* Text that lives as long as the process. */
char *kept_text(struct conformance *c, const char *fmt, ...) CONFORMANCE_PRINTF;

/* A harness with the options given, not open yet. From then on a crash is looked for in it. */
struct weir_harness *make_harness(struct conformance *c);
/* The same, open. NULL: the finding is made. */
struct weir_harness *open_harness(struct conformance *c);

/* Repeats a call that asks for it; the deadline of the check ends it. */
#define AGAIN(status, call)                                                       \
	do {                                                                      \
		while (((status) = (call)) == WEIR_RETRY)                         \
			nanosleep(&(struct timespec){0, 10000000}, NULL);         \
	} while (0)

/* A few records through an open plugin, whatever comes of it. */
void exercise(struct conformance *c, struct weir_harness *h);
/* Feeds one line, for sinks too. */
weir_status feed_line(struct weir_harness *h, const char *line);

enum verdict check_limits(struct conformance *c);
enum verdict check_interrupt(struct conformance *c);
enum verdict check_restore(struct conformance *c);
enum verdict check_two_instances(struct conformance *c);
enum verdict check_bad_records(struct conformance *c);
enum verdict check_nothing_left(struct conformance *c);
/* number: of the crash, from 0; crash_name NULL: there are no more. */
const char *crash_name(uint32_t number);
struct story *story_new(struct conformance *c);
enum verdict check_crash(struct conformance *c, uint32_t number);

#endif
