#include "options/option_describe.h"

#include <stdlib.h>
#include <string.h>

#include "options/option_parse.h"
#include "options/roff.h"

enum { WIDTH = 90 };

void print_wrapped(const char *text, unsigned indent, FILE *out)
{
	unsigned column = 0;
	while (*(text += strspn(text, " ")) != '\0') {
		unsigned len = (unsigned)strcspn(text, " \n");
		if (len == 0)
			text++; /* a line's end that is meant */
		if (len == 0 || (column > 0 && column + 1 + len > WIDTH)) {
			fputc('\n', out);
			column = 0;
		}
		if (len > 0)
			column += (unsigned)fprintf(out, "%*s%.*s", column > 0 ? 1 : (int)indent, "", (int)len,
						    text);
		text += len;
	}
	if (column > 0)
		fputc('\n', out);
}

/* "text, required, ...": the same words everywhere. */
static void describe_values(const struct weir_option *option, FILE *out)
{
	fputs(option_type_name(option->type), out);
	if (option->flags & WEIR_REQUIRED)
		fputs(", required", out);
	if (option->fallback != NULL)
		fprintf(out, ", default %s", *option->fallback != '\0' ? option->fallback : "\"\"");
	if (option->allowed != NULL)
		fprintf(out, ", allowed %s", option->allowed);
	if (option->flags & WEIR_SECRET)
		fputs(", secret", out);
	if (option->flags & WEIR_DEPRECATED)
		fputs(", deprecated", out);
}

static void describe_one(const struct weir_option *option, FILE *out)
{
	fprintf(out, "  %-24s ", option->name);
	describe_values(option, out);
	fputc('\n', out);
	if (option->doc != NULL)
		print_wrapped(option->doc, 6, out);
}

static void describe_one_man(const struct weir_option *option, FILE *out)
{
	char *values = NULL;
	size_t size;
	FILE *memory = open_memstream(&values, &size);
	if (memory == NULL)
		return;
	describe_values(option, memory);
	fclose(memory);
	fputs(".TP\n", out);
	roff_macro(".B", option->name, out);
	roff_text(values, out);
	free(values);
	if (option->doc == NULL)
		return;
	fputs(".br\n", out);
	roff_text(option->doc, out);
}

void option_describe(const struct option_table *table, FILE *out)
{
	for (uint32_t i = 0; i < table->n_options; i++) {
		struct weir_option option = option_at(table, i);
		describe_one(&option, out);
	}
}

void option_describe_man(const struct option_table *table, FILE *out)
{
	for (uint32_t i = 0; i < table->n_options; i++) {
		struct weir_option option = option_at(table, i);
		describe_one_man(&option, out);
	}
}
