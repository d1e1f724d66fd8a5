check_PROGRAMS += tests/unit/harness/test_harness
TESTS += tests/unit/harness/test_harness
tests_unit_harness_test_harness_SOURCES = tests/unit/harness/test_harness.c
tests_unit_harness_test_harness_CPPFLAGS = -I$(top_srcdir)/framework/include -I$(top_srcdir) \
	-DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_unit_harness_test_harness_CFLAGS = $(UNIT_CFLAGS)
tests_unit_harness_test_harness_LDADD = framework/libweir-harness.a $(CHECK_LIBS)
