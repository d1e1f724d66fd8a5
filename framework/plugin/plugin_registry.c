#include "config.h"

#include "plugin/plugin_registry.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/similar_text.h"

/* A file that was looked at: the plugin, or why it is none. */
struct candidate {
	char *path;
	struct plugin *plugin;
	struct error error;
	struct candidate *next;
};

struct plugin_registry {
	char **directories;
	size_t n_directories, n_added; /* the added ones come first */
	struct candidate *candidates;
};

static const char *const roles[] = {[ROLE_SOURCE] = "source", [ROLE_TRANSFORM] = "transform", [ROLE_SINK] = "sink"};
enum { N_ROLES = sizeof(roles) / sizeof(roles[0]) };

static void insert_directory(struct plugin_registry *registry, size_t at, const char *directory)
{
	char **directories = realloc(registry->directories, (registry->n_directories + 1) * sizeof(*directories));
	char *copy = strdup(directory);
	if (directories != NULL)
		registry->directories = directories;
	if (directories == NULL || copy == NULL) {
		free(copy); /* a plugin in there is then reported as not found */
		return;
	}
	memmove(directories + at + 1, directories + at, (registry->n_directories - at) * sizeof(*directories));
	directories[at] = copy;
	registry->n_directories++;
}

struct plugin_registry *plugin_registry_new(void)
{
	struct plugin_registry *registry = calloc(1, sizeof(*registry));
	if (registry == NULL)
		return NULL;
	const char *from_environment = getenv("WEIR_PLUGIN_PATH");
	char *path = strdup(from_environment != NULL ? from_environment : ""), *rest = NULL;
	if (path != NULL)
		for (char *one = strtok_r(path, ":", &rest); one != NULL; one = strtok_r(NULL, ":", &rest))
			insert_directory(registry, registry->n_directories, one);
	free(path);
	insert_directory(registry, registry->n_directories, PLUGINDIR);
	return registry;
}

void plugin_registry_free(struct plugin_registry *registry)
{
	if (registry == NULL)
		return;
	for (size_t i = 0; i < registry->n_directories; i++)
		free(registry->directories[i]);
	free(registry->directories);
	while (registry->candidates != NULL) {
		struct candidate *candidate = registry->candidates;
		registry->candidates = candidate->next;
		plugin_free(candidate->plugin);
		free(candidate->path);
		free(candidate);
	}
	free(registry);
}

void plugin_registry_add_directory(struct plugin_registry *registry, const char *directory)
{
	insert_directory(registry, registry->n_added, directory);
	registry->n_added++;
}

/* NULL: no memory. */
static const struct candidate *candidate_of(struct plugin_registry *registry, const char *path)
{
	for (struct candidate *known = registry->candidates; known != NULL; known = known->next)
		if (strcmp(known->path, path) == 0)
			return known;
	struct candidate *candidate = calloc(1, sizeof(*candidate));
	if (candidate == NULL || (candidate->path = strdup(path)) == NULL) {
		free(candidate);
		return NULL;
	}
	(void)plugin_load(path, &candidate->plugin, &candidate->error);
	candidate->next = registry->candidates;
	registry->candidates = candidate;
	return candidate;
}

