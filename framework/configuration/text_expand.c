#include "configuration/text_expand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "configuration/configuration_text.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static const char *value_of_environment(const char *name, struct error *error)
{
	const char *value = getenv(name);
	if (value == NULL)
		error_set(error, -ENOENT, "the environment has no '%s'", name);
	return value;
}

static const char *value_of_file(const char *path, struct obstack *memory, struct error *error)
{
	char *content;
	size_t len;
	if (small_file_read(path, &content, &len, error) < 0)
		return NULL;
	if (len > 0 && content[len - 1] == '\n')
		len -= 1 + (len > 1 && content[len - 2] == '\r');
	const char *value = obstack_copy0(memory, content, len);
	free(content);
	return value;
}

/* `reference` is what stands between ${ and } */
static const char *value_of(const char *reference, struct obstack *memory, struct error *error)
{
	if (strncmp(reference, "env:", 4) == 0)
		return value_of_environment(reference + 4, error);
	if (strncmp(reference, "file:", 5) == 0)
		return value_of_file(reference + 5, memory, error);
	error_set(error, -EINVAL, "cannot read ${%.64s}: expected ${env:NAME} or ${file:/path}; write $$ for a $", reference);
	return NULL;
}

/* Appends what the reference behind `text`, a "${", stands for. NULL: failed; else where to go on. */
static const char *expand_reference(const char *text, struct obstack *growing, struct obstack *memory,
				    struct hidden_text **hidden, struct error *error)
{
	const char *end = strchr(text, '}');
	if (end == NULL) {
		error_set(error, -EINVAL, "the } of a ${...} is missing; write $$ for a $");
		return NULL;
	}
	const char *value = value_of(obstack_copy0(memory, text + 2, (size_t)(end - text - 2)), memory, error);
	if (value == NULL)
		return NULL;
	hidden_text_add(hidden, value, memory);
	obstack_grow(growing, value, strlen(value));
	return end + 1;
}

const char *text_expand(const char *text, struct obstack *memory, struct hidden_text **hidden, struct error *error)
{
	if (strchr(text, '$') == NULL)
		return text;
	struct obstack growing;
	obstack_init(&growing);
	const char *next = text, *result = NULL;
	while (next != NULL && *next != '\0') {
		if (next[0] == '$' && next[1] == '{') {
			next = expand_reference(next, &growing, memory, hidden, error);
			continue;
		}
		obstack_1grow(&growing, *next);
		next += next[0] == '$' && next[1] == '$' ? 2 : 1;
	}
	if (next != NULL)
		result = obstack_copy0(memory, obstack_base(&growing), obstack_object_size(&growing));
	obstack_free(&growing, NULL);
	return result;
}

void hidden_text_add(struct hidden_text **list, const char *text, struct obstack *memory)
{
	if (*text == '\0')
		return;
	/* longest first: one may be part of another */
	while (*list != NULL && strlen((*list)->text) > strlen(text))
		list = &(*list)->next;
	struct hidden_text *hidden = obstack_alloc(memory, sizeof(*hidden));
	*hidden = (struct hidden_text){text, *list};
	*list = hidden;
}

void text_hide(char *text, const struct hidden_text *hidden)
{
	for (; hidden != NULL; hidden = hidden->next) {
		size_t len = strlen(hidden->text);
		for (char *found = text; (found = strstr(found, hidden->text)) != NULL;) {
			size_t stars = len < 3 ? len : 3;
			memset(found, '*', stars);
			memmove(found + stars, found + len, strlen(found + len) + 1);
			found += stars;
		}
	}
}
