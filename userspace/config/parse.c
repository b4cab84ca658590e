// SPDX-License-Identifier: GPL-2.0-only
/* Statements, and the means that both halves of the parser use. */
#include <ctype.h>
#include <string.h>

#include "config/parser.h"

static const char *const keywords[] = {
	"and",	  "as",	      "assert", "async",  "await",    "break",
	"class",  "continue", "def",	"del",	  "elif",     "else",
	"except", "finally",  "for",	"from",	  "global",   "if",
	"import", "in",	      "is",	"lambda", "nonlocal", "not",
	"or",	  "pass",     "raise",	"return", "try",      "while",
	"with",	  "yield",
};

/* Statements that Python has and this language has not. */
static const struct {
	const char *word;
	const char *hint;
} unsupported[] = {
	{ "import", "the file is read, not run: no module can be loaded" },
	{ "from", "the file is read, not run: no module can be loaded" },
	{ "class", NULL },
	{ "try", "test with `if` what may be missing" },
	{ "with", NULL },
	{ "global", "a def returns its result" },
	{ "nonlocal", NULL },
	{ "async", NULL },
	{ "exec", "write the statements themselves" },
	{ "execfile", "write the statements themselves" },
};

/* Words and signs that stand in expressions of Python only. */
static const struct {
	const char *text;
	const char *name;
	const char *hint;
} signs[] = {
	{ "*", "unpacking by *", "add the lists: [a] + b" },
	{ "**", "unpacking by **", "fill the dict with update()" },
	{ ":=", "an assignment in an expression", "assign it before" },
	{ "@", "matrix multiplication", NULL },
	{ "@=", "matrix multiplication", NULL },
	{ "...", "an ellipsis", NULL },
	{ "->", "an annotation", "write it without the type" },
};

void parser_advance(struct parser *parser)
{
	lexer_next(&parser->lexer, &parser->token);
}

bool parser_accept(struct parser *parser, const char *text)
{
	if (!token_is(&parser->token, text))
		return false;
	parser_advance(parser);
	return true;
}

/* Whether the next token is one of @signs, and refused by its name. */
static bool refused_sign(struct parser *parser)
{
	size_t i;

	for (i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (!token_is(&parser->token, signs[i].text))
			continue;
		parser_unsupported(parser, &parser->token.pos, signs[i].name,
				   signs[i].hint);
		return true;
	}
	return false;
}

bool parser_expect(struct parser *parser, const char *text, const char *hint)
{
	const struct token *token = &parser->token;

	if (parser_accept(parser, text))
		return !config_failed(parser->config);
	if (refused_sign(parser))
		return false;
	if (token->kind == TOKEN_NEWLINE || token->kind == TOKEN_END)
		config_fail_at(parser->config, &token->pos, hint,
			       "'%s' is missing at the end", text);
	else
		config_fail_at(parser->config, &token->pos, hint,
			       "'%s' is missing before '%.*s'", text,
			       (int)(token->length < 40 ? token->length : 40),
			       token->start ? token->start : "");
	return false;
}

void *parser_unexpected(struct parser *parser, const char *hint)
{
	const struct token *token = &parser->token;

	if (refused_sign(parser))
		return NULL;
	switch (token->kind) {
	case TOKEN_END:
	case TOKEN_NEWLINE:
		config_fail_at(parser->config, &token->pos, hint,
			       "the line ends where a value should stand");
		break;
	case TOKEN_INDENT:
		config_fail_at(parser->config, &token->pos,
			       hint ? hint :
				      "begin the line at its first column",
			       "this line is indented without reason");
		break;
	case TOKEN_DEDENT:
		config_fail_at(parser->config, &token->pos, hint,
			       "an indented block is missing");
		break;
	default:
		config_fail_at(parser->config, &token->pos, hint,
			       "'%.*s' cannot stand here",
			       (int)(token->length < 40 ? token->length : 40),
			       token->start ? token->start : "");
	}
	return NULL;
}

void *parser_unsupported(struct parser *parser, const struct config_pos *pos,
			 const char *what, const char *hint)
{
	config_fail_at(parser->config, pos, hint,
		       "%s: this part of Python is not supported in a "
		       "configuration",
		       what);
	return NULL;
}

