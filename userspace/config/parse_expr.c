// SPDX-License-Identifier: GPL-2.0-only
/* Expressions: recursive descent, one function per level of binding. */
#include <string.h>

#include "config/parser.h"

struct binary {
	const char *text;
	unsigned char op;
	unsigned char level;
};

#define LEVEL_TOP   1
#define LEVEL_UNARY 7

static const struct binary binaries[] = {
	{ "|", OP_OR, 1 },   { "^", OP_XOR, 2 },    { "&", OP_AND, 3 },
	{ "<<", OP_SHL, 4 }, { ">>", OP_SHR, 4 },   { "+", OP_ADD, 5 },
	{ "-", OP_SUB, 5 },  { "*", OP_MUL, 6 },    { "/", OP_DIV, 6 },
	{ "%", OP_MOD, 6 },  { "//", OP_FLOOR, 6 },
};

static const struct binary compares[] = {
	{ "==", OP_EQ, 0 }, { "!=", OP_NE, 0 }, { "<>", OP_NE, 0 },
	{ "<", OP_LT, 0 },  { "<=", OP_LE, 0 }, { ">", OP_GT, 0 },
	{ ">=", OP_GE, 0 }, { "in", OP_IN, 0 }, { "is", OP_IS, 0 },
};

const char *op_name(int op)
{
	size_t i;

	for (i = 0; i < sizeof(binaries) / sizeof(*binaries); i++) {
		if (binaries[i].op == op)
			return binaries[i].text;
	}
	for (i = 0; i < sizeof(compares) / sizeof(*compares); i++) {
		if (compares[i].op == op)
			return compares[i].text;
	}
	return op == OP_POW ? "**" : op == OP_INVERT ? "~" : "in";
}

static struct node *parse_unary(struct parser *parser);
static struct node *parse_not(struct parser *parser);

static const struct binary *find_binary(const struct parser *parser)
{
	size_t i;

	for (i = 0; i < sizeof(binaries) / sizeof(*binaries); i++) {
		if (token_is(&parser->token, binaries[i].text))
			return &binaries[i];
	}
	return NULL;
}

static struct node *parse_binary(struct parser *parser, unsigned int level)
{
	struct node *left = level == LEVEL_UNARY ?
				    parse_unary(parser) :
				    parse_binary(parser, level + 1);
	const struct binary *binary;

	while (left && level < LEVEL_UNARY && (binary = find_binary(parser)) &&
	       binary->level == level) {
		struct node *node =
			node_new(parser, NODE_BINARY, &parser->token.pos);

		parser_advance(parser);
		if (!node)
			return NULL;
		node->op = binary->op;
		node->a = left;
		node->b = parse_binary(parser, level + 1);
		if (!node_over(parser, node, left) ||
		    !node_over(parser, node, node->b))
			return NULL;
		left = node;
	}
	return left;
}

/* The comparison at the next token, taken; 0 if there is none. */
static int accept_compare(struct parser *parser)
{
	size_t i;

	for (i = 0; i < sizeof(compares) / sizeof(*compares); i++) {
		if (!parser_accept(parser, compares[i].text))
			continue;
		if (compares[i].op == OP_IS && parser_accept(parser, "not"))
			return OP_IS_NOT;
		return compares[i].op;
	}
	if (!parser_accept(parser, "not"))
		return 0;
	parser_expect(parser, "in", NULL);
	return OP_NOT_IN;
}

#define MAX_COMPARES 16

static struct node *parse_compare(struct parser *parser)
{
	struct node *first = parse_binary(parser, LEVEL_TOP);
	struct node *node = NULL;
	struct config_pos pos;
	int op;

	if (!first)
		return NULL;
	pos = parser->token.pos;
	while ((op = accept_compare(parser))) {
		if (!node) {
			node = node_new(parser, NODE_COMPARE, &pos);
			if (!node || !node_add(parser, node, first))
				return NULL;
			node->ops = config_alloc(parser->config, MAX_COMPARES);
			if (!node->ops)
				return NULL;
		}
		if (node->count == MAX_COMPARES)
			return parser_unexpected(parser, NULL);
		node->ops[node->count - 1] = op;
		if (!node_add(parser, node, parse_binary(parser, LEVEL_TOP)))
			return NULL;
	}
	if (config_failed(parser->config))
		return NULL;
	return node ? node : first;
}

