# what this folder adds to make check
check_PROGRAMS += tests/unit/connectors/test_console
TESTS += tests/unit/connectors/test_console
tests_unit_connectors_test_console_SOURCES = tests/unit/connectors/test_console.c
tests_unit_connectors_test_console_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_console_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_console_LDADD = $(PLUGIN_UNIT_LIBS)
