framework_libweir_la_SOURCES += \
	framework/state/state_chunks.c framework/state/state_chunks.h \
	framework/state/state_table.c framework/state/state_table.h