static struct node *parse_not(struct parser *parser)
{
	struct node *node;
	struct config_pos pos = parser->token.pos;

	if (!token_is(&parser->token, "not"))
		return parse_compare(parser);
	if (++parser->depth > CONFIG_MAX_DEPTH)
		return node_over(parser, NULL, NULL), NULL;
	parser_advance(parser);
	node = node_new(parser, NODE_NOT, &pos);
	if (!node)
		return NULL;
	node->a = parse_not(parser);
	parser->depth--;
	return node_over(parser, node, node->a) ? node : NULL;
}

static struct node *parse_logic(struct parser *parser, bool is_or)
{
	struct node *left = is_or ? parse_logic(parser, false) :
				    parse_not(parser);
	struct config_pos pos = parser->token.pos;

	while (left && parser_accept(parser, is_or ? "or" : "and")) {
		struct node *node =
			node_new(parser, is_or ? NODE_OR : NODE_AND, &pos);

		if (!node)
			return NULL;
		node->a = left;
		node->b = is_or ? parse_logic(parser, false) :
				  parse_not(parser);
		if (!node_over(parser, node, left) ||
		    !node_over(parser, node, node->b))
			return NULL;
		left = node;
		pos = parser->token.pos;
	}
	return left;
}

static struct node *parse_condition(struct parser *parser)
{
	struct node *value;
	struct node *node;
	struct config_pos pos = parser->token.pos;

	if (token_is(&parser->token, "lambda"))
		return parser_unsupported(parser, &pos, "lambda",
					  "write a comprehension or a def");
	value = parse_logic(parser, true);
	pos = parser->token.pos;
	if (!value || !parser_accept(parser, "if"))
		return value;
	node = node_new(parser, NODE_COND, &pos);
	if (!node)
		return NULL;
	node->a = value;
	node->b = parse_logic(parser, true);
	if (!node->b ||
	    !parser_expect(parser, "else", "a condition is `a if test else b`"))
		return NULL;
	node->c = parse_expr(parser);
	if (!node_over(parser, node, node->a) ||
	    !node_over(parser, node, node->b) ||
	    !node_over(parser, node, node->c))
		return NULL;
	return node;
}

struct node *parse_expr(struct parser *parser)
{
	struct node *node;

	if (++parser->depth > CONFIG_MAX_DEPTH) {
		node_over(parser, NULL, NULL);
		return NULL;
	}
	node = parse_condition(parser);
	parser->depth--;
	return node;
}

/* Whether an expression can begin at the next token. */
static bool at_expr(const struct parser *parser)
{
	const struct token *token = &parser->token;

	switch (token->kind) {
	case TOKEN_NAME:
		return !parser_at_keyword(parser) || token_is(token, "not");
	case TOKEN_INT:
	case TOKEN_FLOAT:
	case TOKEN_STRING:
		return true;
	case TOKEN_OP:
		return token->length == 1 && strchr("([{-+~", *token->start);
	default:
		return false;
	}
}

struct node *parse_expr_list(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *first = parse_expr(parser);
	struct node *tuple;

	if (!first || !token_is(&parser->token, ","))
		return first;
	tuple = node_new(parser, NODE_TUPLE, &pos);
	if (!tuple || !node_add(parser, tuple, first))
		return NULL;
	while (parser_accept(parser, ",") && at_expr(parser)) {
		if (!node_add(parser, tuple, parse_expr(parser)))
			return NULL;
	}
	return config_failed(parser->config) ? NULL : tuple;
}

/* `for a in b [if c]...` after the element @first (and @second in a dict). */
static struct node *parse_comprehension(struct parser *parser,
					struct node *first, struct node *second)
{
	struct node *node = node_new(parser, NODE_COMP, &first->pos);
	unsigned int levels = 0;

