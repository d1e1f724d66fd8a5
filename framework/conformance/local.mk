framework_weir_weir_SOURCES += framework/conformance/conformance.h \
	framework/conformance/conformance.c framework/conformance/conformance_options.c \
	framework/conformance/conformance_replay.c framework/conformance/conformance_records.c \
	framework/conformance/conformance_resources.c framework/conformance/conformance_crash.c
