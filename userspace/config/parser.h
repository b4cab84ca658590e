/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of the parser share: statements and expressions. */
#ifndef CONFIG_PARSER_H
#define CONFIG_PARSER_H

#include "config/ast.h"
#include "config/lexer.h"

struct parser {
	struct config *config;
	struct lexer lexer;
	struct token token; /* the next one */
	unsigned int depth;
	unsigned int loops; /* around this statement */
	unsigned int functions;
};

void parser_advance(struct parser *parser);
/* Take the next token if it is @text. */
bool parser_accept(struct parser *parser, const char *text);
bool parser_expect(struct parser *parser, const char *text, const char *hint);
/* The next token is not what can stand here. Return: NULL. */
void *parser_unexpected(struct parser *parser, const char *hint);
/* Python has it, this language has not. Return: NULL. */
void *parser_unsupported(struct parser *parser, const struct config_pos *pos,
			 const char *what, const char *hint);
/* A copy of the name that is the next token; NULL if it is none. */
const char *parser_name(struct parser *parser);
bool parser_at_keyword(const struct parser *parser);

struct node *node_new(struct parser *parser, enum node_kind kind,
		      const struct config_pos *pos);
/* Append; false with the error set, also when @item is NULL. */
bool node_add(struct parser *parser, struct node *node, struct node *item);
/* Take over the depth of a child. False: nested too deeply, or NULL. */
bool node_over(struct parser *parser, struct node *node,
	       const struct node *child);

/* expr: with `a if b else c`; list: `a, b` becomes a tuple. */
struct node *parse_expr(struct parser *parser);
struct node *parse_expr_list(struct parser *parser);
/* Targets of `for`: names, also in brackets, without `in`. */
struct node *parse_targets(struct parser *parser);
bool check_target(struct parser *parser, const struct node *node);

/* parse_string.c: the strings at the next token, joined. */
struct node *parse_strings(struct parser *parser);

#endif
