/* The program: finds the command and hands over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/command_checkpoints.h"
#include "weir/command_help.h"
#include "weir/command_control.h"
#include "weir/command_plugins.h"
#include "weir/command_run.h"
#include "weir/command_serve.h"
#include "weir/command_test_plugin.h"
#include "weir/command_validate.h"
#include "weir/versions.h"

struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{"run", "run a pipeline in the foreground", command_run},
	{"serve", "run every pipeline of a folder, each in a process of its own", command_serve},
	{"status", "how the pipelines of weir serve are doing", command_status},
	{"start", "start a pipeline of weir serve", command_start},
	{"stop", "stop a pipeline of weir serve", command_stop},
	{"restart", "start a pipeline of weir serve anew, with its file as it is now", command_restart},
	{"reload", "have weir serve read its folder anew", command_reload},
	{"validate", "report every mistake of a configuration file", command_validate},
	{"plugins", "list the installed plugins, describe one", command_plugins},
	{"test-plugin", "try what any plugin must hold on a shared object", command_test_plugin},
	{"checkpoints", "list, inspect and verify checkpoints; resolve a contradiction", command_checkpoints},
	{"help", "a command, the settings of a pipeline's file, the metrics", command_help},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fputs("usage: weir COMMAND [OPTION]... [ARGUMENT]...\n"
	      "Connects Kafka, files and transforms, exactly once.\n\n", out);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	fputs("\nweir COMMAND --help says more about each. weir --version names the version, also of the libraries.\n", out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find_command(name), *about = NULL;
	if (command != NULL && command->run == command_help && argc == 3)
		about = find_command(argv[2]);
	if (about != NULL)
		return about->run(2, (char *[]){argv[2], (char[]){"--help"}, NULL});
	if (command != NULL)
		return command->run(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0) {
		versions_print();
		return EXIT_SUCCESS;
	}
	if (strcmp(name, "--help") == 0) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (*name != '\0')
		fprintf(stderr, "weir: there is no command '%s'\n\n", name);
	print_usage(stderr);
	return 2;
}
