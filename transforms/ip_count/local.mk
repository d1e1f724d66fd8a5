plugin_LTLIBRARIES += transforms/ip_count/ip_count.la
transforms_ip_count_ip_count_la_SOURCES = transforms/ip_count/ip_count.c transforms/ip_count/decimal.h \
	transforms/ip_count/ip_address.c transforms/ip_count/ip_address.h \
	transforms/ip_count/log_time.c transforms/ip_count/log_time.h \
	transforms/ip_count/time_zone.c transforms/ip_count/time_zone.h
transforms_ip_count_ip_count_la_CPPFLAGS = -I$(top_srcdir)/framework/include
transforms_ip_count_ip_count_la_LDFLAGS = $(PLUGIN_LDFLAGS)
