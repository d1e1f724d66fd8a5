check_PROGRAMS += tests/unit/observe/test_metrics tests/unit/observe/test_log
TESTS += tests/unit/observe/test_metrics tests/unit/observe/test_log
tests_unit_observe_test_metrics_SOURCES = tests/unit/observe/test_metrics.c
tests_unit_observe_test_metrics_CFLAGS = $(UNIT_CFLAGS)
tests_unit_observe_test_metrics_LDADD = $(UNIT_LIBS)
tests_unit_observe_test_log_SOURCES = tests/unit/observe/test_log.c
tests_unit_observe_test_log_CFLAGS = $(UNIT_CFLAGS)
tests_unit_observe_test_log_LDADD = $(UNIT_LIBS) $(JANSSON_LIBS)
