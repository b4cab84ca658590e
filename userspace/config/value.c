// SPDX-License-Identifier: GPL-2.0-only
/* Making and comparing values. */
#include <string.h>

#include "config/value.h"

struct config_value *value_new(struct config *config, enum config_type type,
			       const struct config_pos *pos)
{
	struct config_value *value = config_alloc(config, sizeof(*value));

	if (!value)
		return NULL;
	value->type = type;
	if (pos)
		value->pos = *pos;
	return value;
}

struct config_value *value_int(struct config *config,
			       const struct config_pos *pos, int64_t integer)
{
	struct config_value *value = value_new(config, CONFIG_INT, pos);

	if (value)
		value->integer = integer;
	return value;
}

struct config_value *value_bool(struct config *config,
				const struct config_pos *pos, bool boolean)
{
	struct config_value *value = value_new(config, CONFIG_BOOL, pos);

	if (value)
		value->boolean = boolean;
	return value;
}

struct config_value *value_float(struct config *config,
				 const struct config_pos *pos, double real)
{
	struct config_value *value = value_new(config, CONFIG_FLOAT, pos);

	if (value)
		value->real = real;
	return value;
}

struct config_value *value_string(struct config *config,
				  const struct config_pos *pos,
				  const char *text, size_t length)
{
	struct config_value *value = value_new(config, CONFIG_STRING, pos);

	if (!value)
		return NULL;
	value->string = config_strdup(config, text, length);
	value->length = length;
	return value->string ? value : NULL;
}

bool list_append(struct config *config, struct config_value *list,
		 struct config_value *item)
{
	struct config_value **larger;

	if (!item)
		return false;
	if (list->count == list->room) {
		larger = arena_grow(&config->arena, list->items, list->count,
				    sizeof(*larger), &list->room);
		if (!larger)
			return config_alloc(config, SIZE_MAX) != NULL;
		list->items = larger;
	}
	list->items[list->count++] = item;
	return true;
}

struct config_value *list_copy(struct config *config,
			       const struct config_pos *pos,
			       enum config_type type,
			       const struct config_value *list)
{
	struct config_value *copy = value_new(config, type, pos);

	if (!copy || !list->count || !config_step(config, list->count / 16))
		return copy;
	copy->items = config_alloc(config, list->count * sizeof(*copy->items));
	if (!copy->items)
		return NULL;
	memcpy(copy->items, list->items, list->count * sizeof(*copy->items));
	copy->count = copy->room = list->count;
	return copy;
}

size_t dict_find(struct config *config, const struct config_value *dict,
		 const struct config_value *key)
{
	size_t i;

	for (i = 0; i < dict->nr_pairs; i++) {
		if (!config_step(config, i % 16 == 15))
			return dict->nr_pairs;
		if (value_equal(config, dict->keys[i], key))
			break;
	}
	return i;
}

struct config_value *dict_get(struct config *config,
			      const struct config_value *dict,
			      const struct config_value *key)
{
	size_t i = dict_find(config, dict, key);

	return i < dict->nr_pairs ? dict->values[i] : NULL;
}

bool dict_set(struct config *config, struct config_value *dict,
	      struct config_value *key, struct config_value *value)
{
	struct config_value **keys, **values;
	size_t room;
	size_t i;

	if (!key || !value)
		return false;
	i = dict_find(config, dict, key);
	if (config_failed(config))
		return false;
	if (i == dict->nr_pairs && i == dict->pairs_room) {
		keys = arena_grow(&config->arena, dict->keys, i, sizeof(*keys),
				  &room);
		values = arena_grow(&config->arena, dict->values, i,
				    sizeof(*values), &room);
		if (!keys || !values)
			return config_alloc(config, SIZE_MAX) != NULL;
		dict->keys = keys;
		dict->values = values;
		dict->pairs_room = room;
	}
	if (i == dict->nr_pairs) {
		dict->keys[i] = key;
		dict->nr_pairs++;
	}
	dict->values[i] = value;
	return true;
}

bool value_is_list(const struct config_value *value)
{
	return value->type == CONFIG_LIST || value->type == CONFIG_TUPLE;
}

bool value_is_integer(const struct config_value *value)
{
	return value->type == CONFIG_INT || value->type == CONFIG_BOOL;
}

bool value_is_number(const struct config_value *value)
{
	return value_is_integer(value) || value->type == CONFIG_FLOAT;
}

int64_t value_integer(const struct config_value *value)
{
	return value->type == CONFIG_BOOL ? value->boolean : value->integer;
}

double value_real(const struct config_value *value)
{
	return value->type == CONFIG_FLOAT ? value->real :
					     (double)value_integer(value);
}

bool value_truth(const struct config_value *value)
{
	switch (value->type) {
	case CONFIG_NONE:
		return false;
	case CONFIG_BOOL:
		return value->boolean;
	case CONFIG_INT:
		return value->integer != 0;
	case CONFIG_FLOAT:
		return value->real != 0;
	case CONFIG_STRING:
		return value->length != 0;
	case CONFIG_LIST:
	case CONFIG_TUPLE:
		return value->count != 0;
	case CONFIG_DICT:
		return value->nr_pairs != 0;
	default:
		return true;
	}
}

