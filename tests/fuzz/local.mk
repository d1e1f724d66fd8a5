# Fuzz targets. Built as usual they run over their corpus (replay.c); configured with --enable-fuzzing they are
# libFuzzer's, for `./bootstrap fuzz`.
if FUZZING
FUZZ_MAIN = tests/fuzz/fuzz.h
LDFLAGS_OF_FUZZERS = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/fuzz.h tests/fuzz/replay.c
LDFLAGS_OF_FUZZERS = $(AM_LDFLAGS)
endif
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DTOP_BUILDDIR='"$(abs_top_builddir)"'
FUZZ_LIBS = framework/libweir.la
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/configuration.dict tests/fuzz/run

FUZZ_TARGETS = \
	tests/fuzz/fuzz_configuration \
	tests/fuzz/fuzz_log_line \
	tests/fuzz/fuzz_time_zone \
	tests/fuzz/fuzz_state_chunk \
	tests/fuzz/fuzz_checkpoint_record \
	tests/fuzz/fuzz_checkpoint_store \
	tests/fuzz/fuzz_progress_record \
	tests/fuzz/fuzz_option_value \
	tests/fuzz/fuzz_file_source \
	tests/fuzz/fuzz_file_sink \
	tests/fuzz/fuzz_metrics \
	tests/fuzz/fuzz_log
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
fuzz-targets: $(FUZZ_TARGETS) $(plugin_LTLIBRARIES) $(check_LTLIBRARIES)
.PHONY: fuzz-targets

# What configurations may name.
FUZZ_PLUGINS = $(abs_top_builddir)/tests/plugins/.libs:$(abs_top_builddir)/connectors/kafka/.libs:$(abs_top_builddir)/connectors/file/.libs:$(abs_top_builddir)/connectors/generator/.libs:$(abs_top_builddir)/transforms/ip_count/.libs

tests_fuzz_fuzz_configuration_SOURCES = tests/fuzz/fuzz_configuration.c $(FUZZ_MAIN)
tests_fuzz_fuzz_configuration_CPPFLAGS = $(FUZZ_CPPFLAGS) $(LIBCONFIG_CFLAGS) -DFUZZ_PLUGINS='"$(FUZZ_PLUGINS)"'
tests_fuzz_fuzz_configuration_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_configuration_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_log_line_SOURCES = tests/fuzz/fuzz_log_line.c transforms/ip_count/ip_address.c \
	transforms/ip_count/log_time.c transforms/ip_count/time_zone.c $(FUZZ_MAIN)
tests_fuzz_fuzz_log_line_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_log_line_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_log_line_LDADD =
tests_fuzz_fuzz_time_zone_SOURCES = tests/fuzz/fuzz_time_zone.c transforms/ip_count/log_time.c transforms/ip_count/time_zone.c $(FUZZ_MAIN)
tests_fuzz_fuzz_time_zone_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_time_zone_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_time_zone_LDADD =
tests_fuzz_fuzz_state_chunk_SOURCES = tests/fuzz/fuzz_state_chunk.c $(FUZZ_MAIN)
tests_fuzz_fuzz_state_chunk_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_state_chunk_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_state_chunk_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_checkpoint_record_SOURCES = tests/fuzz/fuzz_checkpoint_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_checkpoint_record_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_checkpoint_record_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_checkpoint_record_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_checkpoint_store_SOURCES = tests/fuzz/fuzz_checkpoint_store.c framework/weir/command_checkpoints.c $(FUZZ_MAIN)
tests_fuzz_fuzz_checkpoint_store_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_checkpoint_store_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_checkpoint_store_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_checkpoint_store_LDADD = $(FUZZ_LIBS) $(JANSSON_LIBS)
tests_fuzz_fuzz_progress_record_SOURCES = tests/fuzz/fuzz_progress_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_progress_record_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_progress_record_CFLAGS = $(AM_CFLAGS) $(RDKAFKA_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_progress_record_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_progress_record_LDADD = $(KAFKA_LIBS)
tests_fuzz_fuzz_option_value_SOURCES = tests/fuzz/fuzz_option_value.c $(FUZZ_MAIN)
tests_fuzz_fuzz_option_value_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_option_value_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_option_value_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_file_source_SOURCES = tests/fuzz/fuzz_file_source.c tests/fuzz/fuzz_host.h $(FUZZ_MAIN)
tests_fuzz_fuzz_file_source_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_file_source_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_file_source_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_file_sink_SOURCES = tests/fuzz/fuzz_file_sink.c tests/fuzz/fuzz_host.h connectors/file/line_buffer.c $(FUZZ_MAIN)
tests_fuzz_fuzz_file_sink_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_file_sink_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_file_sink_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_metrics_SOURCES = tests/fuzz/fuzz_metrics.c $(FUZZ_MAIN)
tests_fuzz_fuzz_metrics_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_metrics_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_metrics_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_log_SOURCES = tests/fuzz/fuzz_log.c $(FUZZ_MAIN)
tests_fuzz_fuzz_log_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_log_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_log_LDFLAGS = $(LDFLAGS_OF_FUZZERS)
tests_fuzz_fuzz_log_LDADD = $(FUZZ_LIBS) $(JANSSON_LIBS)
