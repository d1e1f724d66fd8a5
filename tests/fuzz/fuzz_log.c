/* Log lines about foreign texts: each is one line, and JSON where that is asked for. */
#define _GNU_SOURCE
#include <jansson.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "observe/log.h"

static char line[1 << 16];

/* What was written to stderr. */
static size_t log_text(int fd, const char *component, const char *text)
{
	int was = dup(STDERR_FILENO);
	CLAIM(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, STDERR_FILENO) >= 0);
	log_write(LOG_LEVEL_WARN, component, "%s", text);
	CLAIM(dup2(was, STDERR_FILENO) >= 0);
	close(was);
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);
	CLAIM(n > 0);
	line[n] = '\0';
	return (size_t)n;
}

static void judge_line(size_t n)
{
	CLAIM(line[n - 1] == '\n' && memchr(line, '\n', n - 1) == NULL && strlen(line) == n);
	for (size_t i = 0; i + 1 < n; i++)
		CLAIM((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	if (fd < 0)
		fd = memfd_create("log", 0);
	char *text = text_of(data, size), component[64];
	snprintf(component, sizeof(component), "%.40s", text);
	log_configure(LOG_FORMAT_TEXT, LOG_LEVEL_INFO, "p");
	judge_line(log_text(fd, component, text));
	log_configure(LOG_FORMAT_JSON, LOG_LEVEL_INFO, text);
	judge_line(log_text(fd, component, text));
	json_error_t error;
	json_t *json = json_loads(line, 0, &error);
	CLAIM(json != NULL);
	const char *message = json_string_value(json_object_get(json, "message"));
	CLAIM(message != NULL);
	bool is_plain = true;
	for (const char *c = text; *c != '\0'; c++)
		is_plain = is_plain && *c >= ' ' && *c < 0x7f;
	CLAIM(!is_plain || strlen(text) > 4000 || strcmp(message, text) == 0);
	json_decref(json);
	free(text);
	return 0;
}
