// SPDX-License-Identifier: GPL-2.0-only
/* Methods of lists, tuples and dicts; sorting. */
#include <string.h>

#include "config/methods.h"

static struct config_value *none(struct call *call)
{
	return value_new(call->config, CONFIG_NONE, &call->pos);
}

static struct config_value *list_add(struct call *call)
{
	if (!call_takes(call, 1, 1) ||
	    !list_append(call->config, call->self, call->args[0]))
		return NULL;
	return none(call);
}

static struct config_value *list_extend(struct call *call)
{
	const struct config_value *more;
	size_t i, count;

	if (!call_takes(call, 1, 1))
		return NULL;
	more = eval_iterate(call->eval, &call->pos, call->args[0]);
	count = more ? more->count : 0;
	for (i = 0; i < count; i++) {
		if (!config_step(call->config, 1) ||
		    !list_append(call->config, call->self, more->items[i]))
			return NULL;
	}
	return more ? none(call) : NULL;
}

static struct config_value *list_insert(struct call *call)
{
	struct config_value *self = call->self;
	int64_t at;

	if (!call_takes(call, 2, 2))
		return NULL;
	if (!value_is_integer(call->args[0]))
		return call_fail(call, "the place is no number");
	at = value_integer(call->args[0]);
	if (at < 0)
		at = at < -(int64_t)self->count ? 0 : at + (int64_t)self->count;
	if (at > (int64_t)self->count)
		at = (int64_t)self->count;
	if (!config_step(call->config, self->count / 64) ||
	    !list_append(call->config, self, call->args[1]))
		return NULL;
	memmove(self->items + at + 1, self->items + at,
		(self->count - 1 - at) * sizeof(*self->items));
	self->items[at] = call->args[1];
	return none(call);
}

static struct config_value *take_item(struct call *call, size_t at)
{
	struct config_value *self = call->self;
	struct config_value *item = self->items[at];

	if (!config_step(call->config, self->count / 64))
		return NULL;
	self->count--;
	memmove(self->items + at, self->items + at + 1,
		(self->count - at) * sizeof(*self->items));
	return item;
}

static struct config_value *list_pop(struct call *call)
{
	int64_t at = (int64_t)call->self->count - 1;

	if (!call_takes(call, 0, 1))
		return NULL;
	if (at < 0)
		return call_fail(call, "the list is empty");
	if (call->count)
		at = eval_position(call->config, &call->pos, call->args[0],
				   call->self->count);
	return at < 0 ? NULL : take_item(call, at);
}

/* Where args[0] is in the list; count if nowhere. */
static size_t place_of(struct call *call)
{
	size_t i;

	for (i = 0; i < call->self->count; i++) {
		if (!config_step(call->config, 1) ||
		    value_equal(call->config, call->self->items[i],
				call->args[0]))
			break;
	}
	return i;
}

static struct config_value *list_remove(struct call *call)
{
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	i = place_of(call);
	if (i == call->self->count || config_failed(call->config))
		return call_fail(call, "the list does not contain it");
	return take_item(call, i) ? none(call) : NULL;
}

static struct config_value *list_index(struct call *call)
{
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	i = place_of(call);
	if (i == call->self->count || config_failed(call->config))
		return call_fail(call, "the list does not contain it");
	return value_int(call->config, &call->pos, (int64_t)i);
}

static struct config_value *list_count(struct call *call)
{
	int64_t n = 0;
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	for (i = 0; i < call->self->count; i++) {
		if (!config_step(call->config, 1))
			return NULL;
		n += value_equal(call->config, call->self->items[i],
				 call->args[0]);
	}
	return value_int(call->config, &call->pos, n);
}

static struct config_value *list_reverse(struct call *call)
{
	struct config_value *self = call->self;
	size_t i;

	if (!call_takes(call, 0, 0) ||
	    !config_step(call->config, self->count / 64))
		return NULL;
	for (i = 0; i < self->count / 2; i++) {
		struct config_value *item = self->items[i];

		self->items[i] = self->items[self->count - 1 - i];
		self->items[self->count - 1 - i] = item;
	}
	return none(call);
}

