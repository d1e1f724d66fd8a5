framework_libweir_la_SOURCES += \
	framework/state/state_chunks.c framework/state/state_chunks.h \
	framework/state/state_entries.c framework/state/state_index.c framework/state/state_internal.h framework/state/state_memory.c \
	framework/state/state_snapshot.c framework/state/state_table.c framework/state/state_table.h
