// SPDX-License-Identifier: GPL-2.0-only
/* Methods of strings. Case and classes of characters are those of ASCII. */
#include <ctype.h>
#include <string.h>

#include "config/methods.h"

static const struct config_value *text_argument(struct call *call, size_t i)
{
	if (i >= call->count)
		return NULL;
	if (call->args[i]->type == CONFIG_STRING)
		return call->args[i];
	call_fail(call, "a text belongs here");
	return NULL;
}

static struct config_value *self_part(struct call *call, size_t from, size_t to)
{
	return value_string(call->config, &call->pos, call->self->string + from,
			    to - from);
}

static struct config_value *change_case(struct call *call, int how)
{
	const char *text = call->self->string;
	bool word = false;
	char *copy;
	size_t i;

	if (!call_takes(call, 0, 0))
		return NULL;
	copy = config_strdup(call->config, text, call->self->length);
	for (i = 0; copy && i < call->self->length; i++) {
		unsigned char c = text[i];
		bool up = how == 'u' || (how == 'c' && !i) ||
			  (how == 't' && !word) || (how == 's' && islower(c));

		if (c < 0x80)
			copy[i] = (char)(up ? toupper(c) : tolower(c));
		word = isalpha(c);
	}
	return copy ? value_string(call->config, &call->pos, copy,
				   call->self->length) :
		      NULL;
}

static struct config_value *str_upper(struct call *call)
{
	return change_case(call, 'u');
}

static struct config_value *str_lower(struct call *call)
{
	return change_case(call, 'l');
}

static struct config_value *str_capitalize(struct call *call)
{
	return change_case(call, 'c');
}

static struct config_value *str_title(struct call *call)
{
	return change_case(call, 't');
}

static struct config_value *str_swapcase(struct call *call)
{
	return change_case(call, 's');
}

static struct config_value *strip(struct call *call, bool left, bool right)
{
	const char *set = " \t\n\r\f\v";
	const char *text = call->self->string;
	size_t from = 0, to = call->self->length;

	if (!call_takes(call, 0, 1))
		return NULL;
	if (call->count && call->args[0]->type != CONFIG_NONE) {
		const struct config_value *chars = text_argument(call, 0);

		if (!chars)
			return NULL;
		set = chars->string;
	}
	while (left && from < to && strchr(set, text[from]))
		from++;
	while (right && to > from && strchr(set, text[to - 1]))
		to--;
	return self_part(call, from, to);
}

static struct config_value *str_strip(struct call *call)
{
	return strip(call, true, true);
}

static struct config_value *str_lstrip(struct call *call)
{
	return strip(call, true, false);
}

static struct config_value *str_rstrip(struct call *call)
{
	return strip(call, false, true);
}

static bool add_part(struct call *call, struct config_value *list, size_t from,
		     size_t to)
{
	return config_step(call->config, 1) &&
	       list_append(call->config, list, self_part(call, from, to));
}

static struct config_value *split_blanks(struct call *call, int64_t most)
{
	struct config_value *list =
		value_new(call->config, CONFIG_LIST, &call->pos);
	const char *text = call->self->string;
	size_t length = call->self->length;
	size_t from = 0, to;

	while (list) {
		while (from < length && isspace((unsigned char)text[from]))
			from++;
		if (from == length)
			break;
		to = from;
		while (to < length && !isspace((unsigned char)text[to]))
			to++;
		if (most-- == 0) {
			to = length;
			while (isspace((unsigned char)text[to - 1]))
				to--;
		}
		if (!add_part(call, list, from, to))
			return NULL;
		from = to;
		while (from < length && isspace((unsigned char)text[from]))
			from++;
	}
	return list;
}

static bool most_argument(struct call *call, int64_t *most)
{
	const struct config_value *value = call_argument(call, "maxsplit", 1);

	*most = -1;
	if (!value)
		return true;
	if (!value_is_integer(value)) {
		call_fail(call, "the second argument is a number");
		return false;
	}
	*most = value_integer(value);
	return true;
}

static struct config_value *str_split(struct call *call)
{
	const struct config_value *by = call_argument(call, "sep", 0);
	const char *text = call->self->string;
	size_t length = call->self->length;
	struct config_value *list;
	size_t from = 0;
	int64_t most;

