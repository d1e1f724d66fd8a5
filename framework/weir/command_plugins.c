#include "weir/command_plugins.h"

#include <ctype.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/option_describe.h"
#include "options/roff.h"
#include "plugin/plugin_registry.h"
#include "plugin/standard_options.h"

enum { EXIT_GOOD = 0, EXIT_WRONG = 2 };

static const char usage[] =
	"usage: weir plugins [--plugin-path DIR]... list\n"
	"       weir plugins [--plugin-path DIR]... describe [--man] NAME...\n"
	"\n"
	"list       what is installed: name, kind, version, plugin ABI, file; or why a file cannot be used\n"
	"describe   what a plugin does, an example, and its options with type, default and range\n"
	"\n"
	"  --plugin-path DIR   looks for plugins there first\n"
	"  --man               describe: as a man page (roff)\n"
	"  --help              this text\n"
	"\n"
	"Plugins are found in --plugin-path, in the directories of $WEIR_PLUGIN_PATH (colons between\n"
	"them) and in " PLUGINDIR ".\n"
	"Exit status: 0 done, 2 bad usage or no such plugin.\n";

static int list(struct plugin_registry *registry)
{
	struct plugin_listing *listings;
	size_t n = plugin_registry_list(registry, &listings);
	if (n == 0)
		puts("no plugins found; set $WEIR_PLUGIN_PATH or --plugin-path");
	else
		printf("%-20s %-10s %-10s %-5s %s\n", "NAME", "KIND", "VERSION", "ABI", "FILE");
	for (size_t i = 0; i < n; i++) {
		const struct plugin_listing *listing = &listings[i];
		if (listing->plugin == NULL) {
			printf("%-20s not usable: %s\n", listing->name, listing->why != NULL ? listing->why : listing->path);
			continue;
		}
		const struct weir_plugin *descriptor = listing->plugin->descriptor;
		char abi[16];
		snprintf(abi, sizeof(abi), "%u.%u", descriptor->abi_major, descriptor->abi_minor);
		printf("%-20s %-10s %-10s %-5s %s\n", descriptor->name, plugin_kind_name(listing->plugin->kind),
		       descriptor->version, abi, listing->path);
	}
	plugin_listing_free(listings, n);
	return EXIT_GOOD;
}

static const char *delivery_text(const struct plugin *plugin)
{
	static const char *const classes[] = {
		[WEIR_AT_LEAST_ONCE] = "delivers at least once",
		[WEIR_TWO_PHASE] = "delivers exactly once (two-phase commit)",
		[WEIR_LAST_RESOURCE] = "delivers exactly once (its commit decides for the whole pipeline)",
	};
	if (plugin->kind == PLUGIN_SINK)
		return classes[plugin->descriptor->sink->delivery];
	return plugin->kind == PLUGIN_WINDOWED ? "keyed and windowed: weir keeps its state, and restores it after a crash" : NULL;
}

static struct option_table own_options(const struct plugin *plugin)
{
	const struct weir_plugin *descriptor = plugin->descriptor;
	return (struct option_table){descriptor->options, descriptor->n_options, descriptor->option_size};
}

static void describe_plugin(const struct plugin *plugin)
{
	const struct weir_plugin *descriptor = plugin->descriptor;
	printf("%s %s, a %s: %s\n", descriptor->name, descriptor->version, plugin_kind_name(plugin->kind),
	       descriptor->summary);
	if (delivery_text(plugin) != NULL)
		puts(delivery_text(plugin));
	printf("%s; plugin ABI %u.%u; %s\n", plugin->path, descriptor->abi_major, descriptor->abi_minor,
	       descriptor->license);
	if (descriptor->doc != NULL) {
		putchar('\n');
		print_wrapped(descriptor->doc, 0, stdout);
	}
	if (descriptor->example != NULL)
		printf("\nExample:\n\n%s\n", descriptor->example);
	struct option_table own = own_options(plugin), standard = standard_options(plugin->kind);
	if (own.n_options > 0)
		puts("\nOptions:\n");
	option_describe(&own, stdout);
	printf("\nOptions that weir gives every %s%s:\n\n", plugin->kind == PLUGIN_WINDOWED ? "windowed " : "",
	       plugin_kind_name(plugin->kind));
	option_describe(&standard, stdout);
}

