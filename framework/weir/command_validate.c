#include "weir/command_validate.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "configuration/pipeline_description.h"

enum { EXIT_GOOD = 0, EXIT_WRONG = 2 };

static const char usage[] =
	"usage: weir validate [--set PATH=VALUE]... [--plugin-path DIR]... FILE...\n"
	"\n"
	"Checks configuration files and the options of their plugins. All mistakes are told\n"
	"at once, each with file and line. Connects to nothing and writes nothing.\n"
	"\n"
	"  --set PATH=VALUE    replaces a value: --set pipeline.checkpoint.interval=1s\n"
	"  --plugin-path DIR   looks for plugins there first\n"
	"  --help              this text\n"
	"\n"
	"Exit status: 0 all files are good, 2 at least one is not.\n";

struct wishes {
	struct override *overrides;
	uint32_t n_overrides;
	const char **directories;
	uint32_t n_directories;
};

static int validate(const char *file, const struct wishes *wishes)
{
	struct findings findings;
	struct pipeline_description *pipeline = NULL;
	struct plugin_registry *registry = plugin_registry_new();
	if (registry == NULL) {
		fputs("weir validate: no memory\n", stderr);
		return EXIT_WRONG;
	}
	for (uint32_t i = 0; i < wishes->n_directories; i++)
		plugin_registry_add_directory(registry, wishes->directories[i]);
	int r = pipeline_description_read(file, wishes->overrides, wishes->n_overrides, registry, &pipeline, &findings);
	findings_print(&findings, stderr);
	uint32_t n_warnings = findings.n > findings.n_errors ? findings.n - findings.n_errors : 0;
	printf("%s: ", file);
	if (r < 0)
		printf("%u error%s", findings.n_errors, findings.n_errors == 1 ? "" : "s");
	else
		fputs("good", stdout);
	if (n_warnings > 0)
		printf(", %u warning%s", n_warnings, n_warnings == 1 ? "" : "s");
	putchar('\n');
	findings_done(&findings);
	pipeline_description_free(pipeline);
	plugin_registry_free(registry);
	return r < 0 ? EXIT_WRONG : EXIT_GOOD;
}

/* 0: go on; else leave with *ret_status. */
static int parse_arguments(int argc, char **argv, struct wishes *wishes, int *ret_status)
{
	static const struct option options[] = {{"set", required_argument, NULL, 's'},
						{"plugin-path", required_argument, NULL, 'p'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	*ret_status = EXIT_WRONG;
	optind = 0; /* the arguments of `weir` itself were read before */
	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;)
		switch (option) {
		case 's':
			if (!override_parse(optarg, &wishes->overrides[wishes->n_overrides++])) {
				fprintf(stderr, "weir validate: --set %s: expected PATH=VALUE\n", optarg);
				return -1;
			}
			break;
		case 'p':
			wishes->directories[wishes->n_directories++] = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			*ret_status = EXIT_GOOD;
			return -1;
		default:
			fputs(usage, stderr);
			return -1;
		}
	if (optind < argc)
		return 0;
	fputs(usage, stderr);
	return -1;
}

int command_validate(int argc, char **argv)
{
	int status = EXIT_WRONG;
	struct wishes wishes = {calloc((size_t)argc, sizeof(*wishes.overrides)), 0,
				calloc((size_t)argc, sizeof(*wishes.directories)), 0};
	if (wishes.overrides != NULL && wishes.directories != NULL &&
	    parse_arguments(argc, argv, &wishes, &status) == 0) {
		status = EXIT_GOOD;
		for (int i = optind; i < argc; i++)
			if (validate(argv[i], &wishes) != EXIT_GOOD)
				status = EXIT_WRONG;
	}
	free(wishes.overrides);
	free(wishes.directories);
	return status;
}
