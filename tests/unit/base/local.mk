check_PROGRAMS += tests/unit/base/test_error
TESTS += tests/unit/base/test_error
tests_unit_base_test_error_SOURCES = tests/unit/base/test_error.c
tests_unit_base_test_error_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_error_LDADD = $(UNIT_LIBS)
