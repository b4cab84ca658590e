// SPDX-License-Identifier: GPL-2.0-only
/* From a file to a config, and what it owns. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/value.h"

void *config_alloc(struct config *config, size_t size)
{
	void *memory = arena_alloc(&config->arena, size);

	if (!memory)
		config_fail_at(config, &config->at,
			       "a loop or a repetition may make too much",
			       "the configuration needs more than %zu MiB of "
			       "memory",
			       CONFIG_MAX_MEMORY >> 20);
	return memory;
}

char *config_strdup(struct config *config, const char *text, size_t length)
{
	char *copy = length < SIZE_MAX ? config_alloc(config, length + 1) :
					 NULL;

	if (copy && length)
		memcpy(copy, text, length);
	return copy;
}

char *config_printf(struct config *config, const char *format, ...)
{
	va_list args;
	char *text = NULL;
	char *copy = NULL;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0)
		copy = config_strdup(config, text, strlen(text));
	va_end(args);
	free(text);
	return copy;
}

bool config_step(struct config *config, size_t steps)
{
	if (steps <= CONFIG_MAX_STEPS - config->steps) {
		config->steps += steps;
		return true;
	}
	config_fail_at(config, &config->at,
		       "a loop may not end, or a list is very long",
		       "the configuration takes more than %d steps",
		       CONFIG_MAX_STEPS);
	return false;
}

struct config_source *config_add_source(struct config *config, const char *name,
					const char *text, size_t size)
{
	struct config_source *source = config_alloc(config, sizeof(*source));

	if (!source)
		return NULL;
	source->name = config_strdup(config, name, strlen(name));
	source->text = config_strdup(config, text, size);
	source->size = size;
	if (!source->name || !source->text)
		return NULL;
	source->next = config->sources;
	config->sources = source;
	return source;
}

struct config_name *scope_find(const struct config_scope *scope,
			       const char *name)
{
	struct config_name *entry = scope->first;

	while (entry && strcmp(entry->name, name))
		entry = entry->next;
	return entry;
}

bool scope_set(struct config *config, struct config_scope *scope,
	       const char *name, struct config_value *value)
{
	struct config_name *entry = scope_find(scope, name);

	if (!entry) {
		if (scope->count == CONFIG_MAX_NAMES) {
			config_fail_at(config, &config->at, NULL,
				       "more than %d names", CONFIG_MAX_NAMES);
			return false;
		}
		entry = config_alloc(config, sizeof(*entry));
		if (!entry)
			return false;
		entry->name = name;
		if (scope->last)
			scope->last->next = entry;
		else
			scope->first = entry;
		scope->last = entry;
		scope->count++;
	}
	entry->value = value;
	entry->pos = config->at;
	return true;
}

bool config_set_key(struct config *config, const char *name,
		    struct config_value *value)
{
	size_t i;

	for (i = 0; i < config->nr_keys; i++) {
		if (!strcmp(config->keys[i].name, name)) {
			config->keys[i].value = value;
			return true;
		}
	}
	if (config->nr_keys == config->keys_room) {
		struct config_key_entry *larger = arena_grow(
			&config->arena, config->keys, config->nr_keys,
			sizeof(*larger), &config->keys_room);

		if (!larger)
			return config_alloc(config, SIZE_MAX) != NULL;
		config->keys = larger;
	}
	config->keys[config->nr_keys].name = name;
	config->keys[config->nr_keys++].value = value;
	return true;
}

/* What no later stage wants to meet: NUL, broken UTF-8. */
static bool check_text(struct config *config,
		       const struct config_source *source)
{
	const char *nul = memchr(source->text, '\0', source->size);
	struct config_pos pos = { source->name, 1, 1 };
	const char *p;

	if (!nul && utf8_valid(source->text, source->size))
		return true;
	for (p = source->text; nul && p < nul; p++) {
		pos.column++;
		if (*p == '\n') {
			pos.line++;
			pos.column = 1;
		}
	}
	config_fail_at(config, nul ? &pos : NULL,
		       "a configuration is a plain text file",
		       nul ? "a NUL character" : "the text is not UTF-8");
	return false;
}

static struct config *new_config(const char *name)
{
	struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->arena.limit = CONFIG_MAX_MEMORY;
	config->name = config_strdup(config, name, strlen(name));
	if (!config->name) {
		config_free(config);
		return NULL;
	}
	return config;
}

