framework_libweir_la_SOURCES += \
	framework/control/control_request.c framework/control/control_request.h \
	framework/control/control_server.c framework/control/control_server.h \
	framework/control/control_client.c framework/control/control_client.h \
	framework/control/fleet.c framework/control/fleet.h framework/control/fleet_status.c \
	framework/control/daemon.c framework/control/daemon.h
