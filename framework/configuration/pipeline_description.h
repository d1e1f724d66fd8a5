/* A pipeline as its configuration file describes it, checked: what the runtime builds from. */
#ifndef WEIR_CONFIGURATION_PIPELINE_DESCRIPTION_H
#define WEIR_CONFIGURATION_PIPELINE_DESCRIPTION_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "options/option_table.h"
#include "plugin/plugin_load.h"
#include "plugin/plugin_registry.h"

enum error_policy { ON_ERROR_FAIL, ON_ERROR_SKIP, ON_ERROR_DEAD_LETTER };
enum late_policy { LATE_COUNT, LATE_DEAD_LETTER };
enum window_emit { EMIT_UPDATES, EMIT_FINAL };

/* Options that weir itself gives every windowed transform (all ms). */
struct window_options {
	int64_t window;		      /* `window`, required, >= 1 */
	int64_t allowed_lateness;     /* `allowed_lateness`, default 0 */
	const char *watermark;	      /* `watermark`: "ascending" (default) | "bounded_out_of_orderness" */
	int64_t max_out_of_orderness; /* `max_out_of_orderness`, only with the latter, default 0 */
	int64_t idle_timeout;	      /* `idle_timeout`, default 30 s: of a partition at its end */
	enum window_emit emit;	      /* `emit`: "updates" (default) | "final" */
	enum late_policy late;	      /* `late_records`: "count" (default) | "dead_letter" */
};

struct component_description {
	const char *path;	     /* "source", "transforms[0]", "sink" */
	unsigned line;		     /* of its group in the file */
	const struct plugin *plugin; /* borrowed from the registry */
	/* What a new instance starts as: instance_size bytes with the options filled in. Strings and
	 * lists in it are borrowed from the description. */
	const void *options;
	enum error_policy on_error;   /* transforms: `on_error`, default "fail" */
	struct window_options window; /* windowed transforms only */
};

struct pipeline_description {
	const char *file;
	const char *name;
	enum weir_guarantee guarantee;
	uint32_t parallelism; /* 1..128 */
	int64_t watchdog_ms;  /* 0 = none */
	int64_t stop_timeout_ms;
	int64_t stalled_after_ms; /* for who looks at it */
	uint64_t fingerprint; /* of all settings and what ${...} stood for; comments and order of files do not count */
	struct {
		int64_t interval_ms, timeout_ms;
		const char *directory;
		uint32_t retain;
		uint32_t tolerable_failures;
	} checkpoint;
	struct {
		uint32_t attempts;
		int64_t delay_ms;
	} restart;
	struct component_description source;
	struct component_description *transforms;
	uint32_t n_transforms;
	struct component_description sink;
};

/* One finding of the check. Text is ready to print behind "file:line: error: ". */
struct finding {
	bool is_warning;
	const char *file;
	unsigned line; /* 0: of no line */
	const char *text;
};

struct findings {
	struct finding *list;
	uint32_t n, n_errors;
};

/* --set PATH=VALUE, in the order given; the strings are borrowed until the description is freed. */
struct override {
	const char *path, *value;
};

/* Reads and checks the whole file; loads the plugins it names through `registry` (whose directories it
 * extends by the file's plugin_path). Always fills *ret_findings; returns 0 and *ret_pipeline when none
 * of them is an error. Runs the plugins' check(), touches neither network nor checkpoint directory. */
int pipeline_description_read(const char *file, const struct override *overrides, uint32_t n_overrides,
			      struct plugin_registry *registry, struct pipeline_description **ret_pipeline,
			      struct findings *ret_findings);
void pipeline_description_free(struct pipeline_description *pipeline);
void findings_done(struct findings *findings);

/* One line each: "file:line: error: text". */
void findings_print(const struct findings *findings, FILE *out);

/* What a file may say beside the options of its components: "pipeline.checkpoint" and the table of its options. A group
 * without options is a setting, or is made of components, and `doc` says all of it. */
struct configuration_group {
	const char *path, *doc;
	struct option_table table;
};

/* Ends with a group whose path is NULL. */
const struct configuration_group *configuration_groups(void);

/* Splits "PATH=VALUE" where it stands. False: it is no such thing. */
bool override_parse(char *text, struct override *ret_override);

#endif
