framework_libweir_la_SOURCES += \
	framework/checkpoint/checkpoint_record.c framework/checkpoint/checkpoint_record.h \
	framework/checkpoint/checkpoint_manifest.c framework/checkpoint/checkpoint_manifest.h \
	framework/checkpoint/checkpoint_recovery.c framework/checkpoint/checkpoint_recovery.h \
	framework/checkpoint/checkpoint_refusal.c framework/checkpoint/checkpoint_refusal.h \
	framework/checkpoint/checkpoint_directory.c framework/checkpoint/checkpoint_directory.h \
	framework/checkpoint/chunk_uses.c framework/checkpoint/chunk_uses.h \
	framework/checkpoint/durable.c framework/checkpoint/durable.h \
	framework/checkpoint/checkpoint_kv.h framework/checkpoint/checkpoint_store_rocksdb.c \
	framework/checkpoint/checkpoint_store.c framework/checkpoint/checkpoint_store.h \
	framework/checkpoint/store_identity.c framework/checkpoint/store_internal.h \
	framework/checkpoint/store_records.c framework/checkpoint/store_verify.c framework/checkpoint/store_write.c
framework_libweir_la_SOURCES += framework/checkpoint/checkpoint_epoch.c framework/checkpoint/checkpoint_epoch.h
