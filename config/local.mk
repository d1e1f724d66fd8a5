examplesdir = $(docdir)/examples
dist_examples_DATA = config/ip-count.conf config/ip-count-file.conf

# Services: what they all keep to stands once, in common.in.
SERVICES = config/systemd/weir.service config/systemd/weir@.service
systemdsystemunit_DATA = $(SERVICES)
dist_sysusers_DATA = config/sysusers.d/weir.conf
dist_tmpfiles_DATA = config/tmpfiles.d/weir.conf
dist_bashcompletion_DATA = config/bash-completion/weir
EXTRA_DIST += config/systemd/weir.service.in config/systemd/weir@.service.in config/systemd/common.in
CLEANFILES += $(SERVICES)
$(SERVICES): $(srcdir)/config/systemd/weir.service.in $(srcdir)/config/systemd/weir@.service.in $(srcdir)/config/systemd/common.in
	$(AM_V_GEN)$(MKDIR_P) config/systemd && sed -e '/@common@/{' -e 'r $(srcdir)/config/systemd/common.in' -e d -e '}' \
		-e 's|[@]bindir@|$(bindir)|g' -e 's|[@]sysconfdir@|$(sysconfdir)|g' $(srcdir)/$@.in >$@
EXTRA_DIST += config/weir.spec
