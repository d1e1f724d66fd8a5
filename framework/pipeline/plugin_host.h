/* Plugin instances and the services they get: struct weir_host as a plugin sees it. */
#ifndef WEIR_PIPELINE_PLUGIN_HOST_H
#define WEIR_PIPELINE_PLUGIN_HOST_H

#include "base/error.h"
#include "configuration/pipeline_description.h"
#include "observe/metrics.h"
#include "pipeline/batch.h"
#include "pipeline/failure.h"
#include "pipeline/source_partitions.h"
#include "pipeline/watchdog.h"

/* Where log lines of plugins go instead of the program's log. Any thread. */
struct log_tap {
	void (*take)(void *user, enum weir_level level, const char *text);
	void *user;
};

struct weir_ctx {
	const struct component_description *component;
	struct weir_pipeline_info info;
	struct metrics *metrics;
	struct failure *failure;
	struct source_partitions *partitions;
	struct weir_metric *rejected;
	const struct log_tap *log_tap; /* NULL: the program's log */
	struct weir_out dead_letters; /* collected during a callback, taken by its runner */
	char error[1024];	      /* what fail() was told last */
};

struct weir_positions {
	struct checkpoint_record *record;
	struct failure *failure;
	struct source_partitions *partitions;
};

struct plugin_instance {
	struct weir_ctx ctx;
	const struct weir_plugin *plugin;
	void *self;
	bool is_open;
	struct watchdog *watchdog;
	struct watched call, interruption; /* interrupt() comes from another thread than the rest */
};

/* What all instances of a pipeline share. Borrowed by them. */
struct plugin_environment {
	const struct pipeline_description *description;
	const char *uuid, *instance_uuid;
	struct metrics *metrics;
	struct failure *failure;
	struct source_partitions *partitions;
	struct watchdog *watchdog; /* NULL: nobody watches */
	const struct log_tap *log_tap; /* NULL: the program's log */
};

/* Makes the instance and opens it. A failure is set in the environment's struct failure. */
weir_status plugin_instance_open(struct plugin_instance *instance, const struct component_description *component,
				 const struct plugin_environment *environment);
void plugin_instance_close(struct plugin_instance *instance); /* zeroed or half open is fine */

/* Around every call into the plugin: plugin_enter(i, "open"); s = plugin_leave(i, plugin->open(...)).
 * Leaving returns WEIR_OK or, with the failure set, the status that ends this run of the pipeline:
 * WEIR_RETRY comes back as WEIR_ABORT, what makes no sense as WEIR_FATAL. The other forms are for callers
 * who know what to do with WEIR_RETRY, and with WEIR_IDLE and WEIR_END as well. */
void plugin_enter(struct plugin_instance *instance, const char *callback);
weir_status plugin_leave(struct plugin_instance *instance, weir_status status);
weir_status plugin_leave_or_retry(struct plugin_instance *instance, weir_status status);
weir_status plugin_leave_poll(struct plugin_instance *instance, weir_status status);

/* From any thread; a source without interrupt() is fine. */
void plugin_interrupt(struct plugin_instance *instance);

/* The record goes to the dead letters of this instance, copied. */
weir_status plugin_dead_letter(struct plugin_instance *instance, const struct weir_record *record, const char *why);

/* The positions of a record as plugins see them: an array to be freed, NULL = no memory. Strings are
 * borrowed from the record. */
struct weir_position *plugin_positions(const struct checkpoint_record *record);

static inline const char *plugin_component(const struct plugin_instance *instance)
{
	return instance->ctx.component->path;
}

#endif
