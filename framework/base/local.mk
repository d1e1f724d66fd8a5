framework_libweir_la_SOURCES += \
	framework/base/error.c framework/base/error.h \
	framework/base/clock.c framework/base/clock.h \
	framework/base/failpoint.c framework/base/failpoint.h
