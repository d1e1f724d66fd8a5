#include "weir/command_test_plugin.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/conformance.h"

enum { EXIT_GOOD = 0, EXIT_WRONG = 2 };

static const char usage[] =
	"usage: weir test-plugin [--config FILE] [--option NAME=VALUE]... [OPTION]... PLUGIN.so\n"
	"\n"
	"Tries what any plugin must hold: a sound descriptor, documented options whose limits hold, a poll()\n"
	"that can be interrupted, the same output from every barrier on, checkpoints that survive a crash\n"
	"at each point, bad records by policy, and nothing left behind after close(). Each check runs in\n"
	"a process of its own; a crash or a hang is its finding.\n"
	"\n"
	"  --config FILE        a pipeline's file: options are taken from the source, sink or transform\n"
	"                       that is this plugin\n"
	"  --option NAME=VALUE  an option, as in the file but without quotes; on top of --config\n"
	"  --input FILE         transforms: records to feed, a line each (else \"MILLIS KEY NUMBER\")\n"
	"  --output COMMAND     sinks: a shell command that prints what can be seen outside, a record on\n"
	"                       each line; without it only the sink's own words are checked\n"
	"  --timeout SECONDS    for one check; 60 otherwise\n"
	"  --help               this text\n"
	"\n"
	"A sink writes to what its options name, a source reads from there: take ones made for the test.\n"
	"One line is printed for each check: PASS, FAIL or SKIP, and why.\n"
	"Exit status: 0 nothing failed, 1 a check failed, 2 bad usage or nothing to try.\n";

struct arguments {
	struct conformance_wishes wishes;
	const char **options; /* name, value, ..., NULL */
	int n_options;
};

static bool add_option(struct arguments *arguments, char *text)
{
	char *equals = strchr(text, '=');
	if (equals == NULL || equals == text) {
		fprintf(stderr, "weir test-plugin: --option %s: expected NAME=VALUE\n", text);
		return false;
	}
	*equals = '\0';
	arguments->options[arguments->n_options++] = text;
	arguments->options[arguments->n_options++] = equals + 1;
	return true;
}

static bool set_timeout(struct arguments *arguments, const char *text)
{
	char *end;
	long seconds = strtol(text, &end, 10);
	if (*end != '\0' || seconds < 1 || seconds > 86400) {
		fprintf(stderr, "weir test-plugin: --timeout %s: expected seconds, 1 to 86400\n", text);
		return false;
	}
	arguments->wishes.timeout_ms = seconds * 1000;
	return true;
}

/* 0: go on; else leave with *ret_status. */
static int parse_arguments(int argc, char **argv, struct arguments *arguments, int *ret_status)
{
	static const struct option options[] = {{"config", required_argument, NULL, 'c'},
						{"option", required_argument, NULL, 'o'},
						{"input", required_argument, NULL, 'i'},
						{"output", required_argument, NULL, 'O'},
						{"timeout", required_argument, NULL, 't'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	*ret_status = EXIT_WRONG;
	optind = 0; /* the arguments of `weir` itself were read before */
	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;)
		switch (option) {
		case 'c':
			arguments->wishes.configuration = optarg;
			break;
		case 'o':
			if (!add_option(arguments, optarg))
				return -1;
			break;
		case 'i':
			arguments->wishes.input = optarg;
			break;
		case 'O':
			arguments->wishes.output = optarg;
			break;
		case 't':
			if (!set_timeout(arguments, optarg))
				return -1;
			break;
		case 'h':
			fputs(usage, stdout);
			*ret_status = EXIT_GOOD;
			return -1;
		default:
			fputs(usage, stderr);
			return -1;
		}
	if (optind + 1 == argc)
		return 0;
	fputs(usage, stderr);
	return -1;
}

/* Without the allocator's caches, which count as memory in use, what a plugin loses can be told to the byte. They can be
 * taken away at the start of a program only. */
static void begin_without_caches(char **argv)
{
	if (getenv("GLIBC_TUNABLES") == NULL && setenv("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0", 1) == 0)
		execv("/proc/self/exe", argv - 1); /* from the program's name on; goes on here where it fails */
}

int command_test_plugin(int argc, char **argv)
{
	int status = EXIT_WRONG;
	begin_without_caches(argv);
	struct arguments arguments = {.wishes = {.timeout_ms = 60000},
				      .options = calloc(2 * (size_t)argc + 1, sizeof(*arguments.options))};
	arguments.wishes.options = arguments.options;
	if (arguments.options != NULL && parse_arguments(argc, argv, &arguments, &status) == 0) {
		arguments.wishes.path = argv[optind];
		status = conformance_run(&arguments.wishes);
	}
	free(arguments.options);
	return status;
}
