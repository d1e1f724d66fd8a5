#include "plugin/plugin_check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "options/option_parse.h"
#include "options/option_table.h"
#include "plugin/standard_options.h"

struct callback {
	const char *name;
	size_t offset;
};

#define CALLBACK(type, member) {#member, offsetof(struct type, member)}
#define END {NULL, 0}

static const struct callback plugin_callbacks[] = {CALLBACK(weir_plugin, open), CALLBACK(weir_plugin, close), END};
static const struct callback source_callbacks[] = {
	CALLBACK(weir_source_ops, start), CALLBACK(weir_source_ops, poll), CALLBACK(weir_source_ops, snapshot), END};
static const struct callback transform_callbacks[] = {CALLBACK(weir_transform_ops, process), END};
static const struct callback windowed_callbacks[] = {CALLBACK(weir_windowed_ops, assign),
						     CALLBACK(weir_windowed_ops, update),
						     CALLBACK(weir_windowed_ops, fire), END};
static const struct callback sink_callbacks[] = {CALLBACK(weir_sink_ops, begin), CALLBACK(weir_sink_ops, write),
						 CALLBACK(weir_sink_ops, prepare), CALLBACK(weir_sink_ops, commit),
						 CALLBACK(weir_sink_ops, abort), END};
static const struct callback last_resource_callbacks[] = {CALLBACK(weir_sink_ops, peek),
							  CALLBACK(weir_sink_ops, take_over), END};

/* `table` begins with its size, as all that hold callbacks do. */
static int check_callbacks(const struct callback *callbacks, const void *table, const char *of,
			   struct error *error)
{
	uint32_t size;
	memcpy(&size, table, sizeof(size));
	for (; callbacks->name != NULL; callbacks++) {
		void (*function)(void) = NULL;
		if (callbacks->offset + sizeof(function) <= size)
			memcpy(&function, (const char *)table + callbacks->offset, sizeof(function));
		if (function == NULL)
			return error_set(error, -EINVAL, "%s lacks the callback %s()", of, callbacks->name);
	}
	return 0;
}

static int check_version(const struct weir_plugin *plugin, struct error *error)
{
	if (plugin->magic != WEIR_MAGIC)
		return error_set(error, -EINVAL, "not a weir plugin: its magic is 0x%08x, not 0x%08x", plugin->magic,
				 WEIR_MAGIC);
	if (plugin->abi_major != WEIR_ABI_MAJOR)
		return error_set(error, -EINVAL, "built for plugin ABI %u.%u, this weir has %u.%u: build it again "
				 "with this weir's weir/plugin.h", plugin->abi_major, plugin->abi_minor,
				 WEIR_ABI_MAJOR, WEIR_ABI_MINOR);
	if (plugin->abi_minor > WEIR_ABI_MINOR && !(plugin->flags & WEIR_ASKS_HOST))
		return error_set(error, -EINVAL, "built for plugin ABI %u.%u, this weir has only %u.%u: a newer weir is "
				 "needed", plugin->abi_major, plugin->abi_minor, WEIR_ABI_MAJOR, WEIR_ABI_MINOR);
	if (!WEIR_HAS(plugin, sink)) /* the last member of 1.0 */
		return error_set(error, -EINVAL, "its struct weir_plugin has %u bytes, too few for any version",
				 plugin->size);
	return 0;
}

static int check_texts(const struct weir_plugin *plugin, struct error *error)
{
	const struct {
		const char *name, *value;
	} texts[] = {{"name", plugin->name},
		     {"version", plugin->version},
		     {"license", plugin->license},
		     {"summary", plugin->summary}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].value == NULL || *texts[i].value == '\0')
			return error_set(error, -EINVAL, "it has no %s", texts[i].name);
	return 0;
}

static int check_kind(const struct weir_plugin *plugin, enum plugin_kind *ret_kind, struct error *error)
{
	const void *const kinds[] = {[PLUGIN_SOURCE] = plugin->source,
				     [PLUGIN_TRANSFORM] = plugin->transform,
				     [PLUGIN_WINDOWED] = plugin->windowed,
				     [PLUGIN_SINK] = plugin->sink};
	unsigned found = 0;
	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i] != NULL) {
			*ret_kind = (enum plugin_kind)i;
			found++;
		}
	if (found == 1)
		return 0;
	return error_set(error, -EINVAL, "it must be exactly one of source, transform, windowed and sink, but it is %s",
			 found == 0 ? "none" : "several");
}

