// SPDX-License-Identifier: GPL-2.0-only
/*
 * xend's S-expressions: read into lists of lists, and for a guest turned into
 * the same keys that a configuration file has.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

struct reader {
	struct config *config;
	const struct config_source *source;
	const char *at;
	const char *end;
	const char *line_start;
	unsigned int line;
	unsigned int depth;
};

bool config_looks_like_sxp(const struct config_source *source)
{
	const char *at = source->text;

	for (;;) {
		at += strspn(at, " \t\r\n");
		if (*at != '#' && *at != ';')
			break;
		at += strcspn(at, "\n");
	}
	/* `(name, memory) = ...` is no SXP: a word ends at a blank there. */
	if (*at != '(' || !isalpha((unsigned char)at[1]))
		return false;
	for (at++; isalnum((unsigned char)*at) || strchr("_:-", *at); at++) {
		if (!*at)
			return false;
	}
	return isspace((unsigned char)*at) || *at == '(';
}

static struct config_pos here(const struct reader *r)
{
	return (struct config_pos){ r->source->name, r->line,
				    r->at - r->line_start + 1 };
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end) {
		if (*r->at == '\n') {
			r->line++;
			r->line_start = r->at + 1;
		} else if (*r->at == '#' || *r->at == ';') {
			r->at += strcspn(r->at, "\n");
			continue;
		} else if (!isspace((unsigned char)*r->at)) {
			return;
		}
		r->at++;
	}
}

/* What xend and sxp_print_atom() write after a backslash, which is next. */
static char unescape(struct reader *r)
{
	static const char from[] = "abfnrtv", to[] = "\a\b\f\n\r\t\v";
	const char *digits = r->at + 2;
	const char *found;
	char code[3] = "";

	if (r->at[1] == 'x' && r->end - digits >= 2 &&
	    isxdigit((unsigned char)digits[0]) &&
	    isxdigit((unsigned char)digits[1]) &&
	    (digits[0] != '0' || digits[1] != '0')) {
		memcpy(code, digits, 2);
		r->at += 4;
		return (char)strtol(code, NULL, 16);
	}
	found = strchr(from, r->at[1]);
	r->at += 2;
	return found && *found ? to[found - from] : r->at[-1];
}

static struct config_value *read_quoted(struct reader *r)
{
	struct text_buffer out = { r->config, NULL, 0, 0, false };
	struct config_pos pos = here(r);
	struct config_value *value;
	char quote = *r->at++;
	bool literal = true;
	char c;

	while (r->at < r->end && *r->at != quote && *r->at != '\n') {
		if (*r->at != '\\' || r->at + 1 == r->end) {
			text_put(&out, r->at++, 1);
			continue;
		}
		literal = false;
		c = unescape(r);
		text_put(&out, &c, 1);
	}
	if (r->at == r->end || *r->at != quote) {
		config_fail_at(r->config, &pos, "close it with the same quote",
			       "this text is not closed");
		return NULL;
	}
	r->at++;
	value = text_value(&out, &pos);
	if (value)
		value->literal = literal;
	return value;
}

static struct config_value *read_value(struct reader *r)
{
	struct config_pos pos = here(r);
	struct config_value *list, *atom;
	size_t length;

	if (*r->at == '\'' || *r->at == '"')
		return read_quoted(r);
	if (*r->at != '(') {
		length = strcspn(r->at, " \t\r\n()'\"");
		if (!length) {
			config_fail_at(r->config, &pos, NULL,
				       "'%c' cannot stand here", *r->at);
			return NULL;
		}
		atom = value_string(r->config, &pos, r->at, length);
		r->at += length;
		return atom;
	}
	if (++r->depth > CONFIG_MAX_DEPTH) {
		config_fail_at(r->config, &pos, NULL,
			       "lists are nested too deeply");
		return NULL;
	}
	list = value_new(r->config, CONFIG_LIST, &pos);
	r->at++;
	for (skip_blanks(r); list && r->at < r->end && *r->at != ')';
	     skip_blanks(r)) {
		if (!list_append(r->config, list, read_value(r)))
			return NULL;
	}
	if (r->at == r->end) {
		config_fail_at(r->config, &pos, "close it with )",
			       "this list is not closed");
		return NULL;
	}
	r->at++;
	r->depth--;
	return list;
}

