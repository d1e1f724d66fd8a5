/* Asks a plugin whether its options agree with each other: runs check() on a host that offers the services
 * which have a place there, and refuses the others without harm. */
#ifndef WEIR_PLUGIN_PLUGIN_ASK_H
#define WEIR_PLUGIN_PLUGIN_ASK_H

#include "weir/plugin.h"

struct plugin_question {
	const struct weir_plugin *plugin;
	void *instance; /* options filled in; check() may write to it */
	struct weir_pipeline_info pipeline;
	/* Each thing check() has to say, and once where it refuses without words. option NULL: of the whole. */
	void (*report)(void *context, bool is_warning, const char *option, const char *text);
	void *context;
};

/* WEIR_FATAL: something was reported that is no warning. A plugin without check() agrees. */
weir_status plugin_ask(const struct plugin_question *question);

#endif
