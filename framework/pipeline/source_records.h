/* Is what a source has appended what every later part relies on: sound slices, registered partitions,
 * offsets that ascend? Looked at while the records are about to be touched anyway. */
#ifndef WEIR_PIPELINE_SOURCE_RECORDS_H
#define WEIR_PIPELINE_SOURCE_RECORDS_H

#include "pipeline/plugin_host.h"

/* Source thread. WEIR_OK, and the partitions have moved on; or WEIR_FATAL with the failure set. */
weir_status source_check_records(struct plugin_instance *source, struct source_partitions *partitions,
				 const struct batch *batch);

#endif
