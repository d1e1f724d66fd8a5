#include "configuration/configuration_text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "configuration/findings.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

enum { MOST_BYTES = 1 << 20, MOST_FILES = 64 };

struct reader {
	struct obstack *memory; /* for the names of files */
	struct obstack text, lines; /* each growing one object */
	struct findings *findings;
	unsigned n_files;
};

/* Where we are in one file. */
struct place {
	struct reader *reader;
	const char *file;
	const char *next;
	unsigned line;
};

int small_file_read(const char *path, char **ret_content, size_t *ret_len, struct error *error)
{
	int r = 0;
	struct stat status;
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return error_set(error, -errno, "cannot read '%s': %s", path, strerror(errno));
	char *content = malloc(MOST_BYTES + 1);
	size_t len = 0;
	if (content == NULL)
		r = error_set(error, -ENOMEM, "cannot read '%s': no memory", path);
	else if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode))
		r = error_set(error, -EISDIR, "cannot read '%s': it is a directory", path);
	else if ((len = fread(content, 1, MOST_BYTES + 1, file)) > MOST_BYTES)
		r = error_set(error, -EFBIG, "cannot read '%s': it has more than %d bytes", path, MOST_BYTES);
	else if (ferror(file))
		r = error_set(error, -EIO, "cannot read '%s': %s", path, strerror(errno));
	else if (memchr(content, '\0', len) != NULL)
		r = error_set(error, -EINVAL, "cannot read '%s': it is not text, it holds a NUL byte", path);
	fclose(file);
	if (r < 0) {
		free(content);
		return r;
	}
	content[len] = '\0';
	*ret_content = content;
	*ret_len = len;
	return 0;
}

static void begin_line(struct place *place)
{
	struct line_origin origin = {place->file, place->line};
	obstack_grow(&place->reader->lines, &origin, sizeof(origin));
}

static void forget_line(struct reader *reader)
{
	obstack_blank_fast(&reader->lines, -(int)sizeof(struct line_origin));
}

static bool is_at_line_begin(struct reader *reader)
{
	size_t len = obstack_object_size(&reader->text);
	return len == 0 || ((const char *)obstack_base(&reader->text))[len - 1] == '\n';
}

/* Hands n bytes on to libconfig. */
static void copy(struct place *place, size_t n)
{
	for (; n > 0; n--, place->next++) {
		obstack_1grow(&place->reader->text, *place->next);
		if (*place->next == '\n') {
			place->line++;
			begin_line(place);
		}
	}
}

static bool fail(struct place *place, unsigned line, const char *what)
{
	findings_error(place->reader->findings, place->file, line, "%s", what);
	return false;
}

static bool copy_comment(struct place *place)
{
	const char *end = strstr(place->next + 2, "*/");
	if (end == NULL)
		return fail(place, place->line, "the comment that begins here is never closed: its end, */, is missing");
	copy(place, (size_t)(end + 2 - place->next));
	return true;
}

static bool copy_string(struct place *place)
{
	unsigned line = place->line;
	const char *end = place->next + 1;
	while (*end != '\0' && *end != '"')
		end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
	if (*end == '\0')
		return fail(place, line, "the text that begins here is never closed: a double quote is missing");
	copy(place, (size_t)(end + 1 - place->next));
	return true;
}

/* libconfig reads a plain integer as 32 bits, whatever stands there; with an L behind it as 64. */
static void copy_number(struct place *place)
{
	const char *text = place->next;
	bool has_sign = *text == '+' || *text == '-';
	bool is_hex = !has_sign && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
		      isxdigit((unsigned char)text[2]);
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, is_hex ? 16 : 10);
	bool is_float = !is_hex && (*end == '.' || *end == 'e' || *end == 'E');
	if (is_float) {
		end += strspn(end, "0123456789.");
		if (*end == 'e' || *end == 'E')
			end += 1 + (end[1] == '+' || end[1] == '-');
		end += strspn(end, "0123456789");
	} else if (errno == ERANGE) {
		findings_error(place->reader->findings, place->file, place->line,
			       "the number %.*s is too large", (int)(end - text < 40 ? end - text : 40), text);
	}
	copy(place, (size_t)(end - text));
	if (!is_float && *end != 'L' && (number < INT_MIN || number > INT_MAX))
		obstack_1grow(&place->reader->text, 'L');
}

