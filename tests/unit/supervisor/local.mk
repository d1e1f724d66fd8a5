check_PROGRAMS += tests/unit/supervisor/test_restart_strategy
TESTS += tests/unit/supervisor/test_restart_strategy
tests_unit_supervisor_test_restart_strategy_SOURCES = tests/unit/supervisor/test_restart_strategy.c
tests_unit_supervisor_test_restart_strategy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_supervisor_test_restart_strategy_LDADD = $(UNIT_LIBS)
