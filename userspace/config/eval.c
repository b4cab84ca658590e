// SPDX-License-Identifier: GPL-2.0-only
/* Statements. */
#include <string.h>

#include "config/eval.h"

static enum flow eval_statement(struct eval *eval, const struct node *node);

static bool assign_name(struct eval *eval, const struct node *target,
			struct config_value *value)
{
	struct config *config = eval->config;
	struct config_pos at = config->at;
	bool ok;

	config->at = target->pos;
	ok = scope_set(config,
		       eval->frame ? &eval->frame->scope : &config->globals,
		       target->name, value);
	config->at = at;
	return ok;
}

static bool assign_items(struct eval *eval, const struct node *target,
			 const struct config_value *value)
{
	const struct config_value *items =
		eval_iterate(eval, &target->pos, value);
	size_t i;

	if (!items)
		return false;
	if (items->count != target->count) {
		config_fail_at(eval->config, &target->pos, NULL,
			       "%zu names for %zu values", target->count,
			       items->count);
		return false;
	}
	for (i = 0; i < target->count; i++) {
		if (!eval_assign(eval, target->items[i], items->items[i]))
			return false;
	}
	return true;
}

static bool assign_index(struct eval *eval, const struct node *target,
			 struct config_value *value)
{
	struct config_value *of = eval_expr(eval, target->a);
	struct config_value *index = of ? eval_expr(eval, target->b) : NULL;
	int64_t i;

	if (!index)
		return false;
	if (of->type == CONFIG_DICT)
		return dict_set(eval->config, of, index, value);
	if (of->type != CONFIG_LIST) {
		config_fail_at(eval->config, &target->pos, NULL,
			       "nothing can be put into %s",
			       value_type_name(of));
		return false;
	}
	i = eval_position(eval->config, &target->pos, index, of->count);
	if (i < 0)
		return false;
	of->items[i] = value;
	return true;
}

bool eval_assign(struct eval *eval, const struct node *target,
		 struct config_value *value)
{
	switch (target->kind) {
	case NODE_NAME:
		return assign_name(eval, target, value);
	case NODE_INDEX:
		return assign_index(eval, target, value);
	default:
		return assign_items(eval, target, value);
	}
}

static bool augment(struct eval *eval, const struct node *node)
{
	struct config_value *before = eval_expr(eval, node->a);
	struct config_value *more = before ? eval_expr(eval, node->b) : NULL;
	struct config_value *after;
	const struct config_value *items;
	size_t i, count;

	if (!more)
		return false;
	if (before->type == CONFIG_LIST && node->op == OP_ADD) {
		/* In place, as everybody who shares the list will see. */
		items = eval_iterate(eval, &node->pos, more);
		count = items ? items->count : 0;
		for (i = 0; i < count; i++) {
			if (!config_step(eval->config, 1) ||
			    !list_append(eval->config, before, items->items[i]))
				return false;
		}
		return items && eval_assign(eval, node->a, before);
	}
	after = eval_binary(eval->config, &node->pos, node->op, before, more);
	return after && eval_assign(eval, node->a, after);
}

static enum flow eval_for(struct eval *eval, const struct node *node)
{
	struct config_value *over = eval_expr(eval, node->b);
	const struct config_value *items =
		over ? eval_iterate(eval, &node->b->pos, over) : NULL;
	enum flow flow;
	size_t i;

	if (!items)
		return FLOW_FAILED;
	for (i = 0; i < items->count; i++) {
		if (!config_step(eval->config, 1) ||
		    !eval_assign(eval, node->a, items->items[i]))
			return FLOW_FAILED;
		flow = eval_block(eval, node->c);
		if (flow == FLOW_BREAK)
			break;
		if (flow == FLOW_RETURN || flow == FLOW_FAILED)
			return flow;
	}
	return FLOW_ON;
}

static enum flow eval_while(struct eval *eval, const struct node *node)
{
	for (;;) {
		struct config_value *test = eval_expr(eval, node->a);
		enum flow flow;

		if (!test || !config_step(eval->config, 1))
			return FLOW_FAILED;
		if (!value_truth(test))
			return FLOW_ON;
		flow = eval_block(eval, node->b);
		if (flow == FLOW_BREAK)
			return FLOW_ON;
		if (flow == FLOW_RETURN || flow == FLOW_FAILED)
			return flow;
	}
}

