framework_libweir_la_SOURCES += \
	framework/configuration/pipeline_description.h \
	framework/configuration/findings.c framework/configuration/findings.h \
	framework/configuration/configuration_text.c framework/configuration/configuration_text.h \
	framework/configuration/text_expand.c framework/configuration/text_expand.h \
	framework/configuration/configuration_file.c framework/configuration/configuration_file.h \
	framework/configuration/component_description.c framework/configuration/component_description.h \
	framework/configuration/component_settings.c framework/configuration/component_settings.h \
	framework/configuration/component_check.c framework/configuration/component_check.h \
	framework/configuration/configuration_pipeline.c
