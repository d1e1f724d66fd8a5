#include "connectors/kafka/kafka_options.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ANY_TYPE (-1)

/* What a user may set: it tunes, connects or names, and nothing else of weir depends on it. */
static const struct {
	const char *name;
	int type; /* rd_kafka_type_t */
} allowed[] = {
	{"api.version.request.timeout.ms", ANY_TYPE},
	{"broker.address.family", ANY_TYPE},
	{"broker.address.ttl", ANY_TYPE},
	{"client.id", ANY_TYPE},
	{"client.rack", ANY_TYPE},
	{"connections.max.idle.ms", ANY_TYPE},
	{"debug", ANY_TYPE},
	{"enable.ssl.certificate.verification", ANY_TYPE},
	{"log.connection.close", ANY_TYPE},
	{"message.max.bytes", ANY_TYPE},
	{"metadata.max.age.ms", ANY_TYPE},
	{"receive.message.max.bytes", ANY_TYPE},
	{"reconnect.backoff.max.ms", ANY_TYPE},
	{"reconnect.backoff.ms", ANY_TYPE},
	{"sasl.kerberos.keytab", ANY_TYPE},
	{"sasl.kerberos.principal", ANY_TYPE},
	{"sasl.kerberos.service.name", ANY_TYPE},
	{"sasl.oauthbearer.client.id", ANY_TYPE},
	{"sasl.oauthbearer.config", ANY_TYPE},
	{"sasl.oauthbearer.extensions", ANY_TYPE},
	{"sasl.oauthbearer.method", ANY_TYPE},
	{"sasl.oauthbearer.scope", ANY_TYPE},
	{"sasl.oauthbearer.token.endpoint.url", ANY_TYPE},
	{"socket.connection.setup.timeout.ms", ANY_TYPE},
	{"socket.keepalive.enable", ANY_TYPE},
	{"socket.nagle.disable", ANY_TYPE},
	{"socket.receive.buffer.bytes", ANY_TYPE},
	{"socket.send.buffer.bytes", ANY_TYPE},
	{"ssl.cipher.suites", ANY_TYPE},
	{"ssl.crl.location", ANY_TYPE},
	{"ssl.curves.list", ANY_TYPE},
	{"ssl.endpoint.identification.algorithm", ANY_TYPE},
	{"ssl.sigalgs.list", ANY_TYPE},
	{"topic.metadata.refresh.interval.ms", ANY_TYPE},
	{"check.crcs", RD_KAFKA_CONSUMER},
	{"fetch.error.backoff.ms", RD_KAFKA_CONSUMER},
	{"fetch.max.bytes", RD_KAFKA_CONSUMER},
	{"fetch.message.max.bytes", RD_KAFKA_CONSUMER},
	{"fetch.min.bytes", RD_KAFKA_CONSUMER},
	{"fetch.wait.max.ms", RD_KAFKA_CONSUMER},
	{"max.partition.fetch.bytes", RD_KAFKA_CONSUMER},
	{"queued.max.messages.kbytes", RD_KAFKA_CONSUMER},
	{"queued.min.messages", RD_KAFKA_CONSUMER},
	{"batch.num.messages", RD_KAFKA_PRODUCER},
	{"batch.size", RD_KAFKA_PRODUCER},
	{"compression.level", RD_KAFKA_PRODUCER},
	{"delivery.timeout.ms", RD_KAFKA_PRODUCER},
	{"linger.ms", RD_KAFKA_PRODUCER},
	{"message.timeout.ms", RD_KAFKA_PRODUCER},
	{"queue.buffering.backpressure.threshold", RD_KAFKA_PRODUCER},
	{"queue.buffering.max.kbytes", RD_KAFKA_PRODUCER},
	{"queue.buffering.max.messages", RD_KAFKA_PRODUCER},
	{"queue.buffering.max.ms", RD_KAFKA_PRODUCER},
	{"request.timeout.ms", RD_KAFKA_PRODUCER},
	{"retry.backoff.ms", RD_KAFKA_PRODUCER},
	{"sticky.partitioning.linger.ms", RD_KAFKA_PRODUCER},
};

