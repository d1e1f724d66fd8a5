# Unit tests of plugins: a fake weir around one instance of a plugin of this build.
check_LTLIBRARIES += tests/lib/libfake_host.la
tests_lib_libfake_host_la_SOURCES = tests/lib/fake_host.c tests/lib/fake_host.h
tests_lib_libfake_host_la_CPPFLAGS = $(AM_CPPFLAGS) -DTOP_BUILDDIR='"$(abs_top_builddir)"'
tests_lib_libfake_host_la_CFLAGS = $(UNIT_CFLAGS)

PLUGIN_UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib
PLUGIN_UNIT_LIBS = tests/lib/libfake_host.la $(CHECK_LIBS)
EXTRA_DIST += tests/lib/broker.sh tests/lib/network.sh tests/lib/own_network.sh tests/lib/unit_main.h

# The same with what is installed for it: weir/harness.h and its archive.
HARNESS_UNIT_CPPFLAGS = -I$(top_srcdir)/framework/include -I$(top_srcdir) -DTOP_BUILDDIR='"$(abs_top_builddir)"'
HARNESS_UNIT_LIBS = framework/libweir-harness.a $(CHECK_LIBS)
