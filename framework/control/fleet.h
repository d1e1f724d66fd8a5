/* The pipelines of the daemon: each has a keeper, a process of its own, that supervises one version of it.
 *
 * What reads files (reload, start, restart) is an operation: one at a time, in the order of asking. Keepers read the
 * files; when the last has, or has taken too long, what they found comes into force. Nothing here waits. */
#ifndef WEIR_CONTROL_FLEET_H
#define WEIR_CONTROL_FLEET_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>

#include "control/control_request.h"
#include "supervisor/health.h"
#include "supervisor/keeper.h"

struct member {
	char *name, *file;
	uint64_t fingerprint;	/* of the newest version that came into force */
	struct keeper running;	/* supervises; when its process is 0 it has ended, and what it left can be read */
	struct keeper next;	/* has read a newer version, and goes on when `running` has ended */
	uint32_t next_attempts_used;
	struct health health;
	bool is_asked_to_stop;	/* `running`, at asked_ms */
	int64_t asked_ms;
	bool is_stopped;	/* by somebody who asked for it: a reload does not start it */
	bool is_leaving;	/* no file describes it any more */
	int exit_status;	/* of `running` when it has ended */
	int64_t revive_ms;	/* its keeper was killed: start another one then; 0 = no */
	bool is_reviving;	/* the operation for that is in the queue */
	struct member *next_member;
};

/* A file that did not come into force when it was read last. */
struct refused_file {
	char *file, *why; /* `why`: lines "file:line: error: text" */
	struct refused_file *next;
};

typedef void (*fleet_answerer)(void *context, uint64_t client, json_t *take_answer);

struct fleet {
	const char *directory; /* borrowed, as is all of the options */
	struct keeper_options options;
	fleet_answerer answer;
	void *context;
	struct member *members;
	struct refused_file *refused;
	struct operation *operations; /* the first is under way */
	int64_t sampled_ms;
	bool is_loaded;	  /* the folder has been read once */
	bool is_stopping; /* all of it */
};

/* Client 0 is nobody: what is answered to it is logged. */
void fleet_reload(struct fleet *fleet, uint64_t client);
void fleet_handle(struct fleet *fleet, uint64_t client, const struct control_request *request);
bool fleet_is_reloading(const struct fleet *fleet);

/* Does what is due. */
void fleet_turn(struct fleet *fleet, int64_t now_ms);
/* A child has ended; status as from waitpid(). */
void fleet_reap(struct fleet *fleet, pid_t process, int status, int64_t now_ms);

/* Files being read: what to wait for. */
size_t fleet_n_readings(const struct fleet *fleet);
size_t fleet_poll(const struct fleet *fleet, struct pollfd *fds);

/* Once: in order. Again: at once. */
void fleet_stop(struct fleet *fleet);
bool fleet_has_ended(const struct fleet *fleet);
void fleet_done(struct fleet *fleet);

/* fleet_status.c */
enum pipeline_state fleet_state(const struct member *member, int64_t now_ms);
/* {"ok": true, "pipelines": [...], "refused": [...]}; NULL name: all. The caller knows that the name is there. */
json_t *fleet_status(const struct fleet *fleet, const char *name);

#endif
