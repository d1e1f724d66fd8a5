/* Asks the daemon. */
#ifndef WEIR_CONTROL_CONTROL_CLIENT_H
#define WEIR_CONTROL_CONTROL_CLIENT_H

#include <jansson.h>

#include "control/control_request.h"

/* `name` NULL: none. The answer is an object with a boolean "ok"; new reference. Waits for at most two minutes. */
int control_ask(const char *socket_path, enum control_command command, const char *name, json_t **ret_answer,
		struct error *error);

#endif
