#include "control/control_request.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum name_rule { NAME_NEEDED, NAME_ALLOWED, NAME_REFUSED };

static const struct {
	const char *name;
	enum name_rule rule;
} commands[] = {
	[CONTROL_STATUS] = {"status", NAME_ALLOWED},
	[CONTROL_START] = {"start", NAME_NEEDED},
	[CONTROL_STOP] = {"stop", NAME_NEEDED},
	[CONTROL_RESTART] = {"restart", NAME_NEEDED},
	[CONTROL_RELOAD] = {"reload", NAME_REFUSED},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *control_command_name(enum control_command command)
{
	return commands[command].name;
}

static int find_command(const char *name, enum control_command *ret_command, struct error *error)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0) {
			*ret_command = (enum control_command)i;
			return 0;
		}
	return error_set(error, -EINVAL, "there is no command '%.64s'; there are: status, start, stop, restart, reload", name);
}

static int check_name(const struct control_request *request, struct error *error)
{
	enum name_rule rule = commands[request->command].rule;
	bool has_name = request->name[0] != '\0';
	if (rule == NAME_NEEDED && !has_name)
		return error_set(error, -EINVAL, "'%s' needs the name of a pipeline", commands[request->command].name);
	if (rule == NAME_REFUSED && has_name)
		return error_set(error, -EINVAL, "'%s' takes no name", commands[request->command].name);
	return 0;
}

static int read_request(json_t *root, struct control_request *request, struct error *error)
{
	const char *command = "", *name = "";
	json_error_t json_error;
	if (json_unpack_ex(root, &json_error, JSON_STRICT, "{s:s, s?s}", "command", &command, "name", &name) != 0)
		return error_set(error, -EINVAL, "the request makes no sense: %s; expected {\"command\": \"...\", \"name\": \"...\"}",
				 json_error.text);
	if (strlen(name) >= sizeof(request->name))
		return error_set(error, -EINVAL, "no pipeline has a name of %zu bytes", strlen(name));
	snprintf(request->name, sizeof(request->name), "%s", name);
	int r = find_command(command, &request->command, error);
	return r == 0 ? check_name(request, error) : r;
}

int control_request_parse(const char *line, size_t len, struct control_request *ret_request, struct error *error)
{
	json_error_t json_error;
	json_t *root = len <= CONTROL_MOST_BYTES ? json_loadb(line, len, JSON_REJECT_DUPLICATES, &json_error) : NULL;
	if (len > CONTROL_MOST_BYTES)
		return error_set(error, -EMSGSIZE, "the request has more than %d bytes", CONTROL_MOST_BYTES);
	if (root == NULL)
		return error_set(error, -EINVAL, "the request is no JSON object in one line: %s", json_error.text);
	struct control_request request = {0};
	int r = read_request(root, &request, error);
	json_decref(root);
	if (r == 0)
		*ret_request = request;
	return r;
}
