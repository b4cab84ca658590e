// SPDX-License-Identifier: GPL-2.0-only
/* The functions that a configuration can call without a module. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/eval.h"

static struct config_value *fn_range(struct call *call)
{
	int64_t from = 0, to, step = 1;
	struct config_value *list;
	size_t i;

	if (!call_takes(call, 1, 3))
		return NULL;
	for (i = 0; i < call->count; i++) {
		if (!value_is_integer(call->args[i]))
			return call_fail(call, "a whole number belongs here");
	}
	to = value_integer(call->args[0]);
	if (call->count > 1) {
		from = to;
		to = value_integer(call->args[1]);
	}
	if (call->count > 2)
		step = value_integer(call->args[2]);
	if (!step)
		return call_fail(call, "the step is 0");
	list = value_new(call->config, CONFIG_LIST, &call->pos);
	while (list && (step > 0 ? from < to : from > to)) {
		if (!config_step(call->config, 1) ||
		    !list_append(call->config, list,
				 value_int(call->config, &call->pos, from)))
			return NULL;
		if (__builtin_add_overflow(from, step, &from))
			break;
	}
	return list;
}

static struct config_value *fn_len(struct call *call)
{
	const struct config_value *of;
	size_t length;

	if (!call_takes(call, 1, 1))
		return NULL;
	of = call->args[0];
	if (of->type == CONFIG_STRING)
		length = utf8_length(of->string, of->length);
	else if (value_is_list(of))
		length = of->count;
	else if (of->type == CONFIG_DICT)
		length = of->nr_pairs;
	else
		return call_fail(call, "it has no length");
	return value_int(call->config, &call->pos, (int64_t)length);
}

static struct config_value *fn_str(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };

	if (!call_takes(call, 0, 1))
		return NULL;
	if (call->count && call->args[0]->type == CONFIG_STRING)
		return call->args[0];
	if (call->count)
		text_put_str(&out, call->args[0]);
	return text_value(&out, &call->pos);
}

static struct config_value *fn_repr(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };

	if (!call_takes(call, 1, 1))
		return NULL;
	text_put_repr(&out, call->args[0]);
	return text_value(&out, &call->pos);
}

static struct config_value *not_a_number(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };

	text_put_repr(&out, call->args[0]);
	config_fail_at(call->config, &call->pos, NULL,
		       "%s(): %.60s is no such number", call->name,
		       out.text ? out.text : "this");
	return NULL;
}

/* Skips the prefix that belongs to @base: 0x, 0o, 0b. */
static const char *skip_prefix(const char *text, int *base)
{
	static const struct {
		char letter;
		int base;
	} prefixes[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };
	size_t i;

	for (i = 0; *text == '0' && i < 3; i++) {
		if ((text[1] | 32) == prefixes[i].letter &&
		    (*base == 0 || *base == prefixes[i].base)) {
			*base = prefixes[i].base;
			return text + 2;
		}
	}
	if (*base == 0)
		*base = 10;
	return text;
}

static struct config_value *int_of_text(struct call *call, int base)
{
	const char *text = call->args[0]->string;
	bool minus;
	long long n;
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	minus = *text == '-';
	if (*text == '-' || *text == '+')
		text++;
	text = skip_prefix(text, &base);
	errno = 0;
	if (!isalnum((unsigned char)*text))
		return not_a_number(call);
	n = strtoll(text, &end, base);
	/* strtoll takes another 0x where ours is already gone. */
	if (base == 16 && text[0] == '0' && (text[1] | 32) == 'x')
		return not_a_number(call);
	while (isspace((unsigned char)*end))
		end++;
	if (*end || end == text || errno)
		return not_a_number(call);
	return value_int(call->config, &call->pos, minus ? -n : n);
}

static struct config_value *fn_int(struct call *call)
{
	const struct config_value *of;
	int64_t base = 10;

	if (call->nr_named == 1 && !strcmp(call->names[0], "base"))
		call->nr_named = 0;
	if (!call_takes(call, 0, 2))
		return NULL;
	if (!call->count)
		return value_int(call->config, &call->pos, 0);
	of = call->args[0];
	if (call->count == 2) {
		if (!value_is_integer(call->args[1]))
			return call_fail(call, "the base is no number");
		base = value_integer(call->args[1]);
		if (base < 0 || base == 1 || base > 36 ||
		    of->type != CONFIG_STRING)
			return call_fail(call, "no such base");
	}
	if (of->type == CONFIG_STRING)
		return int_of_text(call, (int)base);
	if (value_is_integer(of))
		return value_int(call->config, &call->pos, value_integer(of));
	if (of->type != CONFIG_FLOAT || !(fabs(of->real) < 9.2e18))
		return not_a_number(call);
	return value_int(call->config, &call->pos, (int64_t)of->real);
}

