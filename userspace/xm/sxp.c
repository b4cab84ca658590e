// SPDX-License-Identifier: GPL-2.0-only
/* Printing S-expressions; see sxp.h. */
#include "xm/sxp.h"
#include "config/config.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isgraph((unsigned char)*text) || strchr("()'\"\\", *text))
			return false;
	return true;
}

/* Who only counts parentheses must not be led astray by those of a text. */
static bool balanced(const char *text)
{
	long open = 0;

	for (; *text && open >= 0; text++)
		open += (*text == '(') - (*text == ')');
	return !open;
}

void sxp_print_atom(FILE *to, const char *text)
{
	bool plain = balanced(text);

	if (is_plain(text)) {
		fputs(text, to);
		return;
	}
	fputc('\'', to);
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' ||
		    (!plain && strchr("()", *text))) {
			fprintf(to, "\\x%02x", (unsigned char)*text);
			continue;
		}
		if (*text == '\'' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('\'', to);
}

static void print_items(FILE *to, const struct config_value *value)
{
	size_t i;

	for (i = 0; i < value->count; i++) {
		fputc(i ? ' ' : '(', to);
		sxp_print_value(to, value->items[i]);
	}
	fputs(value->count ? ")" : "()", to);
}

void sxp_print_value(FILE *to, const struct config_value *value)
{
	size_t i;

	switch (value->type) {
	case CONFIG_BOOL:
		fputs(value->boolean ? "1" : "0", to);
		break;
	case CONFIG_INT:
		fprintf(to, "%" PRId64, value->integer);
		break;
	case CONFIG_FLOAT:
		fprintf(to, "%.17g", value->real);
		break;
	case CONFIG_STRING:
		sxp_print_atom(to, value->string);
		break;
	case CONFIG_LIST:
	case CONFIG_TUPLE:
		print_items(to, value);
		break;
	case CONFIG_DICT:
		fputc('(', to);
		for (i = 0; i < value->nr_pairs; i++) {
			fputs(i ? " (" : "(", to);
			sxp_print_value(to, value->keys[i]);
			fputc(' ', to);
			sxp_print_value(to, value->values[i]);
			fputc(')', to);
		}
		fputc(')', to);
		break;
	default:
		fputs("''", to);
	}
}

void sxp_print_keys(FILE *to, struct config *config)
{
	const char *key;
	size_t i;

	for (i = 0; (key = config_key(config, i)); i++) {
		fprintf(to, "    (%s ", key);
		sxp_print_value(to, config_get(config, key));
		fputs(")\n", to);
	}
}

void sxp_print_config(FILE *to, struct config *config)
{
	fputs("(domain\n", to);
	sxp_print_keys(to, config);
	fputs(")\n", to);
}