static bool run(struct config *config, const char *text, size_t size,
		const struct config_options *options)
{
	struct config_source *source;
	size_t i;

	source = config_add_source(config, config->name, text, size);
	if (!source || !check_text(config, source))
		return false;
	config->name = source->name;
	for (i = 0; options && i < options->nr_variables; i++) {
		if (!config_override_variable(config, options->variables[i]))
			return false;
	}
	for (i = 0; options && i < options->nr_overrides; i++) {
		if (!config_override_variable(config, options->overrides[i]))
			return false;
	}
	if (config_looks_like_sxp(source)) {
		config->sxp = sxp_read(config, source);
		if (!config->sxp || !sxp_to_keys(config, config->sxp))
			return false;
	} else if (!config_run(config, source)) {
		return false;
	}
	for (i = 0; options && i < options->nr_overrides; i++) {
		if (!config_override_key(config, options->overrides[i]))
			return false;
	}
	return config_finish(config);
}

static void evaluate(struct config *config, const char *text, size_t size,
		     const struct config_options *options)
{
	if (!run(config, text, size, options))
		config_fail_at(config, NULL, NULL, "cannot be read");
	/* What comes now is our own work, not the file's. */
	config->arena.limit = SIZE_MAX;
	config->steps = 0;
	memset(&config->at, 0, sizeof(config->at));
	if (config_failed(config))
		config->nr_keys = 0;
}

struct config *config_parse(const char *name, const char *text, size_t size,
			    const struct config_options *options)
{
	struct config *config = new_config(name);

	if (!config)
		return NULL;
	if (size > CONFIG_MAX_TEXT)
		config_fail_at(config, NULL, NULL,
			       "larger than %zu MiB: no configuration",
			       CONFIG_MAX_TEXT >> 20);
	else
		evaluate(config, text, size, options);
	return config;
}

/* The whole file, malloced. NULL with the config's error set. */
static char *read_file(struct config *config, const char *path, size_t *size)
{
	struct stat st;
	char *text = NULL;
	ssize_t got = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st)) {
		config_fail_at(config, NULL, NULL, "cannot read it: %s",
			       strerror(errno));
		goto out;
	}
	if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode)) {
		config_fail_at(config, NULL, NULL, "cannot read it: %s",
			       S_ISDIR(st.st_mode) ? strerror(EISDIR) :
						     "a device");
		goto out;
	}
	text = malloc(CONFIG_MAX_TEXT + 1);
	for (*size = 0; text && *size <= CONFIG_MAX_TEXT; *size += got) {
		got = read(fd, text + *size, CONFIG_MAX_TEXT + 1 - *size);
		if (got <= 0)
			break;
	}
	if (!text || got < 0) {
		config_fail_at(config, NULL, NULL, "cannot read it: %s",
			       strerror(errno));
		free(text);
		text = NULL;
	}
out:
	if (fd >= 0)
		close(fd);
	return text;
}

struct config *config_load(const char *path,
			   const struct config_options *options)
{
	struct config *config = new_config(path);
	size_t size;
	char *text;

	if (!config)
		return NULL;
	text = read_file(config, path, &size);
	if (text) {
		config_free(config);
		config = config_parse(path, text, size, options);
		free(text);
	}
	return config;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->error);
	free(config->error_line);
	arena_free(&config->arena);
	free(config);
}

struct config *config_parse_sxp(const char *name, const char *text, size_t size)
{
	struct config *config = new_config(name);
	struct config_source *source;

	if (!config)
		return NULL;
	source = size > CONFIG_MAX_TEXT ?
			 NULL :
			 config_add_source(config, name, text, size);
	if (source && check_text(config, source)) {
		config->name = source->name;
		config->sxp = sxp_read(config, source);
	}
	if (!config->sxp)
		config_fail_at(config, NULL, NULL, "cannot be read");
	return config;
}

const struct config_value *config_sxp(struct config *config)
{
	return config_failed(config) ? NULL : config->sxp;
}

const char *config_to_text(struct config *config)
{
	struct text_buffer out = { config, NULL, 0, 0, false };
	size_t i;

	text_puts(&out, "");
	for (i = 0; i < config->nr_keys; i++) {
		text_puts(&out, config->keys[i].name);
		text_puts(&out, " = ");
		text_put_repr(&out, config->keys[i].value);
		text_puts(&out, "\n");
	}
	config->steps = 0;
	return out.failed ? NULL : out.text;
}

const char *config_to_json(struct config *config)
{
	struct text_buffer out = { config, NULL, 0, 0, false };
	size_t i;

	text_puts(&out, "{");
	for (i = 0; i < config->nr_keys; i++) {
		text_puts(&out, i ? ", \"" : "\"");
		text_puts(&out, config->keys[i].name);
		text_puts(&out, "\": ");
		text_put_json(&out, config->keys[i].value);
	}
	text_puts(&out, "}");
	config->steps = 0;
	return out.failed ? NULL : out.text;
}
