framework_libweir_la_SOURCES +=
