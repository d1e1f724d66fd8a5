#include "options/option_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "options/option_parse.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

struct weir_option option_at(const struct option_table *table, uint32_t i)
{
	struct weir_option option = {0};
	size_t n = table->stride < sizeof(option) ? table->stride : sizeof(option);
	memcpy(&option, (const char *)table->options + (size_t)i * table->stride, n);
	return option;
}

/* A name that libconfig can read. */
static bool is_name(const char *text)
{
	if (!isalpha((unsigned char)*text))
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && *text != '_' && *text != '-')
			return false;
	return true;
}

static int check_one(const struct weir_option *option, size_t instance_size, void *instance,
		     struct obstack *memory, struct error *error)
{
	size_t size = option_type_size(option->type);
	if (option->name == NULL || !is_name(option->name))
		return error_set(error, -EINVAL, "an option has no name that a configuration file could hold");
	if (option->doc == NULL)
		return error_set(error, -EINVAL, "option '%s' has no doc", option->name);
	if (size == 0)
		return error_set(error, -EINVAL, "option '%s' has the unknown type %u", option->name,
				 option->type);
	if (option->offset > instance_size || size > instance_size - option->offset ||
	    option->offset % size != 0)
		return error_set(error, -EINVAL, "option '%s' has no field in the instance: offset %zu, size %zu of %zu",
				 option->name, option->offset, size, instance_size);
	if (option_allowed_check(option, error) < 0)
		return error_prefix(error, "option '%s'", option->name);
	if (option_set_default(option, instance, memory, error) < 0)
		return error_prefix(error, "option '%s': default", option->name);
	return 0;
}

static bool name_was_before(const struct option_table *table, uint32_t i)
{
	for (uint32_t before = 0; before < i; before++)
		if (strcmp(option_at(table, before).name, option_at(table, i).name) == 0)
			return true;
	return false;
}

int option_table_check(const struct option_table *table, size_t instance_size, struct error *error)
{
	void *instance = calloc(1, instance_size + 1);
	if (instance == NULL)
		return error_set(error, -ENOMEM, "no memory for an instance of %zu bytes", instance_size);
	struct obstack memory;
	obstack_init(&memory);
	int r = 0;
	for (uint32_t i = 0; r == 0 && i < table->n_options; i++) {
		struct weir_option option = option_at(table, i);
		r = check_one(&option, instance_size, instance, &memory, error);
		if (r == 0 && name_was_before(table, i))
			r = error_set(error, -EINVAL, "option '%s' is there twice", option.name);
	}
	obstack_free(&memory, NULL);
	free(instance);
	return r;
}
