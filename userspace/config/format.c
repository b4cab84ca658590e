// SPDX-License-Identifier: GPL-2.0-only
/* Text out of a pattern: 'VM%03d' % n, '{0}-{name}'.format(...). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/eval.h"

#define MAX_WIDTH 100000

/* What a % pattern takes its values from. */
struct percent {
	struct config *config;
	const struct config_pos *pos;
	struct config_value *args;
	size_t used; /* of a tuple; or 1 if the single value is used */
	bool mapped; /* a %(name)s was seen */
	struct text_buffer out;
};

static void *fail(struct percent *p, const char *what)
{
	config_fail_at(p->config, p->pos, NULL, "'%%' of a text: %s", what);
	return NULL;
}

static struct config_value *next_value(struct percent *p)
{
	if (p->args->type == CONFIG_TUPLE) {
		if (p->used < p->args->count)
			return p->args->items[p->used++];
	} else if (!p->used++) {
		return p->args;
	}
	return fail(p, "there are fewer values than places for them");
}

/* %(name): the value of that name; *@at moves behind the parenthesis. */
static struct config_value *named_value(struct percent *p, const char **at,
					const char *end)
{
	const char *close = memchr(*at, ')', end - *at);
	struct config_value *key, *found;

	if (!close || p->args->type != CONFIG_DICT)
		return fail(p, close ? "a name needs a dict on the right" :
				       "a name is not closed");
	key = value_string(p->config, p->pos, *at, close - *at);
	found = key ? dict_get(p->config, p->args, key) : NULL;
	*at = close + 1;
	p->mapped = true;
	if (!found && key)
		config_fail_at(p->config, p->pos, NULL,
			       "the dict has no '%.40s'", key->string);
	return found;
}

struct conversion {
	bool left, zero, alternate;
	char sign;
	int width;
	int precision;
	char type;
};

static bool read_number(struct percent *p, const char **at, const char *end,
			int limit, int *out)
{
	*out = 0;
	if (*at < end && **at == '*') {
		struct config_value *value = next_value(p);

		(*at)++;
		if (!value)
			return false;
		if (!value_is_integer(value) || value_integer(value) < 0 ||
		    value_integer(value) > limit)
			return fail(p, "this is no width") != NULL;
		*out = (int)value_integer(value);
		return true;
	}
	for (; *at < end && isdigit((unsigned char)**at); (*at)++) {
		*out = *out * 10 + (**at - '0');
		if (*out > limit)
			return fail(p, "too wide") != NULL;
	}
	return true;
}

static bool read_conversion(struct percent *p, const char **at, const char *end,
			    struct conversion *c)
{
	c->precision = -1;
	for (; *at < end && strchr("-+ 0#", **at); (*at)++) {
		c->left |= **at == '-';
		c->zero |= **at == '0';
		c->alternate |= **at == '#';
		if (**at == '+' || (**at == ' ' && !c->sign))
			c->sign = **at;
	}
	if (!read_number(p, at, end, MAX_WIDTH, &c->width))
		return false;
	if (*at < end && **at == '.') {
		(*at)++;
		if (!read_number(p, at, end, MAX_WIDTH, &c->precision))
			return false;
	}
	while (*at < end && strchr("hlL", **at))
		(*at)++;
	if (*at == end)
		return fail(p, "it ends within a %") != NULL;
	c->type = *(*at)++;
	return true;
}

static void put_padded(struct percent *p, const struct conversion *c,
		       const char *text, size_t length, bool is_number)
{
	size_t shown = utf8_length(text, length);
	size_t more = (size_t)c->width > shown ? c->width - shown : 0;
	size_t sign = 0;

	if (is_number && c->zero && !c->left) {
		sign = length && strchr("+- ", *text) ? 1 : 0;
		if (c->alternate && text[sign] == '0' &&
		    isalpha((unsigned char)text[sign + 1]))
			sign += 2;
		text_put(&p->out, text, sign);
		text_repeat(&p->out, '0', more);
	} else if (!c->left) {
		text_repeat(&p->out, ' ', more);
	}
	text_put(&p->out, text + sign, length - sign);
	if (c->left)
		text_repeat(&p->out, ' ', more);
}

static bool put_number(struct percent *p, const struct conversion *c,
		       struct config_value *value)
{
	bool whole = strchr("diuxXo", c->type) != NULL;
	struct number_format format = {
		whole && strchr("diu", c->type) ? 'd' : c->type, c->sign, 0,
		c->alternate, whole ? -1 : c->precision
	};
	struct config_value truncated;
	char text[512];

