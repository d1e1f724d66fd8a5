#include "configuration/component_description.h"

#include <string.h>

static enum error_policy policy_of(const char *on_error)
{
	return strcmp(on_error, "skip") == 0	      ? ON_ERROR_SKIP
	       : strcmp(on_error, "dead_letter") == 0 ? ON_ERROR_DEAD_LETTER
						      : ON_ERROR_FAIL;
}

void component_description_standard(struct component_description *description, const struct standard_options *standard)
{
	if (standard->on_error != NULL)
		description->on_error = policy_of(standard->on_error);
	if (description->plugin->kind == PLUGIN_WINDOWED)
		description->window = (struct window_options){
			.window = standard->window,
			.allowed_lateness = standard->allowed_lateness,
			.watermark = standard->watermark,
			.max_out_of_orderness = standard->max_out_of_orderness,
			.idle_timeout = standard->idle_timeout,
			.emit = strcmp(standard->emit, "final") == 0 ? EMIT_FINAL : EMIT_UPDATES,
			.late = strcmp(standard->late_records, "dead_letter") == 0 ? LATE_DEAD_LETTER : LATE_COUNT,
		};
}
