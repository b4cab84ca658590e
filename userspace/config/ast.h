/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree that a text is parsed into. Nodes live in the config's arena. */
#ifndef CONFIG_AST_H
#define CONFIG_AST_H

#include "config/private.h"

enum node_kind {
	/* expressions */
	NODE_CONST, /* value */
	NODE_NAME, /* name */
	NODE_LIST, /* items */
	NODE_TUPLE, /* items */
	NODE_DICT, /* items: key, value, key, value */
	NODE_FSTRING, /* items: NODE_CONST or NODE_FIELD */
	NODE_FIELD, /* a: value, b: format or NULL, op: conversion or 0 */
	NODE_UNARY, /* op, a */
	NODE_BINARY, /* op, a, b */
	NODE_COMPARE, /* items: operands, ops[i] between i and i + 1 */
	NODE_AND, /* a, b */
	NODE_OR, /* a, b */
	NODE_NOT, /* a */
	NODE_COND, /* a if b else c */
	NODE_INDEX, /* a[b] */
	NODE_SLICE, /* a[items[0]:items[1]:items[2]], each may be NULL */
	NODE_ATTR, /* a.name */
	NODE_CALL, /* a(items); the last `nr_named` items are NODE_NAMED */
	NODE_NAMED, /* name=a */
	NODE_COMP, /* a (and b in a dict) for items: NODE_FOR / NODE_IF */
	/* statements */
	NODE_BLOCK, /* items */
	NODE_ASSIGN, /* items: targets, a: value */
	NODE_AUGMENT, /* a op= b */
	NODE_EXPRESSION, /* a */
	NODE_IF, /* if a: b else: c */
	NODE_FOR, /* for a in b: c */
	NODE_WHILE, /* while a: b */
	NODE_BREAK,
	NODE_CONTINUE,
	NODE_PASS,
	NODE_DELETE, /* items: targets */
	NODE_DEF, /* name, items: parameters (NODE_NAMED, a = default), b */
	NODE_RETURN, /* a or NULL */
	NODE_RAISE, /* a or NULL */
	NODE_ASSERT, /* a, b: message or NULL */
	NODE_PRINT, /* items */
};

enum node_op {
	OP_ADD = 1,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_FLOOR,
	OP_MOD,
	OP_POW,
	OP_AND,
	OP_OR,
	OP_XOR,
	OP_SHL,
	OP_SHR,
	OP_INVERT,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_IN,
	OP_NOT_IN,
	OP_IS,
	OP_IS_NOT,
};

struct node {
	enum node_kind kind;
	int op;
	struct config_pos pos;
	unsigned int depth; /* of the tree below */
	bool braces; /* NODE_COMP: makes a dict; NODE_TUPLE: had brackets */
	struct node *a;
	struct node *b;
	struct node *c;
	struct node **items;
	size_t count;
	size_t room;
	size_t nr_named;
	unsigned char *ops;
	const char *name;
	struct config_value *value;
};

/* The whole text as a NODE_BLOCK; NULL with the config's error set. */
struct node *parse_text(struct config *config,
			const struct config_source *source);

/* One expression that is all of @text + @offset. */
struct node *parse_one(struct config *config,
		       const struct config_source *source, size_t offset);

/* What the name of an operation is in messages: "+". */
const char *op_name(int op);

#endif
