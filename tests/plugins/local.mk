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

# Each breaks the contract in one way; tests/contract/conformance_broken.sh has the list of what must be said of it.
check_LTLIBRARIES += \
	tests/plugins/broken_position.la tests/plugins/broken_interrupt.la tests/plugins/broken_commit.la \
	tests/plugins/broken_early.la tests/plugins/broken_prepared.la tests/plugins/broken_descriptor.la \
	tests/plugins/broken_thread.la tests/plugins/broken_memory.la tests/plugins/broken_static.la \
	tests/plugins/broken_doc.la tests/plugins/broken_limit.la tests/plugins/broken_crash.la \
	tests/plugins/broken_hang.la tests/plugins/broken_policy.la
tests_plugins_broken_position_la_SOURCES = tests/plugins/broken_source.c
tests_plugins_broken_position_la_CPPFLAGS = $(AM_CPPFLAGS) -DFORGETS_POSITION -DNAME='"broken_position"'
tests_plugins_broken_position_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_interrupt_la_SOURCES = tests/plugins/broken_source.c
tests_plugins_broken_interrupt_la_CPPFLAGS = $(AM_CPPFLAGS) -DIGNORES_INTERRUPT -DNAME='"broken_interrupt"'
tests_plugins_broken_interrupt_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_commit_la_SOURCES = tests/plugins/broken_sink.c
tests_plugins_broken_commit_la_CPPFLAGS = $(AM_CPPFLAGS) -DCOMMITS_ONCE -DNAME='"broken_commit"'
tests_plugins_broken_commit_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_early_la_SOURCES = tests/plugins/broken_sink.c
tests_plugins_broken_early_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHOWS_EARLY -DNAME='"broken_early"'
tests_plugins_broken_early_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_prepared_la_SOURCES = tests/plugins/broken_sink.c
tests_plugins_broken_prepared_la_CPPFLAGS = $(AM_CPPFLAGS) -DFORGETS_PREPARED -DNAME='"broken_prepared"'
tests_plugins_broken_prepared_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_descriptor_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_descriptor_la_CPPFLAGS = $(AM_CPPFLAGS) -DLEAKS_DESCRIPTOR -DNAME='"broken_descriptor"'
tests_plugins_broken_descriptor_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_thread_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_thread_la_CPPFLAGS = $(AM_CPPFLAGS) -DLEAKS_THREAD -DNAME='"broken_thread"'
tests_plugins_broken_thread_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_memory_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_memory_la_CPPFLAGS = $(AM_CPPFLAGS) -DLEAKS_MEMORY -DNAME='"broken_memory"'
tests_plugins_broken_memory_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_static_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_static_la_CPPFLAGS = $(AM_CPPFLAGS) -DKEEPS_STATIC -DNAME='"broken_static"'
tests_plugins_broken_static_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_doc_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_doc_la_CPPFLAGS = $(AM_CPPFLAGS) -DHAS_NO_DOC -DNAME='"broken_doc"'
tests_plugins_broken_doc_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_limit_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_limit_la_CPPFLAGS = $(AM_CPPFLAGS) -DOPENS_ONLY_TO_16 -DNAME='"broken_limit"'
tests_plugins_broken_limit_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_crash_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_crash_la_CPPFLAGS = $(AM_CPPFLAGS) -DCRASHES -DNAME='"broken_crash"'
tests_plugins_broken_crash_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_hang_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_hang_la_CPPFLAGS = $(AM_CPPFLAGS) -DHANGS -DNAME='"broken_hang"'
tests_plugins_broken_hang_la_LDFLAGS = $(TRY_LDFLAGS)
tests_plugins_broken_policy_la_SOURCES = tests/plugins/broken_transform.c
tests_plugins_broken_policy_la_CPPFLAGS = $(AM_CPPFLAGS) -DFAILS -DNAME='"broken_policy"'
tests_plugins_broken_policy_la_LDFLAGS = $(TRY_LDFLAGS)
