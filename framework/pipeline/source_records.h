/* Is what a source has appended what every later part relies on: sound slices, registered partitions,
 * offsets that ascend? In the same pass it is found how many bytes a batch holds and whether all its records
 * come from one partition. */
#ifndef WEIR_PIPELINE_SOURCE_RECORDS_H
#define WEIR_PIPELINE_SOURCE_RECORDS_H

#include "pipeline/plugin_host.h"

/* Source thread. WEIR_OK, and the partitions have moved on; or WEIR_FATAL with the failure set. */
weir_status source_check_records(struct plugin_instance *source, struct source_partitions *partitions,
				 struct batch *batch);

#endif
