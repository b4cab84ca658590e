// SPDX-License-Identifier: GPL-2.0-only
/* The format language of f-strings and str.format(): `>08.2f`. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/eval.h"

#define MAX_WIDTH     100000
#define MAX_PRECISION 100

struct spec {
	char fill[5];
	char align; /* < > ^ = or 0 */
	bool zero;
	int width;
	struct number_format number;
};

static bool number(const char **at, const char *end, int limit, int *out)
{
	*out = 0;
	for (; *at < end && isdigit((unsigned char)**at); (*at)++) {
		*out = *out * 10 + (**at - '0');
		if (*out > limit)
			return false;
	}
	return true;
}

static bool parse_spec(const char *at, size_t length, struct spec *spec)
{
	const char *end = at + length;
	size_t fill = utf8_offset(at, length, 1);

	memset(spec, 0, sizeof(*spec));
	strcpy(spec->fill, " ");
	spec->number.precision = -1;
	if (fill < length && fill < 5 && strchr("<>^=", at[fill]) && at[fill]) {
		memset(spec->fill, 0, sizeof(spec->fill));
		memcpy(spec->fill, at, fill);
		spec->align = at[fill];
		at += fill + 1;
	} else if (at < end && strchr("<>^=", *at)) {
		spec->align = *at++;
	}
	if (at < end && strchr("+- ", *at))
		spec->number.sign = *at++ == '-' ? 0 : at[-1];
	if (at < end && *at == '#') {
		spec->number.alternate = true;
		at++;
	}
	if (at < end && *at == '0') {
		spec->zero = true;
		if (!spec->align) {
			strcpy(spec->fill, "0");
			spec->align = '=';
		}
		at++;
	}
	if (!number(&at, end, MAX_WIDTH, &spec->width))
		return false;
	if (at < end && (*at == ',' || *at == '_'))
		spec->number.group = *at++;
	if (at < end && *at == '.') {
		at++;
		if (at == end || !isdigit((unsigned char)*at) ||
		    !number(&at, end, MAX_PRECISION, &spec->number.precision))
			return false;
	}
	if (at < end)
		spec->number.type = *at++;
	return at == end;
}

/* Digits of @n in @base with a group mark, from the right into @out. */
static void put_digits(uint64_t n, unsigned int base, bool upper, char group,
		       char *out, size_t size)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned int every = base == 10 ? 3 : 4;
	size_t at = size;
	unsigned int count = 0;

	out[--at] = '\0';
	do {
		if (group && count && count % every == 0)
			out[--at] = group;
		out[--at] = digits[n % base];
		n /= base;
		count++;
	} while (n);
	memmove(out, out + at, size - at);
}

static bool format_int(const struct config_value *value,
		       const struct number_format *format, char *out,
		       size_t size)
{
	int64_t n = value_integer(value);
	uint64_t positive = n < 0 ? -(uint64_t)n : (uint64_t)n;
	char digits[120];
	const char *prefix = "";
	unsigned int base = 10;

	switch (format->type) {
	case 'x':
	case 'X':
		base = 16;
		prefix = format->type == 'x' ? "0x" : "0X";
		break;
	case 'o':
		base = 8;
		prefix = "0o";
		break;
	case 'b':
		base = 2;
		prefix = "0b";
		break;
	default:
		break;
	}
	put_digits(positive, base, format->type == 'X', format->group, digits,
		   sizeof(digits));
	snprintf(out, size, "%s%s%s",
		 n < 0		     ? "-" :
		 format->sign == '+' ? "+" :
		 format->sign == ' ' ? " " :
				       "",
		 format->alternate ? prefix : "", digits);
	return true;
}

/* Marks between groups of three before the point. */
static void group_float(char *text, size_t size, char group)
{
	size_t length = strlen(text);
	size_t start = !isdigit((unsigned char)*text);
	size_t digits = strspn(text + start, "0123456789");
	size_t at;

	for (at = digits; at > 3 && length + 1 < size; length++) {
		at -= 3;
		memmove(text + start + at + 1, text + start + at,
			length - start - at + 1);
		text[start + at] = group;
	}
}

