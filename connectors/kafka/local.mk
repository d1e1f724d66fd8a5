noinst_LTLIBRARIES += connectors/kafka/libkafka.la
connectors_kafka_libkafka_la_SOURCES = \
	connectors/kafka/kafka_options.c connectors/kafka/kafka_options.h \
	connectors/kafka/kafka_client.c connectors/kafka/kafka_client.h \
	connectors/kafka/kafka_fetches.c connectors/kafka/kafka_fetches.h \
	connectors/kafka/kafka_progress.c connectors/kafka/kafka_progress.h \
	connectors/kafka/kafka_tuning.h
KAFKA_CPPFLAGS = -I$(top_srcdir)/framework/include -I$(top_srcdir)
KAFKA_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS) $(JANSSON_CFLAGS)
KAFKA_LIBS = connectors/kafka/libkafka.la $(RDKAFKA_LIBS) $(JANSSON_LIBS)
connectors_kafka_libkafka_la_CPPFLAGS = $(KAFKA_CPPFLAGS)
connectors_kafka_libkafka_la_CFLAGS = $(KAFKA_CFLAGS)

plugin_LTLIBRARIES += connectors/kafka/kafka_source.la
connectors_kafka_kafka_source_la_SOURCES = connectors/kafka/kafka_source.c \
	connectors/kafka/kafka_survey.c connectors/kafka/kafka_survey.h \
	connectors/kafka/kafka_fingerprint.c connectors/kafka/kafka_fingerprint.h
connectors_kafka_kafka_source_la_CPPFLAGS = $(KAFKA_CPPFLAGS)
connectors_kafka_kafka_source_la_CFLAGS = $(KAFKA_CFLAGS) $(XXHASH_CFLAGS)
connectors_kafka_kafka_source_la_LIBADD = $(KAFKA_LIBS)
connectors_kafka_kafka_source_la_LDFLAGS = $(PLUGIN_LDFLAGS)

plugin_LTLIBRARIES += connectors/kafka/kafka_sink.la
connectors_kafka_kafka_sink_la_SOURCES = connectors/kafka/kafka_sink.c
connectors_kafka_kafka_sink_la_CPPFLAGS = $(KAFKA_CPPFLAGS)
connectors_kafka_kafka_sink_la_CFLAGS = $(KAFKA_CFLAGS)
connectors_kafka_kafka_sink_la_LIBADD = $(KAFKA_LIBS)
connectors_kafka_kafka_sink_la_LDFLAGS = $(PLUGIN_LDFLAGS)
