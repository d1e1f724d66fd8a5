# what this folder adds to make check
check_PROGRAMS += tests/unit/connectors/test_console
TESTS += tests/unit/connectors/test_console
tests_unit_connectors_test_console_SOURCES = tests/unit/connectors/test_console.c
tests_unit_connectors_test_console_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_console_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_console_LDADD = $(PLUGIN_UNIT_LIBS)
check_PROGRAMS += tests/unit/connectors/test_generator
TESTS += tests/unit/connectors/test_generator
tests_unit_connectors_test_generator_SOURCES = tests/unit/connectors/test_generator.c
tests_unit_connectors_test_generator_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_generator_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_generator_LDADD = $(PLUGIN_UNIT_LIBS)
check_PROGRAMS += tests/unit/connectors/test_file_source
TESTS += tests/unit/connectors/test_file_source
tests_unit_connectors_test_file_source_SOURCES = tests/unit/connectors/test_file_source.c
tests_unit_connectors_test_file_source_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_file_source_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_file_source_LDADD = $(PLUGIN_UNIT_LIBS)
check_PROGRAMS += tests/unit/connectors/test_file_sink
TESTS += tests/unit/connectors/test_file_sink
tests_unit_connectors_test_file_sink_SOURCES = tests/unit/connectors/test_file_sink.c
tests_unit_connectors_test_file_sink_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_file_sink_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_file_sink_LDADD = $(PLUGIN_UNIT_LIBS)

KAFKA_UNIT_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS) -I$(top_srcdir)
KAFKA_UNIT_CFLAGS = $(UNIT_CFLAGS) $(RDKAFKA_CFLAGS) $(JANSSON_CFLAGS)
KAFKA_UNIT_LIBS = $(PLUGIN_UNIT_LIBS) $(KAFKA_LIBS)

check_PROGRAMS += tests/unit/connectors/test_kafka_broker
TESTS += tests/unit/connectors/test_kafka_broker
tests_unit_connectors_test_kafka_broker_SOURCES = tests/unit/connectors/test_kafka_broker.c $(KAFKA_TOOL)
tests_unit_connectors_test_kafka_broker_CPPFLAGS = $(KAFKA_UNIT_CPPFLAGS)
tests_unit_connectors_test_kafka_broker_CFLAGS = $(KAFKA_UNIT_CFLAGS)
tests_unit_connectors_test_kafka_broker_LDADD = $(KAFKA_UNIT_LIBS)

check_PROGRAMS += tests/unit/connectors/test_kafka_options
TESTS += tests/unit/connectors/test_kafka_options
tests_unit_connectors_test_kafka_options_SOURCES = tests/unit/connectors/test_kafka_options.c
tests_unit_connectors_test_kafka_options_CPPFLAGS = $(KAFKA_UNIT_CPPFLAGS)
tests_unit_connectors_test_kafka_options_CFLAGS = $(KAFKA_UNIT_CFLAGS)
tests_unit_connectors_test_kafka_options_LDADD = $(KAFKA_UNIT_LIBS)

check_PROGRAMS += tests/unit/connectors/test_kafka_progress
TESTS += tests/unit/connectors/test_kafka_progress
tests_unit_connectors_test_kafka_progress_SOURCES = tests/unit/connectors/test_kafka_progress.c
tests_unit_connectors_test_kafka_progress_CPPFLAGS = $(KAFKA_UNIT_CPPFLAGS)
tests_unit_connectors_test_kafka_progress_CFLAGS = $(KAFKA_UNIT_CFLAGS)
tests_unit_connectors_test_kafka_progress_LDADD = $(KAFKA_UNIT_LIBS)

check_PROGRAMS += tests/unit/connectors/test_kafka_mock
TESTS += tests/unit/connectors/test_kafka_mock
tests_unit_connectors_test_kafka_mock_SOURCES = tests/unit/connectors/test_kafka_mock.c $(KAFKA_TOOL)
tests_unit_connectors_test_kafka_mock_CPPFLAGS = $(KAFKA_UNIT_CPPFLAGS)
tests_unit_connectors_test_kafka_mock_CFLAGS = $(KAFKA_UNIT_CFLAGS)
tests_unit_connectors_test_kafka_mock_LDADD = $(KAFKA_UNIT_LIBS)
