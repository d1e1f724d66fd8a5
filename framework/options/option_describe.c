#include "options/option_describe.h"

#include "options/option_parse.h"

static void describe_one(const struct weir_option *option, FILE *out)
{
	fprintf(out, "  %-24s %s", option->name, option_type_name(option->type));
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
	fputc('\n', out);
	if (option->doc != NULL)
		fprintf(out, "      %s\n", option->doc);
}

void option_describe(const struct option_table *table, FILE *out)
{
	for (uint32_t i = 0; i < table->n_options; i++) {
		struct weir_option option = option_at(table, i);
		describe_one(&option, out);
	}
}
