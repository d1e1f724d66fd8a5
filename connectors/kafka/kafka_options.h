/* What source and sink both are told about the cluster, and which librdkafka properties a user may set
 * beside it: an allow-list, since some run programs or load libraries and others would break the
 * exactly-once protocol. Knows no running client. */
#ifndef WEIR_CONNECTORS_KAFKA_OPTIONS_H
#define WEIR_CONNECTORS_KAFKA_OPTIONS_H

#include <librdkafka/rdkafka.h>
#include <weir/plugin.h>

struct kafka_options {
	const char *bootstrap_servers;
	const char *const *client; /* name, value, ..., NULL; `_` for `.` */
	const char *security_protocol, *sasl_mechanism, *sasl_username, *sasl_password;
	const char *sasl_oauthbearer_client_secret;
	const char *ssl_ca_location, *ssl_certificate_location, *ssl_key_location, *ssl_key_password;
};

#define KAFKA_FIELD(T, f) WEIR_FIELD(T, connection.f, const char *)

/* The lines of the option table for an instance struct T with a member `connection`. */
#define KAFKA_CONNECTION_OPTIONS(T)                                                                          \
	{"bootstrap_servers", WEIR_STRING, WEIR_REQUIRED, KAFKA_FIELD(T, bootstrap_servers), NULL, NULL,     \
	 "Brokers to ask first: host:port, separated by commas"},                                           \
	{"client", WEIR_MAP, 0, WEIR_FIELD(T, connection.client, const char *const *), NULL, NULL,           \
	 "Further properties of the Kafka client (librdkafka), with _ for . in their names"},               \
	{"security_protocol", WEIR_STRING, 0, KAFKA_FIELD(T, security_protocol), "plaintext",                \
	 "plaintext|ssl|sasl_plaintext|sasl_ssl", "How connections are secured"},                           \
	{"sasl_mechanism", WEIR_STRING, 0, KAFKA_FIELD(T, sasl_mechanism), NULL,                             \
	 "PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|GSSAPI|OAUTHBEARER", "How to log in, where SASL is used"},      \
	{"sasl_username", WEIR_STRING, 0, KAFKA_FIELD(T, sasl_username), NULL, NULL, "User for PLAIN and SCRAM"}, \
	{"sasl_password", WEIR_STRING, WEIR_SECRET, KAFKA_FIELD(T, sasl_password), NULL, NULL,               \
	 "Password for PLAIN and SCRAM"},                                                                   \
	{"sasl_oauthbearer_client_secret", WEIR_STRING, WEIR_SECRET,                                         \
	 KAFKA_FIELD(T, sasl_oauthbearer_client_secret), NULL, NULL, "Client secret for OAUTHBEARER"},      \
	{"ssl_ca_location", WEIR_STRING, 0, KAFKA_FIELD(T, ssl_ca_location), NULL, NULL,                     \
	 "File or directory of the certificates that sign the brokers'"},                                   \
	{"ssl_certificate_location", WEIR_STRING, 0, KAFKA_FIELD(T, ssl_certificate_location), NULL, NULL,   \
	 "Our own certificate (PEM)"},                                                                      \
	{"ssl_key_location", WEIR_STRING, 0, KAFKA_FIELD(T, ssl_key_location), NULL, NULL,                   \
	 "The private key of our certificate (PEM)"},                                                       \
	{"ssl_key_password", WEIR_STRING, WEIR_SECRET, KAFKA_FIELD(T, ssl_key_password), NULL, NULL,         \
	 "The private key's password"}

/* check(): reports every mistake in the connection's options. */
weir_status kafka_options_check(const struct kafka_options *options, rd_kafka_type_t type,
				struct weir_ctx *ctx, const struct weir_host *host);

/* A topic name as brokers take it? Otherwise reports it for `option`. */
weir_status kafka_options_check_topic(const char *option, const char *topic, struct weir_ctx *ctx,
				      const struct weir_host *host);

/* Sets what the options say, the user's own properties last. 0, or -1 with the reason in `why`. */
int kafka_options_apply(const struct kafka_options *options, rd_kafka_type_t type, rd_kafka_conf_t *conf,
			char *why, size_t size);

#endif
