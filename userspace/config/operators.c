// SPDX-License-Identifier: GPL-2.0-only
/* What + - * / % [] and `in` do, with the results of Python 3. */
#include <math.h>
#include <string.h>

#include "config/eval.h"

static void *too_large(struct config *config, const struct config_pos *pos)
{
	config_fail_at(config, pos, NULL, "the result is too large a number");
	return NULL;
}

static void *no_operation(struct config *config, const struct config_pos *pos,
			  int op, const struct config_value *a,
			  const struct config_value *b)
{
	const char *hint = NULL;

	if (op == OP_ADD &&
	    (a->type == CONFIG_STRING || b->type == CONFIG_STRING) &&
	    (value_is_number(a) || value_is_number(b)))
		hint = "write str(n) to join a number to a text";
	config_fail_at(config, pos, hint, "'%s' of %s and %s is not possible",
		       op_name(op), value_type_name(a), value_type_name(b));
	return NULL;
}

static void *by_zero(struct config *config, const struct config_pos *pos)
{
	config_fail_at(config, pos, NULL, "a division by zero");
	return NULL;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return q - (a % b && (a < 0) != (b < 0));
}

static struct config_value *int_pow(struct config *config,
				    const struct config_pos *pos, int64_t a,
				    int64_t b)
{
	int64_t result = 1;

	if (b < 0 && !a)
		return by_zero(config, pos);
	if (b < 0)
		return value_float(config, pos, pow((double)a, (double)b));
	if (a == 0 || a == 1)
		return value_int(config, pos, b ? a : 1);
	if (a == -1)
		return value_int(config, pos, b & 1 ? -1 : 1);
	while (b--) {
		if (__builtin_mul_overflow(result, a, &result))
			return too_large(config, pos);
	}
	return value_int(config, pos, result);
}

static struct config_value *int_shift(struct config *config,
				      const struct config_pos *pos, int op,
				      int64_t a, int64_t b)
{
	if (b < 0) {
		config_fail_at(config, pos, NULL, "a shift by less than zero");
		return NULL;
	}
	if (op == OP_SHR)
		return value_int(config, pos, a >> (b > 63 ? 63 : b));
	if (a && (b > 62 || a > INT64_MAX >> b || a < INT64_MIN >> b))
		return too_large(config, pos);
	return value_int(config, pos, a ? (int64_t)((uint64_t)a << b) : 0);
}

static struct config_value *int_binary(struct config *config,
				       const struct config_pos *pos, int op,
				       const struct config_value *left,
				       const struct config_value *right)
{
	bool bools = left->type == CONFIG_BOOL && right->type == CONFIG_BOOL;
	int64_t a = value_integer(left), b = value_integer(right);
	int64_t result;
	bool over = false;

	switch (op) {
	case OP_ADD:
		over = __builtin_add_overflow(a, b, &result);
		break;
	case OP_SUB:
		over = __builtin_sub_overflow(a, b, &result);
		break;
	case OP_MUL:
		over = __builtin_mul_overflow(a, b, &result);
		break;
	case OP_DIV:
		return b ? value_float(config, pos, (double)a / (double)b) :
			   by_zero(config, pos);
	case OP_FLOOR:
	case OP_MOD:
		if (!b)
			return by_zero(config, pos);
		if (a == INT64_MIN && b == -1)
			return too_large(config, pos);
		result = op == OP_FLOOR ? floor_div(a, b) :
					  a - floor_div(a, b) * b;
		break;
	case OP_POW:
		return int_pow(config, pos, a, b);
	case OP_SHL:
	case OP_SHR:
		return int_shift(config, pos, op, a, b);
	default:
		result = op == OP_AND ? (a & b) :
			 op == OP_OR  ? (a | b) :
					(a ^ b);
		if (bools)
			return value_bool(config, pos, result);
	}
	return over ? too_large(config, pos) : value_int(config, pos, result);
}

static struct config_value *float_binary(struct config *config,
					 const struct config_pos *pos, int op,
					 const struct config_value *left,
					 const struct config_value *right)
{
	double a = value_real(left), b = value_real(right);
	double mod;

	switch (op) {
	case OP_ADD:
		return value_float(config, pos, a + b);
	case OP_SUB:
		return value_float(config, pos, a - b);
	case OP_MUL:
		return value_float(config, pos, a * b);
	case OP_POW:
		mod = pow(a, b);
		return isfinite(mod) ? value_float(config, pos, mod) :
				       too_large(config, pos);
	case OP_DIV:
		return b != 0 ? value_float(config, pos, a / b) :
				by_zero(config, pos);
	case OP_FLOOR:
	case OP_MOD:
		if (b == 0)
			return by_zero(config, pos);
		mod = fmod(a, b);
		if (mod != 0 && (mod < 0) != (b < 0))
			mod += b;
		if (op == OP_MOD)
			return value_float(config, pos, mod);
		return value_float(config, pos, floor((a - mod) / b + 0.5));
	default:
		return no_operation(config, pos, op, left, right);
	}
}

