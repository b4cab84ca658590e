// SPDX-License-Identifier: GPL-2.0-only
/* Comma separated fields of a disk or an interface. */
#include <ctype.h>
#include <string.h>

#include "config/fields.h"

static const char *copy(struct config *config, const char *text,
			const char *start, const char *end, size_t *offset)
{
	while (start < end && isspace((unsigned char)*start))
		start++;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	*offset = start - text;
	return config_strdup(config, start, end - start);
}

/* Whether the field from @start is `key=value` (no path before the `=`). */
static const char *find_equals(const char *start, const char *end)
{
	const char *equals = memchr(start, '=', end - start);
	const char *p;

	for (p = start; equals && p < equals; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("_- \t", *p))
			return NULL;
	}
	return equals;
}

static bool unquote(struct config *config, const struct config_value *value,
		    struct field *field)
{
	size_t length = strlen(field->text);
	char quote = *field->text;

	if (quote != '"' && quote != '\'')
		return true;
	if (length < 2 || field->text[length - 1] != quote) {
		config_fail(config, value, field->offset,
			    "leave it out: the entry is in quotes already",
			    "this quote is not closed");
		return false;
	}
	field->text = config_strdup(config, field->text + 1, length - 2);
	field->offset++;
	return field->text != NULL;
}

int fields_split(struct config *config, const struct config_value *value,
		 const char *last, struct field fields[FIELDS_MAX])
{
	const char *text = value->string;
	const char *start = text;
	int count = 0;

	for (;;) {
		const char *end = start + strcspn(start, ",");
		const char *equals = find_equals(start, end);
		struct field *field = &fields[count++];

		memset(field, 0, sizeof(*field));
		if (equals) {
			field->key = copy(config, text, start, equals,
					  &field->key_offset);
			if (field->key && last && !strcmp(field->key, last))
				end = text + value->length;
			start = equals + 1;
		}
		field->text = copy(config, text, start, end, &field->offset);
		if (!field->text || (equals && !field->key) ||
		    !unquote(config, value, field))
			return -1;
		if (!*end)
			return count;
		if (count == FIELDS_MAX) {
			config_fail(config, value, end - text, NULL,
				    "more than %d fields", FIELDS_MAX);
			return -1;
		}
		start = end + 1;
	}
}
