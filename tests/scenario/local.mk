# `make check` builds the plugins; the scenarios want a real broker and are run by tests/scenario/run.
check_LTLIBRARIES += tests/plugins/chaos_transform.la tests/plugins/chaos_sink.la tests/plugins/chaos_source.la
CHAOS_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere # makes libtool build a shared object that is not installed
tests_plugins_chaos_transform_la_SOURCES = tests/plugins/chaos_transform.c
tests_plugins_chaos_transform_la_LDFLAGS = $(CHAOS_LDFLAGS)
tests_plugins_chaos_sink_la_SOURCES = tests/plugins/chaos_sink.c
tests_plugins_chaos_sink_la_LDFLAGS = $(CHAOS_LDFLAGS)
tests_plugins_chaos_source_la_SOURCES = tests/plugins/chaos_source.c
tests_plugins_chaos_source_la_LDFLAGS = $(CHAOS_LDFLAGS)
check_LTLIBRARIES += tests/tools/shifted_clock.la
tests_tools_shifted_clock_la_SOURCES = tests/tools/shifted_clock.c
tests_tools_shifted_clock_la_CFLAGS = -std=gnu11 $(WARNING_FLAGS) # visible, and without the sanitizers' own wrappers
tests_tools_shifted_clock_la_LDFLAGS = -module -avoid-version -rpath /nowhere
EXTRA_DIST += tests/scenario tests/lib/scenario.sh tests/lib/daemon.sh tests/lib/matrix.sh

dist_check_SCRIPTS += tests/contract/failpoints_have_scenarios.sh
TESTS += tests/contract/failpoints_have_scenarios.sh
