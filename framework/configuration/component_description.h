/* The options that weir gives every component, as the runtime wants them. */
#ifndef WEIR_CONFIGURATION_COMPONENT_DESCRIPTION_H
#define WEIR_CONFIGURATION_COMPONENT_DESCRIPTION_H

#include "configuration/pipeline_description.h"
#include "plugin/standard_options.h"

/* Fills on_error and, for a windowed transform, window. description->plugin is set. */
void component_description_standard(struct component_description *description, const struct standard_options *standard);

#endif
