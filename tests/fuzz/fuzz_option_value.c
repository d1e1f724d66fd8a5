/* Option values: a first line (type, allowed), then the value as text. Also the numbers with units below them, and
 * "did you mean". */
#include <errno.h>
#include <math.h>

#include "base/similar_text.h"
#include "base/text_units.h"
#include "fuzz.h"
#include "options/option_parse.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

static void read_units(const char *text)
{
	char again[TEXT_UNITS_SIZE];
	int64_t number, reread;
	int r = text_to_integer(text, &number);
	CLAIM(r == 0 || r == -EINVAL || r == -ERANGE);
	if (r == 0) {
		snprintf(again, sizeof(again), "%lld", (long long)number);
		CLAIM(text_to_integer(again, &reread) == 0 && reread == number);
	}
	if (text_to_duration(text, &number) == 0) {
		CLAIM(number >= 0);
		duration_to_text(number, again);
		CLAIM(text_to_duration(again, &reread) == 0 && reread == number);
	}
	if (text_to_bytes(text, &number) == 0) {
		CLAIM(number >= 0);
		bytes_to_text(number, again);
		CLAIM(text_to_bytes(again, &reread) == 0 && reread == number);
	}
}

static void compare_words(const char *text, const char *other)
{
	struct similar_text similar = SIMILAR_TEXT_INIT(text);
	similar_text_consider(&similar, other);
	CLAIM(similar.best == NULL || (similar.best == other && similar.distance < strlen(other)));
	similar_text_consider(&similar, text);
	CLAIM(*text == '\0' || strlen(text) > 63 || (similar.best != NULL && similar.distance == 0));
}

union field {
	const char *text;
	const char *const *texts;
	int64_t number;
	double real;
	bool flag;
};

/* Each value of a list is in the text, in this order. */
static void judge_list(const char *text, const char *const *texts)
{
	for (; *texts != NULL; texts++) {
		const char *found = strstr(text, *texts);
		CLAIM(found != NULL && strchr(*texts, ',') == NULL);
		text = found + strlen(*texts);
	}
}

static void parse(const struct weir_option *option, const struct option_value *value)
{
	struct obstack memory;
	obstack_init(&memory);
	union field field = {0};
	struct error error = ERROR_INIT;
	int r = option_parse(option, value, &field, &memory, &error);
	CLAIM(r == 0 || (error.code == r && error.text[0] != '\0'));
	bool is_secret = (option->flags & WEIR_SECRET) != 0 && strlen(value->text) >= 24 &&
			 (option->allowed == NULL || strstr(option->allowed, value->text) == NULL);
	CLAIM(r == 0 || !is_secret || strstr(error.text, value->text) == NULL);
	if (r == 0 && option->type == WEIR_REAL)
		CLAIM(isfinite(field.real));
	if (r == 0 && option->type == WEIR_STRING)
		CLAIM(strcmp(field.text, value->text) == 0);
	if (r == 0 && option->type == WEIR_LIST)
		judge_list(value->text, field.texts);
	if (r == 0 && (option->type == WEIR_DURATION || option->type == WEIR_BYTES))
		CLAIM(field.number >= 0);
	obstack_free(&memory, NULL);
}

static const char *const ranges[] = {NULL, "1..100", "..1 GiB", "10 ms..1m", "0..1", "fast|slow|exact", "", ".."};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t types[] = {WEIR_STRING, WEIR_INTEGER, WEIR_REAL, WEIR_BOOL, WEIR_DURATION, WEIR_BYTES,
					 WEIR_LIST, WEIR_MAP};
	struct input input = {data, size};
	uint64_t choice = input_number(&input, 2);
	char *text = text_of(input.at, input.left), shown[128];
	size_t len = strlen(text) + 1;
	char *other = text_of(input.left > len ? input.at + len : NULL, input.left > len ? input.left - len : 0);
	struct weir_option option = {"option", types[choice % 8], choice / 8 % 2 ? WEIR_SECRET : 0, 0, NULL, NULL, "doc"};
	option.allowed = choice / 16 % 16 < 8 ? ranges[choice / 16 % 16] : other;
	snprintf(shown, sizeof(shown), "\"%.100s\"", text);
	if (option_allowed_check(&option, NULL) < 0)
		option.allowed = NULL; /* such a table is refused */
	parse(&option, &(struct option_value){VALUE_TEXT, .text = text, .shown = shown});
	parse(&option, &(struct option_value){VALUE_STRING, .text = text, .shown = shown});
	read_units(text);
	compare_words(text, other);
	free(text);
	free(other);
	return 0;
}