static struct config_value *fn_float(struct call *call)
{
	const struct config_value *of;
	double real;
	char *end;

	if (!call_takes(call, 1, 1))
		return NULL;
	of = call->args[0];
	if (value_is_number(of))
		return value_float(call->config, &call->pos, value_real(of));
	if (of->type != CONFIG_STRING ||
	    strspn(of->string, "0123456789.eE+- \t") != of->length)
		return not_a_number(call);
	real = strtod(of->string, &end);
	while (*end == ' ' || *end == '\t')
		end++;
	if (*end || end == of->string || !isfinite(real))
		return not_a_number(call);
	return value_float(call->config, &call->pos, real);
}

static struct config_value *fn_bool(struct call *call)
{
	if (!call_takes(call, 0, 1))
		return NULL;
	return value_bool(call->config, &call->pos,
			  call->count && value_truth(call->args[0]));
}

/* hex, oct and bin differ in one letter. */
static struct config_value *in_base(struct call *call, char type)
{
	struct number_format format = { type, 0, 0, true, -1 };
	char text[80];

	if (!call_takes(call, 1, 1))
		return NULL;
	if (!value_is_integer(call->args[0]))
		return not_a_number(call);
	if (!format_number(call->config, &call->pos, call->args[0], &format,
			   text, sizeof(text)))
		return NULL;
	return value_string(call->config, &call->pos, text, strlen(text));
}

static struct config_value *fn_hex(struct call *call)
{
	return in_base(call, 'x');
}

static struct config_value *fn_oct(struct call *call)
{
	return in_base(call, 'o');
}

static struct config_value *fn_bin(struct call *call)
{
	return in_base(call, 'b');
}

/* The arguments, or the entries of the only one. */
static const struct config_value *entries(struct call *call,
					  struct config_value *all)
{
	if (call->count == 1)
		return eval_iterate(call->eval, &call->pos, call->args[0]);
	memset(all, 0, sizeof(*all));
	all->type = CONFIG_LIST;
	all->items = call->args;
	all->count = call->count;
	return all;
}

static struct config_value *extreme(struct call *call, int sign)
{
	struct config_value all;
	const struct config_value *list;
	struct config_value *best;
	size_t i;
	int order;

	if (!call_takes(call, 1, 100))
		return NULL;
	list = entries(call, &all);
	if (!list)
		return NULL;
	if (!list->count)
		return call_fail(call, "the list is empty");
	best = list->items[0];
	for (i = 1; i < list->count; i++) {
		if (!config_step(call->config, 1) ||
		    !value_order(call->config, list->items[i], best, &order))
			return NULL;
		if (order * sign > 0)
			best = list->items[i];
	}
	return best;
}

static struct config_value *fn_min(struct call *call)
{
	return extreme(call, -1);
}

static struct config_value *fn_max(struct call *call)
{
	return extreme(call, 1);
}

static struct config_value *fn_sum(struct call *call)
{
	const struct config_value *list;
	struct config_value *sum;
	size_t i;

	if (!call_takes(call, 1, 2))
		return NULL;
	list = eval_iterate(call->eval, &call->pos, call->args[0]);
	sum = call->count > 1 ? call->args[1] :
				value_int(call->config, &call->pos, 0);
	for (i = 0; list && sum && i < list->count; i++) {
		if (!config_step(call->config, 1))
			return NULL;
		sum = eval_binary(call->config, &call->pos, OP_ADD, sum,
				  list->items[i]);
	}
	return list ? sum : NULL;
}

static struct config_value *all_or_any(struct call *call, bool all)
{
	const struct config_value *list;
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	list = eval_iterate(call->eval, &call->pos, call->args[0]);
	for (i = 0; list && i < list->count; i++) {
		if (!config_step(call->config, 1))
			return NULL;
		if (value_truth(list->items[i]) != all)
			return value_bool(call->config, &call->pos, !all);
	}
	return list ? value_bool(call->config, &call->pos, all) : NULL;
}

static struct config_value *fn_all(struct call *call)
{
	return all_or_any(call, true);
}

static struct config_value *fn_any(struct call *call)
{
	return all_or_any(call, false);
}

static struct config_value *to_list(struct call *call, enum config_type type)
{
	const struct config_value *list;