	if (!most_argument(call, &most))
		return NULL;
	if (!by || by->type == CONFIG_NONE)
		return split_blanks(call, most);
	if (by->type != CONFIG_STRING || !by->length)
		return call_fail(call, "the separator is no text");
	list = value_new(call->config, CONFIG_LIST, &call->pos);
	while (list) {
		const char *found = most-- == 0 ?
					    NULL :
					    memmem(text + from, length - from,
						   by->string, by->length);

		if (!add_part(call, list, from,
			      found ? (size_t)(found - text) : length))
			return NULL;
		if (!found)
			break;
		from = found - text + by->length;
	}
	return list;
}

/* The last place of @part in the first @length bytes, or NULL. */
static const char *find_last(const char *text, size_t length,
			     const struct config_value *part)
{
	size_t i = length;

	if (part->length > length)
		return NULL;
	for (i = length - part->length + 1; i-- > 0;) {
		if (!memcmp(text + i, part->string, part->length))
			return text + i;
	}
	return NULL;
}

static struct config_value *str_rsplit(struct call *call)
{
	const struct config_value *by = call_argument(call, "sep", 0);
	struct config_value *list;
	size_t to = call->self->length;
	size_t i;
	int64_t most;

	if (!most_argument(call, &most))
		return NULL;
	if (most < 0)
		return str_split(call);
	if (!by || by->type != CONFIG_STRING || !by->length)
		return call_fail(call, "with a limit it needs a separator");
	list = value_new(call->config, CONFIG_LIST, &call->pos);
	while (list) {
		const char *found =
			most-- == 0 ? NULL :
				      find_last(call->self->string, to, by);
		size_t from = found ? found - call->self->string + by->length :
				      0;

		if (!config_step(call->config, to / 256) ||
		    !add_part(call, list, from, to))
			return NULL;
		if (!found)
			break;
		to = found - call->self->string;
	}
	for (i = 0; list && i < list->count / 2; i++) {
		struct config_value *item = list->items[i];

		list->items[i] = list->items[list->count - 1 - i];
		list->items[list->count - 1 - i] = item;
	}
	return list;
}

static struct config_value *str_splitlines(struct call *call)
{
	struct config_value *list =
		value_new(call->config, CONFIG_LIST, &call->pos);
	const char *text = call->self->string;
	size_t length = call->self->length;
	size_t from = 0, to;

	if (!call_takes(call, 0, 0))
		return NULL;
	while (list && from < length) {
		to = from + strcspn(text + from, "\r\n");
		if (!add_part(call, list, from, to))
			return NULL;
		from = to + (text[to] == '\r' && text[to + 1] == '\n' ? 2 : 1);
	}
	return list;
}

static struct config_value *partition(struct call *call, bool last)
{
	const struct config_value *by;
	const char *text = call->self->string;
	size_t length = call->self->length;
	struct config_value *tuple;
	const char *found;
	size_t at, after;

	if (!call_takes(call, 1, 1))
		return NULL;
	by = text_argument(call, 0);
	tuple = value_new(call->config, CONFIG_TUPLE, &call->pos);
	if (!by || !tuple)
		return NULL;
	if (!by->length)
		return call_fail(call, "the separator is empty");
	found = last ? find_last(text, length, by) :
		       memmem(text, length, by->string, by->length);
	at = found ? (size_t)(found - text) : last ? 0 : length;
	after = found ? at + by->length : at;
	if (!add_part(call, tuple, 0, at) ||
	    !add_part(call, tuple, at, after) ||
	    !add_part(call, tuple, after, length))
		return NULL;
	return tuple;
}

static struct config_value *str_partition(struct call *call)
{
	return partition(call, false);
}

static struct config_value *str_rpartition(struct call *call)
{
	return partition(call, true);
}

static struct config_value *str_join(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };
	const struct config_value *list;
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	list = eval_iterate(call->eval, &call->pos, call->args[0]);
	for (i = 0; list && i < list->count; i++) {
		if (list->items[i]->type != CONFIG_STRING) {
			config_fail_at(call->config, &call->pos,
				       "write str(n) for a number",
				       "join(): entry %zu is %s, no text", i,
				       value_type_name(list->items[i]));
			return NULL;
		}
		if (!config_step(call->config, 1))
			return NULL;
		if (i)
			text_put(&out, call->self->string, call->self->length);
		text_put_str(&out, list->items[i]);
	}
	return list ? text_value(&out, &call->pos) : NULL;
}

