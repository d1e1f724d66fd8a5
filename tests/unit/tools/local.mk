# what this folder adds to make check: the tests' own tools
check_PROGRAMS += tests/unit/tools/test_kafka_proxy
TESTS += tests/unit/tools/test_kafka_proxy
tests_unit_tools_test_kafka_proxy_SOURCES = tests/unit/tools/test_kafka_proxy.c \
	tests/tools/kafka_frame.c tests/tools/kafka_frame.h tests/tools/proxy_rule.c tests/tools/proxy_rule.h \
	tests/tools/proxy_stream.c tests/tools/proxy_stream.h
tests_unit_tools_test_kafka_proxy_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_unit_tools_test_kafka_proxy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tools_test_kafka_proxy_LDADD = $(CHECK_LIBS)
