/* A whole configuration: the file, a file it may include ("101"), and what --set says, separated by lines "%%".
 * Against the plugins of this build. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <glob.h>
#include <sys/mman.h>
#include <unistd.h>

#include "configuration/pipeline_description.h"
#include "fuzz.h"

#define SECRET "s3cr3t of the environment"
enum { FILE_FD = 100, INCLUDED_FD = 101, MOST_OVERRIDES = 8 };

/* libconfig 1.5 loses the bytes of a text that stands where none may, as in { "x" }. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

static void make_file(int fd)
{
	int made = memfd_create("configuration", 0);
	CLAIM(made >= 0 && dup2(made, fd) == fd);
	close(made);
}

/* For good: libFuzzer counts in each library that it has once seen, also after that is closed. */
static void keep_plugins(void)
{
	char directories[] = FUZZ_PLUGINS, pattern[4096], *rest = NULL;
	glob_t files;
	for (char *one = strtok_r(directories, ":", &rest); one != NULL; one = strtok_r(NULL, ":", &rest)) {
		snprintf(pattern, sizeof(pattern), "%s/*.so", one);
		CLAIM(glob(pattern, 0, NULL, &files) == 0);
		for (size_t i = 0; i < files.gl_pathc; i++)
			CLAIM(dlopen(files.gl_pathv[i], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) != NULL);
		globfree(&files);
	}
}

static void set_up(void)
{
	static bool is_done;
	if (is_done)
		return;
	is_done = true;
	setenv("WEIR_PLUGIN_PATH", FUZZ_PLUGINS, 1);
	setenv("WEIR_FUZZ_SECRET", SECRET, 1);
	setenv("WEIR_FUZZ_INTERVAL", "7s", 1);
	CLAIM(freopen("/dev/null", "r", stdin) != NULL); /* for ${file:/dev/stdin} */
	make_file(FILE_FD);
	make_file(INCLUDED_FD);
	keep_plugins();
}

static void fill_file(int fd, struct input content)
{
	CLAIM(ftruncate(fd, 0) == 0);
	CLAIM(pwrite(fd, content.at, content.left, 0) == (ssize_t)content.left);
}

static uint32_t take_overrides(struct input *input, char **texts, struct override *overrides)
{
	struct input part;
	uint32_t n = 0;
	while (n < MOST_OVERRIDES && input_part(input, "\n%%\n", &part)) {
		texts[n] = text_of(part.at, part.left);
		if (override_parse(texts[n], &overrides[n]))
			n++;
		else
			free(texts[n]);
	}
	return n;
}

static void judge_finding(const struct finding *finding, bool input_has_secret)
{
	CLAIM(finding->text[0] != '\0' && finding->file[0] != '\0');
	for (const char *c = finding->text; *c != '\0'; c++)
		CLAIM((unsigned char)*c >= ' ' && *c != 0x7f);
	CLAIM(input_has_secret || strstr(finding->text, SECRET) == NULL);
	/* no @include reaches libconfig 1.5, which would end the process where one is a folder */
	CLAIM(strncmp(finding->text, "cannot open include file", 24) != 0);
	CLAIM(strncmp(finding->text, "include file nesting", 20) != 0);
}

static void judge_pipeline(const struct pipeline_description *pipeline)
{
	CLAIM(pipeline->name[0] != '\0' && pipeline->checkpoint.directory[0] != '\0');
	CLAIM(pipeline->parallelism >= 1 && pipeline->parallelism <= 128);
	CLAIM(pipeline->checkpoint.interval_ms > 0 && pipeline->checkpoint.timeout_ms > 0 && pipeline->checkpoint.retain > 0);
	CLAIM(pipeline->restart.delay_ms >= 0);
	CLAIM(pipeline->source.plugin != NULL && pipeline->source.options != NULL);
	CLAIM(pipeline->sink.plugin != NULL && pipeline->sink.options != NULL);
	for (uint32_t i = 0; i < pipeline->n_transforms; i++)
		CLAIM(pipeline->transforms[i].plugin != NULL && pipeline->transforms[i].options != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size}, file = {0}, included = {0};
	char *texts[MOST_OVERRIDES];
	struct override overrides[MOST_OVERRIDES];
	set_up();
	(void)input_part(&input, "\n%%\n", &file);
	(void)input_part(&input, "\n%%\n", &included);
	fill_file(FILE_FD, file);
	fill_file(INCLUDED_FD, included);
	uint32_t n_overrides = take_overrides(&input, texts, overrides);

	struct plugin_registry *registry = plugin_registry_new();
	struct pipeline_description *pipeline = NULL;
	struct findings findings = {0};
	int r = pipeline_description_read("/proc/self/fd/100", overrides, n_overrides, registry, &pipeline, &findings);
	CLAIM((r == 0) == (findings.n_errors == 0) && (r == 0) == (pipeline != NULL));
	bool input_has_secret = memmem(data, size, SECRET, strlen(SECRET)) != NULL;
	for (uint32_t i = 0; i < findings.n; i++)
		judge_finding(&findings.list[i], input_has_secret);
	if (pipeline != NULL)
		judge_pipeline(pipeline);
	findings_done(&findings);
	pipeline_description_free(pipeline);
	plugin_registry_free(registry);
	for (uint32_t i = 0; i < n_overrides; i++)
		free(texts[i]);
	return 0;
}
