/* Stands between clients and one Kafka broker and does to their requests what a bad network does, as the lines
 * on its standard input say: the rules of proxy_rule.h, and
 *
 *   release [N]          what is held (of hit N only) goes on, to the broker also where the client has closed meanwhile
 *   clear                the rules are forgotten
 *   cut all              every client's connection is closed; what it had sent still goes to the broker
 *   refuse | accept      ... and new ones are refused; they are taken again
 *   stop up|down|both    nothing passes towards the broker, from it, in both directions; nobody is told. What is
 *                        sent meanwhile arrives after `go`, as it does where TCP sends again
 *   go
 *   rate N               at most N bytes a second in each direction of each connection; 0: no limit
 *   trace                each request is printed
 *
 * Each line is answered on standard output with `ok N` (it is in force) or `bad N: why`, N being its number.
 * Printed besides: `hit N (RULE): ...` for the Nth request that a rule was for, `answered N` when the broker has
 * answered it, for EndTxn with its error code.
 *
 * One thread. A connection is two sockets and two streams of frames (proxy_stream.h), `up` to the broker and
 * `down` to the client. Where the client closes, the broker's side stays until all that was sent is answered. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kafka_frame.h"
#include "proxy_rule.h"
#include "proxy_stream.h"

#define CONNECTIONS_MOST 250
#define RULES_MOST 32
#define SWAP_WAIT_MS 500

/* A request whose answer is still to come. */
struct pending {
	TAILQ_ENTRY(pending) link;
	struct kafka_request request;
	unsigned hit;		  /* 0 = no rule was for it */
	enum proxy_action action; /* on the answer */
	int64_t delay_ms;
};

struct connection {
	TAILQ_ENTRY(connection) link;
	unsigned number;
	int client, broker; /* client: -1 = has closed */
	struct proxy_stream up, down;
	TAILQ_HEAD(, pending) pending;
	bool is_cut; /* to be closed, however much is under way */
};

static struct {
	struct sockaddr_in address, broker;
	int listener; /* -1: connections are refused */
	TAILQ_HEAD(, connection) connections;
	unsigned n_connections, last_connection, n_hits, n_commands;
	struct proxy_rule rules[RULES_MOST];
	unsigned n_rules;
	bool stops_up, stops_down, traces;
	int64_t rate, now_ms;
	char commands[4096]; /* not yet a whole line */
	size_t n_command_bytes;
	bool has_commands;
} proxy = {.listener = -1, .has_commands = true};

static int64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static _Noreturn void __attribute__((format(printf, 1, 2))) die(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

/* ---- connections -------------------------------------------------------------------------------- */

static int tcp_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("kafka_proxy: no socket: %s", strerror(errno));
	return fd;
}

static void listen_again(void)
{
	int on = 1;
	proxy.listener = tcp_socket();
	setsockopt(proxy.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(proxy.listener, (struct sockaddr *)&proxy.address, sizeof(proxy.address)) < 0 ||
	    listen(proxy.listener, 50) < 0)
		die("kafka_proxy: cannot listen on port %d: %s", ntohs(proxy.address.sin_port), strerror(errno));
}