static int check_file_name(const char *name, enum plugin_kind kind, const char *file_name, struct error *error)
{
	char plain[256], by_role[256];
	snprintf(plain, sizeof(plain), "%s.so", name);
	snprintf(by_role, sizeof(by_role), "%s_%s.so", name, plugin_kind_name(kind));
	if (strcmp(file_name, plain) == 0 || strcmp(file_name, by_role) == 0)
		return 0;
	return error_set(error, -EINVAL, "it calls itself the %s '%s', so its file must be %s or %s, not %s",
			 plugin_kind_name(kind), name, plain, by_role, file_name);
}

static int check_windowed(const struct weir_windowed_ops *ops, struct error *error)
{
	int r = check_callbacks(windowed_callbacks, ops, "the windowed transform", error);
	if (r < 0)
		return r;
	if (ops->table == NULL || *ops->table == '\0')
		return error_set(error, -EINVAL, "the windowed transform does not name its table");
	if (ops->value_size < 1 || ops->value_size > 65535)
		return error_set(error, -EINVAL, "value_size is %u, allowed: 1..65535", ops->value_size);
	return 0;
}

static bool has_option(const struct option_table *table, const char *name)
{
	for (uint32_t i = 0; i < table->n_options; i++)
		if (strcmp(option_at(table, i).name, name) == 0)
			return true;
	return false;
}

static int check_sink(const struct weir_sink_ops *ops, const struct option_table *options, struct error *error)
{
	int r = check_callbacks(sink_callbacks, ops, "the sink", error);
	if (r < 0)
		return r;
	if (ops->delivery < WEIR_AT_LEAST_ONCE || ops->delivery > WEIR_LAST_RESOURCE)
		return error_set(error, -EINVAL, "the sink's delivery is %u, which this weir does not know",
				 ops->delivery);
	if (ops->delivery == WEIR_LAST_RESOURCE)
		r = check_callbacks(last_resource_callbacks, ops, "the sink, a last resource,", error);
	if (r < 0)
		return r;
	const char *dead_letters = ops->dead_letter_option;
	if (dead_letters != NULL && *dead_letters != '\0' && !has_option(options, dead_letters))
		return error_set(error, -EINVAL, "the sink's dead_letter_option '%s' is none of its options",
				 dead_letters);
	return 0;
}

static int check_kind_ops(const struct weir_plugin *plugin, enum plugin_kind kind,
			  const struct option_table *options, struct error *error)
{
	switch (kind) {
	case PLUGIN_SOURCE:
		return check_callbacks(source_callbacks, plugin->source, "the source", error);
	case PLUGIN_TRANSFORM:
		return check_callbacks(transform_callbacks, plugin->transform, "the transform", error);
	case PLUGIN_WINDOWED:
		return check_windowed(plugin->windowed, error);
	case PLUGIN_SINK:
		break;
	}
	return check_sink(plugin->sink, options, error);
}

static int check_options(const struct weir_plugin *plugin, enum plugin_kind kind,
			 const struct option_table *options, struct error *error)
{
	if (plugin->n_options == 0)
		return 0;
	/* 1.0 ends with doc */
	if (plugin->options == NULL ||
	    plugin->option_size < offsetof(struct weir_option, doc) + sizeof(options->options->doc) ||
	    plugin->option_size % _Alignof(struct weir_option) != 0)
		return error_set(error, -EINVAL, "its option table is not sound: %u options of %u bytes",
				 plugin->n_options, plugin->option_size);
	int r = option_table_check(options, plugin->instance_size, error);
	struct option_table standard = standard_options(kind);
	for (uint32_t i = 0; r == 0 && i < standard.n_options; i++) {
		const char *name = option_at(&standard, i).name;
		if (has_option(options, name))
			r = error_set(error, -EINVAL, "option '%s': weir itself gives every %s one of this name",
				      name, plugin_kind_name(kind));
	}
	return r;
}

int plugin_check(const struct weir_plugin *plugin, const char *file_name, enum plugin_kind *ret_kind,
		 struct error *error)
{
	enum plugin_kind kind = PLUGIN_SOURCE;
	int r = check_version(plugin, error);
	if (r == 0)
		r = check_texts(plugin, error);
	if (r == 0)
		r = check_kind(plugin, &kind, error);
	if (r == 0)
		r = check_file_name(plugin->name, kind, file_name, error);
	if (r == 0)
		r = check_callbacks(plugin_callbacks, plugin, "it", error);
	if (r < 0)
		return r;
	struct option_table options = {plugin->options, plugin->n_options, plugin->option_size};
	r = check_options(plugin, kind, &options, error);
	if (r == 0)
		r = check_kind_ops(plugin, kind, &options, error);
	if (r == 0)
		*ret_kind = kind;
	return r;
}