static bool expand_file(struct reader *reader, const char *file, const struct place *from);

static const char *path_beside(struct obstack *memory, const char *file, const char *path, size_t len)
{
	const char *slash = strrchr(file, '/');
	if (*path != '/' && slash != NULL)
		obstack_grow(memory, file, (size_t)(slash + 1 - file));
	obstack_grow0(memory, path, len);
	return obstack_finish(memory);
}

/* At the beginning of a line: @include "path", as libconfig would see it. */
static size_t include_length(const char *text)
{
	size_t n = strspn(text, " \t");
	if (strncmp(text + n, "@include", 8) != 0)
		return 0;
	n += 8;
	size_t blanks = strspn(text + n, " \t");
	return blanks > 0 && text[n + blanks] == '"' ? n + blanks + 1 : 0;
}

static bool expand_include(struct place *place, size_t length)
{
	struct reader *reader = place->reader;
	const char *path = place->next + length;
	size_t len = strcspn(path, "\"\n");
	if (path[len] != '"')
		return fail(place, place->line, "the name of the included file is never closed: a double quote is missing");
	const char *file = path_beside(reader->memory, place->file, path, len);
	forget_line(reader); /* the first line of the included file takes its place */
	if (!expand_file(reader, file, place))
		return false;
	if (is_at_line_begin(reader))
		forget_line(reader);
	else
		obstack_1grow(&reader->text, '\n');
	begin_line(place);
	place->next = path + len + 1;
	return true;
}

static bool expand_token(struct place *place)
{
	const char *text = place->next;
	if (text[0] == '#' || (text[0] == '/' && text[1] == '/'))
		copy(place, strcspn(text, "\n"));
	else if (text[0] == '/' && text[1] == '*')
		return copy_comment(place);
	else if (text[0] == '"')
		return copy_string(place);
	else if (isdigit((unsigned char)text[0]) ||
		 ((text[0] == '-' || text[0] == '+') && isdigit((unsigned char)text[1])))
		copy_number(place);
	else if (isalpha((unsigned char)text[0]) || text[0] == '*')
		copy(place, 1 + strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-*"));
	else
		copy(place, 1);
	return true;
}

static bool expand_content(struct place *place)
{
	begin_line(place);
	while (*place->next != '\0') {
		size_t include = is_at_line_begin(place->reader) ? include_length(place->next) : 0;
		if (!(include > 0 ? expand_include(place, include) : expand_token(place)))
			return false;
		if (obstack_object_size(&place->reader->text) > MOST_BYTES)
			return fail(place, place->line, "with its included files the configuration is too large");
	}
	return true;
}

static bool expand_file(struct reader *reader, const char *file, const struct place *from)
{
	char *content;
	size_t len;
	struct error error;
	if (++reader->n_files > MOST_FILES) {
		findings_error(reader->findings, from->file, from->line,
			       "more than %d files are included: does '%s' include itself?", MOST_FILES, file);
		return false;
	}
	if (small_file_read(file, &content, &len, &error) < 0) {
		findings_error(reader->findings, from != NULL ? from->file : file, from != NULL ? from->line : 0,
			       "%s", error.text);
		return false;
	}
	struct place place = {reader, file, content, 1};
	bool good = expand_content(&place);
	free(content);
	return good;
}

bool configuration_text_read(const char *file, struct obstack *memory, struct findings *findings,
			     struct configuration_text *ret_text)
{
	struct reader reader = {.memory = memory, .findings = findings};
	obstack_init(&reader.text);
	obstack_init(&reader.lines);
	bool good = expand_file(&reader, obstack_copy0(memory, file, strlen(file)), NULL);
	if (good) {
		size_t len = obstack_object_size(&reader.text), lines = obstack_object_size(&reader.lines);
		ret_text->text = obstack_copy0(memory, obstack_base(&reader.text), len);
		ret_text->lines = obstack_copy(memory, obstack_base(&reader.lines), lines);
		ret_text->n_lines = lines / sizeof(struct line_origin);
	}
	obstack_free(&reader.text, NULL);
	obstack_free(&reader.lines, NULL);
	return good;
}

struct line_origin configuration_text_origin(const struct configuration_text *text, unsigned line)
{
	if (line < 1)
		return (struct line_origin){text->lines[0].file, 0};
	return text->lines[line <= text->n_lines ? line - 1 : text->n_lines - 1];
}
