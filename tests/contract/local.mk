dist_check_SCRIPTS += tests/contract/include_order.sh tests/contract/headers_alone.sh tests/contract/harness_links.sh tests/contract/conformance_broken.sh tests/contract/conformance_shipped.sh tests/contract/old_plugins.sh
TESTS += tests/contract/include_order.sh tests/contract/headers_alone.sh tests/contract/harness_links.sh tests/contract/conformance_broken.sh tests/contract/conformance_shipped.sh tests/contract/old_plugins.sh

check_PROGRAMS += tests/contract/test_abi_layout
TESTS += tests/contract/test_abi_layout
tests_contract_test_abi_layout_SOURCES = tests/contract/test_abi_layout.c
AM_TESTS_ENVIRONMENT += CC='$(CC)' SANITIZER_FLAGS='$(SANITIZER_FLAGS)'; export CC SANITIZER_FLAGS;

# Nothing without documentation; one version everywhere.
dist_check_SCRIPTS += tests/contract/documentation.sh tests/contract/versions_agree.sh
TESTS += tests/contract/documentation.sh tests/contract/versions_agree.sh
check_PROGRAMS += tests/contract/test_documentation
TESTS += tests/contract/test_documentation
tests_contract_test_documentation_SOURCES = tests/contract/test_documentation.c
tests_contract_test_documentation_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_contract_test_documentation_CFLAGS = $(UNIT_CFLAGS)
tests_contract_test_documentation_LDADD = $(UNIT_LIBS)

# Built with the header of their day and no other.
OLD_CPPFLAGS = -I$(top_srcdir)/tests/contract/old/1.0
check_LTLIBRARIES += tests/contract/old_source.la tests/contract/old_transform.la tests/contract/old_sink.la \
	tests/contract/old_sum.la
tests_contract_old_source_la_SOURCES = tests/plugins/broken_source.c
tests_contract_old_source_la_CPPFLAGS = $(OLD_CPPFLAGS) -DNAME='"old_source"'
tests_contract_old_source_la_LDFLAGS = $(TRY_LDFLAGS)
tests_contract_old_transform_la_SOURCES = tests/plugins/broken_transform.c
tests_contract_old_transform_la_CPPFLAGS = $(OLD_CPPFLAGS) -DNAME='"old_transform"'
tests_contract_old_transform_la_LDFLAGS = $(TRY_LDFLAGS)
tests_contract_old_sink_la_SOURCES = tests/plugins/broken_sink.c
tests_contract_old_sink_la_CPPFLAGS = $(OLD_CPPFLAGS) -DNAME='"old_sink"'
tests_contract_old_sink_la_LDFLAGS = $(TRY_LDFLAGS)
tests_contract_old_sum_la_SOURCES = tests/contract/old/1.0/sum.c
tests_contract_old_sum_la_CPPFLAGS = $(OLD_CPPFLAGS) -DNAME='"old_sum"'
tests_contract_old_sum_la_LDFLAGS = $(TRY_LDFLAGS)
EXTRA_DIST += tests/contract/old/README.md tests/contract/old/1.0/weir/plugin.h
