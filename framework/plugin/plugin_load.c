#include "config.h"

#include "plugin/plugin_load.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/plugin_check.h"
#include "plugin/plugin_safety.h"

typedef const struct weir_plugin *entry_point(void);

const char *plugin_kind_name(enum plugin_kind kind)
{
	static const char *const names[] = {[PLUGIN_SOURCE] = "source",
					    [PLUGIN_TRANSFORM] = "transform",
					    [PLUGIN_WINDOWED] = "transform",
					    [PLUGIN_SINK] = "sink"};
	return names[kind];
}

static int refuse_without_entry(void *library, struct error *error)
{
	for (unsigned major = 2; major < 100; major++) {
		char name[32];
		snprintf(name, sizeof(name), "weir_plugin_v%u", major);
		if (dlsym(library, name) != NULL)
			return error_set(error, -EINVAL, "built for plugin ABI %u, this weir has %u.%u: build it "
					 "again with this weir's weir/plugin.h", major, WEIR_ABI_MAJOR,
					 WEIR_ABI_MINOR);
	}
	return error_set(error, -EINVAL, "not a weir plugin: it exports no weir_plugin_v%d()", WEIR_ABI_MAJOR);
}

static int describe(void *library, const char *path, struct plugin *plugin, struct error *error)
{
	void *symbol = dlsym(library, "weir_plugin_v1");
	if (symbol == NULL)
		return refuse_without_entry(library, error);
	entry_point *entry;
	memcpy(&entry, &symbol, sizeof(entry)); /* ISO C knows no cast from void * to a function */
	plugin->descriptor = entry();
	if (plugin->descriptor == NULL)
		return error_set(error, -EINVAL, "its weir_plugin_v1() gives no descriptor");
	const char *slash = strrchr(path, '/');
	return plugin_check(plugin->descriptor, slash != NULL ? slash + 1 : path, &plugin->kind, error);
}

static int open_library(const char *path, void **ret_library, struct error *error)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return error_set(error, -errno, "%s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return error_set(error, -EINVAL, "not a file");
	int r = plugin_safety_check(path, geteuid(), error);
	if (r < 0)
		return r;
	*ret_library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	return *ret_library != NULL ? 0 : error_set(error, -ENOEXEC, "%s", dlerror());
}

int plugin_load(const char *path, struct plugin **ret_plugin, struct error *error)
{
	void *library = NULL;
	struct plugin *plugin = calloc(1, sizeof(*plugin));
	/* without a slash dlopen() would look into the system's folders */
	if (plugin == NULL || asprintf(&plugin->path, "%s%s", strchr(path, '/') != NULL ? "" : "./", path) < 0) {
		free(plugin);
		return error_set(error, -ENOMEM, "cannot load plugin '%s': no memory", path);
	}
	int r = open_library(plugin->path, &library, error);
	if (r == 0)
		r = describe(library, plugin->path, plugin, error);
	if (r == 0) {
		*ret_plugin = plugin;
		return 0;
	}
	if (library != NULL)
		dlclose(library);
	plugin_free(plugin);
	return error_prefix(error, "cannot use plugin '%s'", path);
}

void plugin_free(struct plugin *plugin)
{
	if (plugin == NULL)
		return;
	free(plugin->path);
	free(plugin);
}
