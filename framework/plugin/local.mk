framework_libweir_la_SOURCES += \
	framework/plugin/plugin_load.c framework/plugin/plugin_load.h \
	framework/plugin/plugin_ask.c framework/plugin/plugin_ask.h \
	framework/plugin/plugin_check.c framework/plugin/plugin_check.h \
	framework/plugin/plugin_registry.c framework/plugin/plugin_registry.h \
	framework/plugin/plugin_safety.c framework/plugin/plugin_safety.h \
	framework/plugin/standard_options.c framework/plugin/standard_options.h
