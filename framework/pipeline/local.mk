framework_libweir_la_SOURCES += \
	framework/pipeline/state_restore.c framework/pipeline/state_restore.h \
	framework/pipeline/batch.c framework/pipeline/batch.h \
	framework/pipeline/batch_queue.c framework/pipeline/batch_queue.h \
	framework/pipeline/wakeup.c framework/pipeline/wakeup.h \
	framework/pipeline/thread_join.c framework/pipeline/thread_join.h \
	framework/pipeline/failure.c framework/pipeline/failure.h \
	framework/pipeline/watermark.c framework/pipeline/watermark.h \
	framework/pipeline/source_partitions.c framework/pipeline/source_partitions.h \
	framework/pipeline/plugin_host.c framework/pipeline/plugin_host.h \
	framework/pipeline/checkpoint_draft.c framework/pipeline/checkpoint_draft.h \
	framework/pipeline/transform_runner.c framework/pipeline/transform_runner.h \
	framework/pipeline/keyed_task.c framework/pipeline/keyed_task.h \
	framework/pipeline/key_exchange.c framework/pipeline/key_exchange.h \
	framework/pipeline/source_runner.c framework/pipeline/source_runner.h \
	framework/pipeline/sink_runner.c framework/pipeline/sink_runner.h \
	framework/pipeline/pipeline_recovery.c framework/pipeline/pipeline_build.c \
	framework/pipeline/pipeline.c framework/pipeline/pipeline.h
