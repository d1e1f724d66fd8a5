#include "options/option_parse.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/similar_text.h"
#include "base/text_units.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

struct option_type {
	const char *name, *expected;
	size_t size;
	int (*number)(const struct option_value *, int64_t *); /* types whose field is an int64_t */
};

static bool is_text(const struct option_value *value)
{
	return value->type == VALUE_TEXT || value->type == VALUE_STRING;
}

static int number_of_integer(const struct option_value *value, int64_t *ret)
{
	if (value->type == VALUE_TEXT)
		return text_to_integer(value->text, ret);
	*ret = value->integer;
	return value->type == VALUE_INTEGER ? 0 : -EINVAL;
}

static int number_of_duration(const struct option_value *value, int64_t *ret)
{
	*ret = 0; /* the only number that needs no unit */
	if (is_text(value))
		return text_to_duration(value->text, ret);
	return value->type == VALUE_INTEGER && value->integer == 0 ? 0 : -EINVAL;
}

static int number_of_bytes(const struct option_value *value, int64_t *ret)
{
	if (is_text(value))
		return text_to_bytes(value->text, ret);
	*ret = value->integer;
	return value->type == VALUE_INTEGER && value->integer >= 0 ? 0 : -EINVAL;
}

static const struct option_type types[] = {
	[WEIR_STRING] = {"text", "text in double quotes", sizeof(char *), NULL},
	[WEIR_INTEGER] = {"integer", "an integer, like 42", sizeof(int64_t), number_of_integer},
	[WEIR_REAL] = {"number", "a number, like 0.5", sizeof(double), NULL},
	[WEIR_BOOL] = {"bool", "true or false", sizeof(bool), NULL},
	[WEIR_DURATION] = {"duration", "a duration with its unit, like \"250 ms\", \"5s\" or \"1m\"",
			   sizeof(int64_t), number_of_duration},
	[WEIR_BYTES] = {"size", "a size, like 512, \"64 KiB\" or \"16 MiB\"", sizeof(int64_t), number_of_bytes},
	[WEIR_LIST] = {"list", "a list, like [ \"a\", \"b\" ]", sizeof(char **), NULL},
	[WEIR_MAP] = {"group", "a group of plain values, like { name = value; }", sizeof(char **), NULL},
};

static const struct option_type *type_of(uint32_t type)
{
	return type < sizeof(types) / sizeof(types[0]) && types[type].name != NULL ? &types[type] : NULL;
}

const char *option_type_name(uint32_t type)
{
	return type_of(type) != NULL ? type_of(type)->name : NULL;
}

size_t option_type_size(uint32_t type)
{
	return type_of(type) != NULL ? type_of(type)->size : 0;
}

static int wrong(const struct weir_option *option, const struct option_value *value, int code,
		 struct error *error)
{
	const char *expected = type_of(option->type)->expected;
	if (option->flags & WEIR_SECRET)
		return error_set(error, code, "expected %s (what was found is secret)", expected);
	if (code == -ERANGE)
		return error_set(error, code, "%s is too large", value->shown);
	return error_set(error, code, "expected %s, found %s", expected, value->shown);
}

static int not_allowed(const struct weir_option *option, const struct option_value *value,
		       const char *suggestion, struct error *error)
{
	char hint[128] = "";
	if (suggestion != NULL)
		snprintf(hint, sizeof(hint), "; did you mean \"%s\"?", suggestion);
	return error_set(error, -ERANGE, "%s is not allowed; allowed: %s%s",
			 option->flags & WEIR_SECRET ? "the secret value" : value->shown, option->allowed, hint);
}

/* "LEAST..GREATEST", either may be empty: gives the two texts. */
static bool range_ends(const char *allowed, char least[64], char greatest[64])
{
	const char *dots = strstr(allowed, "..");
	if (dots == NULL || dots - allowed >= 64 || strlen(dots + 2) >= 64)
		return false;
	memcpy(least, allowed, (size_t)(dots - allowed));
	least[dots - allowed] = '\0';
	strcpy(greatest, dots + 2);
	return true;
}

static int bad_range(const struct weir_option *option, struct error *error)
{
	return error_set(error, -EINVAL, "allowed '%s' is not a range of %ss", option->allowed,
			 option_type_name(option->type));
}

int option_number_range(const struct weir_option *option, int64_t *low, int64_t *high, struct error *error)
{
	*low = INT64_MIN;
	*high = INT64_MAX;
	if (option->allowed == NULL)
		return 0;
	char least[64], greatest[64];
	const struct option_type *type = type_of(option->type);
	if (!range_ends(option->allowed, least, greatest) ||
	    (*least != '\0' && type->number(&(struct option_value){VALUE_TEXT, .text = least}, low) < 0) ||
	    (*greatest != '\0' && type->number(&(struct option_value){VALUE_TEXT, .text = greatest}, high) < 0))
		return bad_range(option, error);
	return 0;
}

static int parse_number(const struct weir_option *option, const struct option_value *value, int64_t *field,
			struct error *error)
{
	int64_t number = 0, low, high;
	int r = type_of(option->type)->number(value, &number);
	if (r < 0)
		return wrong(option, value, r, error);
	r = option_number_range(option, &low, &high, error);
	if (r < 0)
		return r;
	if (number < low || number > high)
		return not_allowed(option, value, NULL, error);
	*field = number;
	return 0;
}

