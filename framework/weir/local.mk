bin_PROGRAMS += framework/weir/weir
framework_weir_weir_SOURCES = framework/weir/main.c
framework_weir_weir_LDADD = framework/libweir.la
