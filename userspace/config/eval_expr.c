// SPDX-License-Identifier: GPL-2.0-only
/* Expressions. */
#include <string.h>

#include "config/eval.h"

static struct config_value *eval_name(struct eval *eval,
				      const struct node *node)
{
	struct config *config = eval->config;
	const struct config_function *builtin;
	struct config_name *entry = NULL;
	struct config_value *value;
	struct frame *frame;

	for (frame = eval->frame; frame && !entry; frame = frame->parent)
		entry = scope_find(&frame->scope, node->name);
	if (!entry)
		entry = scope_find(&config->globals, node->name);
	if (!config_step(config, config->globals.count / 32))
		return NULL;
	if (entry && entry->value)
		return entry->value;
	builtin = builtin_find(node->name);
	if (!builtin) {
		config_fail_at(
			config, &node->pos,
			"a text stands in quotes; a variable is assigned "
			"before it is used",
			"the name '%.60s' is not defined", node->name);
		return NULL;
	}
	value = value_new(config, CONFIG_FUNCTION, &node->pos);
	if (value)
		value->function = builtin;
	return value;
}

static struct config_value *eval_items(struct eval *eval,
				       const struct node *node)
{
	struct config_value *list =
		value_new(eval->config,
			  node->kind == NODE_TUPLE ? CONFIG_TUPLE : CONFIG_LIST,
			  &node->pos);
	size_t i;

	for (i = 0; list && i < node->count; i++) {
		if (!list_append(eval->config, list,
				 eval_expr(eval, node->items[i])))
			return NULL;
	}
	return list;
}

static bool check_key_type(struct eval *eval, const struct node *node,
			   const struct config_value *key)
{
	if (!key)
		return false;
	if (key->type != CONFIG_LIST && key->type != CONFIG_DICT)
		return true;
	config_fail_at(eval->config, &node->pos, "use a text or a tuple",
		       "%s cannot be the key of a dict", value_type_name(key));
	return false;
}

static struct config_value *eval_dict(struct eval *eval,
				      const struct node *node)
{
	struct config_value *dict =
		value_new(eval->config, CONFIG_DICT, &node->pos);
	size_t i;

	for (i = 0; dict && i < node->count; i += 2) {
		struct config_value *key = eval_expr(eval, node->items[i]);

		if (!check_key_type(eval, node->items[i], key) ||
		    !dict_set(eval->config, dict, key,
			      eval_expr(eval, node->items[i + 1])))
			return NULL;
	}
	return dict;
}

const struct config_value *eval_iterate(struct eval *eval,
					const struct config_pos *pos,
					const struct config_value *value)
{
	struct config *config = eval->config;
	struct config_value *list;
	size_t i, length;

	if (value_is_list(value))
		return value;
	list = value_new(config, CONFIG_LIST, pos);
	if (!list)
		return NULL;
	if (value->type == CONFIG_DICT) {
		for (i = 0; i < value->nr_pairs; i++) {
			if (!config_step(config, 1) ||
			    !list_append(config, list, value->keys[i]))
				return NULL;
		}
		return list;
	}
	if (value->type != CONFIG_STRING) {
		config_fail_at(config, pos, NULL, "%s has no entries",
			       value_type_name(value));
		return NULL;
	}
	for (i = 0; i < value->length; i += length) {
		length = utf8_offset(value->string + i, value->length - i, 1);
		if (!config_step(config, 1) ||
		    !list_append(config, list,
				 value_string(config, &value->pos,
					      value->string + i, length)))
			return NULL;
	}
	return list;
}

/* Part @n of the comprehension and all that are inside of it. */
static bool eval_part(struct eval *eval, const struct node *node, size_t n,
		      struct config_value *out)
{
	const struct node *part = n < node->count ? node->items[n] : NULL;
	struct config_value *value;
	const struct config_value *items;
	size_t i;

