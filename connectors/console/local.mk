plugin_LTLIBRARIES += connectors/console/console.la
connectors_console_console_la_SOURCES = connectors/console/console.c \
	connectors/file/line_buffer.c connectors/file/line_buffer.h
connectors_console_console_la_CPPFLAGS = -I$(top_srcdir)/framework/include -I$(top_srcdir)
connectors_console_console_la_LDFLAGS = $(PLUGIN_LDFLAGS)
