/* What libconfig shall read: the file with its @includes put in place, and for each line where it came from.
 *
 * libconfig 1.5 could include files itself, but ends the process where one is a folder, looks from the
 * current directory instead of the including file's, is silent about one whose name is never closed, and cuts
 * integers of more than 32 bits that lack an L behind them. */
#ifndef WEIR_CONFIGURATION_CONFIGURATION_TEXT_H
#define WEIR_CONFIGURATION_CONFIGURATION_TEXT_H

#include <obstack.h>

#include "configuration/pipeline_description.h"

struct line_origin {
	const char *file;
	unsigned line;
};

struct configuration_text {
	const char *text;
	const struct line_origin *lines; /* of lines 1 to n_lines of the text */
	size_t n_lines;
};

/* Everything is made from `memory`. False: what was found makes it useless to go on. */
bool configuration_text_read(const char *file, struct obstack *memory, struct findings *findings,
			     struct configuration_text *ret_text);

struct line_origin configuration_text_origin(const struct configuration_text *text, unsigned line);

/* The whole of a small file with a NUL behind it; malloced. */
int small_file_read(const char *path, char **ret_content, size_t *ret_len, struct error *error);

#endif
