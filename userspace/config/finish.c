// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the names that a text left behind to keys: each is looked up in the
 * table, checked against its kind, and renamed to its canonical spelling.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config/keys.h"
#include "config/value.h"

static const struct key *canonical(const struct key *key)
{
	return key && key->alias_of ? key_find(key->alias_of) : key;
}

/* Nothing that anybody asked for: 0, '', [], None, 'none', 'off'. */
static bool means_nothing(const struct config_value *value)
{
	static const char *const words[] = { "0",    "no",    "off",
					     "none", "false", "disabled" };
	size_t i;

	if (!value_truth(value))
		return true;
	if (value->type != CONFIG_STRING)
		return false;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strcasecmp(value->string, words[i]))
			return true;
	}
	return false;
}

static bool check_choice(struct config *config, const struct key *key)
{
	char *words = config_strdup(config, key->choices, strlen(key->choices));
	const char *names[16];
	char *rest = NULL;
	size_t n = 0;
	char *word;

	for (word = words ? strtok_r(words, " ", &rest) : NULL; word && n < 15;
	     word = strtok_r(NULL, " ", &rest))
		names[n++] = word;
	names[n] = NULL;
	config_choice(config, key->name, 0, names);
	return !config_failed(config);
}

/* coredump-restart and coredump-destroy: what is left of them is said. */
static void note_no_core(struct config *config, const struct key *key,
			 const struct config_value *value)
{
	static const char prefix[] = "coredump-";
	size_t length = sizeof(prefix) - 1;

	if (value->type == CONFIG_STRING &&
	    !strncasecmp(value->string, prefix, length))
		config_note(config, value, "%s: no core is written; this is %s",
			    key->name, value->string + length);
}

/* Kinds of guests that are known and not built in have an answer of theirs. */
static bool check_guest_type(struct config *config, const struct key *key,
			     const struct config_value *value)
{
	static const char *const others[] = { "hvm", "pvh" };
	size_t i;

	if (strcmp(key->name, "type") && strcmp(key->name, "builder"))
		return true;
	for (i = 0; value->type == CONFIG_STRING && i < 2; i++) {
		if (strcasecmp(value->string, others[i]))
			continue;
		config_fail(config, value, 0,
			    "leave the line out for a paravirtualized guest",
			    "%s guests are not built in", i ? "PVH" : "HVM");
		return false;
	}
	return true;
}

static bool check_items(struct config *config, const struct key *key,
			const struct config_value *value)
{
	size_t i;

	if (!value_is_list(value)) {
		config_value_string(config, value, key->name, NULL);
		return !config_failed(config);
	}
	for (i = 0; i < value->count; i++) {
		const struct config_value *item = value->items[i];

		if (key->kind == KEY_CPUS && value_is_list(item))
			continue;
		config_value_string(config, item, key->name, NULL);
		if (config_failed(config))
			return false;
	}
	return true;
}

static bool check_kind(struct config *config, const struct key *key,
		       const struct config_value *value)
{
	int64_t min = key->min, max = key->max;

	if (!min && !max) {
		min = INT64_MIN;
		max = INT64_MAX;
	}
	switch (key->kind) {
	case KEY_STRING:
		config_string(config, key->name, NULL);
		break;
	case KEY_INT:
		config_int(config, key->name, 0, min, max);
		break;
	case KEY_FLOAT:
		config_float(config, key->name, 0, -1e300, 1e300);
		break;
	case KEY_BOOL:
		config_bool(config, key->name, false);
		break;
	case KEY_CHOICE:
		note_no_core(config, key, value);
		return check_guest_type(config, key, value) &&
		       check_choice(config, key);
	case KEY_LIST:
	case KEY_CPUS:
		return check_items(config, key, value);
	case KEY_ANY:
		break;
	}
	return !config_failed(config);
}

static bool check_key(struct config *config, const char *name)
{
	const struct key *key = key_find(name);
	const struct config_value *value = config_get(config, name);

	if (value->type == CONFIG_NONE)
		return true;
	switch (key->status) {
	case KEY_REFUSED:
		if (means_nothing(value))
			return true;
		config_fail_at(config, &value->pos, "remove the line", "%s: %s",
			       name, key->text);
		return false;
	case KEY_NOTED:
		if (!means_nothing(value))
			config_note(config, value, "%s has no effect: %s", name,
				    key->text);
		return true;
	case KEY_DONE:
		break;
	}
	return check_kind(config, key, value);
}

static bool unknown_key(struct config *config, const struct config_pos *pos,
			const char *name)
{
	const char *hint = config_nearest(config, name, key_name);

	config_fail_at(
		config, pos,
		hint ? hint :
		       "a helper variable is read somewhere in the file; "
		       "this name is not",
		"unknown key '%.60s'", name);
	return false;
}

