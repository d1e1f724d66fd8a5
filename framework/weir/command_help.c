#include "weir/command_help.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "configuration/pipeline_description.h"
#include "observe/metric_table.h"
#include "options/option_describe.h"
#include "options/roff.h"
#include "plugin/standard_options.h"

enum { EXIT_GOOD = 0, EXIT_WRONG = 2 };

static const char usage[] =
	"usage: weir help [--man] configuration|metrics\n"
	"       weir help COMMAND\n"
	"\n"
	"configuration   the settings of a pipeline's file, but for those of the plugins\n"
	"metrics         what a running pipeline counts and measures\n"
	"COMMAND         the same as weir COMMAND --help\n"
	"\n"
	"  --man    as a part of a man page (roff)\n"
	"  --help   this text\n"
	"\n"
	"Exit status: 0 done, 2 bad usage.\n";

static void heading(const char *text, const char *doc, bool is_man)
{
	if (is_man) {
		roff_macro(".SS", text, stdout);
		if (doc != NULL)
			roff_text(doc, stdout);
		return;
	}
	printf("%s:\n", text);
	if (doc != NULL)
		print_wrapped(doc, 2, stdout);
	putchar('\n');
}

static void describe_group(const char *text, const char *doc, const struct option_table *table, bool is_man)
{
	heading(text, doc, is_man);
	if (is_man)
		option_describe_man(table, stdout);
	else
		option_describe(table, stdout);
	if (!is_man && table->n_options > 0)
		putchar('\n');
}

/* Each kind's table begins with that of the kind before; what it adds is told once. */
static void describe_standard_options(bool is_man)
{
	static const struct {
		enum plugin_kind kind;
		const char *text;
	} kinds[] = {{PLUGIN_SOURCE, "every source, transform and sink"},
		     {PLUGIN_TRANSFORM, "every transform, also"},
		     {PLUGIN_WINDOWED, "every windowed transform, also"}};
	uint32_t n_told = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct option_table table = standard_options(kinds[i].kind);
		struct option_table added = {table.options + n_told, table.n_options - n_told, table.stride};
		describe_group(kinds[i].text, NULL, &added, is_man);
		n_told = table.n_options;
	}
}

static void describe_configuration(bool is_man)
{
	for (const struct configuration_group *group = configuration_groups(); group->path != NULL; group++)
		describe_group(group->path, group->doc, &group->table, is_man);
	describe_standard_options(is_man);
}

static void describe_metrics(bool is_man)
{
	static const char *const kinds[] = {[WEIR_COUNTER] = "counter", [WEIR_GAUGE] = "gauge"};
	for (unsigned i = 0; i < N_OWN_METRICS; i++) {
		const struct metric_description *metric = metric_description((enum own_metric)i);
		const char *component = metric->component != NULL ? metric->component : metric->of;
		char facts[160];
		snprintf(facts, sizeof(facts), "%s, %s%s%s", component, kinds[metric->kind], *metric->unit != '\0' ? ", " : "",
			 metric->unit);
		if (is_man) {
			fputs(".TP\n", stdout);
			roff_macro(".B", metric->name, stdout);
			roff_text(facts, stdout);
			fputs(".br\n", stdout);
			roff_text(metric->help, stdout);
			continue;
		}
		printf("  %-24s %s\n", metric->name, facts);
		print_wrapped(metric->help, 6, stdout);
	}
}

static int describe(const char *topic, bool is_man)
{
	if (strcmp(topic, "configuration") == 0)
		describe_configuration(is_man);
	else if (strcmp(topic, "metrics") == 0)
		describe_metrics(is_man);
	else {
		fprintf(stderr, "weir help: there is no command and no topic '%s'\n\n%s", topic, usage);
		return EXIT_WRONG;
	}
	return EXIT_GOOD;
}

int command_help(int argc, char **argv)
{
	static const struct option options[] = {{"man", no_argument, NULL, 'm'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	bool is_man = false;
	optind = 0; /* the arguments of `weir` itself were read before */
	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;)
		switch (option) {
		case 'm':
			is_man = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_GOOD;
		default:
			fputs(usage, stderr);
			return EXIT_WRONG;
		}
	if (optind + 1 == argc)
		return describe(argv[optind], is_man);
	fputs(usage, stderr);
	return EXIT_WRONG;
}