static struct config_value *repeat(struct config *config,
				   const struct config_pos *pos,
				   const struct config_value *what, int64_t n)
{
	struct text_buffer out = { config, NULL, 0, 0, false };
	struct config_value *list;
	size_t i;

	if (what->type == CONFIG_STRING) {
		for (; what->length && n > 0 && !out.failed; n--) {
			if (!config_step(config, 1))
				return NULL;
			text_put(&out, what->string, what->length);
		}
		return text_value(&out, pos);
	}
	list = value_new(config, what->type, pos);
	for (; list && what->count && n > 0; n--) {
		for (i = 0; i < what->count; i++) {
			if (!config_step(config, 1) ||
			    !list_append(config, list, what->items[i]))
				return NULL;
		}
	}
	return list;
}

static struct config_value *join(struct config *config,
				 const struct config_pos *pos,
				 const struct config_value *a,
				 const struct config_value *b)
{
	struct text_buffer out = { config, NULL, 0, 0, false };
	struct config_value *list;
	size_t i;

	if (a->type == CONFIG_STRING) {
		text_put(&out, a->string, a->length);
		text_put(&out, b->string, b->length);
		return text_value(&out, pos);
	}
	list = list_copy(config, pos, a->type, a);
	for (i = 0; list && i < b->count; i++) {
		if (!config_step(config, 1) ||
		    !list_append(config, list, b->items[i]))
			return NULL;
	}
	return list;
}

struct config_value *eval_binary(struct config *config,
				 const struct config_pos *pos, int op,
				 struct config_value *a, struct config_value *b)
{
	if (op == OP_MOD && a->type == CONFIG_STRING)
		return format_percent(config, pos, a, b);
	if (value_is_integer(a) && value_is_integer(b))
		return int_binary(config, pos, op, a, b);
	if (value_is_number(a) && value_is_number(b))
		return float_binary(config, pos, op, a, b);
	if (op == OP_ADD && a->type == b->type &&
	    (a->type == CONFIG_STRING || value_is_list(a)))
		return join(config, pos, a, b);
	if (op == OP_MUL && value_is_integer(b) &&
	    (a->type == CONFIG_STRING || value_is_list(a)))
		return repeat(config, pos, a, value_integer(b));
	if (op == OP_MUL && value_is_integer(a) &&
	    (b->type == CONFIG_STRING || value_is_list(b)))
		return repeat(config, pos, b, value_integer(a));
	return no_operation(config, pos, op, a, b);
}

struct config_value *eval_unary(struct config *config,
				const struct config_pos *pos, int op,
				struct config_value *a)
{
	if (a->type == CONFIG_FLOAT && op != OP_INVERT)
		return value_float(config, pos,
				   op == OP_SUB ? -a->real : a->real);
	if (value_is_integer(a)) {
		int64_t n = value_integer(a);

		if (op == OP_SUB && n == INT64_MIN)
			return too_large(config, pos);
		return value_int(config, pos,
				 op == OP_SUB ? -n :
				 op == OP_ADD ? n :
						~n);
	}
	config_fail_at(config, pos, NULL, "'%s' of %s is not possible",
		       op_name(op), value_type_name(a));
	return NULL;
}

bool eval_contains(struct config *config, const struct config_pos *pos,
		   const struct config_value *part,
		   const struct config_value *whole, bool *contains)
{
	size_t i;

	if (whole->type == CONFIG_STRING && part->type == CONFIG_STRING) {
		*contains = memmem(whole->string, whole->length, part->string,
				   part->length) != NULL;
		return config_step(config, whole->length / 256);
	}
	if (whole->type == CONFIG_DICT) {
		*contains = dict_find(config, whole, part) < whole->nr_pairs;
		return !config_failed(config);
	}
	if (!value_is_list(whole)) {
		config_fail_at(config, pos, NULL,
			       "'in' of %s and %s is not possible",
			       value_type_name(part), value_type_name(whole));
		return false;
	}
	*contains = false;
	for (i = 0; i < whole->count && !*contains; i++) {
		if (!config_step(config, 1))
			return false;
		*contains = value_equal(config, whole->items[i], part);
	}
	return !config_failed(config);
}

