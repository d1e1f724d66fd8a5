/* An option table as a person reads it: on a terminal, or in a man page. */
#ifndef WEIR_OPTIONS_OPTION_DESCRIBE_H
#define WEIR_OPTIONS_OPTION_DESCRIBE_H

#include <stdio.h>

#include "options/option_table.h"

/* Breaks long lines between words; line ends in the text stay. */
void print_wrapped(const char *text, unsigned indent, FILE *out);

void option_describe(const struct option_table *table, FILE *out);

/* The same as a part of a man page (roff). */
void option_describe_man(const struct option_table *table, FILE *out);

#endif
