#include "weir/command_serve.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/control_request.h"
#include "control/daemon.h"

#define DIRECTORY SYSCONFDIR "/weir/pipelines.d"

enum { EXIT_BAD_USAGE = 2 };

static const char usage[] =
	"usage: weir serve [OPTION]...\n"
	"Runs every pipeline of a folder (its *.conf files), each in a process of its own, and answers\n"
	"weir status, start, stop, restart and reload.\n"
	"\n"
	"  --directory DIR       the folder; default: " DIRECTORY "\n"
	"  --socket PATH         where it answers; default: " CONTROL_SOCKET "\n"
	"  --plugin-path DIR     look for plugins there first\n"
	"  --log-format FORMAT   text (default) or json\n"
	"  --log-level LEVEL     debug, info (default), warn or error\n"
	"  --help                this text\n"
	"\n"
	"SIGHUP reads the folder anew, as weir reload does. SIGTERM and SIGINT stop every pipeline in order: a\n"
	"last checkpoint each; a second one at once. It tells systemd (Type=notify) when it is ready, reloads\n"
	"and stops, and that its loop turns (WatchdogSec=).\n"
	"\n"
	"exit status: 0 every pipeline was stopped in order; 1 not every one; 2 bad usage, the folder cannot be\n"
	"read or is not safe, or another daemon answers at the socket\n";

/* -1: go on; otherwise the exit status. */
static int parse(int argc, char **argv, struct daemon_options *options, const char **directories)
{
	static const struct option names[] = {
		{"directory", required_argument, NULL, 'd'},   {"socket", required_argument, NULL, 's'},
		{"plugin-path", required_argument, NULL, 'p'}, {"log-format", required_argument, NULL, 'f'},
		{"log-level", required_argument, NULL, 'l'},   {"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	bool good = true;
	optind = 1;
	for (int c; good && (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 'd':
			options->directory = optarg;
			break;
		case 's':
			options->socket_path = optarg;
			break;
		case 'p':
			directories[options->keeper.n_plugin_directories++] = optarg;
			break;
		case 'f':
			good = log_format_parse(optarg, &options->keeper.log_format);
			break;
		case 'l':
			good = log_level_parse(optarg, &options->keeper.log_level);
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			fputs("Try 'weir serve --help'.\n", stderr);
			return EXIT_BAD_USAGE;
		}
	}
	if (good && optind == argc)
		return -1;
	fprintf(stderr, "weir serve: '%s' makes no sense there\nTry 'weir serve --help'.\n", good ? argv[optind] : optarg);
	return EXIT_BAD_USAGE;
}

int command_serve(int argc, char **argv)
{
	const char **directories = calloc((size_t)argc, sizeof(*directories));
	struct daemon_options options = {
		.directory = DIRECTORY,
		.socket_path = CONTROL_SOCKET,
		.keeper = {.plugin_directories = directories, .log_format = LOG_FORMAT_TEXT, .log_level = LOG_LEVEL_INFO},
	};
	int r = directories != NULL ? parse(argc, argv, &options, directories) : EXIT_FAILURE;
	if (r == -1) {
		log_configure(options.keeper.log_format, options.keeper.log_level, NULL);
		r = daemon_run(&options);
	}
	free(directories);
	return r;
}
