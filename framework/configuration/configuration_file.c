#include "config.h"

#include "configuration/configuration_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "configuration/findings.h"

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

struct line_origin configuration_file_origin(const struct configuration_file *file, const config_setting_t *setting)
{
	const char *set_by = config_setting_get_hook(setting);
	if (set_by != NULL)
		return (struct line_origin){set_by, 0};
	return configuration_text_origin(&file->text, setting->line);
}

/* ---- syntax -------------------------------------------------------------------------------------- */

/* The name that a line begins with, as in "name = ...". Nothing behind it is shown: it may be a secret. */
static size_t leading_name(const char *text, unsigned line, const char **ret_name)
{
	for (; line > 1 && text != NULL; line--)
		text = strchr(text, '\n') != NULL ? strchr(text, '\n') + 1 : NULL;
	if (text == NULL)
		return 0;
	text += strspn(text, " \t");
	size_t len = 0;
	while (isalnum((unsigned char)text[len]) || text[len] == '_' || text[len] == '-')
		len++;
	size_t behind = len + strspn(text + len, " \t");
	*ret_name = text;
	return len <= 64 && (text[behind] == '=' || text[behind] == ':') ? len : 0;
}

static void report_syntax(const struct configuration_file *file)
{
	unsigned line = config_error_line(&file->config) > 0 ? (unsigned)config_error_line(&file->config) : 1;
	struct line_origin origin = configuration_text_origin(&file->text, line);
	const char *name = "", *error = config_error_text(&file->config);
	size_t len = leading_name(file->text.text, line, &name);
	const char *hint = "here or shortly before; a setting is written name = value; and text, also \"5s\", stands in "
			   "double quotes";
	if (strstr(error, "duplicate") != NULL)
		hint = "the name is already there in the same group: remove one of the two";
	else if (strstr(error, "array") != NULL)
		hint = "all values in [ ] must be of one kind; ( ) may mix them";
	findings_error(file->findings, origin.file, origin.line, "%s%s%.*s%s: %s", error, len > 0 ? " at '" : "",
		       (int)len, name, len > 0 ? "'" : "", hint);
}

/* ---- --set --------------------------------------------------------------------------------------- */

static bool refuse_override(struct configuration_file *file, const char *set_by, const char *why)
{
	findings_error(file->findings, set_by, 0, "%s; expected something like pipeline.checkpoint.interval, source.stop or "
		       "transforms[0].window", why);
	return false;
}

/* "transforms[0]" -> its name, cut off in place, and the number. -1: no [ ]; -2: not to be read. */
static int cut_index(char *part)
{
	char *bracket = strchr(part, '['), *end;
	if (bracket == NULL)
		return -1;
	*bracket++ = '\0';
	if (!isdigit((unsigned char)*bracket))
		return -2;
	long index = strtol(bracket, &end, 10);
	return strcmp(end, "]") == 0 && index < 10000 ? (int)index : -2;
}

/* The group that a part of the path names; made where it is not there. NULL: refused. */
static config_setting_t *enter(struct configuration_file *file, config_setting_t *group, char *part, char *set_by)
{
	int index = cut_index(part);
	config_setting_t *member = config_setting_get_member(group, part);
	if (member == NULL && index == -1) {
		member = config_setting_add(group, part, CONFIG_TYPE_GROUP);
		if (member != NULL)
			config_setting_set_hook(member, set_by);
	} else if (member != NULL && index >= 0) {
		member = config_setting_is_list(member) ? config_setting_get_elem(member, (unsigned)index) : NULL;
	}
	if (member != NULL && index != -2 && config_setting_is_group(member))
		return member;
	(void)refuse_override(file, set_by, "the file has no such group");
	return NULL;
}

static bool apply_override(struct configuration_file *file, const struct override *override)
{
	obstack_grow(file->memory, "--set ", 6);
	obstack_grow0(file->memory, override->path, strlen(override->path));
	char *set_by = obstack_finish(file->memory);
	char *path = obstack_copy0(file->memory, override->path, strlen(override->path));
	config_setting_t *group = config_root_setting(&file->config);
	for (char *dot; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
		*dot = '\0';
		group = enter(file, group, path, set_by);
		if (group == NULL)
			return false;
	}
	(void)config_setting_remove(group, path);
	config_setting_t *setting = config_setting_add(group, path, CONFIG_TYPE_STRING);
	if (setting == NULL)
		return refuse_override(file, set_by, "that is not the name of a setting");
	config_setting_set_hook(setting, set_by);
	return config_setting_set_string(setting, override->value) == CONFIG_TRUE;
}

/* ---- opening ------------------------------------------------------------------------------------- */

bool configuration_file_open(struct configuration_file *file, const char *path, const struct override *overrides,
			     uint32_t n_overrides, struct obstack *memory, struct findings *findings)
{
	*file = (struct configuration_file){.path = path, .memory = memory, .findings = findings};
	config_init(&file->config);
	if (!configuration_text_read(path, memory, findings, &file->text))
		return false;
	if (config_read_string(&file->config, file->text.text) != CONFIG_TRUE) {
		report_syntax(file);
		return false;
	}
	for (uint32_t i = 0; i < n_overrides; i++)
		(void)apply_override(file, &overrides[i]); /* the rest can still be checked */
	return true;
}

void configuration_file_close(struct configuration_file *file)
{
	byte_writer_done(&file->expansions);
	config_destroy(&file->config);
}

/* ---- values -------------------------------------------------------------------------------------- */

static const char *keep(struct configuration_file *file, const char *text)
{
	return obstack_copy0(file->memory, text, strlen(text));
}