	if (!call_takes(call, 0, 1))
		return NULL;
	if (!call->count)
		return value_new(call->config, type, &call->pos);
	list = eval_iterate(call->eval, &call->pos, call->args[0]);
	return list ? list_copy(call->config, &call->pos, type, list) : NULL;
}

static struct config_value *fn_list(struct call *call)
{
	return to_list(call, CONFIG_LIST);
}

static struct config_value *fn_tuple(struct call *call)
{
	return to_list(call, CONFIG_TUPLE);
}

static bool put_pair(struct call *call, struct config_value *dict,
		     const struct config_value *pair)
{
	const struct config_value *two =
		eval_iterate(call->eval, &call->pos, pair);

	if (two && two->count == 2)
		return dict_set(call->config, dict, two->items[0],
				two->items[1]);
	call_fail(call, "it is made from pairs");
	return false;
}

static struct config_value *fn_dict(struct call *call)
{
	struct config_value *dict =
		value_new(call->config, CONFIG_DICT, &call->pos);
	size_t plain = call->count - call->nr_named;
	const struct config_value *from = NULL;
	size_t i;

	if (plain > 1)
		return call_fail(call, "too many arguments");
	if (plain)
		from = call->args[0];
	for (i = 0;
	     dict && from && from->type == CONFIG_DICT && i < from->nr_pairs;
	     i++) {
		if (!dict_set(call->config, dict, from->keys[i],
			      from->values[i]))
			return NULL;
	}
	if (from && from->type != CONFIG_DICT) {
		from = eval_iterate(call->eval, &call->pos, from);
		for (i = 0; dict && from && i < from->count; i++) {
			if (!put_pair(call, dict, from->items[i]))
				return NULL;
		}
		if (!from)
			return NULL;
	}
	for (i = 0; dict && i < call->nr_named; i++) {
		if (!dict_set(call->config, dict,
			      value_string(call->config, &call->pos,
					   call->names[i],
					   strlen(call->names[i])),
			      call->args[plain + i]))
			return NULL;
	}
	return dict;
}

static struct config_value *fn_abs(struct call *call)
{
	const struct config_value *of;

	if (!call_takes(call, 1, 1))
		return NULL;
	of = call->args[0];
	if (of->type == CONFIG_FLOAT)
		return value_float(call->config, &call->pos, fabs(of->real));
	if (!value_is_integer(of) || value_integer(of) == INT64_MIN)
		return not_a_number(call);
	return value_int(call->config, &call->pos, llabs(value_integer(of)));
}

static struct config_value *fn_pow(struct call *call)
{
	return call_takes(call, 2, 2) ?
		       eval_binary(call->config, &call->pos, OP_POW,
				   call->args[0], call->args[1]) :
		       NULL;
}

static struct config_value *fn_round(struct call *call)
{
	char text[400];
	double real;

	if (!call_takes(call, 1, 2))
		return NULL;
	if (call->count == 2 && (!value_is_integer(call->args[1]) ||
				 value_integer(call->args[1]) < 0 ||
				 value_integer(call->args[1]) > 20))
		return call_fail(call, "0 to 20 digits");
	if (value_is_integer(call->args[0]))
		return value_int(call->config, &call->pos,
				 value_integer(call->args[0]));
	if (call->args[0]->type != CONFIG_FLOAT)
		return not_a_number(call);
	real = call->args[0]->real;
	if (call->count == 1) {
		real = nearbyint(real);
		return fabs(real) < 9.2e18 ? value_int(call->config, &call->pos,
						       (int64_t)real) :
					     not_a_number(call);
	}
	snprintf(text, sizeof(text), "%.*f", (int)value_integer(call->args[1]),
		 real);
	return value_float(call->config, &call->pos, strtod(text, NULL));
}

static struct config_value *fn_chr(struct call *call)
{
	char c;

	if (!call_takes(call, 1, 1))
		return NULL;
	if (!value_is_integer(call->args[0]) ||
	    value_integer(call->args[0]) < 1 ||
	    value_integer(call->args[0]) > 126)
		return call_fail(call, "1 to 126 is possible");
	c = (char)value_integer(call->args[0]);
	return value_string(call->config, &call->pos, &c, 1);
}

static struct config_value *fn_ord(struct call *call)
{
	if (!call_takes(call, 1, 1))
		return NULL;
	if (call->args[0]->type != CONFIG_STRING || call->args[0]->length != 1)
		return call_fail(call, "one ASCII character belongs here");
	return value_int(call->config, &call->pos, *call->args[0]->string);
}