static void begin_man_page(const struct weir_plugin *first)
{
	char page[80], source[160], name[200];
	snprintf(page, sizeof(page), "weir-%s", first->name);
	snprintf(source, sizeof(source), "%s %s", first->name, first->version);
	snprintf(name, sizeof(name), "%s - plugin of weir", page);
	roff_title(page, 5, source, stdout);
	puts(".SH NAME");
	roff_text(name, stdout);
}

static void describe_plugin_man(const struct plugin *plugin)
{
	const struct weir_plugin *descriptor = plugin->descriptor;
	const char *kind = plugin_kind_name(plugin->kind);
	char heading[80];
	snprintf(heading, sizeof(heading), "THE %s", kind);
	for (char *c = heading; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	roff_macro(".SH", heading, stdout);
	roff_text(descriptor->summary, stdout);
	if (delivery_text(plugin) != NULL) {
		puts(".br");
		roff_text(delivery_text(plugin), stdout);
	}
	if (descriptor->doc != NULL) {
		puts(".PP");
		roff_text(descriptor->doc, stdout);
	}
	if (descriptor->example != NULL)
		roff_example(descriptor->example, stdout);
	struct option_table own = own_options(plugin), standard = standard_options(plugin->kind);
	snprintf(heading, sizeof(heading), "Options of the %s", kind);
	if (own.n_options > 0)
		roff_macro(".SS", heading, stdout);
	option_describe_man(&own, stdout);
	snprintf(heading, sizeof(heading), "Options that weir gives every %s%s",
		 plugin->kind == PLUGIN_WINDOWED ? "windowed " : "", kind);
	roff_macro(".SS", heading, stdout);
	option_describe_man(&standard, stdout);
}

static void end_man_page(void)
{
	puts(".SH SEE ALSO\n.BR weir (1),\n.BR weir.conf (5),\n.BR weir\\-plugin (7)");
}

/* A name may stand for a source and for a sink: both are described. */
static int describe(struct plugin_registry *registry, const char *name, bool is_man)
{
	struct plugin_listing *listings;
	size_t n = plugin_registry_list(registry, &listings);
	bool found = false;
	for (size_t i = 0; i < n; i++)
		if (listings[i].plugin != NULL && strcmp(listings[i].plugin->descriptor->name, name) == 0) {
			if (is_man && !found)
				begin_man_page(listings[i].plugin->descriptor);
			else if (!is_man && found)
				putchar('\n');
			(is_man ? describe_plugin_man : describe_plugin)(listings[i].plugin);
			found = true;
		}
	if (is_man && found)
		end_man_page();
	plugin_listing_free(listings, n);
	if (found)
		return EXIT_GOOD;
	const struct plugin *plugin;
	struct error error = ERROR_INIT;
	(void)plugin_registry_find(registry, name, ROLE_SOURCE, &plugin, &error);
	fprintf(stderr, "weir plugins: %s\n", error.text);
	return EXIT_WRONG;
}

static int run(struct plugin_registry *registry, bool is_man, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return list(registry);
	if (argc < 2 || strcmp(argv[0], "describe") != 0) {
		fputs(usage, stderr);
		return EXIT_WRONG;
	}
	int status = EXIT_GOOD;
	for (int i = 1; i < argc; i++)
		if (describe(registry, argv[i], is_man) != EXIT_GOOD)
			status = EXIT_WRONG;
	return status;
}

int command_plugins(int argc, char **argv)
{
	static const struct option options[] = {{"plugin-path", required_argument, NULL, 'p'},
						{"man", no_argument, NULL, 'm'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	int status = EXIT_WRONG;
	bool is_man = false;
	struct plugin_registry *registry = plugin_registry_new();
	if (registry == NULL) {
		fputs("weir plugins: no memory\n", stderr);
		return EXIT_WRONG;
	}
	optind = 0; /* the arguments of `weir` itself were read before */
	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) != -1;)
		switch (option) {
		case 'p':
			plugin_registry_add_directory(registry, optarg);
			break;
		case 'm':
			is_man = true;
			break;
		case 'h':
			fputs(usage, stdout);
			status = EXIT_GOOD;
			goto out;
		default:
			fputs(usage, stderr);
			goto out;
		}
	status = run(registry, is_man, argc - optind, argv + optind);
out:
	plugin_registry_free(registry);
	return status;
}
