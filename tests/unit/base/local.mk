check_PROGRAMS += tests/unit/base/test_error
TESTS += tests/unit/base/test_error
tests_unit_base_test_error_SOURCES = tests/unit/base/test_error.c
tests_unit_base_test_error_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_error_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_text_units
TESTS += tests/unit/base/test_text_units
tests_unit_base_test_text_units_SOURCES = tests/unit/base/test_text_units.c
tests_unit_base_test_text_units_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_text_units_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_similar_text
TESTS += tests/unit/base/test_similar_text
tests_unit_base_test_similar_text_SOURCES = tests/unit/base/test_similar_text.c
tests_unit_base_test_similar_text_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_similar_text_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_bytes
TESTS += tests/unit/base/test_bytes
tests_unit_base_test_bytes_SOURCES = tests/unit/base/test_bytes.c
tests_unit_base_test_bytes_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_bytes_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/base/test_utf8
TESTS += tests/unit/base/test_utf8
tests_unit_base_test_utf8_SOURCES = tests/unit/base/test_utf8.c
tests_unit_base_test_utf8_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_utf8_LDADD = $(UNIT_LIBS)
