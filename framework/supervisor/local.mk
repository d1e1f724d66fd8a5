framework_libweir_la_SOURCES += \
	framework/supervisor/restart_strategy.c \
	framework/supervisor/health.c framework/supervisor/health.h \
	framework/supervisor/keeper.c framework/supervisor/keeper.h \
	framework/supervisor/pipeline_directory.c framework/supervisor/pipeline_directory.h \
	framework/supervisor/progress.c framework/supervisor/progress.h \
	framework/supervisor/supervision.c framework/supervisor/supervision.h \
	framework/supervisor/supervisor.c framework/supervisor/supervisor.h
