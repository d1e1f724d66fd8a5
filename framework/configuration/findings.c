#include "configuration/findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void findings_add(struct findings *findings, bool is_warning, const char *file, unsigned line, const char *fmt, ...)
{
	struct error error;
	va_list arguments;
	va_start(arguments, fmt);
	error_setv(&error, 0, fmt, arguments);
	va_end(arguments);
	for (char *c = error.text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';

	findings->n_errors += !is_warning; /* counts also where memory for the text is lacking */
	struct finding *list = realloc(findings->list, (findings->n + 1) * sizeof(*list));
	if (list == NULL)
		return;
	findings->list = list;
	struct finding finding = {is_warning, strdup(file), line, strdup(error.text)};
	if (finding.file == NULL || finding.text == NULL) {
		free((char *)finding.file);
		free((char *)finding.text);
		return;
	}
	list[findings->n++] = finding;
}

void findings_print(const struct findings *findings, FILE *out)
{
	for (uint32_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->list[i];
		fputs(finding->file, out);
		if (finding->line != 0)
			fprintf(out, ":%u", finding->line);
		fprintf(out, ": %s: %s\n", finding->is_warning ? "warning" : "error", finding->text);
	}
}

void findings_done(struct findings *findings)
{
	for (uint32_t i = 0; i < findings->n; i++) {
		free((char *)findings->list[i].file);
		free((char *)findings->list[i].text);
	}
	free(findings->list);
	*findings = (struct findings){0};
}