static struct config_value *fn_enumerate(struct call *call)
{
	struct config_value *list =
		value_new(call->config, CONFIG_LIST, &call->pos);
	const struct config_value *over;
	int64_t start = 0;
	size_t i;

	if (call->nr_named == 1 && !strcmp(call->names[0], "start"))
		call->nr_named = 0;
	if (!call_takes(call, 1, 2))
		return NULL;
	if (call->count == 2) {
		if (!value_is_integer(call->args[1]))
			return call_fail(call, "the start is no number");
		start = value_integer(call->args[1]);
	}
	over = eval_iterate(call->eval, &call->pos, call->args[0]);
	for (i = 0; list && over && i < over->count; i++) {
		struct config_value *pair =
			value_new(call->config, CONFIG_TUPLE, &call->pos);
		int64_t n;

		if (!config_step(call->config, 1) ||
		    __builtin_add_overflow(start, (int64_t)i, &n) || !pair ||
		    !list_append(call->config, pair,
				 value_int(call->config, &call->pos, n)) ||
		    !list_append(call->config, pair, over->items[i]) ||
		    !list_append(call->config, list, pair))
			return call_fail(call, "too large");
	}
	return over ? list : NULL;
}

#define MAX_ZIP 8

/* The shortest of the lists that are given, each into @lists. */
static size_t gather(struct call *call, const struct config_value **lists,
		     size_t from)
{
	size_t shortest = SIZE_MAX;
	size_t i;

	for (i = from; i < call->count; i++) {
		lists[i] = eval_iterate(call->eval, &call->pos, call->args[i]);
		if (!lists[i])
			return SIZE_MAX;
		if (lists[i]->count < shortest)
			shortest = lists[i]->count;
	}
	return shortest;
}

static struct config_value *fn_zip(struct call *call)
{
	struct config_value *list =
		value_new(call->config, CONFIG_LIST, &call->pos);
	const struct config_value *lists[MAX_ZIP];
	size_t i, j, shortest;

	if (!call_takes(call, 1, MAX_ZIP))
		return NULL;
	shortest = gather(call, lists, 0);
	if (shortest == SIZE_MAX)
		return NULL;
	for (i = 0; list && i < shortest; i++) {
		struct config_value *tuple =
			value_new(call->config, CONFIG_TUPLE, &call->pos);

		for (j = 0; tuple && j < call->count; j++) {
			if (!config_step(call->config, 1) ||
			    !list_append(call->config, tuple,
					 lists[j]->items[i]))
				return NULL;
		}
		if (!tuple || !list_append(call->config, list, tuple))
			return NULL;
	}
	return list;
}

/* map and filter: @call's function for the i-th entries. */
static struct config_value *apply(struct call *call,
				  const struct config_value **lists, size_t i)
{
	struct config_value *args[MAX_ZIP];
	struct call inner;
	size_t j;

	memset(&inner, 0, sizeof(inner));
	inner.eval = call->eval;
	inner.config = call->config;
	inner.pos = call->pos;
	inner.args = args;
	inner.count = call->count - 1;
	for (j = 1; j < call->count; j++)
		args[j - 1] = lists[j]->items[i];
	if (!config_step(call->config, 1))
		return NULL;
	return call_function(&inner, call->args[0]);
}

static struct config_value *map_or_filter(struct call *call, bool filter)
{
	struct config_value *list =
		value_new(call->config, CONFIG_LIST, &call->pos);
	const struct config_value *lists[MAX_ZIP];
	size_t i, shortest;

	if (!call_takes(call, 2, filter ? 2 : MAX_ZIP))
		return NULL;
	shortest = gather(call, lists, 1);
	if (shortest == SIZE_MAX)
		return NULL;
	for (i = 0; list && i < shortest; i++) {
		struct config_value *item = lists[1]->items[i];
		struct config_value *out = item;

		if (!filter || call->args[0]->type != CONFIG_NONE)
			out = apply(call, lists, i);
		if (!out)
			return NULL;
		if (filter && !value_truth(out))
			continue;
		if (!list_append(call->config, list, filter ? item : out))
			return NULL;
	}
	return list;
}

static struct config_value *fn_map(struct call *call)
{
	return map_or_filter(call, false);
}

static struct config_value *fn_filter(struct call *call)
{
	return map_or_filter(call, true);
}

static struct config_value *fn_reversed(struct call *call)
{
	struct config_value *list = to_list(call, CONFIG_LIST);
	size_t i;

