// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a person reads when something is wrong: where, what, the line with a
 * caret under the place, and what to do.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/private.h"

#define LINE_SHOWN 100

static const struct config_source *find_source(const struct config *config,
					       const char *file)
{
	const struct config_source *source = config->sources;

	while (source && source->name != file)
		source = source->next;
	return source;
}

/* The text of line @number, without its end. */
static const char *find_line(const struct config_source *source,
			     unsigned int number, size_t *length)
{
	const char *line = source->text;
	const char *end = source->text + source->size;

	while (--number) {
		line = memchr(line, '\n', end - line);
		if (!line)
			return NULL;
		line++;
	}
	*length = strcspn(line, "\r\n");
	return line;
}

/* Indented @line, and a caret under byte @at of it; a long one is cut. */
static void show_line(FILE *out, const char *line, size_t length, size_t at)
{
	size_t i;
	size_t from = 0;

	if (at > length)
		at = length;
	if (at > LINE_SHOWN - 20) {
		from = at - (LINE_SHOWN - 20);
		while (from < at && (line[from] & 0xc0) == 0x80)
			from++;
	}
	if (length - from > LINE_SHOWN)
		length = from + LINE_SHOWN;
	fputs("\n    ", out);
	for (i = from; i < length; i++) {
		unsigned char c = line[i];

		fputc(c < 0x20 && c != '\t' ? '?' : c == 0x7f ? '?' : c, out);
	}
	fputs("\n    ", out);
	for (i = from; i < at; i++) {
		/* One column per character, not per byte of UTF-8. */
		if ((line[i] & 0xc0) != 0x80)
			fputc(line[i] == '\t' ? '\t' : ' ', out);
	}
	fputc('^', out);
}

static void put_position(FILE *out, const struct config *config,
			 const struct config_pos *pos)
{
	if (pos && pos->file && pos->line)
		fprintf(out, "%s:%u:%u: ", pos->file, pos->line, pos->column);
	else
		fprintf(out, "%s: ", config->name);
}

static void set_error(struct config *config, char *error, char *line)
{
	static const char none[] = "out of memory";

	config->error = error ? error : strdup(none);
	config->error_line = line ? line : strdup(none);
}

/* @value, with an offset where the position is not that of the source. */
static void fail_va(struct config *config, const struct config_pos *pos,
		    const struct config_value *shown, size_t offset,
		    const char *hint, const char *format, va_list args)
{
	const struct config_source *source;
	char *line = NULL;
	char *text = NULL;
	const char *found;
	size_t size, length;
	FILE *out;

	if (config->error)
		return;
	if (vasprintf(&line, format, args) < 0)
		line = NULL;
	out = open_memstream(&text, &size);
	if (out && line) {
		put_position(out, config, pos);
		fputs(line, out);
		source = pos && pos->line ? find_source(config, pos->file) :
					    NULL;
		found = source ? find_line(source, pos->line, &length) : NULL;
		if (shown)
			show_line(out, shown->string, shown->length, offset);
		else if (found)
			show_line(out, found, length, pos->column - 1);
		if (hint)
			fprintf(out, "\nhint: %s", hint);
	}
	if (out && fclose(out))
		text = NULL;
	set_error(config, text, line);
}

void config_fail_at(struct config *config, const struct config_pos *pos,
		    const char *hint, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_va(config, pos, NULL, 0, hint, format, args);
	va_end(args);
}

void config_fail(struct config *config, const struct config_value *value,
		 size_t offset, const char *hint, const char *format, ...)
{
	const struct config_value *shown = NULL;
	struct config_pos pos = { NULL, 0, 0 };
	va_list args;

	if (value) {
		pos = value->pos;
		if (value->type == CONFIG_STRING && value->literal)
			pos.column += 1 + offset;
		else if (value->type == CONFIG_STRING)
			shown = value;
	}
	va_start(args, format);
	fail_va(config, &pos, shown, offset, hint, format, args);
	va_end(args);
}

static void note_va(struct config *config, const struct config_pos *pos,
		    const char *format, va_list args)
{
	char *text = NULL;
	char *note;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	size_t i;

	if (!out)
		return;
	put_position(out, config, pos);
	fputs("note: ", out);
	vfprintf(out, format, args);
	if (fclose(out))
		return;
	note = config_strdup(config, text, size);
	free(text);
	for (i = 0; note && i < config->nr_notes; i++) {
		if (!strcmp(config->notes[i], note))
			return;
	}
	if (note && config->nr_notes == config->notes_room) {
		const char **larger = arena_grow(&config->arena, config->notes,
						 config->nr_notes,
						 sizeof(*larger),
						 &config->notes_room);

		if (!larger)
			return;
		config->notes = larger;
	}
	if (note && config->nr_notes < 100)
		config->notes[config->nr_notes++] = note;
}

void config_note_at(struct config *config, const struct config_pos *pos,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_va(config, pos, format, args);
	va_end(args);
}

void config_note(struct config *config, const struct config_value *value,
		 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note_va(config, value ? &value->pos : NULL, format, args);
	va_end(args);
}

size_t config_notes(const struct config *config, const char *const **notes)
{
	*notes = config->notes;
	return config->nr_notes;
}

bool config_failed(const struct config *config)
{
	return config->error != NULL;
}

void config_forget_error(struct config *config)
{
	free(config->error);
	free(config->error_line);
	config->error = config->error_line = NULL;
}

const char *config_error(const struct config *config)
{
	return config->error;
}

const char *config_error_line(const struct config *config)
{
	return config->error_line;
}

/* Edits (insert, delete, replace, swap) from @a to @b; both are short. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[3][34];
	size_t la = strlen(a), lb = strlen(b);
	size_t i, j;

	if (la > 32 || lb > 32)
		return 99;
	for (j = 0; j <= lb; j++)
		row[1][j] = j;
	for (i = 1; i <= la; i++) {
		row[2][0] = i;
		for (j = 1; j <= lb; j++) {
			unsigned int best =
				row[1][j - 1] + (a[i - 1] != b[j - 1]);

			if (row[1][j] + 1 < best)
				best = row[1][j] + 1;
			if (row[2][j - 1] + 1 < best)
				best = row[2][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && row[0][j - 2] + 1 < best)
				best = row[0][j - 2] + 1;
			row[2][j] = best;
		}
		memcpy(row[0], row[1], sizeof(row[0]));
		memcpy(row[1], row[2], sizeof(row[0]));
	}
	return row[1][lb];
}

const char *config_nearest(struct config *config, const char *name,
			   const char *(*names)(size_t i))
{
	const char *nearest = NULL;
	const char *other;
	unsigned int best = 4;
	size_t i;

	for (i = 0; (other = names(i)); i++) {
		unsigned int d = distance(name, other);

		if (d < best && d * 2 < strlen(other) + 1) {
			best = d;
			nearest = other;
		}
	}
	return nearest ? config_printf(config, "did you mean '%s'?", nearest) :
			 NULL;
}