bool parser_at_keyword(const struct parser *parser)
{
	size_t i;

	for (i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
		if (token_is(&parser->token, keywords[i]))
			return true;
	}
	return false;
}

const char *parser_name(struct parser *parser)
{
	const char *name;

	if (parser->token.kind != TOKEN_NAME || parser_at_keyword(parser))
		return parser_unexpected(parser, NULL);
	name = config_strdup(parser->config, parser->token.start,
			     parser->token.length);
	parser_advance(parser);
	return name;
}

struct node *node_new(struct parser *parser, enum node_kind kind,
		      const struct config_pos *pos)
{
	struct node *node = config_alloc(parser->config, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->pos = *pos;
	node->depth = 1;
	return node;
}

bool node_over(struct parser *parser, struct node *node,
	       const struct node *child)
{
	if (node && child && child->depth < CONFIG_MAX_TREE) {
		if (node->depth < child->depth + 1)
			node->depth = child->depth + 1;
		return true;
	}
	config_fail_at(parser->config, &parser->token.pos, NULL,
		       "this is nested too deeply, or too long");
	return false;
}

bool node_add(struct parser *parser, struct node *node, struct node *item)
{
	if (!node_over(parser, node, item))
		return false;
	if (node->count == node->room) {
		struct node **larger = arena_grow(&parser->config->arena,
						  node->items, node->count,
						  sizeof(*larger), &node->room);

		if (!larger)
			return config_alloc(parser->config, SIZE_MAX) != NULL;
		node->items = larger;
	}
	node->items[node->count++] = item;
	return true;
}

static struct node *parse_statement(struct parser *parser, struct node *block);

static bool end_of_statement(struct parser *parser)
{
	if (parser->token.kind == TOKEN_NEWLINE ||
	    token_is(&parser->token, ";"))
		parser_advance(parser);
	else if (parser->token.kind != TOKEN_END)
		parser_unexpected(parser, "one statement per line; text stands "
					  "in quotes");
	return !config_failed(parser->config);
}

/* `: statement` on the same line, or an indented block. */
static struct node *parse_block(struct parser *parser)
{
	struct node *block = node_new(parser, NODE_BLOCK, &parser->token.pos);
	unsigned int line = parser->token.pos.line;

	if (!block || !parser_expect(parser, ":", NULL))
		return NULL;
	if (++parser->depth > CONFIG_MAX_DEPTH)
		return node_over(parser, NULL, NULL), NULL;
	if (parser->token.kind != TOKEN_NEWLINE) {
		while (parser->token.kind != TOKEN_END &&
		       parser->token.pos.line == line &&
		       parser->token.kind != TOKEN_DEDENT) {
			if (!parse_statement(parser, block))
				return NULL;
		}
		parser->depth--;
		return block;
	}
	parser_advance(parser);
	if (parser->token.kind != TOKEN_INDENT) {
		config_fail_at(parser->config, &parser->token.pos,
			       "indent the lines that belong to it",
			       "an indented block is missing");
		return NULL;
	}
	parser_advance(parser);
	while (parser->token.kind != TOKEN_DEDENT &&
	       parser->token.kind != TOKEN_END) {
		if (!parse_statement(parser, block))
			return NULL;
	}
	if (parser->token.kind == TOKEN_DEDENT)
		parser_advance(parser);
	parser->depth--;
	return config_failed(parser->config) ? NULL : block;
}

static struct node *parse_if(struct parser *parser)
{
	struct node *node = node_new(parser, NODE_IF, &parser->token.pos);

	parser_advance(parser);
	if (!node || ++parser->depth > CONFIG_MAX_DEPTH)
		return node_over(parser, NULL, NULL), NULL;
	node->a = parse_expr(parser);
	if (!node->a)
		return NULL;
	node->b = parse_block(parser);
	if (!node->b)
		return NULL;
	if (token_is(&parser->token, "elif")) {
		node->c = parse_if(parser);
		if (!node->c)
			return NULL;
	} else if (parser_accept(parser, "else")) {
		node->c = parse_block(parser);
		if (!node->c)
			return NULL;
	}
	parser->depth--;
	return node_over(parser, node, node->a) &&
			       node_over(parser, node, node->b) &&
			       (!node->c || node_over(parser, node, node->c)) ?
		       node :
		       NULL;
}

static struct node *parse_loop(struct parser *parser, bool is_for)
{
	struct node *node = node_new(parser, is_for ? NODE_FOR : NODE_WHILE,
				     &parser->token.pos);
	struct node *body;

	parser_advance(parser);
	if (!node)
		return NULL;
	if (is_for) {
		node->a = parse_targets(parser);
		if (!node->a || !parser_expect(parser, "in", NULL))
			return NULL;
		node->b = parse_expr_list(parser);
	} else {
		node->a = parse_expr(parser);
	}
	if (config_failed(parser->config))
		return NULL;
	parser->loops++;
	body = parse_block(parser);
	parser->loops--;
	if (is_for)
		node->c = body;
	else
		node->b = body;
	if (token_is(&parser->token, "else"))
		return parser_unsupported(parser, &parser->token.pos,
					  "else after a loop", NULL);
	return node_over(parser, node, body) &&
			       node_over(parser, node, node->a) &&
			       node_over(parser, node, node->b) ?
		       node :
		       NULL;
}

static bool annotated(struct parser *parser, const char *hint)
{
	if (!token_is(&parser->token, ":"))
		return false;
	parser_unsupported(parser, &parser->token.pos, "an annotation", hint);
	return true;
}

static bool parse_parameter(struct parser *parser, struct node *def)
{
	struct node *item = node_new(parser, NODE_NAMED, &parser->token.pos);

	if (!item)
		return false;
	if (token_is(&parser->token, "*") || token_is(&parser->token, "**")) {
		parser_unsupported(parser, &parser->token.pos,
				   "* before a parameter", NULL);
		return false;
	}
	item->name = parser_name(parser);
	if (!item->name || annotated(parser, "write it without the type"))
		return false;
	if (parser_accept(parser, "=")) {
		item->a = parse_expr(parser);
		if (!item->a || !node_over(parser, item, item->a))
			return false;
	}
	return node_add(parser, def, item);
}

static struct node *parse_def(struct parser *parser)
{
	struct node *node = node_new(parser, NODE_DEF, &parser->token.pos);
	unsigned int loops = parser->loops;

	parser_advance(parser);
	if (!node)
		return NULL;
	node->name = parser_name(parser);
	if (!node->name || !parser_expect(parser, "(", NULL))
		return NULL;
	while (!token_is(&parser->token, ")")) {
		if (!parse_parameter(parser, node))
			return NULL;
		if (!parser_accept(parser, ","))
			break;
	}
	if (!parser_expect(parser, ")", NULL))
		return NULL;
	parser->functions++;
	parser->loops = 0;
	node->b = parse_block(parser);
	parser->loops = loops;
	parser->functions--;
	return node->b && node_over(parser, node, node->b) ? node : NULL;
}

static int augmented_op(const struct token *token)
{
	static const struct {
		const char *text;
		int op;
	} ops[] = {
		{ "+=", OP_ADD },  { "-=", OP_SUB },  { "*=", OP_MUL },
		{ "/=", OP_DIV },  { "%=", OP_MOD },  { "//=", OP_FLOOR },
		{ "**=", OP_POW }, { "&=", OP_AND },  { "|=", OP_OR },
		{ "^=", OP_XOR },  { "<<=", OP_SHL }, { ">>=", OP_SHR },
	};
	size_t i;

	for (i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		if (token_is(token, ops[i].text))
			return ops[i].op;
	}
	return 0;
}

/* Everything that begins with an expression. */
static struct node *parse_assignment(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *left = parse_expr_list(parser);
	struct node *node;
	int op;

	if (!left || (left->kind == NODE_NAME &&
		      annotated(parser, "write NAME = VALUE")))
		return NULL;
	op = augmented_op(&parser->token);
	node = node_new(parser,
			op			      ? NODE_AUGMENT :
			token_is(&parser->token, "=") ? NODE_ASSIGN :
							NODE_EXPRESSION,
			&pos);
	if (!node)
		return NULL;
	if (node->kind == NODE_EXPRESSION) {
		node->a = left;
		return node_over(parser, node, left) ? node : NULL;
	}
	if (op) {
		parser_advance(parser);
		node->op = op;
		node->a = left;
		node->b = parse_expr_list(parser);
		return check_target(parser, left) && node->b &&
				       node_over(parser, node, left) &&
				       node_over(parser, node, node->b) ?
			       node :
			       NULL;
	}
	while (parser_accept(parser, "=")) {
		if (!check_target(parser, left) ||
		    !node_add(parser, node, left))
			return NULL;
		left = parse_expr_list(parser);
		if (!left)
			return NULL;
	}
	node->a = left;
	return node_over(parser, node, left) ? node : NULL;
}

/* `print x, y` of Python 2; print(...) is an ordinary call. */
static struct node *parse_print(struct parser *parser)
{
	struct node *node = node_new(parser, NODE_PRINT, &parser->token.pos);

	parser_advance(parser);
	if (token_is(&parser->token, ">>"))
		return parser_unsupported(parser, &parser->token.pos,
					  "print to a file", NULL);
	if (!node)
		return NULL;
	while (parser->token.kind != TOKEN_NEWLINE &&
	       parser->token.kind != TOKEN_END &&
	       !token_is(&parser->token, ";")) {
		if (!node_add(parser, node, parse_expr(parser)))
			return NULL;
		if (!parser_accept(parser, ","))
			break;
	}
	return node;
}

static struct node *parse_word_statement(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *node;

	if (parser_accept(parser, "pass"))
		return node_new(parser, NODE_PASS, &pos);
	if (token_is(&parser->token, "break") ||
	    token_is(&parser->token, "continue")) {
		bool is_break = token_is(&parser->token, "break");

		if (!parser->loops)
			return parser_unexpected(parser,
						 "it belongs into a loop");
		parser_advance(parser);
		return node_new(parser, is_break ? NODE_BREAK : NODE_CONTINUE,
				&pos);
	}
	if (token_is(&parser->token, "return") && !parser->functions)
		return parser_unexpected(parser, "it belongs into a def");
	if (token_is(&parser->token, "return") ||
	    token_is(&parser->token, "raise")) {
		bool is_return = token_is(&parser->token, "return");

		parser_advance(parser);
		node = node_new(parser, is_return ? NODE_RETURN : NODE_RAISE,
				&pos);
		if (node && parser->token.kind != TOKEN_NEWLINE &&
		    parser->token.kind != TOKEN_END) {
			node->a = parse_expr_list(parser);
			if (!node_over(parser, node, node->a))
				return NULL;
		}
		return node;
	}
	if (parser_accept(parser, "assert")) {
		node = node_new(parser, NODE_ASSERT, &pos);
		if (!node)
			return NULL;
		node->a = parse_expr(parser);
		if (!node_over(parser, node, node->a))
			return NULL;
		if (parser_accept(parser, ",")) {
			node->b = parse_expr(parser);
			if (!node_over(parser, node, node->b))
				return NULL;
		}
		return node;
	}
	if (parser_accept(parser, "del")) {
		node = node_new(parser, NODE_DELETE, &pos);
		do {
			struct node *target = parse_expr(parser);

			if (!target || !check_target(parser, target) ||
			    !node_add(parser, node, target))
				return NULL;
		} while (parser_accept(parser, ","));
		return node;
	}
	return parser_unexpected(parser, NULL);
}

/* Whether this is `match x:` or `type X = ...`, where the word is no name. */
static bool at_soft_word(const struct parser *parser)
{
	const char *next = parser->lexer.text;
	const char *end = parser->lexer.end;

	if ((!token_is(&parser->token, "match") &&
	     !token_is(&parser->token, "type")) ||
	    next == end || *next != ' ')
		return false;
	while (next < end && *next == ' ')
		next++;
	return next < end &&
	       (isalnum((unsigned char)*next) || strchr("_'\"", *next)) &&
	       strncmp(next, "in ", 3) && strncmp(next, "is ", 3) &&
	       strncmp(next, "if ", 3) && strncmp(next, "or ", 3) &&
	       strncmp(next, "and ", 4) && strncmp(next, "not ", 4);
}

/* Whether this is `print x`, not `print(x)`, `print = x`, `print.y`. */
static bool at_print(const struct parser *parser)
{
	const char *next = parser->lexer.text;

	if (!token_is(&parser->token, "print"))
		return false;
	while (next < parser->lexer.end && (*next == ' ' || *next == '\t'))
		next++;
	return next < parser->lexer.end && !strchr("(=.[#;\n", *next);
}

static bool at_expression_word(const struct parser *parser)
{
	return token_is(&parser->token, "not") ||
	       token_is(&parser->token, "lambda") ||
	       token_is(&parser->token, "yield") ||
	       token_is(&parser->token, "await");
}

/* One statement, appended to @block; with what ends it. */
static struct node *parse_statement(struct parser *parser, struct node *block)
{
	const struct token *token = &parser->token;
	struct node *node;
	size_t i;

	if (token->kind == TOKEN_NEWLINE || token_is(token, ";")) {
		parser_advance(parser);
		return config_failed(parser->config) ? NULL : block;
	}
	for (i = 0; i < sizeof(unsupported) / sizeof(*unsupported); i++) {
		if (token_is(token, unsupported[i].word))
			return parser_unsupported(parser, &token->pos,
						  unsupported[i].word,
						  unsupported[i].hint);
	}
	if (token_is(token, "@"))
		return parser_unsupported(parser, &token->pos, "a decorator",
					  NULL);
	if (at_soft_word(parser))
		return parser_unsupported(parser, &token->pos,
					  token_is(token, "type") ? "type" :
								    "match",
					  "use `if` and `elif`, and names");
	if (token_is(token, "if") || token_is(token, "for") ||
	    token_is(token, "while") || token_is(token, "def")) {
		node = token_is(token, "if") ?
			       parse_if(parser) :
		       token_is(token, "def") ?
			       parse_def(parser) :
			       parse_loop(parser, token_is(token, "for"));
		return node_add(parser, block, node) ? block : NULL;
	}
	if (at_print(parser))
		node = parse_print(parser);
	else if (parser_at_keyword(parser) && !at_expression_word(parser))
		node = parse_word_statement(parser);
	else
		node = parse_assignment(parser);
	if (!node || !node_add(parser, block, node))
		return NULL;
	return end_of_statement(parser) ? block : NULL;
}

/* Names that are read somewhere: only those may be no keys. */
static bool note_reads(struct config *config, const struct node *node,
		       bool target)
{
	bool skip_items = node->kind == NODE_ASSIGN;
	size_t i;

	if (node->kind == NODE_NAME)
		return target ||
		       scope_set(config, &config->reads, node->name, NULL);
	if (target && node->kind == NODE_INDEX)
		target = false;
	if (node->a && !note_reads(config, node->a,
				   target || node->kind == NODE_FOR ||
					   node->kind == NODE_AUGMENT))
		return false;
	if ((node->b && !note_reads(config, node->b, false)) ||
	    (node->c && !note_reads(config, node->c, false)))
		return false;
	for (i = 0; i < node->count; i++) {
		if (node->items[i] &&
		    !note_reads(config, node->items[i], target || skip_items))
			return false;
	}
	return true;
}

struct node *parse_text(struct config *config,
			const struct config_source *source)
{
	struct parser parser;
	struct node *block;

	memset(&parser, 0, sizeof(parser));
	parser.config = config;
	lexer_start(&parser.lexer, config, source);
	parser_advance(&parser);
	block = node_new(&parser, NODE_BLOCK, &parser.token.pos);
	while (block && parser.token.kind != TOKEN_END) {
		if (!parse_statement(&parser, block))
			return NULL;
	}
	if (!block || config_failed(config) ||
	    !note_reads(config, block, false))
		return NULL;
	return block;
}

struct node *parse_one(struct config *config,
		       const struct config_source *source, size_t offset)
{
	struct config_pos pos = { source->name, 1, offset + 1 };
	struct parser parser;
	struct node *node;

	memset(&parser, 0, sizeof(parser));
	parser.config = config;
	lexer_start_expression(&parser.lexer, config, &pos,
			       source->text + offset, source->size - offset);
	parser_advance(&parser);
	node = parse_expr_list(&parser);
	if (node && parser.token.kind != TOKEN_END)
		return parser_unexpected(&parser, NULL);
	return node;
}
