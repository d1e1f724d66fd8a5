# Unit tests: one program per source file, tests/unit/<folder>/test_<file>.c, with check.
# check's own limit of 4 s fails correct tests where the machine is busy or a sanitizer slows them down.
AM_TESTS_ENVIRONMENT = CK_DEFAULT_TIMEOUT=120; export CK_DEFAULT_TIMEOUT;
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
UNIT_LIBS = framework/libweir.la $(CHECK_LIBS)

include tests/lib/local.mk
include tests/plugins/local.mk
include tests/unit/base/local.mk
include tests/unit/options/local.mk
include tests/unit/configuration/local.mk
include tests/unit/plugin/local.mk
include tests/unit/state/local.mk
include tests/unit/checkpoint/local.mk
include tests/unit/pipeline/local.mk
include tests/unit/harness/local.mk
include tests/unit/supervisor/local.mk
include tests/unit/observe/local.mk
include tests/unit/connectors/local.mk
include tests/unit/transforms/local.mk
include tests/unit/tools/local.mk
include tests/fuzz/local.mk
include tests/contract/local.mk
include tests/tools/local.mk
include tests/inject/local.mk
include tests/bench/local.mk
include tests/third_party/local.mk
include tests/scenario/local.mk
include tests/package/local.mk
