/* The limits of options hold. */
#include "conformance/conformance.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct option_table table_of(const struct conformance *c)
{
	return (struct option_table){c->plugin->options, c->plugin->n_options, c->plugin->option_size};
}

static bool is_number(const struct weir_option *option)
{
	return option->type == WEIR_INTEGER || option->type == WEIR_DURATION || option->type == WEIR_BYTES;
}

static const char *as_text(struct conformance *c, const struct weir_option *option, int64_t value)
{
	return kept_text(c, option->type == WEIR_DURATION ? "%" PRId64 " ms" : "%" PRId64, value);
}

/* The plugin with one option changed. */
static struct weir_harness *with(struct conformance *c, const char *name, const char *value)
{
	struct weir_harness *h = make_harness(c);
	doing(c, "option '%s' = %s", name, value);
	weir_harness_option(h, name, value);
	return h;
}

/* Does a complaint of the last check speak of the option? */
static bool complains(const struct weir_harness *h, const char *name)
{
	char quoted[128];
	snprintf(quoted, sizeof(quoted), "'%s'", name);
	for (uint32_t i = 0; i < weir_harness_n_complaints(h); i++)
		if (strstr(weir_harness_complaint(h, i), quoted) != NULL)
			return true;
	return false;
}

static bool must_be_refused(struct conformance *c, const char *name, const char *value)
{
	struct weir_harness *h = with(c, name, value);
	bool refused = weir_harness_check(h) != WEIR_OK && complains(h, name);
	weir_harness_free(h);
	if (!refused)
		fail(c, "option '%s' = %s is not allowed by its table, but nothing refuses it", name, value);
	return refused;
}

/* A limit of the system outside is known when that is asked; what is said then names the option. */
static bool is_limit_of_outside(const struct conformance *c, const char *name, const char *failure)
{
	bool has_outside = c->kind == PLUGIN_SOURCE ? c->plugin->source->system != NULL
						    : c->kind == PLUGIN_SINK && c->plugin->sink->system != NULL;
	return has_outside && strstr(failure, name) != NULL;
}

/* What weir and check() let pass, the plugin can do. */
static bool must_work(struct conformance *c, const char *name, const char *value)
{
	struct weir_harness *h = with(c, name, value);
	bool works = true;
	if (c->is_open && weir_harness_check(h) == WEIR_OK) {
		works = weir_harness_open(h) == WEIR_OK;
		if (works)
			exercise(c, h);
		else if (!(works = is_limit_of_outside(c, name, weir_harness_failure(h))))
			fail(c, "option '%s' = %s: its table and check() allow it, but open() fails: %s; name the limit in "
			     "`allowed`, or refuse it in check()", name, value, weir_harness_failure(h));
	}
	weir_harness_free(h);
	return works;
}

static bool check_number(struct conformance *c, const struct weir_option *option)
{
	int64_t low, high;
	if (option_number_range(option, &low, &high, NULL) < 0)
		return true; /* "loads" has looked at it */
	if (option->type != WEIR_INTEGER && low < 0)
		low = 0; /* no other can be written */
	return (low == INT64_MIN || (option->type != WEIR_INTEGER && low == 0) ||
		must_be_refused(c, option->name, as_text(c, option, low - 1))) &&
	       (high == INT64_MAX || must_be_refused(c, option->name, as_text(c, option, high + 1))) &&
	       must_work(c, option->name, as_text(c, option, low)) && must_work(c, option->name, as_text(c, option, high));
}

enum verdict check_limits(struct conformance *c)
{
	struct option_table table = table_of(c);
	uint32_t n = 0;
	for (uint32_t i = 0; i < table.n_options; i++) {
		struct weir_option option = option_at(&table, i);
		bool is_choice = option.type == WEIR_STRING && option.allowed != NULL;
		if (is_choice && !must_be_refused(c, option.name, "no such choice"))
			return VERDICT_FAIL;
		if (is_number(&option) && !check_number(c, &option))
			return VERDICT_FAIL;
		n += is_choice || is_number(&option);
	}
	if (n == 0)
		return skip(c, "no option is a number or a choice");
	return pass(c, "%u option%s at and beyond %s limits%s", n, n == 1 ? "" : "s", n == 1 ? "its" : "their",
		    c->is_open ? "" : "; not opened with them, for it does not open");
}