	if (whole && value->type == CONFIG_FLOAT && value->real > -9e18 &&
	    value->real < 9e18) {
		if (!strchr("diu", c->type))
			return fail(p, "a float is no whole number") != NULL;
		truncated = *value;
		truncated.type = CONFIG_INT;
		truncated.integer = (int64_t)value->real;
		value = &truncated;
	}
	if (!whole && c->precision > 100)
		return fail(p, "too many digits") != NULL;
	if (!value_is_number(value)) {
		config_fail_at(p->config, p->pos,
			       value->type == CONFIG_STRING ?
				       "write %s, or int(...)" :
				       NULL,
			       "%%%c needs a number, not %s", c->type,
			       value_type_name(value));
		return false;
	}
	if (!format_number(p->config, p->pos, value, &format, text,
			   sizeof(text)))
		return false;
	if (whole && c->precision > 0) {
		/* %.3d: so many digits at least */
		size_t sign = *text == '-' || *text == '+' || *text == ' ';
		size_t digits = strlen(text) - sign;
		struct text_buffer out = { p->config, NULL, 0, 0, false };

		text_put(&out, text, sign);
		if ((size_t)c->precision > digits)
			text_repeat(&out, '0', c->precision - digits);
		text_puts(&out, text + sign);
		if (out.failed)
			return false;
		put_padded(p, c, out.text, out.length, true);
		return true;
	}
	put_padded(p, c, text, strlen(text), true);
	return true;
}

static bool put_conversion(struct percent *p, const struct conversion *c,
			   struct config_value *value)
{
	struct text_buffer text = { p->config, NULL, 0, 0, false };
	size_t length, part;
	char one;

	if (strchr("diuxXoeEfFgG", c->type))
		return put_number(p, c, value);
	if (c->type == 'c' && value_is_integer(value) &&
	    value_integer(value) > 0 && value_integer(value) < 0x7f) {
		one = (char)value_integer(value);
		put_padded(p, c, &one, 1, false);
		return true;
	}
	if (!strchr("srac", c->type)) {
		config_fail_at(p->config, p->pos, "write %% for a percent sign",
			       "'%%%c' is no place for a value",
			       c->type > ' ' && c->type < 0x7f ? c->type : '?');
		return false;
	}
	if (c->type == 'c' && value->type != CONFIG_STRING)
		return fail(p, "%c needs one character") != NULL;
	if (c->type == 's' || c->type == 'c')
		text_put_str(&text, value);
	else
		text_put_repr(&text, value);
	if (text.failed)
		return false;
	length = text.length;
	if (c->precision >= 0) {
		part = utf8_offset(text.text ? text.text : "", length,
				   c->precision);
		length = part < length ? part : length;
	}
	put_padded(p, c, text.text ? text.text : "", length, false);
	return true;
}

/* Behind a %. Return: false with the error set. */
static bool put_place(struct percent *p, const char **at, const char *end)
{
	struct config_value *value = NULL;
	struct conversion c;

	memset(&c, 0, sizeof(c));
	if (!config_step(p->config, 1))
		return false;
	if (*at < end && **at == '%') {
		text_puts(&p->out, "%");
		(*at)++;
		return true;
	}
	if (*at < end && **at == '(') {
		(*at)++;
		value = named_value(p, at, end);
		if (!value)
			return false;
	}
	if (!read_conversion(p, at, end, &c))
		return false;
	if (!config_step(p->config, c.width / 16))
		return false;
	if (!value)
		value = next_value(p);
	return value && put_conversion(p, &c, value);
}

struct config_value *format_percent(struct config *config,
				    const struct config_pos *pos,
				    const struct config_value *format,
				    struct config_value *args)
{
	struct percent p = { config, pos,   args,
			     0,	     false, { config, NULL, 0, 0, false } };
	const char *at = format->string;
	const char *end = at + format->length;

	while (at < end) {
		const char *place = memchr(at, '%', end - at);

		text_put(&p.out, at, (place ? place : end) - at);
		if (!place)
			break;
		at = place + 1;
		if (!put_place(&p, &at, end))
			return NULL;
	}
	if (args->type == CONFIG_TUPLE ? p.used < args->count :
					 !p.used && args->type != CONFIG_DICT &&
						 args->type != CONFIG_LIST)
		return fail(&p, "there are more values than places for them");
	return text_value(&p.out, pos);
}

/* .format() */

struct braces {
	struct call *call;
	size_t next; /* automatic number */
	struct text_buffer out;
};

