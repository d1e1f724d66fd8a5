framework_libweir_la_SOURCES += \
	framework/base/error.c framework/base/error.h \
	framework/base/clock.c framework/base/clock.h \
	framework/base/failpoint.c framework/base/failpoint.h \
	framework/base/text_units.c framework/base/text_units.h \
	framework/base/similar_text.c framework/base/similar_text.h \
	framework/base/bytes.c framework/base/bytes.h \
	framework/base/service_notify.c framework/base/service_notify.h \
	framework/base/utf8.c framework/base/utf8.h \
	framework/base/uuid.c framework/base/uuid.h
