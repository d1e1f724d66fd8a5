plugin_LTLIBRARIES += connectors/file/file_source.la connectors/file/file_sink.la
connectors_file_file_source_la_SOURCES = connectors/file/file_source.c connectors/wakeup.h
connectors_file_file_source_la_CPPFLAGS = -I$(top_srcdir)/framework/include -I$(top_srcdir) -D_GNU_SOURCE
connectors_file_file_source_la_LDFLAGS = $(PLUGIN_LDFLAGS)
connectors_file_file_sink_la_SOURCES = connectors/file/file_sink.c \
	connectors/file/line_buffer.c connectors/file/line_buffer.h
connectors_file_file_sink_la_CPPFLAGS = -I$(top_srcdir)/framework/include
connectors_file_file_sink_la_LDFLAGS = $(PLUGIN_LDFLAGS)