/* The argument that `name` or `0` at *@at names, with [index] after it. */
static struct config_value *field_value(struct braces *b, const char *at,
					const char *end)
{
	struct call *call = b->call;
	const char *name = at;
	struct config_value *value, *index;
	size_t n = 0;

	while (at < end && *at != '[' && *at != '.')
		at++;
	if (at == name) {
		value = call_argument(call, NULL, b->next++);
	} else if (isdigit((unsigned char)*name)) {
		for (; name < at && isdigit((unsigned char)*name) && n < 10000;
		     name++)
			n = n * 10 + (*name - '0');
		value = name < at ? NULL : call_argument(call, NULL, n);
	} else {
		const char *copy = config_strdup(call->config, name, at - name);

		value = copy ? call_argument(call, copy, SIZE_MAX) : NULL;
	}
	if (!value) {
		config_fail_at(call->config, &call->pos, NULL,
			       "format(): no value for '{%.*s}'",
			       (int)(end - at > 40 ? 40 : at - name), name);
		return NULL;
	}
	while (at < end && *at == '[') {
		const char *close = memchr(at, ']', end - at);

		if (!close)
			return call_fail(call, "an index is not closed");
		at++;
		n = 0;
		for (name = at;
		     name < close && isdigit((unsigned char)*name) && n < 10000;
		     name++)
			n = n * 10 + (*name - '0');
		index = name == close && close > at ?
				value_int(call->config, &call->pos,
					  (int64_t)n) :
				value_string(call->config, &call->pos, at,
					     close - at);
		value = index ? eval_index(call->config, &call->pos, value,
					   index) :
				NULL;
		if (!value)
			return NULL;
		at = close + 1;
	}
	if (at < end)
		return call_fail(call, "only names and [index] are possible");
	return value;
}

/* The place of the } that closes the field at @at, or NULL. */
static const char *field_close(const char *at, const char *end)
{
	unsigned int open = 0;

	for (; at < end; at++) {
		if (*at == '{')
			open++;
		else if (*at == '}' && !open--)
			return at;
	}
	return NULL;
}

/* @spec with the fields inside of it replaced. */
static struct config_value *inner_spec(struct braces *b, const char *spec,
				       const char *end)
{
	struct text_buffer out = { b->call->config, NULL, 0, 0, false };

	while (spec < end) {
		const char *open = memchr(spec, '{', end - spec);
		const char *close;
		struct config_value *value;

		text_put(&out, spec, (open ? open : end) - spec);
		if (!open)
			break;
		close = memchr(open, '}', end - open);
		if (!close)
			return call_fail(b->call, "a field is not closed");
		value = field_value(b, open + 1, close);
		if (!value)
			return NULL;
		text_put_str(&out, value);
		spec = close + 1;
	}
	return text_value(&out, &b->call->pos);
}

static bool put_field(struct braces *b, const char *at, const char *close)
{
	struct config *config = b->call->config;
	const char *colon = memchr(at, ':', close - at);
	const char *end = colon ? colon : close;
	const char *mark = memchr(at, '!', end - at);
	struct text_buffer text = { config, NULL, 0, 0, false };
	struct config_value *value, *spec;

	value = field_value(b, at, mark ? mark : end);
	if (!value)
		return false;
	if (mark) {
		if (end - mark != 2 || (mark[1] != 'r' && mark[1] != 's')) {
			call_fail(b->call, "only !r and !s are possible");
			return false;
		}
		if (mark[1] == 'r')
			text_put_repr(&text, value);
		else
			text_put_str(&text, value);
		value = text_value(&text, &b->call->pos);
	}
	spec = inner_spec(b, colon ? colon + 1 : close, close);
	return value && spec &&
	       format_by_spec(&b->out, &b->call->pos, value, spec->string,
			      spec->length);
}

struct config_value *format_method(struct call *call)
{
	struct braces b = { call, 0, { call->config, NULL, 0, 0, false } };
	const char *at = call->self->string;
	const char *end = at + call->self->length;
	const char *close;

	while (at < end) {
		size_t plain = strcspn(at, "{}");

		if (!config_step(call->config, 1))
			return NULL;
		text_put(&b.out, at, plain);
		at += plain;
		if (at == end)
			break;
		if (at + 1 < end && at[1] == *at) {
			text_put(&b.out, at, 1);
			at += 2;
			continue;
		}
		if (*at == '}')
			return call_fail(call, "a single }: write }}");
		close = field_close(at + 1, end);
		if (!close)
			return call_fail(call, "a field is not closed");
		if (!put_field(&b, at + 1, close))
			return NULL;
		at = close + 1;
	}
	return text_value(&b.out, &call->pos);
}
