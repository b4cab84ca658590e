/* SPDX-License-Identifier: GPL-2.0-only */
/* Printing JSON: what the commands that ask answer to --json. */
#ifndef XM_JSON_H
#define XM_JSON_H

#include <stdbool.h>
#include <stdint.h>

/* Every answer with rows is an array of objects, also of one or none. */

/** json_row() - begin a row: "[" before the first one, "," between them. */
void json_row(bool first);

/** json_row_end() - end a row. */
void json_row_end(void);

/** json_rows_end() - end the answer; @none: there was no row. */
void json_rows_end(bool none);

/** json_text() - @text as a string. */
void json_text(const char *text);

/* A member of an object; @first is the one that no comma stands before. */
void json_put_text(bool first, const char *key, const char *text);
void json_put_number(bool first, const char *key, uint64_t value);

#endif