static void format_float(const struct config_value *value,
			 const struct number_format *format, char *out,
			 size_t size)
{
	double real = value_real(value);
	int precision = format->precision < 0 ? 6 : format->precision;
	char type = format->type ? format->type : 'g';
	char pattern[16];
	char repr[40];

	if (type == '%') {
		real *= 100;
		type = 'f';
	}
	if (type == 'n')
		type = 'g';
	if (!format->type && format->precision < 0) {
		float_repr(real, repr);
		snprintf(out, size, "%s%s",
			 format->sign && !signbit(real) ?
				 (char[]){ format->sign, 0 } :
				 "",
			 repr);
	} else {
		snprintf(pattern, sizeof(pattern), "%%%s%s.*%c",
			 format->sign == '+' ? "+" :
			 format->sign == ' ' ? " " :
					       "",
			 format->alternate ? "#" : "", type);
		snprintf(out, size, pattern, precision, real);
		if (!format->type && !strpbrk(out, ".e") && isfinite(real))
			strncat(out, ".0", size - strlen(out) - 1);
	}
	if (format->group)
		group_float(out, size, format->group);
	if (format->type == '%')
		strncat(out, "%", size - strlen(out) - 1);
}

bool format_number(struct config *config, const struct config_pos *pos,
		   const struct config_value *value,
		   const struct number_format *format, char *out, size_t size)
{
	char type = format->type;

	if (type && strchr("diuxXobn", type) && value_is_integer(value) &&
	    format->precision < 0)
		return format_int(value, format, out, size);
	if (!type && value_is_integer(value) && format->precision < 0)
		return format_int(value, format, out, size);
	if ((!type || strchr("eEfFgGn%", type)) && value_is_number(value) &&
	    fabs(value_real(value)) < 1e200) {
		format_float(value, format, out, size);
		return true;
	}
	config_fail_at(config, pos, NULL, "%s cannot be written as '%c'",
		       value_type_name(value), type ? type : '.');
	return false;
}

static void put_padded(struct text_buffer *out, const struct spec *spec,
		       const char *text, size_t length, char align)
{
	size_t shown = utf8_length(text, length);
	size_t more = (size_t)spec->width > shown ? spec->width - shown : 0;
	size_t left = align == '>' || align == '=' ? more :
		      align == '^'		   ? more / 2 :
						     0;
	size_t i, sign = 0;

	if (align == '=') {
		sign = length && strchr("+- ", *text) ? 1 : 0;
		if (length > sign + 1 && text[sign] == '0' &&
		    spec->number.alternate &&
		    isalpha((unsigned char)text[sign + 1]))
			sign += 2;
		text_put(out, text, sign);
	}
	for (i = 0; i < left; i++)
		text_puts(out, spec->fill);
	text_put(out, text + sign, length - sign);
	for (i = left; i < more; i++)
		text_puts(out, spec->fill);
}

static bool put_text(struct text_buffer *out, const struct config_pos *pos,
		     const struct config_value *value, const struct spec *spec)
{
	size_t length = value->length;
	size_t part;

	if ((spec->number.type && spec->number.type != 's') ||
	    (spec->align == '=' && !spec->zero) || spec->number.group ||
	    spec->number.sign) {
		config_fail_at(out->config, pos, NULL,
			       "a text cannot be written by this format");
		return false;
	}
	if (spec->number.precision >= 0) {
		part = utf8_offset(value->string, length,
				   spec->number.precision);
		length = part < length ? part : length;
	}
	put_padded(out, spec, value->string, length,
		   spec->align && spec->align != '=' ? spec->align : '<');
	return !out->failed;
}

bool format_by_spec(struct text_buffer *out, const struct config_pos *pos,
		    const struct config_value *value, const char *spec_text,
		    size_t length)
{
	struct spec spec;
	char text[512];

	if (!length) {
		text_put_str(out, value);
		return !out->failed;
	}
	if (!config_step(out->config, 1))
		return false;
	if (!parse_spec(spec_text, length, &spec)) {
		config_fail_at(out->config, pos, NULL,
			       "'%.40s' is no format of a field", spec_text);
		return false;
	}
	if (spec.width && !config_step(out->config, spec.width / 16))
		return false;
	if (value->type == CONFIG_STRING)
		return put_text(out, pos, value, &spec);
	if (spec.number.type == 'c' && value_is_integer(value) &&
	    value_integer(value) > 0 && value_integer(value) < 0x7f) {
		text[0] = (char)value_integer(value);
		text[1] = '\0';
	} else if (!value_is_number(value) || spec.number.type == 's') {
		config_fail_at(out->config, pos, "write !s after the name",
			       "%s cannot be written by this format",
			       value_type_name(value));
		return false;
	} else if (!format_number(out->config, pos, value, &spec.number, text,
				  sizeof(text))) {
		return false;
	}
	put_padded(out, &spec, text, strlen(text),
		   spec.align ? spec.align : '>');
	return !out->failed;
}
