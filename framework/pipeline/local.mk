framework_libweir_la_SOURCES += \
	framework/pipeline/state_restore.c framework/pipeline/state_restore.h
