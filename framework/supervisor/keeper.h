/* A process that keeps one version of a pipeline for the daemon: it reads and checks a configuration file, says what it
 * has found, and waits. Told to go on, it supervises that very version until the end, whatever becomes of the file.
 * So plugins are loaded by keepers only, and neither a bad file nor a bad plugin can hurt the daemon. */
#ifndef WEIR_SUPERVISOR_KEEPER_H
#define WEIR_SUPERVISOR_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "observe/log.h"
#include "supervisor/supervision.h"

struct keeper_options { /* all borrowed */
	const char *const *plugin_directories;
	uint32_t n_plugin_directories;
	enum log_format log_format;
	enum log_level log_level;
};

struct keeper {
	pid_t process; /* 0: none */
	int channel;   /* reads a byte when the file has been read, its end when the process is gone; -1: none */
	struct supervision *supervision;
};

/* The caller has no other threads and waits for its children itself. */
int keeper_start(struct keeper *keeper, const struct keeper_options *options, const char *file, struct error *error);

enum keeper_answer { KEEPER_READS, KEEPER_HAS_READ, KEEPER_REFUSES, KEEPER_IS_GONE };
/* What has become of reading; does not wait. Refused or not, the findings stand in the supervision. */
enum keeper_answer keeper_answer(struct keeper *keeper);

/* One that has read: supervise. `attempts_used` of its restarts are used up already. */
void keeper_go_on(struct keeper *keeper, uint32_t attempts_used);

/* Zeroes it; SIGKILL where it has not been told to go on. `process` is 0 when it has been waited for. */
void keeper_done(struct keeper *keeper);

#endif
