framework_libweir_la_SOURCES += \
	framework/options/option_table.c framework/options/option_table.h \
	framework/options/option_parse.c framework/options/option_parse.h \
	framework/options/option_check.c framework/options/option_check.h \
	framework/options/option_describe.c framework/options/option_describe.h \
	framework/options/roff.c framework/options/roff.h