const char *value_type_name(const struct config_value *value)
{
	static const char *const names[] = {
		[CONFIG_NONE] = "None",		  [CONFIG_BOOL] = "a bool",
		[CONFIG_INT] = "a number",	  [CONFIG_FLOAT] = "a float",
		[CONFIG_STRING] = "a text",	  [CONFIG_LIST] = "a list",
		[CONFIG_TUPLE] = "a tuple",	  [CONFIG_DICT] = "a dict",
		[CONFIG_FUNCTION] = "a function",
	};

	return names[value->type];
}

static bool lists_equal(struct config *config, const struct config_value *a,
			const struct config_value *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		if (!value_equal(config, a->items[i], b->items[i]))
			return false;
	}
	return true;
}

static bool dicts_equal(struct config *config, const struct config_value *a,
			const struct config_value *b)
{
	size_t i;

	if (a->nr_pairs != b->nr_pairs)
		return false;
	for (i = 0; i < a->nr_pairs; i++) {
		const struct config_value *other =
			dict_get(config, b, a->keys[i]);

		if (!other || !value_equal(config, a->values[i], other))
			return false;
	}
	return true;
}

static bool structures_equal(struct config *config,
			     const struct config_value *a,
			     const struct config_value *b)
{
	bool equal;

	if (config->depth >= CONFIG_MAX_TREE) {
		config_fail_at(config, &config->at, NULL,
			       "values are nested too deeply to compare");
		return false;
	}
	if (!config_step(config, 1))
		return false;
	config->depth++;
	equal = a->type == CONFIG_DICT ? dicts_equal(config, a, b) :
					 lists_equal(config, a, b);
	config->depth--;
	return equal;
}

bool value_equal(struct config *config, const struct config_value *a,
		 const struct config_value *b)
{
	if (a == b)
		return true;
	if (value_is_integer(a) && value_is_integer(b))
		return value_integer(a) == value_integer(b);
	if (value_is_number(a) && value_is_number(b))
		return value_real(a) == value_real(b);
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case CONFIG_NONE:
		return true;
	case CONFIG_STRING:
		return a->length == b->length &&
		       !memcmp(a->string, b->string, a->length);
	case CONFIG_LIST:
	case CONFIG_TUPLE:
	case CONFIG_DICT:
		return structures_equal(config, a, b);
	default:
		return false;
	}
}

static bool lists_order(struct config *config, const struct config_value *a,
			const struct config_value *b, int *order)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++) {
		if (!value_equal(config, a->items[i], b->items[i])) {
			return !config_failed(config) &&
			       value_order(config, a->items[i], b->items[i],
					   order);
		}
		if (config_failed(config))
			return false;
	}
	*order = a->count < b->count ? -1 : a->count > b->count;
	return true;
}

bool value_order(struct config *config, const struct config_value *a,
		 const struct config_value *b, int *order)
{
	bool ok;

	if (value_is_integer(a) && value_is_integer(b)) {
		int64_t x = value_integer(a), y = value_integer(b);

		*order = x < y ? -1 : x > y;
		return true;
	}
	if (value_is_number(a) && value_is_number(b)) {
		double x = value_real(a), y = value_real(b);

		*order = x < y ? -1 : x > y;
		return true;
	}
	if (a->type == CONFIG_STRING && b->type == CONFIG_STRING) {
		size_t shorter = a->length < b->length ? a->length : b->length;
		int c = memcmp(a->string, b->string, shorter);

		*order = c		       ? c :
			 a->length < b->length ? -1 :
						 a->length > b->length;
		return true;
	}
	if (a->type != b->type || !value_is_list(a)) {
		config_fail_at(config, &config->at, NULL,
			       "%s and %s have no order", value_type_name(a),
			       value_type_name(b));
		return false;
	}
	if (config->depth >= CONFIG_MAX_TREE || !config_step(config, 1)) {
		config_fail_at(config, &config->at, NULL,
			       "values are nested too deeply to compare");
		return false;
	}
	config->depth++;
	ok = lists_order(config, a, b, order);
	config->depth--;
	return ok;
}

size_t utf8_length(const char *text, size_t bytes)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < bytes; i++)
		n += (text[i] & 0xc0) != 0x80;
	return n;
}

size_t utf8_offset(const char *text, size_t bytes, size_t n)
{
	size_t i;

	for (i = 0; i < bytes; i++) {
		if ((text[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	}
	return i;
}

bool utf8_valid(const char *text, size_t bytes)
{
	const unsigned char *at = (const unsigned char *)text;
	const unsigned char *end = at + bytes;

	while (at < end) {
		unsigned int more = *at < 0x80		      ? 0 :
				    *at >= 0xc2 && *at < 0xe0 ? 1 :
				    *at >= 0xe0 && *at < 0xf0 ? 2 :
				    *at >= 0xf0 && *at < 0xf5 ? 3 :
								9;

		if (more > (size_t)(end - at - 1))
			return false;
		if ((*at == 0xe0 && at[1] < 0xa0) ||
		    (*at == 0xed && at[1] > 0x9f) ||
		    (*at == 0xf0 && at[1] < 0x90) ||
		    (*at == 0xf4 && at[1] > 0x8f))
			return false;
		for (at++; more; more--, at++) {
			if ((*at & 0xc0) != 0x80)
				return false;
		}
	}
	return true;
}