	if (!part && node->b) {
		value = eval_expr(eval, node->a);
		return check_key_type(eval, node->a, value) &&
		       dict_set(eval->config, out, value,
				eval_expr(eval, node->b));
	}
	if (!part)
		return list_append(eval->config, out, eval_expr(eval, node->a));
	value = eval_expr(eval, part->b);
	if (!value)
		return false;
	if (part->kind == NODE_IF)
		return !value_truth(value) || eval_part(eval, node, n + 1, out);
	items = eval_iterate(eval, &part->b->pos, value);
	for (i = 0; items && i < items->count; i++) {
		if (!config_step(eval->config, 1) ||
		    !eval_assign(eval, part->a, items->items[i]) ||
		    !eval_part(eval, node, n + 1, out))
			return false;
	}
	return items != NULL;
}

static struct config_value *eval_comprehension(struct eval *eval,
					       const struct node *node)
{
	struct frame frame = { { NULL, NULL, 0 }, eval->frame };
	struct config_value *out =
		value_new(eval->config,
			  node->braces ? CONFIG_DICT : CONFIG_LIST, &node->pos);
	bool ok;

	eval->frame = &frame;
	ok = out && eval_part(eval, node, 0, out);
	eval->frame = frame.parent;
	return ok ? out : NULL;
}

/* Whether it matters that it is this one, and not one like it. */
static bool is_container(const struct config_value *value)
{
	return value->type == CONFIG_LIST || value->type == CONFIG_TUPLE ||
	       value->type == CONFIG_DICT;
}

static bool compare_one(struct eval *eval, const struct config_pos *pos, int op,
			struct config_value *a, struct config_value *b,
			bool *result)
{
	struct config *config = eval->config;
	int order;

	config->at = *pos;
	switch (op) {
	case OP_EQ:
	case OP_NE:
		*result = value_equal(config, a, b) == (op == OP_EQ);
		return !config_failed(config);
	case OP_IS:
	case OP_IS_NOT:
		*result = (a == b || (a->type == b->type && !is_container(a) &&
				      value_equal(config, a, b))) ==
			  (op == OP_IS);
		return !config_failed(config);
	case OP_IN:
	case OP_NOT_IN:
		if (!eval_contains(config, pos, a, b, result))
			return false;
		*result ^= op == OP_NOT_IN;
		return true;
	default:
		if (!value_order(config, a, b, &order))
			return false;
		*result = op == OP_LT ? order < 0 :
			  op == OP_LE ? order <= 0 :
			  op == OP_GT ? order > 0 :
					order >= 0;
		return true;
	}
}

static struct config_value *eval_compare(struct eval *eval,
					 const struct node *node)
{
	struct config_value *left = eval_expr(eval, node->items[0]);
	bool result = true;
	size_t i;

	for (i = 1; left && result && i < node->count; i++) {
		struct config_value *right = eval_expr(eval, node->items[i]);

		if (!right || !compare_one(eval, &node->pos, node->ops[i - 1],
					   left, right, &result))
			return NULL;
		left = right;
	}
	return left ? value_bool(eval->config, &node->pos, result) : NULL;
}

static struct config_value *eval_fstring(struct eval *eval,
					 const struct node *node)
{
	struct text_buffer out = { eval->config, NULL, 0, 0, false };
	size_t i;

	for (i = 0; i < node->count; i++) {
		const struct node *part = node->items[i];
		struct config_value *value, *spec = NULL;

		if (part->kind == NODE_CONST) {
			text_put_str(&out, part->value);
			continue;
		}
		value = eval_expr(eval, part->a);
		if (!value)
			return NULL;
		if (part->b) {
			spec = eval_expr(eval, part->b);
			if (!spec)
				return NULL;
		}
		if (part->op) {
			struct text_buffer text = { eval->config, NULL, 0, 0,
						    false };

			if (part->op == 'r')
				text_put_repr(&text, value);
			else
				text_put_str(&text, value);
			value = text_value(&text, &part->pos);
			if (!value)
				return NULL;
		}
		if (!format_by_spec(&out, &part->pos, value,
				    spec ? spec->string : "",
				    spec ? spec->length : 0))
			return NULL;
	}
	return text_value(&out, &node->pos);
}

