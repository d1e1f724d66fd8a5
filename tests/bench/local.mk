# Figures, by ./bootstrap bench.
BARE = tests/bench/bare.c tests/bench/bare.h $(KAFKA_TOOL)
BARE_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
noinst_PROGRAMS += tests/bench/bare_consume tests/bench/bare_copy tests/bench/paced_producer \
	tests/bench/latency_reader tests/bench/bare_generate tests/bench/measure tests/bench/state_bench

tests_bench_bare_consume_SOURCES = tests/bench/bare_consume.c $(BARE)
tests_bench_bare_consume_CPPFLAGS = $(BARE_CPPFLAGS)
tests_bench_bare_consume_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_bench_bare_consume_LDADD = $(RDKAFKA_LIBS)

tests_bench_bare_copy_SOURCES = tests/bench/bare_copy.c $(BARE)
tests_bench_bare_copy_CPPFLAGS = $(BARE_CPPFLAGS)
tests_bench_bare_copy_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_bench_bare_copy_LDADD = $(RDKAFKA_LIBS)

tests_bench_paced_producer_SOURCES = tests/bench/paced_producer.c $(BARE)
tests_bench_paced_producer_CPPFLAGS = $(BARE_CPPFLAGS)
tests_bench_paced_producer_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_bench_paced_producer_LDADD = $(RDKAFKA_LIBS)

tests_bench_latency_reader_SOURCES = tests/bench/latency_reader.c $(BARE)
tests_bench_latency_reader_CPPFLAGS = $(BARE_CPPFLAGS)
tests_bench_latency_reader_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_bench_latency_reader_LDADD = $(RDKAFKA_LIBS)

tests_bench_bare_generate_SOURCES = tests/bench/bare_generate.c
tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_state_bench_SOURCES = tests/bench/state_bench.c
tests_bench_state_bench_LDADD = framework/libweir.la

# Not installed: an rpath makes libtool build shared objects all the same.
noinst_LTLIBRARIES += tests/plugins/null_sink.la tests/plugins/noop_transform.la
tests_plugins_null_sink_la_SOURCES = tests/plugins/null_sink.c
tests_plugins_null_sink_la_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere
tests_plugins_noop_transform_la_SOURCES = tests/plugins/noop_transform.c
tests_plugins_noop_transform_la_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere

EXTRA_DIST += tests/bench/run tests/bench/recovery_time.sh tests/bench/rows.sh tests/bench/curves.sh tests/bench/lib.sh \
	tests/bench/compare tests/bench/figure.awk tests/bench/show.awk tests/bench/chart.awk
