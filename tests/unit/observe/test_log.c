#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe/log.h"
#include "tests/lib/unit_main.h"

static char *captured(const char *text)
{
	static char buffer[16384];
	int pipe_ends[2], old = dup(STDERR_FILENO);
	ck_assert_int_eq(pipe(pipe_ends), 0);
	dup2(pipe_ends[1], STDERR_FILENO);
	log_warn("sink", "%s", text);
	dup2(old, STDERR_FILENO);
	close(old);
	close(pipe_ends[1]);
	ssize_t n = read(pipe_ends[0], buffer, sizeof(buffer) - 1);
	close(pipe_ends[0]);
	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

START_TEST(a_json_line_is_json_whatever_the_text)
{
	log_configure(LOG_FORMAT_JSON, LOG_LEVEL_INFO, "p\"x");
	const char text[] = "quote \" backslash \\ newline \n tab \t bell \a";
	json_t *line = json_loads(captured(text), 0, NULL);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_string_value(json_object_get(line, "message")), text);
	ck_assert_str_eq(json_string_value(json_object_get(line, "pipeline")), "p\"x");
	ck_assert_str_eq(json_string_value(json_object_get(line, "level")), "warn");
	ck_assert_str_eq(json_string_value(json_object_get(line, "component")), "sink");
	json_decref(line);
}
END_TEST

START_TEST(a_json_line_of_the_longest_text_is_json_too)
{
	log_configure(LOG_FORMAT_JSON, LOG_LEVEL_INFO, NULL);
	char text[6000];
	memset(text, '\a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	json_t *line = json_loads(captured(text), 0, NULL);
	ck_assert_ptr_nonnull(line);
	json_decref(line);
}
END_TEST

START_TEST(a_json_line_of_bytes_that_are_not_utf8_is_json_too)
{
	log_configure(LOG_FORMAT_JSON, LOG_LEVEL_INFO, NULL);
	json_t *line = json_loads(captured("caf\xe9 \xc0\x80 \xc3\xa9 \xe2\x9c"), 0, NULL);
	ck_assert_ptr_nonnull(line);
#define NO_CHARACTER "\xef\xbf\xbd"
	ck_assert_str_eq(json_string_value(json_object_get(line, "message")),
			 "caf" NO_CHARACTER " " NO_CHARACTER NO_CHARACTER " \xc3\xa9 " NO_CHARACTER NO_CHARACTER);
	json_decref(line);
}
END_TEST

START_TEST(a_text_line_is_one_line_whatever_the_text)
{
	log_configure(LOG_FORMAT_TEXT, LOG_LEVEL_INFO, NULL);
	ck_assert_ptr_nonnull(strstr(captured("a\nb \033[31m \x7f"), " warn  sink: a?b ?[31m ?\n"));
	ck_assert_ptr_nonnull(strstr(captured("a\n  b\n"), " warn  sink: a\n  b?\n"));
}
END_TEST

START_TEST(a_text_line_ends_with_the_message)
{
	log_configure(LOG_FORMAT_TEXT, LOG_LEVEL_INFO, NULL);
	ck_assert_ptr_nonnull(strstr(captured("hello"), " warn  sink: hello\n"));
}
END_TEST

START_TEST(lines_below_the_least_level_are_not_written)
{
	log_configure(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, NULL);
	ck_assert_str_eq(captured("hello"), "");
}
END_TEST

UNIT_MAIN("observe/log", a_json_line_is_json_whatever_the_text,
	  a_json_line_of_the_longest_text_is_json_too, a_json_line_of_bytes_that_are_not_utf8_is_json_too,
	  a_text_line_is_one_line_whatever_the_text, a_text_line_ends_with_the_message,
	  lines_below_the_least_level_are_not_written)
