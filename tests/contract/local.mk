dist_check_SCRIPTS += tests/contract/include_order.sh tests/contract/headers_alone.sh tests/contract/harness_links.sh tests/contract/conformance_broken.sh tests/contract/conformance_shipped.sh
TESTS += tests/contract/include_order.sh tests/contract/headers_alone.sh tests/contract/harness_links.sh tests/contract/conformance_broken.sh tests/contract/conformance_shipped.sh

check_PROGRAMS += tests/contract/test_abi_layout
TESTS += tests/contract/test_abi_layout
tests_contract_test_abi_layout_SOURCES = tests/contract/test_abi_layout.c
AM_TESTS_ENVIRONMENT += CC='$(CC)' SANITIZER_FLAGS='$(SANITIZER_FLAGS)'; export CC SANITIZER_FLAGS;

# Nothing without documentation.
dist_check_SCRIPTS += tests/contract/documentation.sh
TESTS += tests/contract/documentation.sh
check_PROGRAMS += tests/contract/test_documentation
TESTS += tests/contract/test_documentation
tests_contract_test_documentation_SOURCES = tests/contract/test_documentation.c
tests_contract_test_documentation_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_contract_test_documentation_CFLAGS = $(UNIT_CFLAGS)
tests_contract_test_documentation_LDADD = $(UNIT_LIBS)
