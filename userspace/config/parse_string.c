// SPDX-License-Identifier: GPL-2.0-only
/* Text: literals, their joining, and what stands in the braces of f-strings. */
#include <stdlib.h>
#include <string.h>

#include "config/parser.h"
#include "config/value.h"

/* A part of a joined text: plain characters are gathered, fields follow. */
struct text {
	struct parser *parser;
	const struct token *token;
	struct node *node; /* NODE_FSTRING, or NULL as long as all is plain */
	char *buffer;
	size_t length;
};

static bool flush_plain(struct text *text)
{
	struct node *item;

	if (!text->node)
		return false;
	if (!text->length)
		return true;
	item = node_new(text->parser, NODE_CONST, &text->token->pos);
	if (!item)
		return false;
	item->value = value_string(text->parser->config, &item->pos,
				   text->buffer, text->length);
	text->length = 0;
	return item->value && node_add(text->parser, text->node, item);
}

static bool put(struct text *text, const char *bytes, size_t count)
{
	memcpy(text->buffer + text->length, bytes, count);
	text->length += count;
	return true;
}

/* Where the expression that begins at @at ends: at ! : or }. */
static const char *field_end(const char *at, const char *end)
{
	unsigned int open = 0;
	char quote = 0;

	for (; at < end; at++) {
		if (quote) {
			if (*at == quote)
				quote = 0;
		} else if (*at == '\'' || *at == '"') {
			quote = *at;
		} else if (strchr("([{", *at)) {
			open++;
		} else if (open && strchr(")]}", *at)) {
			open--;
		} else if (!open && (*at == ':' || *at == '}')) {
			return at;
		} else if (!open && *at == '!' &&
			   (at + 1 == end || at[1] != '=')) {
			return at;
		}
	}
	return NULL;
}

static struct node *field_expression(struct text *text, const char *start,
				     const char *end)
{
	struct config_pos pos = token_position(text->token, start);
	struct parser inner;
	struct node *node;

	memset(&inner, 0, sizeof(inner));
	inner.config = text->parser->config;
	inner.depth = text->parser->depth + 1;
	if (inner.depth > CONFIG_MAX_DEPTH) {
		node_over(text->parser, NULL, NULL);
		return NULL;
	}
	lexer_start_expression(&inner.lexer, inner.config, &pos, start,
			       end - start);
	parser_advance(&inner);
	if (inner.token.kind == TOKEN_END) {
		config_fail_at(inner.config, &pos,
			       "write {{ for a brace in an f-string",
			       "an empty field");
		return NULL;
	}
	node = parse_expr_list(&inner);
	if (node && inner.token.kind != TOKEN_END)
		return parser_unexpected(&inner, NULL);
	return node;
}

static const char *read_plain(struct text *text, const char *at,
			      const char *end, unsigned int level);

/* @at is behind the opening brace. Return: behind the closing one. */
static const char *read_field(struct text *text, const char *at,
			      const char *end, unsigned int level)
{
	struct parser *parser = text->parser;
	struct config_pos pos = token_position(text->token, at - 1);
	const char *close = field_end(at, end);
	struct node *outer = text->node;
	struct node *field = node_new(parser, NODE_FIELD, &pos);

	if (!field || !flush_plain(text))
		return NULL;
	if (!close || level > 1) {
		config_fail_at(parser->config, &pos,
			       "write {{ for a brace in an f-string",
			       "this field is not closed");
		return NULL;
	}
	field->a = field_expression(text, at, close);
	if (!node_over(parser, field, field->a))
		return NULL;
	if (*close == '!') {
		field->op = close + 1 < end ? close[1] : 0;
		close += 2;
		if ((field->op != 'r' && field->op != 's') || close >= end ||
		    (*close != ':' && *close != '}')) {
			config_fail_at(parser->config, &pos, NULL,
				       "malformed field");
			return NULL;
		}
	}
	if (*close == ':') {
		text->node = node_new(parser, NODE_FSTRING, &pos);
		close = read_plain(text, close + 1, end, level + 1);
		if (!close || !flush_plain(text))
			return NULL;
		if (close == end) {
			config_fail_at(parser->config, &pos, NULL,
				       "this field is not closed");
			return NULL;
		}
		field->b = text->node;
		text->node = outer;
		if (!node_over(parser, field, field->b))
			return NULL;
	}
	return node_add(parser, outer, field) ? close + 1 : NULL;
}

/* Up to @end, or to the brace that closes a format (level > 0). */
static const char *read_plain(struct text *text, const char *at,
			      const char *end, unsigned int level)
{
	bool formatted = text->token->formatted;
	struct config_pos pos;
	char bytes[4];
	int count;

	while (at < end) {
		if (formatted && *at == '}' && level)
			return at;
		if (formatted && (*at == '{' || *at == '}') && !level &&
		    at + 1 < end && at[1] == *at) {
			put(text, at, 1);
			at += 2;
		} else if (formatted && *at == '{') {
			at = read_field(text, at + 1, end, level);
			if (!at)
				return NULL;
		} else if (formatted && *at == '}') {
			pos = token_position(text->token, at);
			config_fail_at(text->parser->config, &pos,
				       "write }} for a brace in an f-string",
				       "a single } in an f-string");
			return NULL;
		} else {
			count = token_unescape(text->parser->config,
					       text->token, &at, bytes);
			if (count < 0)
				return NULL;
			put(text, bytes, count);
		}
	}
	return at;
}

/* One plain literal whose bytes are those of the source. */
static bool is_literal(const struct token *token)
{
	return !token->formatted && !token->triple &&
	       token->body == token->start + 1 &&
	       (token->raw || !memchr(token->body, '\\', token->body_length));
}

static struct node *plain_string(struct parser *parser,
				 const struct token *token, const char *text,
				 size_t length, bool literal)
{
	struct node *node = node_new(parser, NODE_CONST, &token->pos);

	if (!node)
		return NULL;
	node->value = value_string(parser->config, &node->pos, text, length);
	if (!node->value)
		return NULL;
	node->value->literal = literal;
	return node;
}

struct node *parse_strings(struct parser *parser)
{
	struct token first = parser->token;
	struct token token = first;
	struct text text = { parser, &token, NULL, NULL, 0 };
	bool literal = is_literal(&first);
	bool formatted = false;
	size_t room = 0;
	struct node *node;

	text.node = node_new(parser, NODE_FSTRING, &first.pos);
	while (text.node && parser->token.kind == TOKEN_STRING) {
		char *larger;

		token = parser->token;
		parser_advance(parser);
		if (token.start != first.start)
			literal = false;
		formatted |= token.formatted;
		/* No piece is longer than what it was written as. */
		if (text.length + token.body_length + 1 > room) {
			room = (text.length + token.body_length + 1) * 2;
			larger = config_alloc(parser->config, room);
			if (!larger)
				return NULL;
			if (text.length)
				memcpy(larger, text.buffer, text.length);
			text.buffer = larger;
		}
		if (!read_plain(&text, token.body,
				token.body + token.body_length, 0))
			return NULL;
	}
	if (!text.node || config_failed(parser->config))
		return NULL;
	if (!formatted)
		return plain_string(parser, &first, text.buffer, text.length,
				    literal);
	node = text.node;
	return flush_plain(&text) ? node : NULL;
}
