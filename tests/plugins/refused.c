/* Plugins that must not be taken. Only what is looked at before the refusal is filled in. */
#include "weir/plugin.h"

#if defined(OTHER_ENTRY)

__attribute__((visibility("default"))) const void *weir_plugin_v2(void);

const void *weir_plugin_v2(void)
{
	return 0;
}

#elif defined(NO_DESCRIPTOR)

const struct weir_plugin *weir_plugin_v1(void)
{
	return NULL;
}

#else

#ifndef MAGIC
#define MAGIC WEIR_MAGIC
#endif
#ifndef MAJOR
#define MAJOR WEIR_ABI_MAJOR
#endif

static const struct weir_transform_ops ops = {.size = sizeof(ops)};

static const struct weir_plugin plugin = {.size = sizeof(plugin), .magic = MAGIC, .abi_major = MAJOR, .abi_minor = 7,
					  .flags = WEIR_ASKS_HOST, .name = "somebody_else", .version = "1.0",
					  .license = "none", .summary = "to be refused", .transform = &ops};

const struct weir_plugin *weir_plugin_v1(void)
{
	return &plugin;
}

#endif