	if (!node)
		return NULL;
	node->a = first;
	node->b = second;
	node->braces = second != NULL;
	while (token_is(&parser->token, "for") ||
	       token_is(&parser->token, "if")) {
		bool is_for = token_is(&parser->token, "for");
		struct node *part = node_new(parser,
					     is_for ? NODE_FOR : NODE_IF,
					     &parser->token.pos);

		parser_advance(parser);
		if (!part || ++levels > 8)
			return parser_unexpected(parser, NULL);
		if (is_for) {
			part->a = parse_targets(parser);
			if (!part->a || !parser_expect(parser, "in", NULL))
				return NULL;
			part->b = parse_logic(parser, true);
		} else {
			part->b = parse_logic(parser, true);
		}
		if (!node_over(parser, part, part->b) ||
		    !node_add(parser, node, part))
			return NULL;
	}
	if (!node_over(parser, node, first) ||
	    (second && !node_over(parser, node, second)))
		return NULL;
	return node;
}

/* Whether the text ends inside of the brackets that @pos opened. */
static bool not_closed(struct parser *parser, const struct config_pos *pos,
		       char opening)
{
	if (parser->token.kind != TOKEN_END || config_failed(parser->config))
		return false;
	config_fail_at(parser->config, pos, NULL, "this '%c' is not closed",
		       opening);
	return true;
}

static struct node *parse_sequence(struct parser *parser, const char *close)
{
	struct config_pos pos = parser->token.pos;
	bool round = *close == ')';
	struct node *node =
		node_new(parser, round ? NODE_TUPLE : NODE_LIST, &pos);
	struct node *item;
	bool comma = false;

	parser_advance(parser);
	if (!node)
		return NULL;
	node->braces = true;
	while (!token_is(&parser->token, close)) {
		if (not_closed(parser, &pos, round ? '(' : '['))
			return NULL;
		item = parse_expr(parser);
		if (!item || not_closed(parser, &pos, round ? '(' : '['))
			return NULL;
		if (!node->count && token_is(&parser->token, "for")) {
			item = parse_comprehension(parser, item, NULL);
			return item && parser_expect(parser, close, NULL) ?
				       item :
				       NULL;
		}
		if (!node_add(parser, node, item))
			return NULL;
		comma = parser_accept(parser, ",");
		if (!comma)
			break;
	}
	if (!parser_expect(parser, close, "entries are separated by commas"))
		return NULL;
	return round && node->count == 1 && !comma ? node->items[0] : node;
}

static struct node *parse_dict(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *node = node_new(parser, NODE_DICT, &pos);

	parser_advance(parser);
	if (!node)
		return NULL;
	while (!token_is(&parser->token, "}")) {
		struct node *key = parse_expr(parser);
		struct node *value;

		if (!key)
			return NULL;
		if (token_is(&parser->token, ",") ||
		    token_is(&parser->token, "}") ||
		    token_is(&parser->token, "for"))
			return parser_unsupported(parser, &pos, "a set",
						  "write a list: [ ... ]");
		if (!parser_expect(parser, ":", "a dict is { key: value }"))
			return NULL;
		value = parse_expr(parser);
		if (!value)
			return NULL;
		if (!node->count && token_is(&parser->token, "for")) {
			node = parse_comprehension(parser, key, value);
			return node && parser_expect(parser, "}", NULL) ? node :
									  NULL;
		}
		if (!node_add(parser, node, key) ||
		    !node_add(parser, node, value))
			return NULL;
		if (!parser_accept(parser, ","))
			break;
	}
	return parser_expect(parser, "}", "entries are separated by commas") ?
		       node :
		       NULL;
}

static struct node *constant(struct parser *parser, enum config_type type)
{
	struct node *node = node_new(parser, NODE_CONST, &parser->token.pos);

	if (!node)
		return NULL;
	node->value = config_alloc(parser->config, sizeof(*node->value));
	if (!node->value)
		return NULL;
	node->value->type = type;
	node->value->pos = node->pos;
	node->value->integer = parser->token.integer;
	if (type == CONFIG_FLOAT)
		node->value->real = parser->token.real;
	return node;
}

