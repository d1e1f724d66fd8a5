check_PROGRAMS += tests/unit/options/test_option_parse
TESTS += tests/unit/options/test_option_parse
tests_unit_options_test_option_parse_SOURCES = tests/unit/options/test_option_parse.c
tests_unit_options_test_option_parse_CFLAGS = $(UNIT_CFLAGS)
tests_unit_options_test_option_parse_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/options/test_option_check
TESTS += tests/unit/options/test_option_check
tests_unit_options_test_option_check_SOURCES = tests/unit/options/test_option_check.c
tests_unit_options_test_option_check_CFLAGS = $(UNIT_CFLAGS)
tests_unit_options_test_option_check_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/options/test_option_table
TESTS += tests/unit/options/test_option_table
tests_unit_options_test_option_table_SOURCES = tests/unit/options/test_option_table.c
tests_unit_options_test_option_table_CFLAGS = $(UNIT_CFLAGS)
tests_unit_options_test_option_table_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/options/test_option_describe
TESTS += tests/unit/options/test_option_describe
tests_unit_options_test_option_describe_SOURCES = tests/unit/options/test_option_describe.c
tests_unit_options_test_option_describe_CFLAGS = $(UNIT_CFLAGS)
tests_unit_options_test_option_describe_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/options/test_roff
TESTS += tests/unit/options/test_roff
tests_unit_options_test_roff_SOURCES = tests/unit/options/test_roff.c
tests_unit_options_test_roff_CFLAGS = $(UNIT_CFLAGS)
tests_unit_options_test_roff_LDADD = $(UNIT_LIBS)
