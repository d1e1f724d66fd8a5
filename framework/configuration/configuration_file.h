/* A configuration file as read by libconfig, with --set applied and file:line for every setting. What the
 * settings mean is for others. */
#ifndef WEIR_CONFIGURATION_CONFIGURATION_FILE_H
#define WEIR_CONFIGURATION_CONFIGURATION_FILE_H

#include <libconfig.h>

#include "base/bytes.h"
#include "configuration/configuration_text.h"
#include "configuration/pipeline_description.h"
#include "configuration/text_expand.h"
#include "options/option_check.h"

struct configuration_file {
	const char *path;
	config_t config;
	struct configuration_text text;
	struct obstack *memory;	     /* of whatever is handed out */
	struct findings *findings;
	struct hidden_text *hidden;
	struct byte_writer expansions; /* what ${...} stood for, in the order of reading */
};

/* False: nothing can be read, the findings say why. To be closed in each case. */
bool configuration_file_open(struct configuration_file *file, const char *path, const struct override *overrides,
			     uint32_t n_overrides, struct obstack *memory, struct findings *findings);
void configuration_file_close(struct configuration_file *file);

/* For a setting that --set made: "--set source.stop", line 0. */
struct line_origin configuration_file_origin(const struct configuration_file *file, const config_setting_t *setting);

/* A setting's value with ${...} replaced; what cannot be replaced becomes a finding and VALUE_BROKEN. */
struct option_value configuration_file_value(struct configuration_file *file, const config_setting_t *setting);

/* The members of a group but those named in `others` (NULL at its end; may be NULL). */
uint32_t configuration_file_settings(struct configuration_file *file, const config_setting_t *group,
				     const char *const *others, const struct option_setting **ret_settings);

/* Of all settings, and of all that ${...} stood for so far: to be asked when the last value has been read. */
uint64_t configuration_file_fingerprint(const struct configuration_file *file);

#endif