/* What a user may look for and cannot have, and why. */
static const struct {
	const char *name, *why;
} refused[] = {
	{"plugin.library.paths", "it loads libraries into weir"},
	{"sasl.kerberos.kinit.cmd", "it runs a program"},
	{"ssl.engine.location", "it loads a library into weir"},
	{"bootstrap.servers", "use the option bootstrap_servers"},
	{"metadata.broker.list", "use the option bootstrap_servers"},
	{"security.protocol", "use the option security_protocol"},
	{"sasl.mechanism", "use the option sasl_mechanism"},
	{"sasl.mechanisms", "use the option sasl_mechanism"},
	{"sasl.username", "use the option sasl_username"},
	{"sasl.password", "use the option sasl_password, which is kept out of logs"},
	{"sasl.oauthbearer.client.secret",
	 "use the option sasl_oauthbearer_client_secret, which is kept out of logs"},
	{"ssl.ca.location", "use the option ssl_ca_location"},
	{"ssl.certificate.location", "use the option ssl_certificate_location"},
	{"ssl.key.location", "use the option ssl_key_location"},
	{"ssl.key.password", "use the option ssl_key_password, which is kept out of logs"},
	{"enable.auto.commit", "positions are kept in weir's checkpoints"},
	{"auto.commit.interval.ms", "positions are kept in weir's checkpoints"},
	{"enable.auto.offset.store", "positions are kept in weir's checkpoints"},
	{"auto.offset.reset", "a position that is gone is an error; where there is no checkpoint use the option start"},
	{"group.id", "it is weir-<pipeline>, and decides nothing: weir assigns the partitions itself"},
	{"group.instance.id", "weir assigns the partitions itself"},
	{"partition.assignment.strategy", "weir assigns the partitions itself"},
	{"session.timeout.ms", "weir assigns the partitions itself"},
	{"heartbeat.interval.ms", "weir assigns the partitions itself"},
	{"max.poll.interval.ms", "weir assigns the partitions itself"},
	{"isolation.level", "use the option isolation"},
	{"enable.partition.eof", "weir needs it to know the lag"},
	{"allow.auto.create.topics", "weir creates no topic but its progress topic"},
	{"transactional.id", "it is weir-<pipeline>: a second instance is fenced by it"},
	{"transaction.timeout.ms", "use the option transaction_timeout"},
	{"enable.idempotence", "it is always on: without it a retry doubles records"},
	{"enable.gapless.guarantee", "weir replays from its checkpoint after an error"},
	{"acks", "it is always all: what is counted as written must survive a broker"},
	{"request.required.acks", "it is always all: what is counted as written must survive a broker"},
	{"max.in.flight", "the idempotent producer chooses it"},
	{"max.in.flight.requests.per.connection", "the idempotent producer chooses it"},
	{"retries", "the idempotent producer chooses it"},
	{"message.send.max.retries", "the idempotent producer chooses it"},
	{"queuing.strategy", "the idempotent producer chooses it"},
	{"delivery.report.only.error", "weir reads the delivery reports"},
	{"socket.timeout.ms", "it follows transaction_timeout: a shorter one gives commits up too early"},
	{"compression.type", "use the option compression"},
	{"compression.codec", "use the option compression"},
	{"partitioner", "use the option partitioner"},
	{"statistics.interval.ms", "nobody reads them"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PROPERTY_MAX 64 /* longer than any property's name */

static bool spell_with_dots(const char *option, char *property)
{
	size_t length = strlen(option);
	if (length == 0 || length >= PROPERTY_MAX)
		return false;
	for (size_t i = 0; i <= length; i++)
		property[i] = option[i] == '_' ? '.' : option[i];
	return true;
}

/* How many letters must be changed, added or left out to get from one to the other. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[PROPERTY_MAX + 1], b_length = strlen(b);
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t changed = diagonal + (a[i - 1] != b[j - 1]);
			size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = changed < shorter ? changed : shorter;
		}
	}
	return row[b_length];
}

static bool suits(size_t index, rd_kafka_type_t type)
{
	return allowed[index].type == ANY_TYPE || allowed[index].type == (int)type;
}

/* Index into `allowed`, COUNT(allowed) where it is not there. */
static size_t find_allowed(const char *property)
{
	size_t i = 0;
	while (i < COUNT(allowed) && strcmp(property, allowed[i].name) != 0)
		i++;
	return i;
}

/* The allowed property that looks most like it, or NULL. */
static const char *most_similar(const char *property, rd_kafka_type_t type)
{
	const char *best = NULL;
	size_t best_distance = strlen(property) / 3 + 1;
	for (size_t i = 0; i < COUNT(allowed); i++) {
		size_t distance = edit_distance(property, allowed[i].name);
		if (suits(i, type) && distance < best_distance) {
			best = allowed[i].name;
			best_distance = distance;
		}
	}
	return best;
}

static void spell_with_underscores(const char *property, char *option)
{
	size_t i = 0;
	for (; property[i] != '\0'; i++)
		option[i] = property[i] == '.' ? '_' : property[i];
	option[i] = '\0';
}

static weir_status report_unknown(const char *option, const char *property, rd_kafka_type_t type,
				  struct weir_ctx *ctx, const struct weir_host *host)
{
	const char *similar = most_similar(property, type);
	if (similar == NULL)
		return host->bad_option(ctx, "client", "'%s' is not among the client properties that weir takes",
					option);
	char hint[PROPERTY_MAX];
	spell_with_underscores(similar, hint);
	return host->bad_option(ctx, "client",
				"'%s' is not among the client properties that weir takes; did you mean '%s'?",
				option, hint);
}

static weir_status check_property(const char *option, const char *value, rd_kafka_type_t type,
				  rd_kafka_conf_t *scratch, struct weir_ctx *ctx, const struct weir_host *host)
{
	char property[PROPERTY_MAX], why[256];
	if (!spell_with_dots(option, property))
		return host->bad_option(ctx, "client", "'%s' is not the name of a client property", option);
	for (size_t i = 0; i < COUNT(refused); i++)
		if (strcmp(property, refused[i].name) == 0)
			return host->bad_option(ctx, "client", "'%s' cannot be set: %s", option, refused[i].why);
	size_t index = find_allowed(property);
	if (index == COUNT(allowed))
		return report_unknown(option, property, type, ctx, host);
	if (!suits(index, type))
		return host->bad_option(ctx, "client", "'%s' is a property of the Kafka %s only", option,
					type == RD_KAFKA_CONSUMER ? "sink" : "source");
	if (rd_kafka_conf_set(scratch, property, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
		return host->bad_option(ctx, "client", "'%s': %s", option, why);
	return WEIR_OK;
}

static bool uses_sasl(const struct kafka_options *options)
{
	return strncmp(options->security_protocol, "sasl", 4) == 0;
}

static bool uses_ssl(const struct kafka_options *options)
{
	return strstr(options->security_protocol, "ssl") != NULL;
}

static weir_status check_sasl(const struct kafka_options *o, struct weir_ctx *ctx, const struct weir_host *host)
{
	weir_status status = WEIR_OK;
	if (!uses_sasl(o)) {
		if (o->sasl_mechanism != NULL || o->sasl_username != NULL || o->sasl_password != NULL)
			status = host->bad_option(ctx, "security_protocol",
						  "SASL options are given but the protocol is \"%s\": use "
						  "\"sasl_ssl\" or \"sasl_plaintext\"", o->security_protocol);
		return status;
	}
	if (o->sasl_mechanism == NULL)
		return host->bad_option(ctx, "sasl_mechanism", "is needed with security_protocol = \"%s\"",
					o->security_protocol);
	bool by_password = strcmp(o->sasl_mechanism, "PLAIN") == 0 ||
			   strncmp(o->sasl_mechanism, "SCRAM", 5) == 0;
	if (by_password && o->sasl_username == NULL)
		status = host->bad_option(ctx, "sasl_username", "is needed with sasl_mechanism = \"%s\"",
					  o->sasl_mechanism);
	if (by_password && o->sasl_password == NULL)
		status = host->bad_option(ctx, "sasl_password", "is needed with sasl_mechanism = \"%s\"",
					  o->sasl_mechanism);
	return status;
}

static weir_status check_ssl(const struct kafka_options *o, struct weir_ctx *ctx, const struct weir_host *host)
{
	bool given = o->ssl_ca_location != NULL || o->ssl_certificate_location != NULL ||
		     o->ssl_key_location != NULL || o->ssl_key_password != NULL;
	if (given && !uses_ssl(o))
		return host->bad_option(ctx, "security_protocol",
					"TLS options are given but the protocol is \"%s\": use \"ssl\" or \"sasl_ssl\"",
					o->security_protocol);
	if ((o->ssl_certificate_location == NULL) != (o->ssl_key_location == NULL))
		return host->bad_option(ctx, "ssl_certificate_location",
					"a certificate and its key (ssl_key_location) go together");
	return WEIR_OK;
}

weir_status kafka_options_check(const struct kafka_options *options, rd_kafka_type_t type,
				struct weir_ctx *ctx, const struct weir_host *host)
{
	weir_status status = check_sasl(options, ctx, host);
	weir_status ssl = check_ssl(options, ctx, host);
	if (status == WEIR_OK)
		status = ssl;
	if (options->bootstrap_servers[0] == '\0')
		status = host->bad_option(ctx, "bootstrap_servers", "names no broker");
	rd_kafka_conf_t *scratch = rd_kafka_conf_new();
	for (const char *const *entry = options->client; entry != NULL && *entry != NULL; entry += 2) {
		weir_status property = check_property(entry[0], entry[1], type, scratch, ctx, host);
		if (property != WEIR_OK)
			status = property;
	}
	rd_kafka_conf_destroy(scratch);
	return status;
}

weir_status kafka_options_check_topic(const char *option, const char *topic, struct weir_ctx *ctx,
				      const struct weir_host *host)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t legal = strspn(topic, letters);
	if (topic[0] == '\0')
		return host->bad_option(ctx, option, "a topic's name cannot be empty");
	if (topic[legal] != '\0')
		return host->bad_option(ctx, option,
					"'%s' cannot be a topic's name: only letters, digits and . _ - are taken, not '%c'",
					topic, topic[legal]);
	if (legal > 249)
		return host->bad_option(ctx, option, "'%s' is longer than the 249 characters of a topic's name", topic);
	if (strcmp(topic, ".") == 0 || strcmp(topic, "..") == 0)
		return host->bad_option(ctx, option, "'%s' cannot be a topic's name", topic);
	return WEIR_OK;
}

int kafka_options_apply(const struct kafka_options *o, rd_kafka_type_t type, rd_kafka_conf_t *conf, char *why,
			size_t size)
{
	const char *const named[][2] = {
		{"bootstrap.servers", o->bootstrap_servers},
		{"security.protocol", o->security_protocol},
		{"sasl.mechanism", o->sasl_mechanism},
		{"sasl.username", o->sasl_username},
		{"sasl.password", o->sasl_password},
		{"sasl.oauthbearer.client.secret", o->sasl_oauthbearer_client_secret},
		{"ssl.ca.location", o->ssl_ca_location},
		{"ssl.certificate.location", o->ssl_certificate_location},
		{"ssl.key.location", o->ssl_key_location},
		{"ssl.key.password", o->ssl_key_password},
	};
	for (size_t i = 0; i < COUNT(named); i++)
		if (named[i][1] != NULL &&
		    rd_kafka_conf_set(conf, named[i][0], named[i][1], why, size) != RD_KAFKA_CONF_OK)
			return -1;
	for (const char *const *entry = o->client; entry != NULL && *entry != NULL; entry += 2) {
		char property[PROPERTY_MAX];
		size_t index = spell_with_dots(entry[0], property) ? find_allowed(property) : COUNT(allowed);
		if (index == COUNT(allowed) || !suits(index, type)) {
			snprintf(why, size, "client property '%s' is not taken", entry[0]);
			return -1;
		}
		if (rd_kafka_conf_set(conf, property, entry[1], why, size) != RD_KAFKA_CONF_OK)
			return -1;
	}
	return 0;
}
