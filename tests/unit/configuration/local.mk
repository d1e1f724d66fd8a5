check_PROGRAMS += tests/unit/configuration/test_text_expand
TESTS += tests/unit/configuration/test_text_expand
tests_unit_configuration_test_text_expand_SOURCES = tests/unit/configuration/test_text_expand.c
tests_unit_configuration_test_text_expand_CFLAGS = $(UNIT_CFLAGS)
tests_unit_configuration_test_text_expand_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/configuration/test_configuration_text
TESTS += tests/unit/configuration/test_configuration_text
tests_unit_configuration_test_configuration_text_SOURCES = tests/unit/configuration/test_configuration_text.c
tests_unit_configuration_test_configuration_text_CFLAGS = $(UNIT_CFLAGS)
tests_unit_configuration_test_configuration_text_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/configuration/test_configuration_pipeline
TESTS += tests/unit/configuration/test_configuration_pipeline
tests_unit_configuration_test_configuration_pipeline_SOURCES = tests/unit/configuration/test_configuration_pipeline.c
tests_unit_configuration_test_configuration_pipeline_CFLAGS = $(UNIT_CFLAGS)
tests_unit_configuration_test_configuration_pipeline_LDADD = $(UNIT_LIBS)
tests_unit_configuration_test_configuration_pipeline_CPPFLAGS = $(TEST_PLUGIN_CPPFLAGS) $(LIBCONFIG_CFLAGS)

check_PROGRAMS += tests/unit/configuration/test_command_validate
TESTS += tests/unit/configuration/test_command_validate
tests_unit_configuration_test_command_validate_SOURCES = tests/unit/configuration/test_command_validate.c framework/weir/command_validate.c tests/lib/captured.c tests/lib/captured.h
tests_unit_configuration_test_command_validate_CFLAGS = $(UNIT_CFLAGS)
tests_unit_configuration_test_command_validate_LDADD = $(UNIT_LIBS)
tests_unit_configuration_test_command_validate_CPPFLAGS = $(TEST_PLUGIN_CPPFLAGS)