static bool take_name(struct config *config, const struct config_name *entry)
{
	const struct key *key = key_find(entry->name);
	const struct config_name *read;

	if (!entry->value || entry->value->type == CONFIG_FUNCTION)
		return true;
	if (key && key->alias_of) {
		config_note_at(config, &entry->pos, "'%s' means '%s'",
			       entry->name, key->alias_of);
		if (config_get(config, key->alias_of))
			return true;
	}
	key = canonical(key);
	if (key)
		return config_set_key(config, key->name, entry->value);
	read = scope_find(&config->reads, entry->name);
	if (read || *entry->name == '_' ||
	    scope_find(&config->variables, entry->name))
		return true;
	return unknown_key(config, &entry->pos, entry->name);
}

/* The name before `=` in @text, or NULL with the error set. */
static const char *override_name(struct config *config,
				 struct config_source *source, size_t *value)
{
	const char *equals = strchr(source->text, '=');
	const char *end = equals;
	const char *p = source->text;
	struct config_pos pos = { source->name, 1, 1 };

	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	*value = equals ? equals + 1 - source->text : 0;
	if (equals && end > p && !isdigit((unsigned char)*p)) {
		size_t i;

		for (i = 0; p + i < end; i++) {
			if (!isalnum((unsigned char)p[i]) && p[i] != '_')
				break;
		}
		if (p + i == end)
			return config_strdup(config, p, end - p);
	}
	config_fail_at(config, &pos, "write memory=128",
		       "this is no key=value");
	return NULL;
}

static struct config_source *override_source(struct config *config,
					     const char *text)
{
	size_t size = strlen(text);

	if (size > CONFIG_MAX_TEXT || !utf8_valid(text, size)) {
		config_fail_at(config, NULL, NULL,
			       "the command line is not UTF-8");
		return NULL;
	}
	return config_add_source(config, "command line", text, size);
}

/* The value as an expression if it is one, else as it stands. */
static struct config_value *override_value(struct config *config,
					   struct config_source *source,
					   size_t offset, bool text)
{
	struct config_pos pos = { source->name, 1, offset + 1 };
	const char *start = source->text + offset;
	struct config_value *value;

	while (*start == ' ' || *start == '\t')
		start++;
	if (!text || *start == '"' || *start == '\'') {
		value = config_eval_text(config, source, offset);
		if (value || config_failed(config))
			return value;
	}
	/* Its bytes stand at column + 1 + n as after an opening quote. */
	value = value_string(config, &pos, start, strlen(start));
	if (value) {
		value->pos.column = start - source->text;
		value->literal = true;
	}
	return value;
}

bool config_override_variable(struct config *config, const char *text)
{
	struct config_source *source = override_source(config, text);
	struct config_value *value;
	const char *name;
	size_t offset;

	if (!source)
		return false;
	name = override_name(config, source, &offset);
	if (!name)
		return false;
	if (key_find(name))
		return true;
	value = override_value(config, source, offset, false);
	if (!value)
		return false;
	config->at = (struct config_pos){ source->name, 1, 1 };
	return scope_set(config, &config->variables, name, value) &&
	       scope_set(config, &config->globals, name, value);
}

static bool is_list_key(const struct key *key)
{
	return key->kind == KEY_LIST;
}

bool config_override_key(struct config *config, const char *text)
{
	struct config_source *source = override_source(config, text);
	const struct key *key;
	struct config_value *value, *list, *before;
	const char *name;
	size_t offset, i;

	if (!source)
		return false;
	name = override_name(config, source, &offset);
	key = name ? canonical(key_find(name)) : NULL;
	if (!key) {
		/* A variable, then: the text must read it. */
		struct config_pos pos = { source->name, 1, 1 };

		return name && (scope_find(&config->reads, name) ||
				unknown_key(config, &pos, name));
	}
	value = override_value(config, source, offset,
			       key->kind == KEY_STRING ||
				       key->kind == KEY_CHOICE);
	if (!value)
		return false;
	if (is_list_key(key) && value->type == CONFIG_STRING) {
		/* The same key again adds to what the first one set. */
		before = NULL;
		for (i = 0; i < config->nr_keys; i++) {
			if (!strcmp(config->keys[i].name, key->name))
				before = config->keys[i].value;
		}
		list = before ? before :
				value_new(config, CONFIG_LIST, &value->pos);
		if (!list || !list_append(config, list, value))
			return false;
		value = list;
	}
	return config_set_key(config, key->name, value);
}

bool config_finish(struct config *config)
{
	struct config_key_entry *overridden = config->keys;
	size_t nr_overridden = config->nr_keys;
	const struct config_name *entry;
	struct config_value *tree;
	size_t i;

	config->keys = NULL;
	config->nr_keys = config->keys_room = 0;
	for (entry = config->globals.first; entry; entry = entry->next) {
		if (!take_name(config, entry))
			return false;
	}
	for (i = 0; i < nr_overridden; i++) {
		if (!config_set_key(config, overridden[i].name,
				    overridden[i].value))
			return false;
	}
	for (i = 0; i < config->nr_keys; i++) {
		struct text_buffer out = { config, NULL, 0, 0, false };

		/* Also finds what is too deep or refers to itself. */
		tree = config->keys[i].value;
		text_put_repr(&out, tree);
		if (out.failed || !check_key(config, config->keys[i].name))
			return false;
	}
	return true;
}
