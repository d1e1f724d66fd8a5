/* `weir serve`: the pipelines of a folder, each in a process of its own, and a socket to ask and tell. */
#ifndef WEIR_CONTROL_DAEMON_H
#define WEIR_CONTROL_DAEMON_H

#include "supervisor/keeper.h"

struct daemon_options { /* borrowed */
	const char *directory, *socket_path;
	struct keeper_options keeper;
};

/* Until SIGTERM or SIGINT; SIGHUP reads the folder anew. Returns the exit status of the program: 0 all was stopped in
 * order, 1 not so, 2 it cannot begin. The process must have no other threads. */
int daemon_run(const struct daemon_options *options);

#endif
