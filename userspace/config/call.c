// SPDX-License-Identifier: GPL-2.0-only
/* Calls: builtins, methods, the file's own functions, xm_vars. */
#include <string.h>

#include "config/eval.h"

void *call_fail(struct call *call, const char *what)
{
	config_fail_at(call->config, &call->pos, NULL, "%s(): %s", call->name,
		       what);
	return NULL;
}

bool call_takes(struct call *call, size_t least, size_t most)
{
	if (call->nr_named) {
		config_fail_at(call->config, &call->pos, NULL,
			       "%s() takes no '%s='", call->name,
			       call->names[0]);
		return false;
	}
	if (call->count >= least && call->count <= most)
		return true;
	config_fail_at(call->config, &call->pos, NULL,
		       "%s() takes %zu to %zu arguments, here are %zu",
		       call->name, least, most, call->count);
	return false;
}

struct config_value *call_argument(struct call *call, const char *name,
				   size_t position)
{
	size_t plain = call->count - call->nr_named;
	size_t i;

	for (i = 0; name && i < call->nr_named; i++) {
		if (!strcmp(call->names[i], name))
			return call->args[plain + i];
	}
	return position < plain ? call->args[position] : NULL;
}

/* The parameters of @def into @frame. */
static bool bind(struct call *call, const struct config_function *function,
		 struct frame *frame)
{
	const struct node *def = function->def;
	size_t plain = call->count - call->nr_named;
	size_t i, j, used = 0;

	for (i = 0; i < def->count; i++) {
		struct config_value *value = NULL;

		for (j = 0; j < call->nr_named; j++) {
			if (!strcmp(call->names[j], def->items[i]->name)) {
				value = call->args[plain + j];
				used++;
			}
		}
		if (i < plain)
			value = value ? NULL : call->args[i];
		else if (!value)
			value = function->defaults[i];
		if (!value) {
			config_fail_at(
				call->config, &call->pos, NULL,
				"%s(): argument '%s' is missing or twice",
				call->name, def->items[i]->name);
			return false;
		}
		if (!scope_set(call->config, &frame->scope, def->items[i]->name,
			       value))
			return false;
	}
	if (plain <= def->count && used == call->nr_named)
		return true;
	call_fail(call, "too many arguments");
	return false;
}

static struct config_value *call_def(struct call *call,
				     const struct config_function *function)
{
	struct frame frame = { { NULL, NULL, 0 }, NULL };
	struct eval eval = { call->config, &frame, NULL };
	struct config_pos at = call->config->at;
	enum flow flow;

	if (!bind(call, function, &frame))
		return NULL;
	if (call->config->depth >= CONFIG_MAX_TREE - 20)
		return call_fail(call, "calls are nested too deeply");
	call->config->depth += 20; /* a call needs more stack than a + b */
	flow = eval_block(&eval, function->def->b);
	call->config->depth -= 20;
	call->config->at = at;
	if (flow == FLOW_FAILED)
		return NULL;
	return flow == FLOW_RETURN ?
		       eval.result :
		       value_new(call->config, CONFIG_NONE, &call->pos);
}

struct config_value *call_function(struct call *call,
				   const struct config_value *function)
{
	if (function->type != CONFIG_FUNCTION ||
	    (!function->function->def && !function->function->builtin)) {
		config_fail_at(call->config, &call->pos, NULL,
			       "%s cannot be called",
			       value_type_name(function));
		return NULL;
	}
	call->name = function->function->name;
	if (function->function->def)
		return call_def(call, function->function);
	return function->function->builtin(call);
}

/* xm_vars.var('vmid', use='...', check=f): a variable must be given. */
static struct config_value *declare_variable(struct call *call)
{
	struct config_value *name = call_argument(call, "name", 0);
	struct config_value *use = call_argument(call, "use", 1);
	struct config_value *check = call_argument(call, "check", 2);
	struct config_value *args[2];
	struct config_name *given;
	struct call inner;

	if (!name || name->type != CONFIG_STRING)
		return call_fail(call, "the name of a variable is missing");
	if (!scope_set(call->config, &call->config->reads, name->string, NULL))
		return NULL;
	given = scope_find(&call->config->variables, name->string);
	if (!given) {
		config_fail_at(
			call->config, &call->pos,
			use && use->type == CONFIG_STRING ? use->string : NULL,
			"the variable '%.60s' is not given: add %.60s=... "
			"to the command line",
			name->string, name->string);
		return NULL;
	}
	if (check && check->type == CONFIG_FUNCTION) {
		memset(&inner, 0, sizeof(inner));
		inner.eval = call->eval;
		inner.config = call->config;
		inner.pos = call->pos;
		args[0] = name;
		args[1] = given->value;
		inner.args = args;
		inner.count = 2;
		args[1] = call_function(&inner, check);
		if (!args[1])
			return NULL;
		given->value = args[1];
	}
	if (!scope_set(call->config, &call->config->globals, name->string,
		       given->value))
		return NULL;
	return value_new(call->config, CONFIG_NONE, &call->pos);
}

static bool is_xm_vars(const struct config_value *value)
{
	return value->type == CONFIG_FUNCTION && !value->function->def &&
	       !strcmp(value->function->name, "xm_vars");
}

static struct config_value *call_method(struct call *call,
					const struct node *attr)
{
	struct config_value *self = call->self;
	method_fn *method;

	call->name = attr->name;
	if (is_xm_vars(self)) {
		if (!strcmp(attr->name, "var"))
			return declare_variable(call);
		if (!strcmp(attr->name, "check"))
			return value_new(call->config, CONFIG_NONE, &call->pos);
	}
	method = method_find(self->type, attr->name);
	if (method)
		return method(call);
	config_fail_at(call->config, &attr->pos, NULL,
		       self->type == CONFIG_STRING || value_is_list(self) ||
				       self->type == CONFIG_DICT ?
			       "%s has no method '%.40s' here" :
			       "%s has no '.%.40s'",
		       value_type_name(self), attr->name);
	return NULL;
}

struct config_value *eval_call(struct eval *eval, const struct node *node)
{
	struct config *config = eval->config;
	bool method = node->a->kind == NODE_ATTR;
	struct config_value *function;
	struct call call;
	size_t i;

	memset(&call, 0, sizeof(call));
	call.eval = eval;
	call.config = config;
	call.pos = node->pos;
	function = eval_expr(eval, method ? node->a->a : node->a);
	if (!function)
		return NULL;
	call.args =
		config_alloc(config, (node->count + 1) * sizeof(*call.args));
	call.names = config_alloc(config,
				  (node->nr_named + 1) * sizeof(*call.names));
	if (!call.args || !call.names)
		return NULL;
	for (i = 0; i < node->count; i++) {
		const struct node *item = node->items[i];

		if (item->kind == NODE_NAMED) {
			call.names[call.nr_named++] = item->name;
			item = item->a;
		}
		call.args[i] = eval_expr(eval, item);
		if (!call.args[i])
			return NULL;
		call.count++;
	}
	config->at = node->pos;
	if (!method)
		return call_function(&call, function);
	call.self = function;
	return call_method(&call, node->a);
}
