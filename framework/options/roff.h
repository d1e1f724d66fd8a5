/* Text as a part of a man page: what roff would take for its own is escaped. */
#ifndef WEIR_OPTIONS_ROFF_H
#define WEIR_OPTIONS_ROFF_H

#include <stdio.h>

/* .TH: `section` is its number, `source` what it belongs to ("weir 0.1.0"). Its date is $SOURCE_DATE_EPOCH or today. */
void roff_title(const char *name, unsigned section, const char *source, FILE *out);

/* A macro and its one argument: roff_macro(".SH", "OPTIONS", out). */
void roff_macro(const char *macro, const char *argument, FILE *out);

/* Running text: line ends mean nothing, empty lines begin paragraphs. */
void roff_text(const char *text, FILE *out);

/* Indented, in a fixed width, line by line as it is. */
void roff_example(const char *text, FILE *out);

#endif
