#include "weir/versions.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "weir/plugin.h"

/* Libraries that can be asked. The others are part of weir (xxHash), or their soname changes with what is seen
 * of them (RocksDB, libconfig), so that another one is not loaded at all. */
static const struct library {
	const char *name, *built_with;
	const char *soname, *function; /* that returns its version as text; NULL: none */
} libraries[] = {
	{"librdkafka", BUILT_WITH_RDKAFKA, "librdkafka.so.1", "rd_kafka_version_str"},
	{"RocksDB", BUILT_WITH_ROCKSDB, NULL, NULL},
	{"libconfig", BUILT_WITH_LIBCONFIG, NULL, NULL},
	{"xxHash", BUILT_WITH_XXHASH, NULL, NULL},
	{"Jansson", BUILT_WITH_JANSSON, "libjansson.so.4", "jansson_version_str"},
};

static void print_library(const struct library *library)
{
	printf("  %-12s %s", library->name, library->built_with);
	void *handle = library->soname != NULL ? dlopen(library->soname, RTLD_LAZY | RTLD_LOCAL) : NULL;
	const char *(*version)(void) = NULL;
	if (handle != NULL)
		*(void **)&version = dlsym(handle, library->function);
	if (version != NULL && strcmp(version(), library->built_with) != 0)
		printf(", runs with %s", version());
	else if (library->soname != NULL && handle == NULL)
		printf(", runs without: %s is not installed", library->soname);
	putchar('\n');
	if (handle != NULL)
		dlclose(handle);
}

void versions_print(void)
{
	printf("weir %s (plugin ABI %d.%d)\nbuilt with\n", PACKAGE_VERSION, WEIR_ABI_MAJOR, WEIR_ABI_MINOR);
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		print_library(&libraries[i]);
}
