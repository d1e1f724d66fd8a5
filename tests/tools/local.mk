# Programs for demo, scenarios and benchmarks: data, topics, and the independent reader.
KAFKA_TOOL = tests/tools/kafka.c tests/tools/kafka.h
KAFKA_TOOL_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS)
noinst_PROGRAMS += tests/tools/access_log tests/tools/kafka_topic tests/tools/judge

tests_tools_access_log_SOURCES = tests/tools/access_log.c $(KAFKA_TOOL)
tests_tools_access_log_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_tools_access_log_LDADD = $(RDKAFKA_LIBS)

tests_tools_kafka_topic_SOURCES = tests/tools/kafka_topic.c $(KAFKA_TOOL)
tests_tools_kafka_topic_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_tools_kafka_topic_LDADD = $(RDKAFKA_LIBS)

tests_tools_judge_SOURCES = tests/tools/judge.c $(KAFKA_TOOL)
tests_tools_judge_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_tools_judge_LDADD = $(RDKAFKA_LIBS)

noinst_PROGRAMS += tests/tools/kafka_proxy
tests_tools_kafka_proxy_SOURCES = tests/tools/kafka_proxy.c tests/tools/kafka_frame.c tests/tools/kafka_frame.h \
	tests/tools/proxy_rule.c tests/tools/proxy_rule.h tests/tools/proxy_stream.c tests/tools/proxy_stream.h