static bool text_to_real(const char *text, double *ret_number)
{
	char *end;
	*ret_number = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*ret_number);
}

static int real_range(const struct weir_option *option, double *low, double *high, struct error *error)
{
	*low = -INFINITY;
	*high = INFINITY;
	if (option->allowed == NULL)
		return 0;
	char least[64], greatest[64];
	if (!range_ends(option->allowed, least, greatest) || (*least != '\0' && !text_to_real(least, low)) ||
	    (*greatest != '\0' && !text_to_real(greatest, high)))
		return bad_range(option, error);
	return 0;
}

static int parse_real(const struct weir_option *option, const struct option_value *value, double *field,
		      struct error *error)
{
	double number = value->type == VALUE_REAL ? value->real : (double)value->integer, low, high;
	bool fits = value->type == VALUE_INTEGER || (value->type == VALUE_REAL && isfinite(number)) ||
		    (value->type == VALUE_TEXT && text_to_real(value->text, &number));
	if (!fits)
		return wrong(option, value, -EINVAL, error);
	int r = real_range(option, &low, &high, error);
	if (r < 0)
		return r;
	if (number < low || number > high)
		return not_allowed(option, value, NULL, error);
	*field = number;
	return 0;
}

static int parse_bool(const struct weir_option *option, const struct option_value *value, bool *field,
		      struct error *error)
{
	if (value->type == VALUE_BOOL)
		*field = value->integer != 0;
	else if (value->type == VALUE_TEXT && strcmp(value->text, "true") == 0)
		*field = true;
	else if (value->type == VALUE_TEXT && strcmp(value->text, "false") == 0)
		*field = false;
	else
		return wrong(option, value, -EINVAL, error);
	return 0;
}

/* `text` is one of "none|gzip|zstd". */
static int check_choice(const struct weir_option *option, const struct option_value *value, const char *text,
			struct error *error)
{
	struct similar_text similar = SIMILAR_TEXT_INIT(text);
	if (option->allowed == NULL)
		return 0;
	char *choices = strdup(option->allowed), *rest = NULL;
	bool found = false;
	for (char *choice = strtok_r(choices, "|", &rest); choice != NULL; choice = strtok_r(NULL, "|", &rest)) {
		found = found || strcmp(choice, text) == 0;
		similar_text_consider(&similar, choice);
	}
	int r = found ? 0 : not_allowed(option, value, similar.best, error);
	free(choices);
	return r;
}

static int parse_string(const struct weir_option *option, const struct option_value *value, const char **field,
			struct error *error)
{
	if (!is_text(value))
		return wrong(option, value, -EINVAL, error);
	int r = check_choice(option, value, value->text, error);
	if (r == 0)
		*field = value->text;
	return r;
}

/* "a,b" of --set, ${...} or a default; blanks around the commas do not count. */
static const char *const *split(const char *text, struct obstack *memory)
{
	size_t n = 0;
	const char **texts = obstack_alloc(memory, (strlen(text) + 2) * sizeof(*texts));
	char *rest = NULL;
	for (char *one = strtok_r(obstack_copy0(memory, text, strlen(text)), ",", &rest); one != NULL;
	     one = strtok_r(NULL, ",", &rest)) {
		one += strspn(one, " ");
		size_t len = strlen(one);
		while (len > 0 && one[len - 1] == ' ')
			one[--len] = '\0';
		texts[n++] = one;
	}
	texts[n] = NULL;
	return texts;
}

static int parse_list(const struct weir_option *option, const struct option_value *value,
		      const char *const **field, struct obstack *memory, struct error *error)
{
	if (value->type != VALUE_LIST && value->type != VALUE_TEXT)
		return wrong(option, value, -EINVAL, error);
	const char *const *texts = value->type == VALUE_LIST ? value->texts : split(value->text, memory);
	for (const char *const *text = texts; *text != NULL; text++) {
		int r = check_choice(option, value, *text, error);
		if (r < 0)
			return r;
	}
	*field = texts;
	return 0;
}

int option_parse(const struct weir_option *option, const struct option_value *value, void *instance,
		 struct obstack *memory, struct error *error)
{
	void *field = (char *)instance + option->offset;
	switch (option->type) {
	case WEIR_STRING:
		return parse_string(option, value, field, error);
	case WEIR_REAL:
		return parse_real(option, value, field, error);
	case WEIR_BOOL:
		return parse_bool(option, value, field, error);
	case WEIR_LIST:
		return parse_list(option, value, field, memory, error);
	case WEIR_MAP:
		if (value->type != VALUE_MAP)
			return wrong(option, value, -EINVAL, error);
		*(const char *const **)field = value->texts;
		return 0;
	default:
		return parse_number(option, value, field, error);
	}
}

int option_set_default(const struct weir_option *option, void *instance, struct obstack *memory,
		       struct error *error)
{
	if (option->fallback == NULL)
		return 0;
	struct option_value value = {VALUE_TEXT, .text = option->fallback, .shown = option->fallback};
	return option_parse(option, &value, instance, memory, error);
}

int option_allowed_check(const struct weir_option *option, struct error *error)
{
	int64_t low, high;
	double real_low, real_high;
	if (option->type == WEIR_REAL)
		return real_range(option, &real_low, &real_high, error);
	if (type_of(option->type)->number != NULL)
		return option_number_range(option, &low, &high, error);
	return 0;
}
