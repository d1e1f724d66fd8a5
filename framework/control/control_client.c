#include "control/control_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_SECONDS 120 /* reading many files anew takes its time */

static int connect_to(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(error, -ENAMETOOLONG, "the path of the socket is too long: '%s'", path);
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval timeout = {.tv_sec = ANSWER_SECONDS};
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) == 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int r = -errno;
	if (fd >= 0)
		close(fd);
	const char *advice = r == -EACCES ? "the socket is for the daemon's user and group"
					  : "is `weir serve` running? --socket names another place";
	return error_set(error, r, "no weir daemon answers at '%s': %s (%s)", path, strerror(-r), advice);
}

static int send_request(int fd, enum control_command command, const char *name, struct error *error)
{
	json_t *request = json_pack("{s:s, s:s*}", "command", control_command_name(command), "name", name);
	char *text = request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (text == NULL)
		return error_set(error, -EINVAL, "'%s' is no name of a pipeline", name != NULL ? name : "");
	size_t len = strlen(text);
	text[len] = '\n'; /* in place of the NUL */
	ssize_t n = send(fd, text, len + 1, MSG_NOSIGNAL);
	free(text);
	return n == (ssize_t)len + 1 ? 0 : error_set(error, -errno, "cannot send to the daemon: %s", strerror(errno));
}

static size_t receive(void *buffer, size_t size, void *data)
{
	ssize_t n;
	while ((n = recv(*(int *)data, buffer, size, 0)) < 0 && errno == EINTR)
		;
	return n < 0 ? (size_t)-1 : (size_t)n;
}

int control_ask(const char *socket_path, enum control_command command, const char *name, json_t **ret_answer,
		struct error *error)
{
	int fd = connect_to(socket_path, error);
	if (fd < 0)
		return fd;
	int r = send_request(fd, command, name, error);
	json_error_t json_error;
	json_t *answer = r == 0 ? json_load_callback(receive, &fd, 0, &json_error) : NULL;
	if (r == 0 && !json_is_boolean(json_object_get(answer, "ok"))) {
		r = error_set(error, -EPROTO, "the daemon at '%s' gave no answer%s", socket_path,
			      answer != NULL ? " that makes sense" : "");
		json_decref(answer);
	}
	close(fd);
	if (r == 0)
		*ret_answer = answer;
	return r;
}
