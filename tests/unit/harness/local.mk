check_PROGRAMS += tests/unit/harness/test_harness
TESTS += tests/unit/harness/test_harness
tests_unit_harness_test_harness_SOURCES = tests/unit/harness/test_harness.c
tests_unit_harness_test_harness_CPPFLAGS = $(HARNESS_UNIT_CPPFLAGS)
tests_unit_harness_test_harness_CFLAGS = $(UNIT_CFLAGS)
tests_unit_harness_test_harness_LDADD = $(HARNESS_UNIT_LIBS)