static bool eval_def(struct eval *eval, const struct node *node)
{
	struct config *config = eval->config;
	struct config_function *function =
		config_alloc(config, sizeof(*function));
	struct config_value *value =
		value_new(config, CONFIG_FUNCTION, &node->pos);
	struct config_pos at = config->at;
	size_t i;
	bool ok;

	if (!function || !value)
		return false;
	function->name = node->name;
	function->def = node;
	function->defaults = config_alloc(
		config, (node->count + 1) * sizeof(*function->defaults));
	for (i = 0; function->defaults && i < node->count; i++) {
		if (!node->items[i]->a)
			continue;
		function->defaults[i] = eval_expr(eval, node->items[i]->a);
		if (!function->defaults[i])
			return false;
	}
	if (!function->defaults)
		return false;
	value->function = function;
	config->at = node->pos;
	ok = scope_set(config,
		       eval->frame ? &eval->frame->scope : &config->globals,
		       node->name, value);
	config->at = at;
	return ok;
}

static bool delete_one(struct eval *eval, const struct node *target)
{
	struct config *config = eval->config;
	struct config_value *of, *index;
	struct config_name *entry;
	size_t i;
	int64_t at;

	if (target->kind == NODE_NAME) {
		entry = scope_find(eval->frame ? &eval->frame->scope :
						 &config->globals,
				   target->name);
		if (!entry || !entry->value)
			return eval_expr(eval, target) && false;
		entry->value = NULL;
		return true;
	}
	if (target->kind != NODE_INDEX) {
		config_fail_at(config, &target->pos, NULL,
			       "this cannot be deleted");
		return false;
	}
	of = eval_expr(eval, target->a);
	index = of ? eval_expr(eval, target->b) : NULL;
	if (!index)
		return false;
	if (of->type == CONFIG_DICT) {
		i = dict_find(config, of, index);
		if (i == of->nr_pairs)
			return eval_index(config, &target->pos, of, index) &&
			       false;
		of->nr_pairs--;
		memmove(of->keys + i, of->keys + i + 1,
			(of->nr_pairs - i) * sizeof(*of->keys));
		memmove(of->values + i, of->values + i + 1,
			(of->nr_pairs - i) * sizeof(*of->values));
		return true;
	}
	if (of->type != CONFIG_LIST) {
		config_fail_at(config, &target->pos, NULL,
			       "nothing can be deleted from %s",
			       value_type_name(of));
		return false;
	}
	at = eval_position(config, &target->pos, index, of->count);
	if (at < 0)
		return false;
	of->count--;
	memmove(of->items + at, of->items + at + 1,
		(of->count - at) * sizeof(*of->items));
	return true;
}

static bool print(struct eval *eval, const struct node *node)
{
	struct text_buffer out = { eval->config, NULL, 0, 0, false };
	size_t i;

	for (i = 0; i < node->count; i++) {
		struct config_value *value = eval_expr(eval, node->items[i]);

		if (!value)
			return false;
		if (i)
			text_puts(&out, " ");
		text_put_str(&out, value);
	}
	if (!out.failed)
		config_note_at(eval->config, &node->pos, "%s",
			       out.text ? out.text : "");
	return !out.failed;
}

/* `raise ValueError("text")`: exceptions are no values, only their text is. */
static bool raise_error(struct eval *eval, const struct node *node)
{
	struct text_buffer out = { eval->config, NULL, 0, 0, false };
	const struct node *what = node->a;
	const struct node *name = what && what->kind == NODE_CALL ? what->a :
								    what;
	size_t i;

	if (what && what->kind == NODE_TUPLE && what->count)
		name = what->items[0];
	for (i = 0; what && what != name && i < what->count; i++) {
		struct config_value *value;

		if (what->items[i] == name ||
		    what->items[i]->kind == NODE_NAMED)
			continue;
		value = eval_expr(eval, what->items[i]);
		if (!value)
			return false;
		text_puts(&out, ": ");
		text_put_str(&out, value);
	}
	config_fail_at(eval->config, &node->pos, NULL,
		       "the configuration refuses to go on: %.60s%.200s",
		       name && name->kind == NODE_NAME ? name->name : "raise",
		       out.text ? out.text : "");
	return false;
}

