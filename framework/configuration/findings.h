/* Collects what is wrong with a configuration, so that all of it is told at once. */
#ifndef WEIR_CONFIGURATION_FINDINGS_H
#define WEIR_CONFIGURATION_FINDINGS_H

#include "configuration/pipeline_description.h"

/* File and text are copied; control characters become '?', so that no file can play with the terminal. */
void findings_add(struct findings *findings, bool is_warning, const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#define findings_error(findings, file, line, ...) findings_add(findings, false, file, line, __VA_ARGS__)
#define findings_warning(findings, file, line, ...) findings_add(findings, true, file, line, __VA_ARGS__)

#endif