	for (i = 0; list && i < list->count / 2; i++) {
		struct config_value *item = list->items[i];

		list->items[i] = list->items[list->count - 1 - i];
		list->items[list->count - 1 - i] = item;
	}
	return list;
}

static struct config_value *fn_isinstance(struct call *call)
{
	static const struct {
		const char *name;
		enum config_type type;
	} types[] = {
		{ "str", CONFIG_STRING },     { "int", CONFIG_INT },
		{ "bool", CONFIG_BOOL },      { "float", CONFIG_FLOAT },
		{ "list", CONFIG_LIST },      { "tuple", CONFIG_TUPLE },
		{ "dict", CONFIG_DICT },      { "basestring", CONFIG_STRING },
		{ "unicode", CONFIG_STRING }, { "long", CONFIG_INT },
	};
	const struct config_value *what;
	bool is = false;
	size_t i;

	if (!call_takes(call, 2, 2))
		return NULL;
	what = call->args[1];
	if (what->type != CONFIG_FUNCTION || what->function->def)
		return call_fail(call, "write str, int, list, ...");
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(types[i].name, what->function->name))
			continue;
		is = call->args[0]->type == types[i].type ||
		     (types[i].type == CONFIG_INT &&
		      value_is_integer(call->args[0]));
	}
	return value_bool(call->config, &call->pos, is);
}

static struct config_value *fn_print(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };
	size_t i;

	for (i = 0; i < call->count - call->nr_named; i++) {
		if (i)
			text_puts(&out, " ");
		text_put_str(&out, call->args[i]);
	}
	if (out.failed)
		return NULL;
	config_note_at(call->config, &call->pos, "%s",
		       out.text ? out.text : "");
	return value_new(call->config, CONFIG_NONE, &call->pos);
}

static struct config_value *fn_format(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };
	const struct config_value *spec;

	if (!call_takes(call, 1, 2))
		return NULL;
	spec = call->count > 1 ? call->args[1] : NULL;
	if (spec && spec->type != CONFIG_STRING)
		return call_fail(call, "the format is no text");
	if (!format_by_spec(&out, &call->pos, call->args[0],
			    spec ? spec->string : "", spec ? spec->length : 0))
		return NULL;
	return text_value(&out, &call->pos);
}

struct config_value *fn_sorted(struct call *call);

const struct config_function *builtin_find(const char *name)
{
	static const struct config_function builtins[] = {
		{ "range", fn_range, NULL, NULL },
		{ "xrange", fn_range, NULL, NULL },
		{ "len", fn_len, NULL, NULL },
		{ "str", fn_str, NULL, NULL },
		{ "unicode", fn_str, NULL, NULL },
		{ "basestring", fn_str, NULL, NULL },
		{ "repr", fn_repr, NULL, NULL },
		{ "int", fn_int, NULL, NULL },
		{ "long", fn_int, NULL, NULL },
		{ "float", fn_float, NULL, NULL },
		{ "bool", fn_bool, NULL, NULL },
		{ "hex", fn_hex, NULL, NULL },
		{ "oct", fn_oct, NULL, NULL },
		{ "bin", fn_bin, NULL, NULL },
		{ "min", fn_min, NULL, NULL },
		{ "max", fn_max, NULL, NULL },
		{ "sum", fn_sum, NULL, NULL },
		{ "all", fn_all, NULL, NULL },
		{ "any", fn_any, NULL, NULL },
		{ "list", fn_list, NULL, NULL },
		{ "tuple", fn_tuple, NULL, NULL },
		{ "dict", fn_dict, NULL, NULL },
		{ "abs", fn_abs, NULL, NULL },
		{ "round", fn_round, NULL, NULL },
		{ "pow", fn_pow, NULL, NULL },
		{ "chr", fn_chr, NULL, NULL },
		{ "ord", fn_ord, NULL, NULL },
		{ "sorted", fn_sorted, NULL, NULL },
		{ "reversed", fn_reversed, NULL, NULL },
		{ "enumerate", fn_enumerate, NULL, NULL },
		{ "zip", fn_zip, NULL, NULL },
		{ "map", fn_map, NULL, NULL },
		{ "filter", fn_filter, NULL, NULL },
		{ "isinstance", fn_isinstance, NULL, NULL },
		{ "format", fn_format, NULL, NULL },
		{ "print", fn_print, NULL, NULL },
		{ "xm_vars", NULL, NULL, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(builtins) / sizeof(*builtins); i++) {
		if (!strcmp(builtins[i].name, name))
			return &builtins[i];
	}
	return builtin_refused(name);
}