static struct node *parse_word(struct parser *parser)
{
	static const char *const words[] = { "None", "False", "True" };
	struct node *node;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (!token_is(&parser->token, words[i]))
			continue;
		node = constant(parser, i ? CONFIG_BOOL : CONFIG_NONE);
		if (node && i)
			node->value->boolean = i == 2;
		parser_advance(parser);
		return node;
	}
	if (token_is(&parser->token, "yield") ||
	    token_is(&parser->token, "await"))
		return parser_unsupported(
			parser, &parser->token.pos,
			token_is(&parser->token, "yield") ? "yield" : "await",
			NULL);
	if (parser_at_keyword(parser))
		return parser_unexpected(parser, NULL);
	node = node_new(parser, NODE_NAME, &parser->token.pos);
	if (!node)
		return NULL;
	node->name = parser_name(parser);
	return node->name ? node : NULL;
}

static struct node *parse_atom(struct parser *parser)
{
	struct node *node;

	switch (parser->token.kind) {
	case TOKEN_INT:
	case TOKEN_FLOAT:
		node = constant(parser, parser->token.kind == TOKEN_INT ?
						CONFIG_INT :
						CONFIG_FLOAT);
		parser_advance(parser);
		return node;
	case TOKEN_STRING:
		return parse_strings(parser);
	case TOKEN_NAME:
		return parse_word(parser);
	case TOKEN_OP:
		if (token_is(&parser->token, "("))
			return parse_sequence(parser, ")");
		if (token_is(&parser->token, "["))
			return parse_sequence(parser, "]");
		if (token_is(&parser->token, "{"))
			return parse_dict(parser);
		break;
	default:
		break;
	}
	return parser_unexpected(parser, NULL);
}

static bool parse_argument(struct parser *parser, struct node *call)
{
	struct node *item;
	struct node *named;

	if (token_is(&parser->token, "*") || token_is(&parser->token, "**")) {
		parser_unsupported(parser, &parser->token.pos,
				   "* before an argument", NULL);
		return false;
	}
	item = parse_expr(parser);
	if (!item)
		return false;
	if (token_is(&parser->token, "=") && item->kind == NODE_NAME) {
		parser_advance(parser);
		named = node_new(parser, NODE_NAMED, &item->pos);
		if (!named)
			return false;
		named->name = item->name;
		named->a = parse_expr(parser);
		call->nr_named++;
		return node_over(parser, named, named->a) &&
		       node_add(parser, call, named);
	}
	if (call->nr_named) {
		parser_unexpected(parser, "name=value arguments come last");
		return false;
	}
	if (token_is(&parser->token, "for"))
		item = parse_comprehension(parser, item, NULL);
	return node_add(parser, call, item);
}

static struct node *parse_call(struct parser *parser, struct node *function)
{
	struct node *call = node_new(parser, NODE_CALL, &function->pos);

	parser_advance(parser);
	if (!call)
		return NULL;
	call->a = function;
	while (!token_is(&parser->token, ")")) {
		if (!parse_argument(parser, call))
			return NULL;
		if (!parser_accept(parser, ","))
			break;
	}
	if (!parser_expect(parser, ")", "arguments are separated by commas"))
		return NULL;
	return node_over(parser, call, function) ? call : NULL;
}

static struct node *parse_index(struct parser *parser, struct node *of)
{
	struct config_pos pos = parser->token.pos;
	struct node *part[3] = { NULL, NULL, NULL };
	unsigned int n = 0;
	struct node *node;
	unsigned int i;