int64_t eval_position(struct config *config, const struct config_pos *pos,
		      const struct config_value *index, size_t count)
{
	int64_t i;

	if (!value_is_integer(index)) {
		config_fail_at(config, pos, NULL, "%s is no index",
			       value_type_name(index));
		return -1;
	}
	i = value_integer(index);
	if (i < 0)
		i += (int64_t)count;
	if (i >= 0 && i < (int64_t)count)
		return i;
	config_fail_at(config, pos, "entries are counted from 0",
		       "index %lld of %zu entries",
		       (long long)value_integer(index), count);
	return -1;
}

static struct config_value *string_part(struct config *config,
					const struct config_pos *pos,
					const struct config_value *of,
					size_t first, size_t count)
{
	size_t start = utf8_offset(of->string, of->length, first);
	size_t bytes =
		utf8_offset(of->string + start, of->length - start, count);

	return value_string(config, pos, of->string + start, bytes);
}

struct config_value *eval_index(struct config *config,
				const struct config_pos *pos,
				struct config_value *of,
				const struct config_value *index)
{
	struct text_buffer text = { config, NULL, 0, 0, false };
	struct config_value *found;
	int64_t i;

	if (of->type == CONFIG_DICT) {
		found = dict_get(config, of, index);
		if (found || config_failed(config))
			return config_failed(config) ? NULL : found;
		text_put_repr(&text, index);
		config_fail_at(config, pos, NULL, "no entry %.60s in the dict",
			       text.text ? text.text : "");
		return NULL;
	}
	if (of->type != CONFIG_STRING && !value_is_list(of)) {
		config_fail_at(config, pos, NULL, "%s has no entries",
			       value_type_name(of));
		return NULL;
	}
	i = eval_position(config, pos, index,
			  of->type == CONFIG_STRING ?
				  utf8_length(of->string, of->length) :
				  of->count);
	if (i < 0 ||
	    !config_step(config,
			 of->type == CONFIG_STRING ? of->length / 64 : 0))
		return NULL;
	return of->type == CONFIG_STRING ? string_part(config, pos, of, i, 1) :
					   of->items[i];
}

/* One end of a slice, forced into lowest..highest as Python does. */
static bool slice_end(struct config *config, const struct config_pos *pos,
		      const struct config_value *end, int64_t count,
		      int64_t lowest, int64_t highest, int64_t fallback,
		      int64_t *out)
{
	int64_t i;

	if (!end) {
		*out = fallback;
		return true;
	}
	if (!value_is_integer(end)) {
		config_fail_at(config, pos, NULL, "%s in a slice",
			       value_type_name(end));
		return false;
	}
	i = value_integer(end);
	if (i < 0)
		i = i < -count ? lowest : i + count;
	*out = i < lowest ? lowest : i > highest ? highest : i;
	return true;
}

struct config_value *eval_slice(struct config *config,
				const struct config_pos *pos,
				const struct config_value *of,
				struct config_value *const part[3])
{
	bool text = of->type == CONFIG_STRING;
	int64_t count = text ? (int64_t)utf8_length(of->string, of->length) :
			       (int64_t)of->count;
	struct text_buffer out = { config, NULL, 0, 0, false };
	int64_t step = 1, from, to, i, low, high;
	struct config_value *list;

	if (!text && !value_is_list(of)) {
		config_fail_at(config, pos, NULL, "%s cannot be sliced",
			       value_type_name(of));
		return NULL;
	}
	if (part[2] && value_is_integer(part[2]))
		step = value_integer(part[2]);
	if (!step || step == INT64_MIN ||
	    (part[2] && !value_is_integer(part[2]))) {
		config_fail_at(config, pos, NULL, "this is no step of a slice");
		return NULL;
	}
	low = step > 0 ? 0 : -1;
	high = step > 0 ? count : count - 1;
	if (!slice_end(config, pos, part[0], count, low, high,
		       step > 0 ? low : high, &from) ||
	    !slice_end(config, pos, part[1], count, low, high,
		       step > 0 ? high : low, &to))
		return NULL;
	if (text && step == 1)
		return config_step(config, of->length / 64) ?
			       string_part(config, pos, of, from,
					   to > from ? to - from : 0) :
			       NULL;
	list = value_new(config, text ? CONFIG_LIST : of->type, pos);
	for (i = from; list && (step > 0 ? i < to : i > to);) {
		size_t start, end;

		if (!config_step(config, text ? 1 + of->length / 64 : 1))
			return NULL;
		if (text) {
			start = utf8_offset(of->string, of->length, i);
			end = utf8_offset(of->string, of->length, i + 1);
			text_put(&out, of->string + start, end - start);
		} else if (!list_append(config, list, of->items[i])) {
			return NULL;
		}
		if (__builtin_add_overflow(i, step, &i))
			break;
	}
	return text ? text_value(&out, pos) : list;
}
