// SPDX-License-Identifier: GPL-2.0-only
/* Text that grows, and values as text: str(), repr() and JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

void text_put(struct text_buffer *out, const char *text, size_t length)
{
	size_t room;
	char *larger;

	if (out->failed)
		return;
	if (!config_step(out->config, length / 256)) {
		out->failed = true;
		return;
	}
	if (length >= out->room - out->length || !out->room) {
		room = (out->length + length) * 2 + 32;
		larger = room < length ? NULL : config_alloc(out->config, room);
		if (!larger) {
			out->failed = true;
			return;
		}
		if (out->length)
			memcpy(larger, out->text, out->length);
		out->text = larger;
		out->room = room;
	}
	if (length)
		memcpy(out->text + out->length, text, length);
	out->length += length;
	out->text[out->length] = '\0';
}

void text_puts(struct text_buffer *out, const char *text)
{
	text_put(out, text, strlen(text));
}

void text_repeat(struct text_buffer *out, char c, size_t count)
{
	char block[64];

	memset(block, c, sizeof(block));
	while (count && !out->failed) {
		size_t part = count < sizeof(block) ? count : sizeof(block);

		text_put(out, block, part);
		count -= part;
	}
}

struct config_value *text_value(struct text_buffer *out,
				const struct config_pos *pos)
{
	struct config_value *value;

	if (out->failed)
		return NULL;
	value = value_new(out->config, CONFIG_STRING, pos);
	if (!value)
		return NULL;
	value->string = out->text ? out->text : "";
	value->length = out->length;
	return value;
}

void float_repr(double real, char out[40])
{
	char digits[40];
	int precision;
	int exponent;
	char *e;

	if (isnan(real) || isinf(real)) {
		strcpy(out, isnan(real) ? "nan" : real > 0 ? "inf" : "-inf");
		return;
	}
	for (precision = 0; precision < 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*e", precision, real);
		if (strtod(digits, NULL) == real)
			break;
	}
	e = strchr(digits, 'e');
	exponent = atoi(e + 1);
	if (exponent < -4 || exponent >= 16) {
		strcpy(out, digits);
		return;
	}
	snprintf(out, 40, "%.*f",
		 precision - exponent > 1 ? precision - exponent : 1, real);
}

static void put_escaped(struct text_buffer *out, unsigned char c, char quote)
{
	char escape[8];

	if (c == '\n' || c == '\t' || c == '\r')
		snprintf(escape, sizeof(escape), "\\%c",
			 c == '\n' ? 'n' :
			 c == '\t' ? 't' :
				     'r');
	else if (c == '\\' || c == (unsigned char)quote)
		snprintf(escape, sizeof(escape), "\\%c", c);
	else if (c < 0x20 || c == 0x7f)
		snprintf(escape, sizeof(escape), "\\x%02x", c);
	else
		snprintf(escape, sizeof(escape), "%c", c);
	text_puts(out, escape);
}

static void put_quoted(struct text_buffer *out,
		       const struct config_value *value)
{
	char quote = strchr(value->string, '\'') &&
				     !strchr(value->string, '"') ?
			     '"' :
			     '\'';
	size_t i;

	text_put(out, &quote, 1);
	for (i = 0; i < value->length; i++)
		put_escaped(out, value->string[i], quote);
	text_put(out, &quote, 1);
}

static bool enter(struct text_buffer *out)
{
	struct config *config = out->config;

	if (config->depth >= CONFIG_MAX_TREE) {
		config_fail_at(config, &config->at, NULL,
			       "values are nested too deeply to print");
		out->failed = true;
	}
	if (!out->failed && !config_step(config, 1))
		out->failed = true;
	return !out->failed;
}

static void put_items(struct text_buffer *out, const struct config_value *value)
{
	bool tuple = value->type == CONFIG_TUPLE;
	size_t i;

	text_puts(out, tuple ? "(" : "[");
	for (i = 0; i < value->count && !out->failed; i++) {
		if (i)
			text_puts(out, ", ");
		text_put_repr(out, value->items[i]);
	}
	text_puts(out, !tuple ? "]" : value->count == 1 ? ",)" : ")");
}

static void put_pairs(struct text_buffer *out, const struct config_value *value)
{
	size_t i;

	text_puts(out, "{");
	for (i = 0; i < value->nr_pairs && !out->failed; i++) {
		if (i)
			text_puts(out, ", ");
		text_put_repr(out, value->keys[i]);
		text_puts(out, ": ");
		text_put_repr(out, value->values[i]);
	}
	text_puts(out, "}");
}

void text_put_repr(struct text_buffer *out, const struct config_value *value)
{
	char number[40];

	if (!enter(out))
		return;
	out->config->depth++;
	switch (value->type) {
	case CONFIG_NONE:
		text_puts(out, "None");
		break;
	case CONFIG_BOOL:
		text_puts(out, value->boolean ? "True" : "False");
		break;
	case CONFIG_INT:
		snprintf(number, sizeof(number), "%lld",
			 (long long)value->integer);
		text_puts(out, number);
		break;
	case CONFIG_FLOAT:
		float_repr(value->real, number);
		text_puts(out, number);
		break;
	case CONFIG_STRING:
		put_quoted(out, value);
		break;
	case CONFIG_LIST:
	case CONFIG_TUPLE:
		put_items(out, value);
		break;
	case CONFIG_DICT:
		put_pairs(out, value);
		break;
	default:
		text_puts(out, "<function>");
	}
	out->config->depth--;
}

void text_put_str(struct text_buffer *out, const struct config_value *value)
{
	if (value->type == CONFIG_STRING)
		text_put(out, value->string, value->length);
	else
		text_put_repr(out, value);
}

static void put_json_string(struct text_buffer *out, const char *text,
			    size_t length)
{
	char escape[8];
	size_t i;

	text_puts(out, "\"");
	for (i = 0; i < length; i++) {
		unsigned char c = text[i];

		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c < 0x20)
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			snprintf(escape, sizeof(escape), "%c", c);
		text_puts(out, escape);
	}
	text_puts(out, "\"");
}

static void put_json_pairs(struct text_buffer *out,
			   const struct config_value *value)
{
	size_t i;

	text_puts(out, "{");
	for (i = 0; i < value->nr_pairs && !out->failed; i++) {
		struct text_buffer key = { out->config, NULL, 0, 0, false };

		text_put_str(&key, value->keys[i]);
		out->failed |= key.failed;
		if (i)
			text_puts(out, ", ");
		put_json_string(out, key.text ? key.text : "", key.length);
		text_puts(out, ": ");
		text_put_json(out, value->values[i]);
	}
	text_puts(out, "}");
}

void text_put_json(struct text_buffer *out, const struct config_value *value)
{
	size_t i;

	if (!enter(out))
		return;
	out->config->depth++;
	switch (value->type) {
	case CONFIG_NONE:
	case CONFIG_FUNCTION:
		text_puts(out, "null");
		break;
	case CONFIG_BOOL:
		text_puts(out, value->boolean ? "true" : "false");
		break;
	case CONFIG_STRING:
		put_json_string(out, value->string, value->length);
		break;
	case CONFIG_LIST:
	case CONFIG_TUPLE:
		text_puts(out, "[");
		for (i = 0; i < value->count && !out->failed; i++) {
			if (i)
				text_puts(out, ", ");
			text_put_json(out, value->items[i]);
		}
		text_puts(out, "]");
		break;
	case CONFIG_DICT:
		put_json_pairs(out, value);
		break;
	default:
		text_put_repr(out, value);
	}
	out->config->depth--;
}