static bool check_assert(struct eval *eval, const struct node *node)
{
	struct config_value *test = eval_expr(eval, node->a);
	struct config_value *why = NULL;

	if (!test)
		return false;
	if (value_truth(test))
		return true;
	if (node->b) {
		why = eval_expr(eval, node->b);
		if (!why)
			return false;
	}
	config_fail_at(eval->config, &node->pos, NULL,
		       "an assertion of the configuration fails%s%.200s",
		       why && why->type == CONFIG_STRING ? ": " : "",
		       why && why->type == CONFIG_STRING ? why->string : "");
	return false;
}

static bool assign_all(struct eval *eval, const struct node *node)
{
	struct config_value *value = eval_expr(eval, node->a);
	size_t i;

	for (i = 0; value && i < node->count; i++) {
		if (!eval_assign(eval, node->items[i], value))
			return false;
	}
	return value != NULL;
}

static bool delete_all(struct eval *eval, const struct node *node)
{
	size_t i;

	for (i = 0; i < node->count; i++) {
		if (!delete_one(eval, node->items[i]))
			return false;
	}
	return true;
}

static enum flow eval_if(struct eval *eval, const struct node *node)
{
	struct config_value *test = eval_expr(eval, node->a);

	if (!test)
		return FLOW_FAILED;
	if (value_truth(test))
		return eval_block(eval, node->b);
	if (!node->c)
		return FLOW_ON;
	return node->c->kind == NODE_IF ? eval_statement(eval, node->c) :
					  eval_block(eval, node->c);
}

static enum flow eval_return(struct eval *eval, const struct node *node)
{
	eval->result = node->a ?
			       eval_expr(eval, node->a) :
			       value_new(eval->config, CONFIG_NONE, &node->pos);
	return eval->result ? FLOW_RETURN : FLOW_FAILED;
}

static enum flow went(bool ok)
{
	return ok ? FLOW_ON : FLOW_FAILED;
}

static enum flow eval_statement(struct eval *eval, const struct node *node)
{
	eval->config->at = node->pos;
	if (!config_step(eval->config, 1))
		return FLOW_FAILED;
	switch (node->kind) {
	case NODE_ASSIGN:
		return went(assign_all(eval, node));
	case NODE_AUGMENT:
		return went(augment(eval, node));
	case NODE_EXPRESSION:
		return went(eval_expr(eval, node->a) != NULL);
	case NODE_IF:
		return eval_if(eval, node);
	case NODE_FOR:
		return eval_for(eval, node);
	case NODE_WHILE:
		return eval_while(eval, node);
	case NODE_BREAK:
		return FLOW_BREAK;
	case NODE_CONTINUE:
		return FLOW_CONTINUE;
	case NODE_DELETE:
		return went(delete_all(eval, node));
	case NODE_DEF:
		return went(eval_def(eval, node));
	case NODE_RETURN:
		return eval_return(eval, node);
	case NODE_RAISE:
		return went(raise_error(eval, node));
	case NODE_ASSERT:
		return went(check_assert(eval, node));
	case NODE_PRINT:
		return went(print(eval, node));
	default:
		return FLOW_ON;
	}
}

enum flow eval_block(struct eval *eval, const struct node *block)
{
	enum flow flow = FLOW_ON;
	size_t i;

	for (i = 0; i < block->count && flow == FLOW_ON; i++)
		flow = eval_statement(eval, block->items[i]);
	return flow;
}

bool config_run(struct config *config, struct config_source *source)
{
	struct eval eval = { config, NULL, NULL };
	struct node *block = parse_text(config, source);

	return block && eval_block(&eval, block) != FLOW_FAILED &&
	       !config_failed(config);
}

/*
 * NULL without an error: the text is no expression, or not one that makes
 * sense here, and stands for itself.
 */
struct config_value *config_eval_text(struct config *config,
				      struct config_source *source,
				      size_t offset)
{
	struct eval eval = { config, NULL, NULL };
	struct node *node = parse_one(config, source, offset);
	struct config_value *value = node ? eval_expr(&eval, node) : NULL;

	if (value && value->type != CONFIG_FUNCTION)
		return value;
	config_forget_error(config);
	return NULL;
}