static struct config_value *eval_logic(struct eval *eval,
				       const struct node *node)
{
	struct config_value *a = eval_expr(eval, node->a);

	if (!a || value_truth(a) == (node->kind == NODE_OR))
		return a;
	return eval_expr(eval, node->b);
}

static struct config_value *eval_attr(struct eval *eval,
				      const struct node *node)
{
	struct config_value *of = eval_expr(eval, node->a);

	if (!of)
		return NULL;
	config_fail_at(eval->config, &node->pos,
		       method_find(of->type, node->name) ?
			       "it is a method: call it with ()" :
			       NULL,
		       "%s has no '.%.40s'", value_type_name(of), node->name);
	return NULL;
}

static struct config_value *eval_slice_node(struct eval *eval,
					    const struct node *node)
{
	struct config_value *part[3] = { NULL, NULL, NULL };
	struct config_value *of = eval_expr(eval, node->a);
	size_t i;

	for (i = 0; of && i < 3; i++) {
		if (!node->items[i])
			continue;
		part[i] = eval_expr(eval, node->items[i]);
		if (!part[i])
			return NULL;
		if (part[i]->type == CONFIG_NONE)
			part[i] = NULL;
	}
	return of ? eval_slice(eval->config, &node->pos, of, part) : NULL;
}

static struct config_value *eval_two(struct eval *eval, const struct node *node)
{
	struct config_value *a = eval_expr(eval, node->a);
	struct config_value *b = a ? eval_expr(eval, node->b) : NULL;

	if (!b)
		return NULL;
	return node->kind == NODE_INDEX ?
		       eval_index(eval->config, &node->pos, a, b) :
		       eval_binary(eval->config, &node->pos, node->op, a, b);
}

static struct config_value *eval_one(struct eval *eval, const struct node *node)
{
	struct config_value *a = eval_expr(eval, node->a);

	if (!a)
		return NULL;
	if (node->kind == NODE_NOT)
		return value_bool(eval->config, &node->pos, !value_truth(a));
	return eval_unary(eval->config, &node->pos, node->op, a);
}

static struct config_value *eval_condition(struct eval *eval,
					   const struct node *node)
{
	struct config_value *test = eval_expr(eval, node->b);

	if (!test)
		return NULL;
	return eval_expr(eval, value_truth(test) ? node->a : node->c);
}

static struct config_value *eval_node(struct eval *eval,
				      const struct node *node)
{
	switch (node->kind) {
	case NODE_CONST:
		return node->value;
	case NODE_NAME:
		return eval_name(eval, node);
	case NODE_LIST:
	case NODE_TUPLE:
		return eval_items(eval, node);
	case NODE_DICT:
		return eval_dict(eval, node);
	case NODE_FSTRING:
		return eval_fstring(eval, node);
	case NODE_UNARY:
	case NODE_NOT:
		return eval_one(eval, node);
	case NODE_BINARY:
	case NODE_INDEX:
		return eval_two(eval, node);
	case NODE_COMPARE:
		return eval_compare(eval, node);
	case NODE_AND:
	case NODE_OR:
		return eval_logic(eval, node);
	case NODE_COND:
		return eval_condition(eval, node);
	case NODE_SLICE:
		return eval_slice_node(eval, node);
	case NODE_ATTR:
		return eval_attr(eval, node);
	case NODE_CALL:
		return eval_call(eval, node);
	case NODE_COMP:
		return eval_comprehension(eval, node);
	default:
		config_fail_at(eval->config, &node->pos, NULL,
			       "this cannot stand in an expression");
		return NULL;
	}
}

struct config_value *eval_expr(struct eval *eval, const struct node *node)
{
	struct config *config = eval->config;
	struct config_value *value;

	if (!config_step(config, 1))
		return NULL;
	if (config->depth >= CONFIG_MAX_TREE) {
		config_fail_at(config, &node->pos, NULL,
			       "calls are nested too deeply");
		return NULL;
	}
	config->depth++;
	value = eval_node(eval, node);
	config->depth--;
	return value;
}
