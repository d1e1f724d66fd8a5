# Figures, by ./bootstrap bench.
noinst_PROGRAMS += tests/bench/bare_consume tests/bench/measure
EXTRA_DIST += tests/bench/reference_job.sh

tests_bench_bare_consume_SOURCES = tests/bench/bare_consume.c $(KAFKA_TOOL)
tests_bench_bare_consume_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_bench_bare_consume_CFLAGS = $(KAFKA_TOOL_CFLAGS)
tests_bench_bare_consume_LDADD = $(RDKAFKA_LIBS)

tests_bench_measure_SOURCES = tests/bench/measure.c

noinst_PROGRAMS += tests/bench/state_bench
tests_bench_state_bench_SOURCES = tests/bench/state_bench.c
tests_bench_state_bench_LDADD = framework/libweir.la
