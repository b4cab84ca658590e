// SPDX-License-Identifier: GPL-2.0-only
/* Typed access to the values of keys. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/value.h"

const struct config_value *config_get(const struct config *config,
				      const char *key)
{
	size_t i;

	for (i = 0; i < config->nr_keys; i++) {
		if (!strcmp(config->keys[i].name, key))
			return config->keys[i].value;
	}
	return NULL;
}

const char *config_key(const struct config *config, size_t i)
{
	return i < config->nr_keys ? config->keys[i].name : NULL;
}

/* The value, or NULL if it is not set or None. */
static const struct config_value *get(const struct config *config,
				      const char *key)
{
	const struct config_value *value = config_get(config, key);

	return value && value->type != CONFIG_NONE ? value : NULL;
}

/* A whole number out of the text of @value. */
static bool text_to_int(const struct config_value *value, int64_t *number)
{
	const char *text = value->string;
	bool hex;
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	hex = text[0] == '0' && (text[1] | 32) == 'x';
	if (!isdigit((unsigned char)*text) && *text != '-' && *text != '+')
		return false;
	errno = 0;
	*number = strtoll(text, &end, hex ? 16 : 10);
	while (isspace((unsigned char)*end))
		end++;
	return !*end && !errno && end > text;
}

static bool to_int(const struct config_value *value, int64_t *number)
{
	switch (value->type) {
	case CONFIG_BOOL:
	case CONFIG_INT:
		*number = value_integer(value);
		return true;
	case CONFIG_FLOAT:
		if (fabs(value->real) > 9e15 ||
		    value->real != floor(value->real))
			return false;
		*number = (int64_t)value->real;
		return true;
	case CONFIG_STRING:
		return text_to_int(value, number);
	default:
		return false;
	}
}

static const char *int_hint(const struct config_value *value)
{
	static const char units[] =
		"write the number alone, without a unit (memory is in MiB)";

	if (value->type == CONFIG_FLOAT)
		return "divide with // for a whole number";
	if (value->type == CONFIG_STRING &&
	    isdigit((unsigned char)*value->string))
		return units;
	return NULL;
}

int64_t config_value_int(struct config *config,
			 const struct config_value *value, const char *what,
			 int64_t fallback, int64_t min, int64_t max)
{
	int64_t number;

	if (!value || value->type == CONFIG_NONE)
		return fallback;
	if (!to_int(value, &number)) {
		struct text_buffer text = { config, NULL, 0, 0, false };

		text_put_repr(&text, value);
		config_fail_at(config, &value->pos, int_hint(value),
			       "%s: %.80s is not a whole number", what,
			       text.text ? text.text : "this");
		return fallback;
	}
	if (number < min || number > max) {
		config_fail_at(config, &value->pos, NULL,
			       "%s: %lld is not between %lld and %lld", what,
			       (long long)number, (long long)min,
			       (long long)max);
		return fallback;
	}
	return number;
}

int64_t config_int(struct config *config, const char *key, int64_t fallback,
		   int64_t min, int64_t max)
{
	return config_value_int(config, get(config, key), key, fallback, min,
				max);
}

double config_float(struct config *config, const char *key, double fallback,
		    double min, double max)
{
	const struct config_value *value = get(config, key);
	double real;
	char *end = NULL;

	if (!value)
		return fallback;
	if (value_is_number(value)) {
		real = value_real(value);
	} else if (value->type == CONFIG_STRING && *value->string) {
		real = strtod(value->string, &end);
	} else {
		end = "x";
		real = 0;
	}
	if (end && *end) {
		config_fail_at(config, &value->pos, NULL, "%s: %s, no number",
			       key, value_type_name(value));
		return fallback;
	}
	if (!(real >= min && real <= max)) {
		config_fail_at(config, &value->pos, NULL,
			       "%s: %g is not between %g and %g", key, real,
			       min, max);
		return fallback;
	}
	return real;
}

bool config_bool(struct config *config, const char *key, bool fallback)
{
	static const char *const words[][2] = {
		{ "0", "1" },	 { "no", "yes" }, { "false", "true" },
		{ "off", "on" }, { "n", "y" },
	};
	const struct config_value *value = get(config, key);
	size_t i;

	if (!value)
		return fallback;
	if (value_is_number(value))
		return value_truth(value);
	for (i = 0;
	     value->type == CONFIG_STRING && i < sizeof(words) / sizeof(*words);
	     i++) {
		if (!strcasecmp(value->string, words[i][0]))
			return false;
		if (!strcasecmp(value->string, words[i][1]))
			return true;
	}
	config_fail_at(config, &value->pos, "write 1 or 0",
		       "%s: neither yes nor no", key);
	return fallback;
}

const char *config_value_string(struct config *config,
				const struct config_value *value,
				const char *what, const char *fallback)
{
	struct text_buffer out = { config, NULL, 0, 0, false };

	if (!value || value->type == CONFIG_NONE)
		return fallback;
	if (value->type == CONFIG_STRING)
		return value->string;
	if (!value_is_number(value)) {
		config_fail_at(config, &value->pos, "write it in quotes",
			       "%s: %s, but a text belongs here", what,
			       value_type_name(value));
		return fallback;
	}
	text_put_repr(&out, value);
	return out.failed ? fallback : out.text;
}

const char *config_string(struct config *config, const char *key,
			  const char *fallback)
{
	return config_value_string(config, get(config, key), key, fallback);
}

static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a == '_' ? '-' : (char)tolower((unsigned char)*a);
		char y = *b == '_' ? '-' : (char)tolower((unsigned char)*b);

		if (x != y)
			return false;
	}
	return *a == *b;
}

int config_choice(struct config *config, const char *key, int fallback,
		  const char *const *names)
{
	const struct config_value *value = get(config, key);
	const char *text = config_string(config, key, NULL);
	struct text_buffer hint = { config, NULL, 0, 0, false };
	size_t i;

	if (!value || !text)
		return fallback;
	text_puts(&hint, "it is one of");
	for (i = 0; names[i]; i++) {
		if (same_word(text, names[i]))
			return (int)i;
		text_puts(&hint, i ? ", " : " ");
		text_puts(&hint, names[i]);
	}
	config_fail_at(config, &value->pos, hint.failed ? NULL : hint.text,
		       "%s: '%.40s' is not known", key, text);
	return fallback;
}

size_t config_list(struct config *config, const char *key,
		   struct config_value *const **items)
{
	const struct config_value *value = get(config, key);
	struct config_value **one;

	*items = NULL;
	if (!value)
		return 0;
	if (value_is_list(value)) {
		*items = value->items;
		return value->count;
	}
	if (value->type == CONFIG_DICT || value->type == CONFIG_FUNCTION) {
		config_fail_at(config, &value->pos, "write a list: [ ... ]",
			       "%s: %s, but a list belongs here", key,
			       value_type_name(value));
		return 0;
	}
	if (value->type == CONFIG_STRING && !value->length)
		return 0;
	one = config_alloc(config, sizeof(*one));
	if (!one)
		return 0;
	one[0] = (struct config_value *)value;
	*items = one;
	return 1;
}
