bin_PROGRAMS += framework/weir/weir
framework_weir_weir_SOURCES = \
	framework/weir/command_checkpoints.c framework/weir/command_checkpoints.h \
	framework/weir/command_help.c framework/weir/command_help.h \
	framework/weir/command_control.c framework/weir/command_control.h \
	framework/weir/command_plugins.c framework/weir/command_plugins.h \
	framework/weir/command_run.c framework/weir/command_run.h \
	framework/weir/command_serve.c framework/weir/command_serve.h \
	framework/weir/command_test_plugin.c framework/weir/command_test_plugin.h \
	framework/weir/command_validate.c framework/weir/command_validate.h \
	framework/weir/versions.c framework/weir/versions.h \
	framework/weir/main.c
framework_weir_weir_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
framework_weir_weir_LDADD = framework/libharness.la framework/libweir.la $(JANSSON_LIBS)
