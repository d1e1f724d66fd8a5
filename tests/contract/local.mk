dist_check_SCRIPTS += tests/contract/include_order.sh tests/contract/headers_alone.sh
TESTS += tests/contract/include_order.sh tests/contract/headers_alone.sh

check_PROGRAMS += tests/contract/test_abi_layout
TESTS += tests/contract/test_abi_layout
tests_contract_test_abi_layout_SOURCES = tests/contract/test_abi_layout.c
