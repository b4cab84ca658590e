// SPDX-License-Identifier: GPL-2.0-only
/* Printing JSON; see json.h. */
#include "xm/json.h"
#include <inttypes.h>
#include <stdio.h>

void json_row(bool first)
{
	fputs(first ? "[\n{" : ",\n{", stdout);
}

void json_row_end(void)
{
	putchar('}');
}

void json_rows_end(bool none)
{
	fputs(none ? "[]\n" : "\n]\n", stdout);
}

void json_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if ((unsigned char)*text < ' ')
			printf("\\u%04x", (unsigned char)*text);
		else if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_key(bool first, const char *key)
{
	printf("%s\"%s\": ", first ? "" : ", ", key);
}

void json_put_text(bool first, const char *key, const char *text)
{
	put_key(first, key);
	json_text(text);
}

void json_put_number(bool first, const char *key, uint64_t value)
{
	put_key(first, key);
	printf("%" PRIu64, value);
}
