#include "options/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { WIDTH = 78 };

/* The character as it is written, where roff would make something else of it. */
static const char *escape_of(char plain)
{
	static const struct {
		char plain;
		const char *escaped;
	} escapes[] = {{'\\', "\\e"}, {'-', "\\-"},	  {'`', "\\(ga"}, {'\'', "\\(aq"},
		       {'"', "\\(dq"}, {'^', "\\(ha"}, {'~', "\\(ti"}};
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (escapes[i].plain == plain)
			return escapes[i].escaped;
	return NULL;
}

static void put_escaped(const char *text, size_t len, FILE *out)
{
	for (size_t i = 0; i < len; i++) {
		const char *escaped = escape_of(text[i]);
		if (escaped != NULL)
			fputs(escaped, out);
		else
			fputc(text[i], out);
	}
}

static size_t escaped_len(const char *text, size_t len)
{
	size_t sum = 0;
	for (size_t i = 0; i < len; i++)
		sum += escape_of(text[i]) != NULL ? strlen(escape_of(text[i])) : 1;
	return sum;
}

static void put_line(const char *line, size_t len, FILE *out)
{
	if (len > 0 && *line == '.')
		fputs("\\&", out);
	put_escaped(line, len, out);
	fputc('\n', out);
}

static int64_t page_time_s(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	return fixed != NULL && *fixed != '\0' ? strtoll(fixed, NULL, 10) : clock_wall_ms() / 1000;
}

void roff_title(const char *name, unsigned section, const char *source, FILE *out)
{
	time_t now = (time_t)page_time_s();
	struct tm date = {0};
	char text[32];
	gmtime_r(&now, &date);
	strftime(text, sizeof(text), "%Y-%m-%d", &date);
	fputs(".TH \"", out);
	for (const char *c = name; *c != '\0'; c++)
		put_escaped(&(char){(char)toupper((unsigned char)*c)}, 1, out);
	fprintf(out, "\" %u %s \"", section, text);
	put_escaped(source, strlen(source), out);
	fputs("\" \"weir\"\n", out);
}

void roff_macro(const char *macro, const char *argument, FILE *out)
{
	fprintf(out, "%s \"", macro);
	put_escaped(argument, strlen(argument), out);
	fputs("\"\n", out);
}

/* The words of one line of the text, on as many lines as they need. */
static void put_words(const char *text, size_t text_len, FILE *out)
{
	const char *end = text + text_len;
	size_t column = 0;
	for (size_t len; text < end; text += len) {
		text += strspn(text, " ");
		len = strcspn(text, " \n");
		size_t width = escaped_len(text, len);
		bool starts_line = column == 0 || column + 1 + width > WIDTH;
		if (len == 0)
			continue;
		if (!starts_line)
			fputc(' ', out);
		else if (column > 0)
			fputc('\n', out);
		if (starts_line && *text == '.')
			fputs("\\&", out);
		put_escaped(text, len, out);
		column = starts_line ? width : column + 1 + width;
	}
	if (column > 0)
		fputc('\n', out);
}

void roff_text(const char *text, FILE *out)
{
	bool begins_paragraph = false;
	for (size_t len; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		size_t indent = strspn(text, " ");
		if (indent >= len) {
			begins_paragraph = true;
			continue;
		}
		if (begins_paragraph)
			fputs(".PP\n", out);
		begins_paragraph = false;
		put_words(text + indent, len - indent, out);
	}
}

void roff_example(const char *text, FILE *out)
{
	fputs(".PP\n.RS 4\n.EX\n", out);
	for (size_t len; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		put_line(text, len, out);
	}
	fputs(".EE\n.RE\n", out);
}