static struct config_value *list_clear(struct call *call)
{
	if (!call_takes(call, 0, 0))
		return NULL;
	call->self->count = 0;
	return none(call);
}

static struct config_value *list_copy_method(struct call *call)
{
	return call_takes(call, 0, 0) ? list_copy(call->config, &call->pos,
						  CONFIG_LIST, call->self) :
					NULL;
}

/* Stable merge of the runs [0, half) and [half, count) of @keys and @items. */
static bool merge_sort(struct call *call, struct config_value **keys,
		       struct config_value **items, struct config_value **spare,
		       size_t count, int sign)
{
	size_t half = count / 2;
	size_t a = 0, b = half, n = 0;
	int order;

	if (count < 2)
		return true;
	if (!merge_sort(call, keys, items, spare, half, sign) ||
	    !merge_sort(call, keys + half, items + half, spare, count - half,
			sign))
		return false;
	while (a < half || b < count) {
		bool second = a == half;

		if (!config_step(call->config, 1))
			return false;
		if (!second && b < count) {
			if (!value_order(call->config, keys[b], keys[a],
					 &order))
				return false;
			second = order * sign < 0;
		}
		spare[n] = second ? keys[b] : keys[a];
		spare[count + n++] = second ? items[b++] : items[a++];
	}
	memcpy(keys, spare, count * sizeof(*keys));
	memcpy(items, spare + count, count * sizeof(*items));
	return true;
}

static struct config_value *sort_key(struct call *call,
				     const struct config_value *by,
				     struct config_value *item)
{
	struct call inner;

	if (!by || by->type == CONFIG_NONE)
		return item;
	memset(&inner, 0, sizeof(inner));
	inner.eval = call->eval;
	inner.config = call->config;
	inner.pos = call->pos;
	inner.args = &item;
	inner.count = 1;
	return call_function(&inner, by);
}

/* Sorts @list in place by the named arguments key and reverse. */
static bool sort(struct call *call, struct config_value *list)
{
	const struct config_value *by = call_argument(call, "key", SIZE_MAX);
	const struct config_value *reverse =
		call_argument(call, "reverse", SIZE_MAX);
	struct config_value **keys, **spare;
	size_t i;

	keys = config_alloc(call->config, (list->count + 1) * sizeof(*keys));
	spare = config_alloc(call->config,
			     (list->count + 1) * 2 * sizeof(*spare));
	if (!keys || !spare)
		return false;
	for (i = 0; i < list->count; i++) {
		keys[i] = sort_key(call, by, list->items[i]);
		if (!keys[i])
			return false;
	}
	return merge_sort(call, keys, list->items, spare, list->count,
			  reverse && value_truth(reverse) ? -1 : 1);
}

static struct config_value *list_sort(struct call *call)
{
	if (call->count > call->nr_named)
		return call_fail(call, "only key= and reverse= are possible");
	return sort(call, call->self) ? none(call) : NULL;
}

struct config_value *fn_sorted(struct call *call);

struct config_value *fn_sorted(struct call *call)
{
	const struct config_value *over;
	struct config_value *list;

	if (call->count - call->nr_named != 1)
		return call_fail(call, "one list, key= and reverse=");
	over = eval_iterate(call->eval, &call->pos, call->args[0]);
	if (!over)
		return NULL;
	list = list_copy(call->config, &call->pos, CONFIG_LIST, over);
	return list && sort(call, list) ? list : NULL;
}

static struct config_value *dict_entries(struct call *call, bool keys,
					 bool values)
{
	struct config_value *list =
		value_new(call->config, CONFIG_LIST, &call->pos);
	const struct config_value *self = call->self;
	size_t i;

	if (!call_takes(call, 0, 0))
		return NULL;
	for (i = 0; list && i < self->nr_pairs; i++) {
		struct config_value *item = keys ? self->keys[i] :
						   self->values[i];

		if (keys && values) {
			item = value_new(call->config, CONFIG_TUPLE,
					 &call->pos);
			if (!item ||
			    !list_append(call->config, item, self->keys[i]) ||
			    !list_append(call->config, item, self->values[i]))
				return NULL;
		}
		if (!config_step(call->config, 1) ||
		    !list_append(call->config, list, item))
			return NULL;
	}
	return list;
}