static void accept_connection(void)
{
	int on = 1;
	int client = accept(proxy.listener, NULL, NULL);
	if (client < 0)
		return;
	fcntl(client, F_SETFL, O_NONBLOCK);
	struct connection *connection = calloc(1, sizeof(*connection));
	if (connection == NULL || proxy.n_connections == CONNECTIONS_MOST) {
		free(connection);
		close(client);
		return;
	}
	connection->number = ++proxy.last_connection;
	connection->client = client;
	connection->broker = tcp_socket();
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(connection->broker, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	proxy_stream_init(&connection->up);
	proxy_stream_init(&connection->down);
	connection->up.is_stopped = proxy.stops_up;
	connection->down.is_stopped = proxy.stops_down;
	TAILQ_INIT(&connection->pending);
	TAILQ_INSERT_TAIL(&proxy.connections, connection, link);
	proxy.n_connections++;
	if (connect(connection->broker, (struct sockaddr *)&proxy.broker, sizeof(proxy.broker)) < 0 &&
	    errno != EINPROGRESS)
		connection->is_cut = true;
}

static void connection_free(struct connection *connection)
{
	struct pending *pending;
	while ((pending = TAILQ_FIRST(&connection->pending)) != NULL) {
		TAILQ_REMOVE(&connection->pending, pending, link);
		free(pending);
	}
	if (connection->client >= 0)
		close(connection->client);
	close(connection->broker);
	proxy_stream_done(&connection->up);
	proxy_stream_done(&connection->down);
	TAILQ_REMOVE(&proxy.connections, connection, link);
	proxy.n_connections--;
	free(connection);
}

static bool is_over(const struct connection *connection)
{
	bool client_needs_nothing = connection->client < 0 && TAILQ_EMPTY(&connection->up.frames) &&
				    TAILQ_EMPTY(&connection->pending);
	bool broker_gives_nothing = connection->down.is_ended && TAILQ_EMPTY(&connection->down.frames);
	return connection->is_cut || client_needs_nothing || broker_gives_nothing;
}

static void client_has_closed(struct connection *connection)
{
	connection->up.is_ended = true;
	close(connection->client);
	connection->client = -1;
	proxy_stream_discard(&connection->down);
}

/* ---- frames ------------------------------------------------------------------------------------- */

static const struct proxy_rule *find_rule(const struct kafka_request *request)
{
	const struct proxy_rule *found = NULL;
	for (unsigned i = 0; i < proxy.n_rules; i++)
		if (proxy_rule_hits(&proxy.rules[i], request) && found == NULL)
			found = &proxy.rules[i];
	return found;
}

static void say_hit(const struct connection *connection, const struct kafka_request *request,
		    const struct proxy_rule *rule)
{
	if (rule != NULL)
		say("hit %u (%s): connection %u, %s v%d, correlation %" PRId32 ", from '%s'", ++proxy.n_hits, rule->text,
		    connection->number, kafka_api_name(request->api_key), request->api_version,
		    request->correlation_id, request->client_id);
	else if (proxy.traces)
		say("request: connection %u, %s v%d, correlation %" PRId32 ", from '%s'", connection->number,
		    kafka_api_name(request->api_key), request->api_version, request->correlation_id,
		    request->client_id);
}

/* Takes the frame. */
static void apply(struct connection *connection, struct proxy_stream *stream, struct proxy_frame *frame,
		  enum proxy_action action, int64_t delay_ms, unsigned hit)
{
	frame->hit = hit;
	switch (action) {
	case PROXY_CUT:
		connection->is_cut = true;
		free(frame);
		return;
	case PROXY_DROP:
		free(frame);
		return;
	case PROXY_HOLD:
		frame->due_ms = PROXY_HELD;
		break;
	case PROXY_DELAY:
		frame->due_ms = proxy.now_ms + delay_ms;
		break;
	case PROXY_SWAP:
		frame->due_ms = proxy.now_ms + SWAP_WAIT_MS;
		frame->is_swapped = true;
		break;
	case PROXY_NOTHING:
		break;
	}
	proxy_stream_queue(stream, frame);
}

static int remember_pending(struct connection *connection, const struct kafka_request *request,
			    const struct proxy_rule *rule)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	if (pending == NULL)
		return -ENOMEM;
	pending->request = *request;
	pending->hit = rule != NULL ? proxy.n_hits : 0;
	if (rule != NULL && rule->on_answer) {
		pending->action = rule->action;
		pending->delay_ms = rule->delay_ms;
	}
	TAILQ_INSERT_TAIL(&connection->pending, pending, link);
	return 0;
}

/* Takes the frame. */
static int pass_request(struct connection *connection, struct proxy_frame *frame)
{
	struct kafka_request request;
	int r = kafka_request_parse(frame->bytes, frame->size, &request);
	if (r < 0) {
		free(frame);
		return r;
	}
	const struct proxy_rule *rule = find_rule(&request);
	say_hit(connection, &request, rule);
	enum proxy_action action = rule != NULL && !rule->on_answer ? rule->action : PROXY_NOTHING;
	if (action != PROXY_DROP && action != PROXY_CUT)
		r = remember_pending(connection, &request, rule);
	apply(connection, &connection->up, frame, action, rule != NULL ? rule->delay_ms : 0,
	      rule != NULL ? proxy.n_hits : 0);
	return r;
}

static struct pending *find_pending(struct connection *connection, int32_t correlation_id)
{
	struct pending *pending;
	TAILQ_FOREACH(pending, &connection->pending, link)
		if (pending->request.correlation_id == correlation_id)
			return pending;
	return NULL;
}

static void say_answered(const struct pending *pending, const struct proxy_frame *frame)
{
	int16_t error;
	if (pending->request.api_key == 26 &&
	    kafka_end_txn_error(frame->bytes, frame->size, pending->request.api_version, &error) == 0)
		say("answered %u: error %d", pending->hit, error);
	else
		say("answered %u", pending->hit);
}

