# One plugin as a black box. The convenience library is for our own programs; what is installed is one object made
# of it and of the parts of the framework it uses, in which nothing but the functions of weir/harness.h can be seen.
noinst_LTLIBRARIES += framework/libharness.la
framework_libharness_la_SOURCES = framework/include/weir/harness.h framework/harness/harness_internal.h \
	framework/harness/harness.c framework/harness/harness_life.c framework/harness/harness_flow.c

harnessdir = $(libdir)
harness_DATA = framework/libweir-harness.a
framework/libweir-harness.a: framework/libharness.la framework/libweir.la
	$(AM_V_GEN)rm -f $@ && \
	$(LD) -r -o framework/weir-harness.$(OBJEXT) --whole-archive framework/.libs/libharness.a \
		--no-whole-archive framework/.libs/libweir.a && \
	$(OBJCOPY) --localize-hidden framework/weir-harness.$(OBJEXT) && \
	$(AR) crs $@ framework/weir-harness.$(OBJEXT)
CLEANFILES += framework/libweir-harness.a framework/weir-harness.$(OBJEXT)
dist_weirinclude_HEADERS += framework/include/weir/harness.h
pkgconfig_DATA += framework/weir-harness.pc
