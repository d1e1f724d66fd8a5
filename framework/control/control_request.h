/* What may be asked of the daemon through its socket: one line, a JSON object
 *
 *   {"command": "status"}   {"command": "status", "name": "ip-count"}   {"command": "reload"}
 *   {"command": "start", "name": "ip-count"}; stop and restart alike
 *
 * and one line comes back, an object too: "ok" is true or false; with false, "error" says why and "exit" is the exit
 * status that fits. Then the daemon closes the connection. */
#ifndef WEIR_CONTROL_CONTROL_REQUEST_H
#define WEIR_CONTROL_CONTROL_REQUEST_H

#include <stddef.h>

#include "base/error.h"

#define CONTROL_SOCKET "/run/weir/control.sock"
#define CONTROL_MOST_BYTES 4096 /* of a request */

enum control_command { CONTROL_STATUS, CONTROL_START, CONTROL_STOP, CONTROL_RESTART, CONTROL_RELOAD };

struct control_request {
	enum control_command command;
	char name[208]; /* "": none */
};

const char *control_command_name(enum control_command command);

/* A line from somebody; without its end. */
int control_request_parse(const char *line, size_t len, struct control_request *ret_request, struct error *error);

#endif
