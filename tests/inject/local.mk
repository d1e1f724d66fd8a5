# Faults of disk and memory for scenarios: a preloaded object, and what a loss of power leaves.
check_LTLIBRARIES += tests/inject/inject.la
tests_inject_inject_la_SOURCES = tests/inject/inject.c tests/inject/calls.c tests/inject/record.c tests/inject/inject.h
tests_inject_inject_la_CFLAGS = -std=gnu11 -D_GNU_SOURCE -fvisibility=hidden $(WARNING_FLAGS)
tests_inject_inject_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

noinst_PROGRAMS += tests/inject/power_loss
tests_inject_power_loss_SOURCES = tests/inject/power_loss.c
