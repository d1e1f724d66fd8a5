#include "config.h"

#include "control/control_server.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#define CLIENT_MS 10000 /* to send a request, and again to take the answer */

struct control_client {
	int fd; /* -1: a free place */
	uint64_t number;
	struct ucred who;
	char request[CONTROL_MOST_BYTES + 2];
	size_t n_received;
	bool is_asked; /* the request was handed on */
	char *answer;  /* NULL: not there yet */
	size_t n_answer, n_sent;
	int64_t deadline_ms;
};

struct control_server {
	const char *path;
	int fd;
	control_handler handler;
	void *context;
	uint64_t n_clients; /* so far */
	struct control_client clients[CONTROL_CLIENTS];
};

json_t *control_text(const char *text)
{
	char *clean = strdup(text);
	for (char *line = clean, *end; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		utf8_clean(line);
		if (end != NULL)
			*end++ = '\n';
	}
	json_t *json = json_string(clean != NULL ? clean : "");
	free(clean);
	return json;
}

json_t *control_refusal(int exit_status, const char *fmt, ...)
{
	char text[20000];
	va_list arguments;
	va_start(arguments, fmt);
	vsnprintf(text, sizeof(text), fmt, arguments);
	va_end(arguments);
	return json_pack("{s:b, s:o, s:i}", "ok", 0, "error", control_text(text), "exit", exit_status);
}

/* ---- opening ---- */

static bool somebody_answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answers = fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 || errno == EAGAIN);
	if (fd >= 0)
		close(fd);
	return answers;
}

static int open_socket(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(error, -ENAMETOOLONG, "the path of the socket is too long: '%s'", path);
	strcpy(address.sun_path, path);
	struct stat status;
	bool is_there = lstat(path, &status) == 0;
	if (is_there && !S_ISSOCK(status.st_mode))
		return error_set(error, -EEXIST, "'%s' is there and no socket", path);
	if (is_there && somebody_answers(&address))
		return error_set(error, -EADDRINUSE, "another weir serve answers at '%s'", path);
	if (is_there)
		(void)unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0117);
	int r = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, CONTROL_CLIENTS) == 0 ? 0
																 : -errno;
	umask(mask);
	if (r == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return error_set(error, r, "cannot open the socket '%s': %s%s", path, strerror(-r),
			 r == -ENOENT ? " (its folder has to be there)" : "");
}

int control_server_new(const char *path, control_handler handler, void *context, struct control_server **ret_server,
		       struct error *error)
{
	struct control_server *server = calloc(1, sizeof(*server));
	if (server == NULL)
		return error_set(error, -ENOMEM, "cannot open the socket '%s': no memory", path);
	*server = (struct control_server){.path = path, .handler = handler, .context = context};
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		server->clients[i].fd = -1;
	server->fd = open_socket(path, error);
	if (server->fd < 0) {
		free(server);
		return error->code;
	}
	*ret_server = server;
	return 0;
}

static void drop(struct control_client *client)
{
	close(client->fd);
	free(client->answer);
	*client = (struct control_client){.fd = -1};
}

void control_server_free(struct control_server *server)
{
	if (server == NULL)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (server->clients[i].fd >= 0)
			drop(&server->clients[i]);
	close(server->fd);
	(void)unlink(server->path);
	free(server);
}

/* ---- serving ---- */

static struct control_client *free_place(const struct control_server *server)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (server->clients[i].fd < 0)
			return (struct control_client *)&server->clients[i];
	return NULL;
}

size_t control_server_poll(const struct control_server *server, struct pollfd *fds)
{
	size_t n = 0;
	if (free_place(server) != NULL)
		fds[n++] = (struct pollfd){server->fd, POLLIN, 0};
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		const struct control_client *client = &server->clients[i];
		if (client->fd >= 0)
			fds[n++] = (struct pollfd){client->fd, client->answer != NULL ? POLLOUT : !client->is_asked ? POLLIN : 0, 0};
	}
	return n;
}

static void accept_clients(struct control_server *server, int64_t now_ms)
{
	struct control_client *client;
	while ((client = free_place(server)) != NULL) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		*client = (struct control_client){.fd = fd, .number = ++server->n_clients, .deadline_ms = now_ms + CLIENT_MS};
		socklen_t len = sizeof(client->who);
		(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &client->who, &len);
	}
}

static void hand_on(struct control_server *server, struct control_client *client, size_t len)
{
	struct control_request request;
	struct error error = ERROR_INIT;
	client->is_asked = true;
	if (control_request_parse(client->request, len, &request, &error) == 0)
		server->handler(server->context, client->number, &client->who, &request);
	else
		control_server_answer(server, client->number, control_refusal(2, "%s", error.text));
}

/* A line's end, or the end of what is sent, ends the request; so does one byte more than it may have. */
static void receive(struct control_server *server, struct control_client *client)
{
	size_t room = sizeof(client->request) - 1 - client->n_received;
	ssize_t n = recv(client->fd, client->request + client->n_received, room, 0);
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			drop(client);
		return;
	}
	char *end = memchr(client->request + client->n_received, '\n', (size_t)n);
	client->n_received += (size_t)n;
	if (n == 0 && client->n_received == 0)
		drop(client);
	else if (end != NULL)
		hand_on(server, client, (size_t)(end - client->request));
	else if (n == 0 || client->n_received > CONTROL_MOST_BYTES)
		hand_on(server, client, client->n_received);
}

static void send_answer(struct control_client *client)
{
	ssize_t n = send(client->fd, client->answer + client->n_sent, client->n_answer - client->n_sent, MSG_NOSIGNAL);
	if (n > 0)
		client->n_sent += (size_t)n;
	if (client->n_sent == client->n_answer || (n < 0 && errno != EAGAIN && errno != EINTR))
		drop(client);
}

static bool has_left(const struct control_client *client)
{
	struct pollfd fd = {client->fd, 0, 0};
	return poll(&fd, 1, 0) > 0;
}

static void serve_client(struct control_server *server, struct control_client *client, int64_t now_ms)
{
	if (client->fd >= 0 && !client->is_asked)
		receive(server, client);
	if (client->fd >= 0 && client->answer != NULL)
		send_answer(client);
	if (client->fd < 0)
		return;
	bool is_late = now_ms >= client->deadline_ms && (!client->is_asked || client->answer != NULL);
	if (is_late || (client->is_asked && client->answer == NULL && has_left(client)))
		drop(client);
}

void control_server_serve(struct control_server *server, int64_t now_ms)
{
	accept_clients(server, now_ms);
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		serve_client(server, &server->clients[i], now_ms);
}

void control_server_answer(struct control_server *server, uint64_t number, json_t *take_answer)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &server->clients[i];
		if (client->fd < 0 || client->number != number || client->answer != NULL)
			continue;
		char *text = take_answer != NULL ? json_dumps(take_answer, JSON_COMPACT) : NULL;
		int n = text != NULL ? asprintf(&client->answer, "%s\n", text) : -1;
		free(text);
		if (n < 0) { /* no memory: the client sees the connection's end */
			client->answer = NULL;
			drop(client);
			break;
		}
		client->n_answer = (size_t)n;
		client->deadline_ms = clock_monotonic_ms() + CLIENT_MS;
	}
	json_decref(take_answer);
}
