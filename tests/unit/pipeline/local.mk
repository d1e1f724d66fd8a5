check_PROGRAMS += \
	tests/unit/pipeline/test_batch tests/unit/pipeline/test_batch_queue \
	tests/unit/pipeline/test_watermark tests/unit/pipeline/test_checkpoint_epoch \
	tests/unit/pipeline/test_keyed_task tests/unit/pipeline/test_sink_runner
TESTS += \
	tests/unit/pipeline/test_batch tests/unit/pipeline/test_batch_queue \
	tests/unit/pipeline/test_watermark tests/unit/pipeline/test_checkpoint_epoch \
	tests/unit/pipeline/test_keyed_task tests/unit/pipeline/test_sink_runner
tests_unit_pipeline_test_batch_SOURCES = tests/unit/pipeline/test_batch.c
tests_unit_pipeline_test_batch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_batch_LDADD = $(UNIT_LIBS)
tests_unit_pipeline_test_batch_queue_SOURCES = tests/unit/pipeline/test_batch_queue.c
tests_unit_pipeline_test_batch_queue_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_batch_queue_LDADD = $(UNIT_LIBS)
tests_unit_pipeline_test_watermark_SOURCES = tests/unit/pipeline/test_watermark.c
tests_unit_pipeline_test_watermark_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_watermark_LDADD = $(UNIT_LIBS)
tests_unit_pipeline_test_checkpoint_epoch_SOURCES = tests/unit/pipeline/test_checkpoint_epoch.c
tests_unit_pipeline_test_checkpoint_epoch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_checkpoint_epoch_LDADD = $(UNIT_LIBS)
tests_unit_pipeline_test_keyed_task_SOURCES = tests/unit/pipeline/test_keyed_task.c
tests_unit_pipeline_test_keyed_task_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_keyed_task_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/pipeline/test_watchdog
TESTS += tests/unit/pipeline/test_watchdog
tests_unit_pipeline_test_watchdog_SOURCES = tests/unit/pipeline/test_watchdog.c
tests_unit_pipeline_test_watchdog_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_watchdog_LDADD = $(UNIT_LIBS)

check_PROGRAMS += tests/unit/pipeline/test_state_restore
TESTS += tests/unit/pipeline/test_state_restore
tests_unit_pipeline_test_state_restore_SOURCES = tests/unit/pipeline/test_state_restore.c
tests_unit_pipeline_test_state_restore_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_state_restore_LDADD = $(UNIT_LIBS)
tests_unit_pipeline_test_sink_runner_SOURCES = tests/unit/pipeline/test_sink_runner.c
tests_unit_pipeline_test_sink_runner_CFLAGS = $(UNIT_CFLAGS)
tests_unit_pipeline_test_sink_runner_LDADD = $(UNIT_LIBS)
