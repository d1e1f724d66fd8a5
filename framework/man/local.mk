# Man pages are made by the program that was just built, from the tables it works by. A cross build cannot run
# it, and takes the pages that come with the release tarball.
PLUGIN_PAGES = framework/man/weir-console.5 framework/man/weir-file.5 framework/man/weir-generator.5 \
	framework/man/weir-ip_count.5 framework/man/weir-kafka.5
FRAMED_PAGES = framework/man/weir.1 framework/man/weir.conf.5 framework/man/weir-plugin.7
dist_man_MANS = $(FRAMED_PAGES) $(PLUGIN_PAGES)
EXTRA_DIST += framework/man/make_page.sh framework/man/help_to_man.awk framework/man/header_to_man.awk \
	framework/man/weir.1.in framework/man/weir.conf.5.in framework/man/weir-plugin.7.in

if !CROSS_COMPILING
CLEANFILES += $(FRAMED_PAGES) $(PLUGIN_PAGES)
WEIR_OF_BUILD = WEIR_PLUGIN_PATH=`printf '%s\n' $(plugin_LTLIBRARIES) | sed 's,[^/]*$$,.libs,' | sort -u | \
	sed 's,^,$(abs_builddir)/,' | paste -s -d :` LC_ALL=C
PAGE_PARTS = framework/weir/weir$(EXEEXT) $(plugin_LTLIBRARIES)
PAGE_FRAMES = $(srcdir)/framework/man/make_page.sh $(srcdir)/framework/man/help_to_man.awk \
	$(srcdir)/framework/man/header_to_man.awk $(srcdir)/framework/include/weir/plugin.h

$(FRAMED_PAGES): $(PAGE_PARTS) $(PAGE_FRAMES) $(srcdir)/framework/man/weir.1.in \
		$(srcdir)/framework/man/weir.conf.5.in $(srcdir)/framework/man/weir-plugin.7.in
	$(AM_V_GEN)$(MKDIR_P) framework/man && page=`basename $@` && \
		$(WEIR_OF_BUILD) $(srcdir)/framework/man/make_page.sh framework/weir/weir$(EXEEXT) \
		$(srcdir)/framework/man/$$page.in $(srcdir)/framework/include/weir/plugin.h $(PLUGIN_PAGES) >$@.new && \
		mv $@.new $@

$(PLUGIN_PAGES): $(PAGE_PARTS)
	$(AM_V_GEN)$(MKDIR_P) framework/man && plugin=`basename $@ .5 | sed 's/^weir-//'` && \
		$(WEIR_OF_BUILD) framework/weir/weir$(EXEEXT) plugins describe --man $$plugin >$@.new && mv $@.new $@
endif
