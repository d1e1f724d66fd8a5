# Plugins for unit tests of loader and configuration, built where no `make install` finds them. Their folder is
# tests/plugins/.libs in the build tree.
TRY_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere # makes libtool build a shared object that is not installed
TEST_PLUGIN_CPPFLAGS = $(AM_CPPFLAGS) -DTEST_PLUGINS='"$(abs_top_builddir)/tests/plugins/.libs"'

check_LTLIBRARIES += \
	tests/plugins/try_source.la tests/plugins/try_fleeting.la tests/plugins/try_plain.la \
	tests/plugins/try_windowed.la tests/plugins/try_sink.la tests/plugins/try_weak.la \
	tests/plugins/wrong_magic.la tests/plugins/other_major.la tests/plugins/other_entry.la \
	tests/plugins/no_descriptor.la tests/plugins/wrong_name.la

tests_plugins_try_source_la_SOURCES = tests/plugins/try_source.c
tests_plugins_try_source_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_try_fleeting_la_SOURCES = tests/plugins/try_source.c
tests_plugins_try_fleeting_la_CPPFLAGS = $(AM_CPPFLAGS) -DCANNOT_REWIND
tests_plugins_try_fleeting_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_try_plain_la_SOURCES = tests/plugins/try_transform.c
tests_plugins_try_plain_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_try_windowed_la_SOURCES = tests/plugins/try_transform.c
tests_plugins_try_windowed_la_CPPFLAGS = $(AM_CPPFLAGS) -DWINDOWED
tests_plugins_try_windowed_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_try_sink_la_SOURCES = tests/plugins/try_sink.c
tests_plugins_try_sink_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_try_weak_la_SOURCES = tests/plugins/try_sink.c
tests_plugins_try_weak_la_CPPFLAGS = $(AM_CPPFLAGS) -DAT_LEAST_ONCE
tests_plugins_try_weak_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_wrong_magic_la_SOURCES = tests/plugins/refused.c
tests_plugins_wrong_magic_la_CPPFLAGS = $(AM_CPPFLAGS) -DMAGIC=0x12345678
tests_plugins_wrong_magic_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_other_major_la_SOURCES = tests/plugins/refused.c
tests_plugins_other_major_la_CPPFLAGS = $(AM_CPPFLAGS) -DMAJOR=9
tests_plugins_other_major_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_other_entry_la_SOURCES = tests/plugins/refused.c
tests_plugins_other_entry_la_CPPFLAGS = $(AM_CPPFLAGS) -DOTHER_ENTRY
tests_plugins_other_entry_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_no_descriptor_la_SOURCES = tests/plugins/refused.c
tests_plugins_no_descriptor_la_CPPFLAGS = $(AM_CPPFLAGS) -DNO_DESCRIPTOR
tests_plugins_no_descriptor_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_wrong_name_la_SOURCES = tests/plugins/refused.c
tests_plugins_wrong_name_la_LDFLAGS = $(TRY_LDFLAGS)