static struct option_value value_of_string(struct configuration_file *file, const config_setting_t *setting)
{
	struct error error = ERROR_INIT;
	const char *raw = config_setting_get_string(setting);
	if (raw == NULL)
		raw = "";
	raw = keep(file, raw);
	const char *text = text_expand(raw, file->memory, &file->hidden, &error);
	obstack_printf(file->memory, "\"%.100s%s\"", raw, strlen(raw) > 100 ? "..." : "");
	obstack_1grow(file->memory, '\0');
	struct option_value value = {VALUE_STRING, .text = text, .shown = obstack_finish(file->memory)};
	if (text == NULL) {
		struct line_origin origin = configuration_file_origin(file, setting);
		findings_error(file->findings, origin.file, origin.line, "%s%s%s", setting->name != NULL ? setting->name : "",
			       setting->name != NULL ? ": " : "", error.text);
		value.type = VALUE_BROKEN;
	} else if (config_setting_get_hook(setting) != NULL || strstr(raw, "${") != NULL) {
		byte_writer_string(&file->expansions, text);
		value.type = VALUE_TEXT;
	}
	return value;
}

static struct option_value value_of_scalar(struct configuration_file *file, const config_setting_t *setting)
{
	struct option_value value = {VALUE_NESTED, .shown = ""};
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return value_of_string(file, setting);
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		value.type = VALUE_INTEGER;
		value.integer = config_setting_get_int64(setting);
		obstack_printf(file->memory, "%lld", (long long)value.integer);
		break;
	case CONFIG_TYPE_FLOAT:
		value.type = VALUE_REAL;
		value.real = config_setting_get_float(setting);
		obstack_printf(file->memory, "%.15g", value.real);
		break;
	case CONFIG_TYPE_BOOL:
		value.type = VALUE_BOOL;
		value.integer = config_setting_get_bool(setting);
		obstack_printf(file->memory, "%s", value.integer ? "true" : "false");
		break;
	default:
		return value;
	}
	obstack_1grow(file->memory, '\0');
	value.text = value.shown = obstack_finish(file->memory);
	return value;
}

/* A list's values, or a group's names and values. */
static struct option_value value_of_aggregate(struct configuration_file *file, const config_setting_t *setting)
{
	bool is_group = config_setting_is_group(setting);
	unsigned n = (unsigned)config_setting_length(setting), at = 0;
	const char **texts = obstack_alloc(file->memory, (2 * n + 1) * sizeof(*texts));
	struct option_value value = {is_group ? VALUE_MAP : VALUE_LIST, .shown = is_group ? "a group" : "a list",
				     .texts = texts};
	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *element = config_setting_get_elem(setting, i);
		struct option_value one = value_of_scalar(file, element);
		if (is_group)
			texts[at++] = keep(file, config_setting_name(element));
		texts[at++] = one.text;
		if (one.type == VALUE_NESTED && value.type != VALUE_BROKEN) {
			value.type = VALUE_NESTED;
			value.shown = is_group ? "a group with groups or lists in it" : "a list with groups or lists in it";
		} else if (one.type == VALUE_BROKEN) {
			value.type = VALUE_BROKEN;
		}
	}
	texts[at] = NULL;
	return value;
}

struct option_value configuration_file_value(struct configuration_file *file, const config_setting_t *setting)
{
	return config_setting_is_aggregate(setting) ? value_of_aggregate(file, setting) : value_of_scalar(file, setting);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

uint32_t configuration_file_settings(struct configuration_file *file, const config_setting_t *group,
				     const char *const *others, const struct option_setting **ret_settings)
{
	unsigned n = (unsigned)config_setting_length(group), n_settings = 0;
	struct option_setting *settings = obstack_alloc(file->memory, (n + 1) * sizeof(*settings));
	for (unsigned i = 0; i < n; i++) {
		const config_setting_t *member = config_setting_get_elem(group, i);
		if (is_one_of(config_setting_name(member), others))
			continue;
		struct line_origin origin = configuration_file_origin(file, member);
		settings[n_settings++] = (struct option_setting){keep(file, config_setting_name(member)),
						      configuration_file_value(file, member), origin.file, origin.line};
	}
	*ret_settings = settings;
	return n_settings;
}

static void write_setting(struct byte_writer *writer, const config_setting_t *setting)
{
	int type = config_setting_type(setting);
	byte_writer_string(writer, config_setting_name(setting));
	byte_writer_u32(writer, (uint32_t)type);
	double real = config_setting_get_float(setting);
	if (config_setting_is_aggregate(setting)) {
		int n = config_setting_length(setting);
		byte_writer_u32(writer, (uint32_t)n);
		for (int i = 0; i < n; i++)
			write_setting(writer, config_setting_get_elem(setting, (unsigned)i));
	} else if (type == CONFIG_TYPE_STRING) {
		byte_writer_string(writer, config_setting_get_string(setting));
	} else if (type == CONFIG_TYPE_FLOAT) {
		byte_writer_block(writer, &real, sizeof(real));
	} else {
		byte_writer_u64(writer, (uint64_t)(type == CONFIG_TYPE_BOOL ? config_setting_get_bool(setting)
									    : config_setting_get_int64(setting)));
	}
}

uint64_t configuration_file_fingerprint(const struct configuration_file *file)
{
	struct byte_writer writer = {0};
	write_setting(&writer, config_root_setting(&file->config));
	byte_writer_block(&writer, file->expansions.data, (uint32_t)file->expansions.bytes);
	uint64_t fingerprint = writer.failed ? 0 : bytes_checksum(writer.data, writer.bytes);
	byte_writer_done(&writer);
	return fingerprint;
}
