/* The properties of librdkafka that decide how fast source and sink are. They stand here, because the bare
 * loops of tests/bench, which weir is measured by, have to use the same. */
#ifndef WEIR_CONNECTORS_KAFKA_TUNING_H
#define WEIR_CONNECTORS_KAFKA_TUNING_H

#define KAFKA_SOURCE_TUNING                      \
	{"fetch.message.max.bytes", "4194304"},  \
	{"fetch.wait.max.ms", "100"}

#define KAFKA_SINK_TUNING                            \
	{"enable.idempotence", "true"},              \
	{"delivery.report.only.error", "true"},      \
	{"queue.buffering.max.messages", "1000000"}, \
	{"queue.buffering.max.kbytes", "262144"}

#endif