/* Takes the frame. */
static int pass_answer(struct connection *connection, struct proxy_frame *frame)
{
	int32_t correlation_id;
	struct pending *pending = NULL;
	if (kafka_answer_parse(frame->bytes, frame->size, &correlation_id) == 0)
		pending = find_pending(connection, correlation_id);
	if (pending == NULL) {
		free(frame);
		return -EPROTO;
	}
	if (pending->hit != 0)
		say_answered(pending, frame);
	if (connection->client >= 0)
		apply(connection, &connection->down, frame, pending->action, pending->delay_ms,
		      pending->hit);
	else
		free(frame);
	TAILQ_REMOVE(&connection->pending, pending, link);
	free(pending);
	return 0;
}

static void read_stream(struct connection *connection, struct proxy_stream *stream, int fd,
			int (*pass)(struct connection *, struct proxy_frame *))
{
	struct proxy_frame *frame;
	int closed = proxy_stream_read(stream, fd);
	int r;
	while ((r = proxy_stream_next(stream, &frame)) == 0 && frame != NULL && r == 0)
		r = pass(connection, frame);
	if (r < 0) {
		say("connection %u: not Kafka's protocol: cut", connection->number);
		connection->is_cut = true;
	}
	if (closed < 0 && stream == &connection->up)
		client_has_closed(connection);
	else if (closed < 0)
		stream->is_ended = true;
}

static void send_stream(struct connection *connection, struct proxy_stream *stream, int fd)
{
	if (fd >= 0 && proxy_stream_send(stream, fd, proxy.rate, proxy.now_ms) < 0)
		connection->is_cut = true;
}

/* ---- commands ----------------------------------------------------------------------------------- */

static void stop_streams(bool up, bool down)
{
	struct connection *connection;
	proxy.stops_up = up;
	proxy.stops_down = down;
	TAILQ_FOREACH(connection, &proxy.connections, link) {
		connection->up.is_stopped = up;
		connection->down.is_stopped = down;
	}
}

static void release(unsigned hit)
{
	struct connection *connection;
	TAILQ_FOREACH(connection, &proxy.connections, link) {
		proxy_stream_release(&connection->up, hit);
		proxy_stream_release(&connection->down, hit);
	}
}

static void cut_all(void)
{
	struct connection *connection;
	TAILQ_FOREACH(connection, &proxy.connections, link)
		if (connection->client >= 0)
			client_has_closed(connection);
}

static void forget_spent_rules(void)
{
	unsigned n_kept = 0;
	for (unsigned i = 0; i < proxy.n_rules; i++)
		if (!proxy_rule_is_spent(&proxy.rules[i]))
			proxy.rules[n_kept++] = proxy.rules[i];
	proxy.n_rules = n_kept;
}

static const char *add_rule(const char *line)
{
	const char *why;
	forget_spent_rules();
	if (proxy.n_rules == RULES_MOST)
		return "too many rules";
	if (proxy_rule_parse(line, &proxy.rules[proxy.n_rules], &why) < 0)
		return why;
	proxy.n_rules++;
	return NULL;
}

static void refuse(void)
{
	cut_all();
	if (proxy.listener >= 0)
		close(proxy.listener);
	proxy.listener = -1;
}

/* NULL, or what is wrong with it. */
static const char *obey(const char *line)
{
	int n;
	unsigned hit;
	if (strcmp(line, "release") == 0)
		release(0);
	else if (sscanf(line, "release %u%n", &hit, &n) == 1 && line[n] == '\0')
		release(hit);
	else if (strcmp(line, "clear") == 0)
		proxy.n_rules = 0;
	else if (strcmp(line, "cut all") == 0)
		cut_all();
	else if (strcmp(line, "refuse") == 0)
		refuse();
	else if (strcmp(line, "accept") == 0 && proxy.listener < 0)
		listen_again();
	else if (strcmp(line, "stop up") == 0)
		stop_streams(true, false);
	else if (strcmp(line, "stop down") == 0)
		stop_streams(false, true);
	else if (strcmp(line, "stop both") == 0)
		stop_streams(true, true);
	else if (strcmp(line, "go") == 0)
		stop_streams(false, false);
	else if (strcmp(line, "trace") == 0)
		proxy.traces = true;
	else if (sscanf(line, "rate %" SCNd64 "%n", &proxy.rate, &n) == 1 && line[n] == '\0' && proxy.rate >= 0)
		return NULL;
	else
		return add_rule(line);
	return NULL;
}

static void obey_line(const char *line)
{
	const char *why = obey(line);
	proxy.n_commands++;
	if (why == NULL)
		say("ok %u", proxy.n_commands);
	else
		say("bad %u: '%s': %s", proxy.n_commands, line, why);
}

