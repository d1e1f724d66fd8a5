# The framework is one static library: the program and the unit tests link the same objects.
noinst_LTLIBRARIES += framework/libweir.la
framework_libweir_la_SOURCES =
framework_libweir_la_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS) $(LIBCONFIG_CFLAGS) $(JANSSON_CFLAGS)
framework_libweir_la_LIBADD = $(LIBCONFIG_LIBS) $(ROCKSDB_LIBS) $(JANSSON_LIBS)

weirincludedir = $(includedir)/weir
dist_weirinclude_HEADERS = framework/include/weir/plugin.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = framework/weir.pc