static struct config_value *dict_keys(struct call *call)
{
	return dict_entries(call, true, false);
}

static struct config_value *dict_values(struct call *call)
{
	return dict_entries(call, false, true);
}

static struct config_value *dict_items(struct call *call)
{
	return dict_entries(call, true, true);
}

static struct config_value *dict_get_method(struct call *call)
{
	struct config_value *found;

	if (!call_takes(call, 1, 2))
		return NULL;
	found = dict_get(call->config, call->self, call->args[0]);
	if (config_failed(call->config))
		return NULL;
	return found ? found : call->count > 1 ? call->args[1] : none(call);
}

static struct config_value *dict_has_key(struct call *call)
{
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	i = dict_find(call->config, call->self, call->args[0]);
	return config_failed(call->config) ?
		       NULL :
		       value_bool(call->config, &call->pos,
				  i < call->self->nr_pairs);
}

static struct config_value *dict_setdefault(struct call *call)
{
	struct config_value *value;

	if (!call_takes(call, 1, 2))
		return NULL;
	value = dict_get(call->config, call->self, call->args[0]);
	if (value || config_failed(call->config))
		return config_failed(call->config) ? NULL : value;
	value = call->count > 1 ? call->args[1] : none(call);
	return dict_set(call->config, call->self, call->args[0], value) ?
		       value :
		       NULL;
}

static struct config_value *dict_update(struct call *call)
{
	const struct config_value *from;
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	from = call->args[0];
	if (from->type != CONFIG_DICT)
		return call_fail(call, "a dict belongs here");
	for (i = 0; i < from->nr_pairs; i++) {
		if (!dict_set(call->config, call->self, from->keys[i],
			      from->values[i]))
			return NULL;
	}
	return none(call);
}

static struct config_value *dict_copy(struct call *call)
{
	struct config_value *copy =
		value_new(call->config, CONFIG_DICT, &call->pos);
	size_t i;

	if (!call_takes(call, 0, 0))
		return NULL;
	for (i = 0; copy && i < call->self->nr_pairs; i++) {
		if (!dict_set(call->config, copy, call->self->keys[i],
			      call->self->values[i]))
			return NULL;
	}
	return copy;
}

const struct method list_methods[] = {
	{ "append", list_add },	      { "extend", list_extend },
	{ "insert", list_insert },    { "pop", list_pop },
	{ "remove", list_remove },    { "index", list_index },
	{ "count", list_count },      { "reverse", list_reverse },
	{ "sort", list_sort },	      { "clear", list_clear },
	{ "copy", list_copy_method }, { NULL, NULL },
};

const struct method tuple_methods[] = {
	{ "index", list_index },
	{ "count", list_count },
	{ NULL, NULL },
};

const struct method dict_methods[] = {
	{ "keys", dict_keys },
	{ "values", dict_values },
	{ "items", dict_items },
	{ "iteritems", dict_items },
	{ "get", dict_get_method },
	{ "has_key", dict_has_key },
	{ "setdefault", dict_setdefault },
	{ "update", dict_update },
	{ "copy", dict_copy },
	{ NULL, NULL },
};

method_fn *method_find(enum config_type type, const char *name)
{
	const struct method *method = type == CONFIG_STRING ? string_methods :
				      type == CONFIG_LIST   ? list_methods :
				      type == CONFIG_TUPLE  ? tuple_methods :
				      type == CONFIG_DICT   ? dict_methods :
							      NULL;

	for (; method && method->name; method++) {
		if (!strcmp(method->name, name))
			return method->function;
	}
	return NULL;
}
