check_PROGRAMS += tests/unit/plugin/test_plugin_check
TESTS += tests/unit/plugin/test_plugin_check
tests_unit_plugin_test_plugin_check_SOURCES = tests/unit/plugin/test_plugin_check.c
tests_unit_plugin_test_plugin_check_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plugin_test_plugin_check_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/plugin/test_plugin_load
TESTS += tests/unit/plugin/test_plugin_load
tests_unit_plugin_test_plugin_load_SOURCES = tests/unit/plugin/test_plugin_load.c
tests_unit_plugin_test_plugin_load_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plugin_test_plugin_load_LDADD = $(UNIT_LIBS)
tests_unit_plugin_test_plugin_load_CPPFLAGS = $(TEST_PLUGIN_CPPFLAGS)

check_PROGRAMS += tests/unit/plugin/test_plugin_safety
TESTS += tests/unit/plugin/test_plugin_safety
tests_unit_plugin_test_plugin_safety_SOURCES = tests/unit/plugin/test_plugin_safety.c
tests_unit_plugin_test_plugin_safety_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plugin_test_plugin_safety_LDADD = $(UNIT_LIBS)
tests_unit_plugin_test_plugin_safety_CPPFLAGS = $(TEST_PLUGIN_CPPFLAGS)

check_PROGRAMS += tests/unit/plugin/test_plugin_registry
TESTS += tests/unit/plugin/test_plugin_registry
tests_unit_plugin_test_plugin_registry_SOURCES = tests/unit/plugin/test_plugin_registry.c
tests_unit_plugin_test_plugin_registry_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plugin_test_plugin_registry_LDADD = $(UNIT_LIBS)
tests_unit_plugin_test_plugin_registry_CPPFLAGS = $(TEST_PLUGIN_CPPFLAGS)

check_PROGRAMS += tests/unit/plugin/test_command_plugins
TESTS += tests/unit/plugin/test_command_plugins
tests_unit_plugin_test_command_plugins_SOURCES = tests/unit/plugin/test_command_plugins.c framework/weir/command_plugins.c tests/lib/captured.c tests/lib/captured.h
tests_unit_plugin_test_command_plugins_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plugin_test_command_plugins_LDADD = $(UNIT_LIBS)
tests_unit_plugin_test_command_plugins_CPPFLAGS = $(TEST_PLUGIN_CPPFLAGS)
