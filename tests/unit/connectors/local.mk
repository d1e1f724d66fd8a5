# what this folder adds to make check
check_PROGRAMS += tests/unit/connectors/test_console
TESTS += tests/unit/connectors/test_console
tests_unit_connectors_test_console_SOURCES = tests/unit/connectors/test_console.c
tests_unit_connectors_test_console_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_console_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_console_LDADD = $(PLUGIN_UNIT_LIBS)
check_PROGRAMS += tests/unit/connectors/test_generator
TESTS += tests/unit/connectors/test_generator
tests_unit_connectors_test_generator_SOURCES = tests/unit/connectors/test_generator.c
tests_unit_connectors_test_generator_CPPFLAGS = $(PLUGIN_UNIT_CPPFLAGS)
tests_unit_connectors_test_generator_CFLAGS = $(UNIT_CFLAGS)
tests_unit_connectors_test_generator_LDADD = $(PLUGIN_UNIT_LIBS)