static struct config_value *str_replace(struct call *call)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };
	const struct config_value *from, *to;
	const char *text = call->self->string;
	const char *end = text + call->self->length;
	int64_t most = -1;

	if (!call_takes(call, 2, 3))
		return NULL;
	from = text_argument(call, 0);
	to = text_argument(call, 1);
	if (!from || !to)
		return NULL;
	if (call->count == 3 && value_is_integer(call->args[2]))
		most = value_integer(call->args[2]);
	if (!from->length)
		return call_fail(call, "an empty text cannot be replaced");
	for (;;) {
		const char *found = most-- == 0 ?
					    NULL :
					    memmem(text, end - text,
						   from->string, from->length);

		if (!config_step(call->config, 1))
			return NULL;
		text_put(&out, text, found ? found - text : end - text);
		if (!found)
			break;
		text_put(&out, to->string, to->length);
		text = found + from->length;
	}
	return text_value(&out, &call->pos);
}

/* One text or a tuple of them. */
static struct config_value *has_end(struct call *call, bool at_end)
{
	const struct config_value *self = call->self;
	struct config_value *one;
	struct config_value *const *options;
	size_t count = 1;
	bool has = false;
	size_t i;

	if (!call_takes(call, 1, 1))
		return NULL;
	one = call->args[0];
	options = &one;
	if (one->type == CONFIG_TUPLE) {
		options = one->items;
		count = one->count;
	}
	for (i = 0; i < count && !has; i++) {
		const struct config_value *part = options[i];

		if (part->type != CONFIG_STRING)
			return call_fail(call, "a text belongs here");
		has = part->length <= self->length &&
		      !memcmp(self->string +
				      (at_end ? self->length - part->length :
						0),
			      part->string, part->length);
	}
	return value_bool(call->config, &call->pos, has);
}

static struct config_value *str_startswith(struct call *call)
{
	return has_end(call, false);
}

static struct config_value *str_endswith(struct call *call)
{
	return has_end(call, true);
}

/* @missing: what is answered, or INT64_MIN for an error. */
static struct config_value *find(struct call *call, bool last, bool must)
{
	const struct config_value *self = call->self;
	const struct config_value *part;
	const char *found;

	if (!call_takes(call, 1, 1))
		return NULL;
	part = text_argument(call, 0);
	if (!part)
		return NULL;
	found = last ? find_last(self->string, self->length, part) :
		       memmem(self->string, self->length, part->string,
			      part->length);
	if (!found && must)
		return call_fail(call, "the text does not contain it");
	return value_int(call->config, &call->pos,
			 found ? (int64_t)utf8_length(self->string,
						      found - self->string) :
				 -1);
}

static struct config_value *str_find(struct call *call)
{
	return find(call, false, false);
}

static struct config_value *str_rfind(struct call *call)
{
	return find(call, true, false);
}

static struct config_value *str_index(struct call *call)
{
	return find(call, false, true);
}

static struct config_value *str_rindex(struct call *call)
{
	return find(call, true, true);
}

static struct config_value *str_count(struct call *call)
{
	const struct config_value *part;
	const char *text = call->self->string;
	const char *end = text + call->self->length;
	int64_t n = 0;

	if (!call_takes(call, 1, 1))
		return NULL;
	part = text_argument(call, 0);
	if (!part)
		return NULL;
	if (!part->length)
		return value_int(call->config, &call->pos,
				 (int64_t)utf8_length(text, end - text) + 1);
	while ((text = memmem(text, end - text, part->string, part->length))) {
		text += part->length;
		n++;
	}
	return value_int(call->config, &call->pos, n);
}

static struct config_value *pad(struct call *call, char align, char with)
{
	struct text_buffer out = { call->config, NULL, 0, 0, false };
	size_t length = utf8_length(call->self->string, call->self->length);
	size_t left = 0, right = 0, more = 0;
	int64_t width;

	if (!call_takes(call, 1, align == '0' ? 1 : 2))
		return NULL;
	if (!value_is_integer(call->args[0]))
		return call_fail(call, "the width is no number");
	if (call->count == 2) {
		const struct config_value *fill = text_argument(call, 1);

		if (!fill || fill->length != 1)
			return call_fail(call, "one ASCII character to fill");
		with = *fill->string;
	}
	width = value_integer(call->args[0]);
	if (width > 0 && (uint64_t)width > length)
		more = width - length;
	if (align == '<')
		right = more;
	else if (align == '^')
		left = more / 2 + (more & width & 1);
	else
		left = more;
	if (align == '^')
		right = more - left;
	/* zfill keeps a sign in front. */
	if (align == '0' && call->self->length &&
	    strchr("+-", *call->self->string)) {
		text_put(&out, call->self->string, 1);
		text_repeat(&out, with, left);
		text_put(&out, call->self->string + 1, call->self->length - 1);
		return text_value(&out, &call->pos);
	}
	text_repeat(&out, with, left);
	text_put(&out, call->self->string, call->self->length);
	text_repeat(&out, with, right);
	return text_value(&out, &call->pos);
}