	parser_advance(parser);
	for (;;) {
		if (!token_is(&parser->token, ":") &&
		    !token_is(&parser->token, "]")) {
			part[n] = parse_expr_list(parser);
			if (!part[n])
				return NULL;
		}
		if (n == 2 || !parser_accept(parser, ":"))
			break;
		n++;
	}
	if (!n && !part[0])
		return parser_unexpected(parser, "an index is missing");
	if (!parser_expect(parser, "]", NULL))
		return NULL;
	node = node_new(parser, n ? NODE_SLICE : NODE_INDEX, &pos);
	if (!node)
		return NULL;
	node->a = of;
	node->b = part[0];
	if (n) {
		node->items = config_alloc(parser->config, sizeof(part));
		if (!node->items)
			return NULL;
		memcpy(node->items, part, sizeof(part));
		node->count = 3;
	}
	for (i = 0; i < 3; i++) {
		if (part[i] && !node_over(parser, node, part[i]))
			return NULL;
	}
	return node_over(parser, node, of) ? node : NULL;
}

static struct node *parse_trailers(struct parser *parser)
{
	struct node *node = parse_atom(parser);

	while (node) {
		if (token_is(&parser->token, "(")) {
			node = parse_call(parser, node);
		} else if (token_is(&parser->token, "[")) {
			node = parse_index(parser, node);
		} else if (parser_accept(parser, ".")) {
			struct node *attr =
				node_new(parser, NODE_ATTR, &parser->token.pos);

			if (!attr)
				return NULL;
			attr->a = node;
			attr->name = parser_name(parser);
			if (!attr->name || !node_over(parser, attr, node))
				return NULL;
			node = attr;
		} else {
			break;
		}
	}
	return node;
}

static struct node *parse_unary(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *node, *base;
	int op = token_is(&parser->token, "-") ? OP_SUB :
		 token_is(&parser->token, "+") ? OP_ADD :
		 token_is(&parser->token, "~") ? OP_INVERT :
						 0;

	if (op) {
		if (++parser->depth > CONFIG_MAX_DEPTH)
			return node_over(parser, NULL, NULL), NULL;
		parser_advance(parser);
		node = node_new(parser, NODE_UNARY, &pos);
		if (!node)
			return NULL;
		node->op = op;
		node->a = parse_unary(parser);
		parser->depth--;
		return node_over(parser, node, node->a) ? node : NULL;
	}
	base = parse_trailers(parser);
	pos = parser->token.pos;
	if (!base || !parser_accept(parser, "**"))
		return base;
	if (++parser->depth > CONFIG_MAX_DEPTH)
		return node_over(parser, NULL, NULL), NULL;
	node = node_new(parser, NODE_BINARY, &pos);
	if (!node)
		return NULL;
	node->op = OP_POW;
	node->a = base;
	node->b = parse_unary(parser);
	parser->depth--;
	return node_over(parser, node, base) &&
			       node_over(parser, node, node->b) ?
		       node :
		       NULL;
}

bool check_target(struct parser *parser, const struct node *node)
{
	size_t i;

	switch (node->kind) {
	case NODE_NAME:
	case NODE_INDEX:
		return true;
	case NODE_TUPLE:
	case NODE_LIST:
		for (i = 0; i < node->count; i++) {
			if (!check_target(parser, node->items[i]))
				return false;
		}
		return true;
	case NODE_SLICE:
		parser_unsupported(parser, &node->pos, "assigning to a slice",
				   "join slices: a[:1] + b + a[2:]");
		return false;
	default:
		config_fail_at(parser->config, &node->pos,
			       "on the left of = stands the name of a key",
			       "nothing can be assigned to this");
		return false;
	}
}

struct node *parse_targets(struct parser *parser)
{
	struct config_pos pos = parser->token.pos;
	struct node *first = parse_trailers(parser);
	struct node *tuple;

	if (!first || !check_target(parser, first))
		return NULL;
	if (!token_is(&parser->token, ","))
		return first;
	tuple = node_new(parser, NODE_TUPLE, &pos);
	if (!tuple || !node_add(parser, tuple, first))
		return NULL;
	while (parser_accept(parser, ",") && !token_is(&parser->token, "in")) {
		struct node *item = parse_trailers(parser);

		if (!item || !check_target(parser, item) ||
		    !node_add(parser, tuple, item))
			return NULL;
	}
	return tuple;
}
