/* Runs a fuzz target over the files of its corpus, tests/fuzz/corpus/<target>/, or over the files given. */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>

#include "fuzz.h"

static void replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		fprintf(stderr, "cannot read %s\n", path);
		exit(EXIT_FAILURE);
	}
	static uint8_t data[1 << 22];
	size_t size = fread(data, 1, sizeof(data), file);
	fclose(file);
	fprintf(stderr, "%s\n", path); /* the last one named is the culprit */
	uint8_t *block = block_of(data, size);
	LLVMFuzzerTestOneInput(block, size);
	free(block);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (argc > 1)
		return EXIT_SUCCESS;
	char pattern[4096];
	const char *name = strstr(program_invocation_short_name, "fuzz_");
	const char *source = getenv("srcdir");
	snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/corpus/%s/*", source != NULL ? source : ".",
		 name != NULL ? name + strlen("fuzz_") : "");
	glob_t files;
	if (glob(pattern, 0, NULL, &files) != 0) {
		fprintf(stderr, "there is no corpus: %s\n", pattern);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		replay(files.gl_pathv[i]);
	printf("%zu inputs\n", files.gl_pathc);
	globfree(&files);
	return EXIT_SUCCESS;
}
