/* SPDX-License-Identifier: GPL-2.0-only */
/* Formatted text; see printf.h for what is understood. */
#include "lib/printf.h"
#include "lib/string.h"

struct out {
	char *buf;
	size_t size; /* of buf, 0 = count only */
	size_t len; /* of the text so far, cut or not */
};

struct spec {
	bool left, zero, plus, space, alt, upper, is_signed;
	int width, precision; /* precision -1 = none */
	unsigned int base;
};

static void put_char(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_fill(struct out *o, char c, int n)
{
	while (n-- > 0)
		put_char(o, c);
}

static void put_text(struct out *o, const struct spec *s, const char *text)
{
	size_t max = s->precision >= 0 ? (size_t)s->precision : SIZE_MAX;
	int len;

	if (!text)
		text = "(null)";
	len = (int)strnlen(text, max);
	if (!s->left)
		put_fill(o, ' ', s->width - len);
	for (int i = 0; i < len; i++)
		put_char(o, text[i]);
	if (s->left)
		put_fill(o, ' ', s->width - len);
}

static void put_number(struct out *o, const struct spec *s, u64 v,
		       bool negative)
{
	const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[24], sign = 0;
	int n = 0, zeros, prefix;

	do {
		text[n++] = digits[v % s->base];
		v /= s->base;
	} while (v);
	if (negative)
		sign = '-';
	else if (s->is_signed && (s->plus || s->space))
		sign = s->plus ? '+' : ' ';
	prefix = s->alt && s->base == 16 ? 2 : 0;
	zeros = s->precision - n;
	if (s->precision < 0 && s->zero && !s->left)
		zeros = s->width - n - prefix - (sign != 0);
	if (zeros < 0)
		zeros = 0;
	if (!s->left)
		put_fill(o, ' ', s->width - n - zeros - prefix - (sign != 0));
	if (sign)
		put_char(o, sign);
	if (prefix) {
		put_char(o, '0');
		put_char(o, s->upper ? 'X' : 'x');
	}
	put_fill(o, '0', zeros);
	for (int i = n; i-- > 0;)
		put_char(o, text[i]);
	if (s->left)
		put_fill(o, ' ', s->width - n - zeros - prefix - (sign != 0));
}

static const char *parse_flags(const char *f, struct spec *s)
{
	for (;; f++) {
		switch (*f) {
		case '-':
			s->left = true;
			break;
		case '0':
			s->zero = true;
			break;
		case '+':
			s->plus = true;
			break;
		case ' ':
			s->space = true;
			break;
		case '#':
			s->alt = true;
			break;
		default:
			return f;
		}
	}
}

static const char *parse_count(const char *f, int *n, va_list *ap)
{
	if (*f == '*') {
		*n = va_arg(*ap, int);
		return f + 1;
	}
	for (*n = 0; *f >= '0' && *f <= '9'; f++)
		*n = *n * 10 + (*f - '0');
	return f;
}

/* @size: 0 int, 1 long, -1 short, -2 char. */
static u64 fetch_number(va_list *ap, int size, bool is_signed, bool *negative)
{
	s64 v;

	if (!is_signed) {
		u64 u = size > 0 ? va_arg(*ap, u64) : va_arg(*ap, u32);

		return size == -1 ? (u16)u : size == -2 ? (u8)u : u;
	}
	v = size > 0 ? va_arg(*ap, s64) : va_arg(*ap, s32);
	if (size == -1)
		v = (s16)v;
	if (size == -2)
		v = (s8)v;
	*negative = v < 0;
	return *negative ? -(u64)v : (u64)v;
}

static void put_conversion(struct out *o, struct spec *s, char conv, int size,
			   va_list *ap)
{
	bool negative = false;
	u64 v;

	switch (conv) {
	case 's':
		put_text(o, s, va_arg(*ap, const char *));
		return;
	case 'c': {
		char one[2] = { (char)va_arg(*ap, int), 0 };

		put_text(o, s, one);
		return;
	}
	case 'p':
		s->alt = true;
		s->base = 16;
		put_number(o, s, (u64)va_arg(*ap, void *), false);
		return;
	case 'X':
		s->upper = true;
		fallthrough;
	case 'x':
		s->base = 16;
		break;
	case 'o':
		s->base = 8;
		break;
	case 'd':
	case 'i':
		s->is_signed = true;
		fallthrough;
	case 'u':
		break;
	default:
		put_char(o, '%');
		if (conv != '%')
			put_char(o, conv);
		return;
	}
	v = fetch_number(ap, size, s->is_signed, &negative);
	put_number(o, s, v, negative);
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { .buf = buf, .size = size };
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		struct spec s = { .precision = -1, .base = 10 };
		int width = 0;

		if (*fmt != '%') {
			put_char(&o, *fmt++);
			continue;
		}
		fmt = parse_flags(fmt + 1, &s);
		fmt = parse_count(fmt, &s.width, &args);
		if (*fmt == '.')
			fmt = parse_count(fmt + 1, &s.precision, &args);
		for (;; fmt++) {
			if (*fmt == 'h')
				width--;
			else if (*fmt == 'l' || *fmt == 'z')
				width++;
			else
				break;
		}
		if (!*fmt)
			break;
		put_conversion(&o, &s, *fmt++, width, &args);
	}
	va_end(args);
	if (size)
		buf[MIN(o.len, size - 1)] = '\0';
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