static bool find_file(const struct plugin_registry *registry, const char *name, const char *suffix, char path[PATH_MAX])
{
	for (size_t i = 0; i < registry->n_directories; i++) {
		int n = snprintf(path, PATH_MAX, "%s/%s%s.so", registry->directories[i], name, suffix);
		if (n < PATH_MAX && access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* "ip_count" of "ip_count.so", "kafka" of "kafka_sink.so" when roles are cut off; NULL: no plugin's file. */
static char *stem(const char *file_name, bool cut_role)
{
	size_t len = strlen(file_name);
	if (len < 4 || strcmp(file_name + len - 3, ".so") != 0)
		return NULL;
	char *name = strndup(file_name, len - 3);
	for (int role = 0; name != NULL && cut_role && role < N_ROLES; role++) {
		char *underscore = strrchr(name, '_');
		if (underscore != NULL && underscore != name && strcmp(underscore + 1, roles[role]) == 0)
			*underscore = '\0';
	}
	return name;
}

static void suggest(const char *directory, struct similar_text *similar, char best[NAME_MAX + 1])
{
	DIR *files = opendir(directory);
	if (files == NULL)
		return;
	for (struct dirent *file; (file = readdir(files)) != NULL;) {
		char *name = stem(file->d_name, true);
		const char *before = similar->best;
		if (name != NULL)
			similar_text_consider(similar, name);
		if (similar->best != before) {
			snprintf(best, NAME_MAX + 1, "%s", name);
			similar->best = best;
		}
		free(name);
	}
	closedir(files);
}

static int not_found(const struct plugin_registry *registry, const char *name, struct error *error)
{
	char looked_in[768] = "", best[NAME_MAX + 1];
	size_t at = 0;
	struct similar_text similar = SIMILAR_TEXT_INIT(name);
	for (size_t i = 0; i < registry->n_directories; i++) {
		if (at < sizeof(looked_in))
			at += (size_t)snprintf(looked_in + at, sizeof(looked_in) - at, "%s%s", i > 0 ? ", " : "",
					       registry->directories[i]);
		suggest(registry->directories[i], &similar, best);
	}
	if (similar.best != NULL)
		return error_set(error, -ENOENT, "plugin '%.64s' not found; did you mean '%s'? Looked in: %s", name,
				 similar.best, looked_in);
	return error_set(error, -ENOENT, "plugin '%.64s' not found. Looked in: %s", name, looked_in);
}

static int other_role(const char *name, const char *is, enum plugin_role wanted, const char *path,
		      struct error *error)
{
	return error_set(error, -EINVAL, "plugin '%s' is a %s, not a %s (%s)", name, is, roles[wanted], path);
}

int plugin_registry_find(struct plugin_registry *registry, const char *name, enum plugin_role role,
			 const struct plugin **ret_plugin, struct error *error)
{
	char path[PATH_MAX], suffix[16];
	if (*name == '\0' || strchr(name, '/') != NULL)
		return not_found(registry, name, error);
	snprintf(suffix, sizeof(suffix), "_%s", roles[role]);
	if (!find_file(registry, name, suffix, path) && !find_file(registry, name, "", path)) {
		for (int other = 0; other < N_ROLES; other++) {
			snprintf(suffix, sizeof(suffix), "_%s", roles[other]);
			if (find_file(registry, name, suffix, path))
				return other_role(name, roles[other], role, path, error);
		}
		return not_found(registry, name, error);
	}
	const struct candidate *candidate = candidate_of(registry, path);
	if (candidate == NULL)
		return error_set(error, -ENOMEM, "no memory for plugin '%s'", name);
	if (candidate->plugin == NULL)
		return error_set(error, candidate->error.code, "%s", candidate->error.text);
	const char *is = plugin_kind_name(candidate->plugin->kind);
	if (strcmp(is, roles[role]) != 0)
		return other_role(name, is, role, path, error);
	*ret_plugin = candidate->plugin;
	return 0;
}

static int by_file_name(const void *a, const void *b)
{
	return strcmp(((const struct plugin_listing *)a)->name, ((const struct plugin_listing *)b)->name);
}

static const char *first_of_name(const struct plugin_listing *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].path;
	return NULL;
}

/* False: no memory. */
static bool list_one(struct plugin_registry *registry, const char *directory, char *take_name,
		     struct plugin_listing **list, size_t *n)
{
	struct plugin_listing one = {.name = take_name};
	struct plugin_listing *longer = realloc(*list, (*n + 1) * sizeof(*longer));
	if (longer != NULL)
		*list = longer;
	if (longer == NULL || asprintf(&one.path, "%s/%s.so", directory, take_name) < 0) {
		free(take_name);
		return false;
	}
	const char *first = first_of_name(longer, *n, one.name);
	if (first != NULL && strcmp(first, one.path) == 0) { /* one directory, named twice */
		free(one.path);
		free(take_name);
		return true;
	}
	const struct candidate *candidate = first == NULL ? candidate_of(registry, one.path) : NULL;
	if (candidate != NULL)
		one.plugin = candidate->plugin;
	if (first != NULL && asprintf(&one.why, "%s is hidden by %s", one.path, first) < 0)
		one.why = NULL;
	else if (candidate != NULL && candidate->plugin == NULL)
		one.why = strdup(candidate->error.text);
	longer[(*n)++] = one;
	return true;
}

size_t plugin_registry_list(struct plugin_registry *registry, struct plugin_listing **ret_list)
{
	size_t n = 0;
	struct plugin_listing *list = NULL;
	bool goes_on = true;
	for (size_t i = 0; goes_on && i < registry->n_directories; i++) {
		DIR *files = opendir(registry->directories[i]);
		if (files == NULL)
			continue;
		for (struct dirent *file; goes_on && (file = readdir(files)) != NULL;) {
			char *name = stem(file->d_name, false);
			if (name != NULL)
				goes_on = list_one(registry, registry->directories[i], name, &list, &n);
		}
		closedir(files);
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), by_file_name);
	*ret_list = list;
	return n;
}

void plugin_listing_free(struct plugin_listing *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].path);
		free(list[i].why);
	}
	free(list);
}
