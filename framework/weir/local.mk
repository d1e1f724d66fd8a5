bin_PROGRAMS += framework/weir/weir
framework_weir_weir_SOURCES = framework/weir/main.c framework/weir/command_run.c framework/weir/command_run.h
framework_weir_weir_LDADD = framework/libweir.la
