/* ${env:NAME} and ${file:/path} in a value; $$ stands for $. */
#ifndef WEIR_CONFIGURATION_TEXT_EXPAND_H
#define WEIR_CONFIGURATION_TEXT_EXPAND_H

#include <obstack.h>
#include <stdbool.h>

#include "base/error.h"

/* Texts that no message may show: what ${...} gave, values of secret options. */
struct hidden_text {
	const char *text;
	struct hidden_text *next;
};

void hidden_text_add(struct hidden_text **list, const char *text, struct obstack *memory);

/* The text itself where nothing is in it to be replaced. NULL: the error says why. */
const char *text_expand(const char *text, struct obstack *memory, struct hidden_text **hidden,
			struct error *error);

/* Puts *** for every hidden text. */
void text_hide(char *text, const struct hidden_text *hidden);

#endif
