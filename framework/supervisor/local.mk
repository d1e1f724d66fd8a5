framework_libweir_la_SOURCES += \
	framework/supervisor/restart_strategy.c \
	framework/supervisor/progress.c framework/supervisor/progress.h \
	framework/supervisor/supervisor.c framework/supervisor/supervisor.h
