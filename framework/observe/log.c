#include "observe/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

static enum log_format format = LOG_FORMAT_TEXT;
static enum log_level least = LOG_LEVEL_INFO;
static char pipeline[208];
static void (*before_line)(void);
static void (*error_taker)(const char *text);
static bool names_pipeline;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

bool log_format_parse(const char *text, enum log_format *ret_format)
{
	*ret_format = strcmp(text, "json") == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
	return *ret_format == LOG_FORMAT_JSON || strcmp(text, "text") == 0;
}

bool log_level_parse(const char *text, enum log_level *ret_level)
{
	for (unsigned i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++)
		if (strcmp(text, level_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	return false;
}

void log_configure(enum log_format new_format, enum log_level new_least, const char *new_pipeline)
{
	format = new_format;
	least = new_least;
	snprintf(pipeline, sizeof(pipeline), "%s", new_pipeline != NULL ? new_pipeline : "");
}

void log_before_line(void (*hook)(void))
{
	before_line = hook;
}

void log_errors_to(void (*taker)(const char *text))
{
	error_taker = taker;
}

void log_name_pipeline(void)
{
	names_pipeline = true;
}

static size_t put_json(char *line, size_t at, size_t size, const char *name, const char *text)
{
	at += (size_t)snprintf(line + at, size - at, "%s\"%s\":\"", at > 1 ? "," : "", name);
	for (size_t len; *text != '\0' && at + 16 < size; text += len) {
		unsigned char c = (unsigned char)*text;
		len = utf8_length(text);
		if (len == 0) {
			at += (size_t)snprintf(line + at, size - at, "\\ufffd");
			len = 1;
		} else if (c < ' ' || c == 0x7f) {
			at += (size_t)snprintf(line + at, size - at, "\\u%04x", c);
		} else {
			if (c == '"' || c == '\\')
				line[at++] = '\\';
			memcpy(line + at, text, len);
			at += len;
		}
	}
	line[at++] = '"';
	return at;
}

/* As in findings: no text can play with the terminal or begin a line of its own. What is indented behind a
 * newline goes on with the line before, as the choices of a refusal do. */
static size_t put_text(char *line, size_t size, const char *when, enum log_level level, const char *component, const char *text)
{
	bool is_named = names_pipeline && pipeline[0] != '\0';
	int n = snprintf(line, size, "%s %-5s %s%s%s: %s", when, level_names[level], is_named ? pipeline : "",
			 is_named ? " " : "", component, text);
	size_t len = (size_t)n < size ? (size_t)n : size - 1;
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' || line[i] == 0x7f) && !(line[i] == '\n' && line[i + 1] == ' '))
			line[i] = '?';
	return len;
}

void log_writev(enum log_level level, const char *component, const char *fmt, va_list arguments)
{
	if (level < least)
		return;
	char text[4352], when[32], line[2 * sizeof(text)];
	vsnprintf(text, sizeof(text), fmt, arguments);
	clock_format(clock_wall_ms(), when, sizeof(when));
	size_t n;
	if (format == LOG_FORMAT_JSON) {
		line[0] = '{';
		n = put_json(line, 1, sizeof(line) - 8, "time", when);
		n = put_json(line, n, sizeof(line) - 8, "level", level_names[level]);
		if (pipeline[0] != '\0')
			n = put_json(line, n, sizeof(line) - 8, "pipeline", pipeline);
		n = put_json(line, n, sizeof(line) - 8, "component", component);
		n = put_json(line, n, sizeof(line) - 8, "message", text);
		line[n++] = '}';
	} else {
		n = put_text(line, sizeof(line) - 1, when, level, component, text);
	}
	line[n++] = '\n';
	if (before_line != NULL)
		before_line();
	if (level == LOG_LEVEL_ERROR && error_taker != NULL)
		error_taker(text);
	/* one write, so that lines of two processes do not mix */
	(void)!write(STDERR_FILENO, line, n);
}

void log_write(enum log_level level, const char *component, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	log_writev(level, component, fmt, arguments);
	va_end(arguments);
}