static void read_commands(void)
{
	ssize_t n = read(STDIN_FILENO, proxy.commands + proxy.n_command_bytes,
			 sizeof(proxy.commands) - 1 - proxy.n_command_bytes);
	if (n <= 0) {
		proxy.has_commands = false;
		return;
	}
	proxy.n_command_bytes += (size_t)n;
	proxy.commands[proxy.n_command_bytes] = '\0';
	char *line = proxy.commands, *end;
	while ((end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		obey_line(line);
		line = end + 1;
	}
	proxy.n_command_bytes = strlen(line);
	memmove(proxy.commands, line, proxy.n_command_bytes);
}

/* ---- the loop ----------------------------------------------------------------------------------- */

/* Without an event that is waited for poll() would still report a close, again and again. */
static struct pollfd interest(int fd, const struct proxy_stream *in, const struct proxy_stream *out)
{
	short events = (proxy_stream_may_read(in) ? POLLIN : 0) |
		       (proxy_stream_due_ms(out) <= proxy.now_ms ? POLLOUT : 0);
	return (struct pollfd){.fd = events != 0 ? fd : -1, .events = events};
}

static int64_t next_due_ms(void)
{
	struct connection *connection;
	int64_t next = INT64_MAX;
	TAILQ_FOREACH(connection, &proxy.connections, link) {
		const int64_t due[] = {proxy_stream_due_ms(&connection->up), proxy_stream_due_ms(&connection->down)};
		for (int i = 0; i < 2; i++)
			if (due[i] > proxy.now_ms && due[i] < next)
				next = due[i];
	}
	return next;
}

static void serve(struct connection *connection, short client_events, short broker_events)
{
	if (broker_events & (POLLIN | POLLHUP | POLLERR))
		read_stream(connection, &connection->down, connection->broker, pass_answer);
	if (client_events & (POLLIN | POLLHUP | POLLERR))
		read_stream(connection, &connection->up, connection->client, pass_request);
	if (!connection->is_cut && (broker_events & POLLOUT))
		send_stream(connection, &connection->up, connection->broker);
	if (!connection->is_cut && (client_events & POLLOUT))
		send_stream(connection, &connection->down, connection->client);
}

static void loop_once(void)
{
	static struct pollfd fds[2 + 2 * (CONNECTIONS_MOST + 1)];
	struct connection *connection, *next;
	nfds_t n = 0;
	proxy.now_ms = monotonic_ms();
	fds[n++] = (struct pollfd){.fd = proxy.has_commands ? STDIN_FILENO : -1, .events = POLLIN};
	fds[n++] = (struct pollfd){.fd = proxy.listener, .events = POLLIN};
	TAILQ_FOREACH(connection, &proxy.connections, link) {
		fds[n++] = interest(connection->client, &connection->up, &connection->down);
		fds[n++] = interest(connection->broker, &connection->down, &connection->up);
	}
	int64_t due_ms = next_due_ms();
	int timeout_ms = due_ms == INT64_MAX ? -1 : (int)(due_ms - proxy.now_ms);
	if (poll(fds, n, timeout_ms) < 0 && errno != EINTR)
		die("kafka_proxy: poll: %s", strerror(errno));
	proxy.now_ms = monotonic_ms();
	n = 2;
	TAILQ_FOREACH(connection, &proxy.connections, link) {
		serve(connection, fds[n].revents, fds[n + 1].revents);
		n += 2;
	}
	if (fds[0].revents != 0)
		read_commands();
	for (connection = TAILQ_FIRST(&proxy.connections); connection != NULL; connection = next) {
		next = TAILQ_NEXT(connection, link);
		if (is_over(connection))
			connection_free(connection);
	}
	if (proxy.listener >= 0 && (fds[1].revents & POLLIN))
		accept_connection();
}

static struct sockaddr_in parse_address(const char *text)
{
	char host[64];
	uint16_t port;
	struct sockaddr_in address = {.sin_family = AF_INET};
	if (sscanf(text, "%63[0-9.]:%" SCNu16, host, &port) != 2 || inet_pton(AF_INET, host, &address.sin_addr) != 1)
		die("kafka_proxy: '%s' is not ADDRESS:PORT", text);
	address.sin_port = htons(port);
	return address;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage: kafka_proxy ADDRESS:PORT BROKER_ADDRESS:PORT [COMMAND]...\n"
		    "  commands also on standard input, a line each: see tests/tools/kafka_proxy.c");
	proxy.address = parse_address(argv[1]);
	proxy.broker = parse_address(argv[2]);
	TAILQ_INIT(&proxy.connections);
	for (int i = 3; i < argc; i++)
		obey_line(argv[i]);
	listen_again();
	say("ready");
	for (;;)
		loop_once();
}