static struct config_value *str_ljust(struct call *call)
{
	return pad(call, '<', ' ');
}

static struct config_value *str_rjust(struct call *call)
{
	return pad(call, '>', ' ');
}

static struct config_value *str_center(struct call *call)
{
	return pad(call, '^', ' ');
}

static struct config_value *str_zfill(struct call *call)
{
	return pad(call, '0', '0');
}

static struct config_value *test_all(struct call *call, int (*test)(int))
{
	bool all = call->self->length > 0;
	size_t i;

	if (!call_takes(call, 0, 0))
		return NULL;
	for (i = 0; all && i < call->self->length; i++)
		all = test((unsigned char)call->self->string[i]) != 0;
	return value_bool(call->config, &call->pos, all);
}

static struct config_value *str_isdigit(struct call *call)
{
	return test_all(call, isdigit);
}

static struct config_value *str_isalpha(struct call *call)
{
	return test_all(call, isalpha);
}

static struct config_value *str_isalnum(struct call *call)
{
	return test_all(call, isalnum);
}

static struct config_value *str_isspace(struct call *call)
{
	return test_all(call, isspace);
}

/* All letters are of one case, and there is one. */
static struct config_value *test_case(struct call *call, int (*other)(int))
{
	bool all = true, letter = false;
	size_t i;

	if (!call_takes(call, 0, 0))
		return NULL;
	for (i = 0; i < call->self->length; i++) {
		unsigned char c = call->self->string[i];

		all &= !other(c);
		letter |= isalpha(c) != 0;
	}
	return value_bool(call->config, &call->pos, all && letter);
}

static struct config_value *str_isupper(struct call *call)
{
	return test_case(call, islower);
}

static struct config_value *str_islower(struct call *call)
{
	return test_case(call, isupper);
}

static struct config_value *cut(struct call *call, bool end)
{
	const struct config_value *part, *self = call->self;
	size_t at;

	if (!call_takes(call, 1, 1))
		return NULL;
	part = text_argument(call, 0);
	if (!part)
		return NULL;
	if (part->length > self->length)
		return self_part(call, 0, self->length);
	at = end ? self->length - part->length : 0;
	if (memcmp(self->string + at, part->string, part->length))
		return self_part(call, 0, self->length);
	return end ? self_part(call, 0, at) :
		     self_part(call, part->length, self->length);
}

static struct config_value *str_removeprefix(struct call *call)
{
	return cut(call, false);
}

static struct config_value *str_removesuffix(struct call *call)
{
	return cut(call, true);
}

const struct method string_methods[] = {
	{ "upper", str_upper },
	{ "lower", str_lower },
	{ "capitalize", str_capitalize },
	{ "title", str_title },
	{ "swapcase", str_swapcase },
	{ "strip", str_strip },
	{ "lstrip", str_lstrip },
	{ "rstrip", str_rstrip },
	{ "split", str_split },
	{ "rsplit", str_rsplit },
	{ "splitlines", str_splitlines },
	{ "partition", str_partition },
	{ "rpartition", str_rpartition },
	{ "join", str_join },
	{ "replace", str_replace },
	{ "startswith", str_startswith },
	{ "endswith", str_endswith },
	{ "find", str_find },
	{ "rfind", str_rfind },
	{ "index", str_index },
	{ "rindex", str_rindex },
	{ "count", str_count },
	{ "ljust", str_ljust },
	{ "rjust", str_rjust },
	{ "center", str_center },
	{ "zfill", str_zfill },
	{ "isdigit", str_isdigit },
	{ "isalpha", str_isalpha },
	{ "isalnum", str_isalnum },
	{ "isspace", str_isspace },
	{ "isupper", str_isupper },
	{ "islower", str_islower },
	{ "removeprefix", str_removeprefix },
	{ "removesuffix", str_removesuffix },
	{ "format", format_method },
	{ NULL, NULL },
};
