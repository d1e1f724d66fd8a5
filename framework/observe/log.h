/* Log lines of the program, to stderr: one line each, as text or JSON. */
#ifndef WEIR_OBSERVE_LOG_H
#define WEIR_OBSERVE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* "text", "json"; "debug", ... False: no such thing. */
bool log_format_parse(const char *text, enum log_format *ret_format);
bool log_level_parse(const char *text, enum log_level *ret_level);

/* Before the first thread. `pipeline` is copied; NULL: no such field. */
void log_configure(enum log_format format, enum log_level least, const char *pipeline);

/* Any thread. `component` names the part that speaks ("source", "checkpoint"). */
void log_write(enum log_level level, const char *component, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void log_writev(enum log_level level, const char *component, const char *fmt, va_list arguments);

/* Where a progress line stands on the terminal, it is wiped before a log line: a test for it and the
 * wiping are the business of whoever draws it. Called with the line about to be written held back. */
void log_before_line(void (*hook)(void));

/* Takes the text of every line of level error as well. Before the first thread. */
void log_errors_to(void (*taker)(const char *text));

/* Text lines begin with the pipeline's name, as JSON lines always do: for a log that several pipelines share. */
void log_name_pipeline(void);

#define log_debug(component, ...) log_write(LOG_LEVEL_DEBUG, component, __VA_ARGS__)
#define log_info(component, ...) log_write(LOG_LEVEL_INFO, component, __VA_ARGS__)
#define log_warn(component, ...) log_write(LOG_LEVEL_WARN, component, __VA_ARGS__)
#define log_error(component, ...) log_write(LOG_LEVEL_ERROR, component, __VA_ARGS__)

#endif