struct config_value *sxp_read(struct config *config,
			      struct config_source *source)
{
	struct reader r = { config,
			    source,
			    source->text,
			    source->text + source->size,
			    source->text,
			    1,
			    0 };
	struct config_value *all = value_new(config, CONFIG_LIST, NULL);

	for (skip_blanks(&r); all && r.at < r.end; skip_blanks(&r)) {
		struct config_pos pos = here(&r);

		if (*r.at != '(') {
			config_fail_at(config, &pos, "write (key value)",
				       "outside of any list");
			return NULL;
		}
		if (!list_append(config, all, read_value(&r)))
			return NULL;
	}
	return all;
}

/* The word that a list begins with, or NULL. */
static const char *head(const struct config_value *list)
{
	return list->type == CONFIG_LIST && list->count &&
			       list->items[0]->type == CONFIG_STRING ?
		       list->items[0]->string :
		       NULL;
}

static const struct config_value *child(const struct config_value *list,
					const char *name)
{
	size_t i;

	for (i = 1; i < list->count; i++) {
		const char *word = head(list->items[i]);

		if (word && !strcmp(word, name))
			return list->items[i];
	}
	return NULL;
}

/* The text of (name text) in @list; NULL if it is missing or empty. */
static const char *text_of(const struct config_value *list, const char *name)
{
	const struct config_value *entry = child(list, name);

	return entry && entry->count > 1 &&
			       entry->items[1]->type == CONFIG_STRING &&
			       entry->items[1]->length ?
		       entry->items[1]->string :
		       NULL;
}

static bool set(struct config *config, const char *name,
		struct config_value *value)
{
	if (!value)
		return false;
	config->at = value->pos;
	return scope_set(config, &config->globals, name, value);
}

static bool add_to_list(struct config *config, const char *name,
			struct config_value *item)
{
	struct config_name *entry = scope_find(&config->globals, name);
	struct config_value *list = entry ? entry->value : NULL;

	if (!item)
		return false;
	if (!list) {
		list = value_new(config, CONFIG_LIST, &item->pos);
		if (!list || !set(config, name, list))
			return false;
	}
	return list_append(config, list, item);
}

static bool add_disk(struct config *config, const struct config_value *vbd)
{
	const char *uname = text_of(vbd, "uname");
	const char *dev = text_of(vbd, "dev");
	const char *mode = text_of(vbd, "mode");
	const char *backend = text_of(vbd, "backend");
	char *text;

	if (!uname || !dev) {
		config_fail_at(config, &vbd->pos, "write (uname ...) (dev ...)",
			       "a disk without %s", uname ? "dev" : "uname");
		return false;
	}
	text = config_printf(config, "%s,%s,%s%s%s", uname, dev,
			     mode ? mode : "w", backend ? "," : "",
			     backend ? backend : "");
	return text &&
	       add_to_list(config, "disk",
			   value_string(config, &vbd->pos, text, strlen(text)));
}

static bool add_vif(struct config *config, const struct config_value *vif)
{
	struct text_buffer out = { config, NULL, 0, 0, false };
	size_t i;

	for (i = 1; i < vif->count; i++) {
		const char *key = head(vif->items[i]);
		const char *text = key ? text_of(vif, key) : NULL;

		if (!text || !strcmp(key, "uuid"))
			continue;
		if (out.length)
			text_puts(&out, ", ");
		text_puts(&out, key);
		text_puts(&out, "=");
		text_puts(&out, text);
	}
	return add_to_list(config, "vif", text_value(&out, &vif->pos));
}

static bool add_device(struct config *config, const struct config_value *entry)
{
	static const char *const ignored[] = { "console", "vfb", "vkbd",
					       "suspend" };
	const struct config_value *device = entry->count > 1 ? entry->items[1] :
							       entry;
	const char *kind = device != entry ? head(device) : NULL;
	size_t i;

	if (kind && (!strcmp(kind, "vbd") || !strcmp(kind, "tap") ||
		     !strcmp(kind, "tap2")))
		return add_disk(config, device);
	if (kind && !strcmp(kind, "vif"))
		return add_vif(config, device);
	for (i = 0; kind && i < sizeof(ignored) / sizeof(*ignored); i++) {
		if (!strcmp(kind, ignored[i]))
			return true;
	}
	config_fail_at(config, &entry->pos, "known are vbd, tap and vif",
		       "unknown device '%.40s'", kind ? kind : "");
	return false;
}

