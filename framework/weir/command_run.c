#include "weir/command_run.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "configuration/pipeline_description.h"
#include "observe/log.h"
#include "pipeline/pipeline.h"
#include "supervisor/supervisor.h"

#define MOST_OVERRIDES 64

static const char usage[] =
	"usage: weir run [OPTION]... FILE\n"
	"Runs the pipeline of a configuration file in the foreground.\n"
	"\n"
	"  --set PATH=VALUE      override a value, e.g. pipeline.checkpoint.interval=1s\n"
	"  --plugin-path DIR     look for plugins there first\n"
	"  --log-format FORMAT   text (default) or json\n"
	"  --log-level LEVEL     debug, info (default), warn or error\n"
	"  --help                this text\n"
	"\n"
	"SIGTERM and SIGINT end it in order: a last checkpoint, commit, exit 0; a second one at once. Where no\n"
	"order can be had within pipeline.stop_timeout (1m), it ends without that checkpoint, exit 1.\n"
	"\n"
	"exit status: 0 finished or stopped in order; 1 failed after the restart strategy was used up;\n"
	"2 bad usage or configuration; 3 refused, store and broker contradict each other;\n"
	"4 fenced, another instance runs this pipeline\n";

struct run_options {
	const char *file;
	struct override overrides[MOST_OVERRIDES];
	uint32_t n_overrides;
	enum log_format log_format;
	enum log_level log_level;
	struct plugin_registry *registry;
};

static int bad_usage(const char *what, const char *text)
{
	fprintf(stderr, "weir run: %s '%s'\nTry 'weir run --help'.\n", what, text);
	return PIPELINE_MISCONFIGURED;
}

static int add_override(struct run_options *options, char *text)
{
	if (options->n_overrides == MOST_OVERRIDES)
		return bad_usage("there are too many --set in front of", text);
	if (!override_parse(text, &options->overrides[options->n_overrides]))
		return bad_usage("--set takes PATH=VALUE, not", text);
	options->n_overrides++;
	return 0;
}

/* -1: go on; otherwise the exit status. */
static int parse(int argc, char **argv, struct run_options *options)
{
	static const struct option names[] = {
		{"set", required_argument, NULL, 's'},	       {"plugin-path", required_argument, NULL, 'p'},
		{"log-format", required_argument, NULL, 'f'}, {"log-level", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},	       {NULL, 0, NULL, 0},
	};
	int r = 0;
	optind = 1;
	for (int c; r == 0 && (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 's':
			r = add_override(options, optarg);
			break;
		case 'p':
			plugin_registry_add_directory(options->registry, optarg);
			break;
		case 'f':
			r = log_format_parse(optarg, &options->log_format) ? 0 : bad_usage("--log-format takes text or json, not", optarg);
			break;
		case 'l':
			r = log_level_parse(optarg, &options->log_level)
				    ? 0
				    : bad_usage("--log-level takes debug, info, warn or error, not", optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			fputs("Try 'weir run --help'.\n", stderr);
			return PIPELINE_MISCONFIGURED;
		}
	}
	if (r != 0)
		return r;
	if (optind + 1 != argc) {
		fputs("weir run: exactly one configuration file is needed\nTry 'weir run --help'.\n", stderr);
		return PIPELINE_MISCONFIGURED;
	}
	options->file = argv[optind];
	return -1;
}

static int read_and_supervise(struct run_options *options)
{
	struct pipeline_description *description = NULL;
	struct findings findings = {0};
	int r = pipeline_description_read(options->file, options->overrides, options->n_overrides, options->registry,
					  &description, &findings);
	findings_print(&findings, stderr);
	findings_done(&findings);
	if (r != 0)
		return PIPELINE_MISCONFIGURED;
	log_configure(options->log_format, options->log_level, description->name);
	struct supervision *supervision = supervision_new();
	if (supervision != NULL) {
		supervision_describe(supervision, description);
		r = supervise(description, supervision);
	} else {
		log_error("supervisor", "out of memory");
		r = PIPELINE_FAILED;
	}
	supervision_free(supervision);
	pipeline_description_free(description);
	return r;
}

int command_run(int argc, char **argv)
{
	struct run_options options = {
		.log_format = LOG_FORMAT_TEXT, .log_level = LOG_LEVEL_INFO, .registry = plugin_registry_new()};
	int r = options.registry != NULL ? parse(argc, argv, &options) : PIPELINE_FAILED;
	if (r == -1)
		r = read_and_supervise(&options);
	plugin_registry_free(options.registry);
	return r;
}
