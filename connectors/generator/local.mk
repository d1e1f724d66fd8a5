plugin_LTLIBRARIES += connectors/generator/generator.la
connectors_generator_generator_la_SOURCES = connectors/generator/generator.c connectors/wakeup.h \
	transforms/ip_count/decimal.h transforms/ip_count/log_time.c transforms/ip_count/log_time.h
connectors_generator_generator_la_CPPFLAGS = -I$(top_srcdir)/framework/include -I$(top_srcdir)
connectors_generator_generator_la_LDFLAGS = $(PLUGIN_LDFLAGS)