/* (cpus ((0 1) (2))): a text per vcpu. */
static struct config_value *cpu_values(struct config *config,
				       const struct config_value *lists)
{
	struct config_value *out = value_new(config, CONFIG_LIST, &lists->pos);
	size_t i, j;

	for (i = 0; out && i < lists->count; i++) {
		const struct config_value *one = lists->items[i];
		struct text_buffer text = { config, NULL, 0, 0, false };

		for (j = 0; one->type == CONFIG_LIST && j < one->count; j++) {
			if (j)
				text_puts(&text, ",");
			text_put_str(&text, one->items[j]);
		}
		if (one->type == CONFIG_STRING)
			text_put_str(&text, one);
		if (!list_append(config, out, text_value(&text, &one->pos)))
			return NULL;
	}
	return out;
}

/* What describes a running guest, not its configuration. */
static bool is_state(const char *name)
{
	static const char *const names[] = {
		"domid",
		"status",
		"state",
		"store_mfn",
		"console_mfn",
		"start_time",
		"cpu_time",
		"up_time",
		"online_vcpus",
		"security",
		"restart_count",
		"pool_name",
		"shutdown_reason",
		"on_xend_start",
		"on_xend_stop",
		"change_home_server",
		"auto_power_on",
		"is_a_template",
		"is_control_domain",
		"transient",
		"platform",
		"shutdown_time",
		"store_evtchn",
		"console_port",
		"notes",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

static bool add_entry(struct config *config, const struct config_value *entry)
{
	const char *name = head(entry);
	struct config_value *value;

	if (!name) {
		config_fail_at(config, &entry->pos, "write (key value)",
			       "no (key value)");
		return false;
	}
	if (is_state(name) || entry->count < 2)
		return true;
	value = entry->items[1];
	if (!strcmp(name, "device"))
		return add_device(config, entry);
	if (value->type == CONFIG_LIST && !value->count)
		return true;
	if (value->type == CONFIG_STRING && !value->length)
		return true;
	if (!strcmp(name, "cpus") && value->type == CONFIG_LIST) {
		value = cpu_values(config, value);
		return set(config, "cpus", value);
	}
	if (!strcmp(name, "args"))
		name = "extra";
	config->at = entry->pos;
	return scope_set(config, &config->globals, name, value);
}

/* (image (linux (kernel ...) ...)) */
static bool add_image(struct config *config, const struct config_value *entry)
{
	struct config_value *image = entry->count > 1 ? entry->items[1] : NULL;
	const char *kind = image ? head(image) : NULL;
	size_t i;

	if (!kind) {
		config_fail_at(config, &entry->pos,
			       "write (image (linux (kernel ...)))",
			       "an image without its kind");
		return false;
	}
	if (!set(config, "builder",
		 value_string(config, &image->items[0]->pos, kind,
			      strlen(kind))))
		return false;
	for (i = 1; i < image->count; i++) {
		if (!add_entry(config, image->items[i]))
			return false;
	}
	return true;
}

bool sxp_to_keys(struct config *config, const struct config_value *tree)
{
	const struct config_value *vm = tree->count ? tree->items[0] : NULL;
	const char *word = vm ? head(vm) : NULL;
	size_t i;

	if (!word || (strcmp(word, "vm") && strcmp(word, "domain") &&
		      strcmp(word, "xen:vm"))) {
		config_fail_at(config, vm ? &vm->pos : NULL,
			       "a guest is (vm (name ...) ...)",
			       "no description of a guest");
		return false;
	}
	if (tree->count > 1) {
		config_fail_at(config, &tree->items[1]->pos, NULL,
			       "a second guest in one file");
		return false;
	}
	for (i = 1; i < vm->count; i++) {
		const char *name = head(vm->items[i]);

		if (name && !strcmp(name, "image") ?
			    !add_image(config, vm->items[i]) :
			    !add_entry(config, vm->items[i]))
			return false;
	}
	return true;
}
