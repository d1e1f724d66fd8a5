/* The daemon's socket: takes one request line from each connection, hands it on, and sends the answer whenever it comes.
 * Never waits for anybody: who is slow or silent is dropped when his time is over. */
#ifndef WEIR_CONTROL_CONTROL_SERVER_H
#define WEIR_CONTROL_CONTROL_SERVER_H

#include <jansson.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

#include "control/control_request.h"

#define CONTROL_CLIENTS 32 /* at a time; more wait at the door */

struct control_server;

/* What is asked for, by whom. The answer goes to control_server_answer(), now or later, with that number. */
typedef void (*control_handler)(void *context, uint64_t client, const struct ucred *who,
				const struct control_request *request);

/* -EADDRINUSE: a daemon answers there already. What a dead one has left is replaced. Mode 0660. `path` is borrowed. */
int control_server_new(const char *path, control_handler handler, void *context, struct control_server **ret_server,
		       struct error *error);
/* Closes it, and removes the socket. NULL is fine. */
void control_server_free(struct control_server *server);

/* What to wait for: at most CONTROL_CLIENTS + 1 entries. Returns how many. */
size_t control_server_poll(const struct control_server *server, struct pollfd *fds);
/* Serves whoever can be served without waiting. */
void control_server_serve(struct control_server *server, int64_t now_ms);

/* Takes the reference. A client that has gone since is none. */
void control_server_answer(struct control_server *server, uint64_t client, json_t *take_answer);

/* Lines of text as JSON takes them; new reference. */
json_t *control_text(const char *text);

/* {"ok": false, "error": "...", "exit": exit}; new reference. */
json_t *control_refusal(int exit_status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
