framework_libweir_la_SOURCES += \
	framework/observe/log.c framework/observe/log.h \
	framework/observe/metrics.c framework/observe/metrics.h \
	framework/observe/metric_table.c framework/observe/metric_table.h
