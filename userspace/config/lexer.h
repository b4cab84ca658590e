/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tokens of the Python-like language and of xl.cfg. Lines count only outside
 * of brackets, and indentation opens and closes blocks, as in Python.
 */
#ifndef CONFIG_LEXER_H
#define CONFIG_LEXER_H

#include "config/private.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_INDENT,
	TOKEN_DEDENT,
	TOKEN_NAME, /* also keywords */
	TOKEN_INT,
	TOKEN_FLOAT,
	TOKEN_STRING,
	TOKEN_OP, /* text is "+", "**", "==", ... */
	TOKEN_ERROR, /* the config's error is set */
};

#define LEXER_MAX_INDENT 32

struct token {
	enum token_kind kind;
	struct config_pos pos;
	const char *start; /* in the source */
	size_t length;
	int64_t integer;
	double real;
	/* TOKEN_STRING: the body between the quotes, and what its prefix says
	 */
	const char *body;
	size_t body_length;
	bool raw;
	bool formatted;
	bool triple;
};

struct lexer {
	struct config *config;
	const char *file;
	const char *text; /* what comes next */
	const char *end;
	const char *line_start;
	unsigned int line;
	unsigned int brackets; /* that are open */
	unsigned int indents[LEXER_MAX_INDENT];
	unsigned int nr_indents;
	unsigned int dedents; /* still to be given */
	bool at_line_start;
	bool expression; /* only one expression, without lines */
};

void lexer_start(struct lexer *lexer, struct config *config,
		 const struct config_source *source);

/* Only @length bytes at @text, which is in line @pos of the source. */
void lexer_start_expression(struct lexer *lexer, struct config *config,
			    const struct config_pos *pos, const char *text,
			    size_t length);

/* The next token; after TOKEN_END and TOKEN_ERROR the same again. */
void lexer_next(struct lexer *lexer, struct token *token);

bool token_is(const struct token *token, const char *text);

/* Where @at, a byte of the token's own lines, is. */
struct config_pos token_position(const struct token *token, const char *at);

/*
 * One character or escape of a string's body at *@at, as UTF-8 into @out.
 * Return: bytes written, 0 for a line that goes on, -1 with the error set.
 */
int token_unescape(struct config *config, const struct token *token,
		   const char **at, char out[4]);

#endif
