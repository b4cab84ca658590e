// SPDX-License-Identifier: GPL-2.0-only
/* Tokens of the Python-like language and of xl.cfg. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/lexer.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c);
}

static struct config_pos here(const struct lexer *lexer, const char *at)
{
	return (struct config_pos){ lexer->file, lexer->line,
				    at - lexer->line_start + 1 };
}

static void fail(struct lexer *lexer, struct token *token, const char *at,
		 const char *hint, const char *what)
{
	struct config_pos pos = here(lexer, at);

	config_fail_at(lexer->config, &pos, hint, "%s", what);
	token->kind = TOKEN_ERROR;
	lexer->text = lexer->end;
}

void lexer_start(struct lexer *lexer, struct config *config,
		 const struct config_source *source)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->config = config;
	lexer->file = source->name;
	lexer->text = lexer->line_start = source->text;
	lexer->end = source->text + source->size;
	lexer->line = 1;
	lexer->at_line_start = true;
	if (source->size >= 3 && !memcmp(source->text, "\xef\xbb\xbf", 3))
		lexer->text += 3;
}

void lexer_start_expression(struct lexer *lexer, struct config *config,
			    const struct config_pos *pos, const char *text,
			    size_t length)
{
	memset(lexer, 0, sizeof(*lexer));
	lexer->config = config;
	lexer->file = pos->file;
	lexer->text = text;
	lexer->end = text + length;
	lexer->line = pos->line;
	lexer->line_start = text - (pos->column - 1);
	lexer->expression = true;
	lexer->brackets = 1;
}

static void new_line(struct lexer *lexer)
{
	lexer->text++;
	lexer->line++;
	lexer->line_start = lexer->text;
}

/* Blanks, comments and, inside of brackets, the ends of lines. */
static void skip_blanks(struct lexer *lexer)
{
	while (lexer->text < lexer->end) {
		char c = *lexer->text;

		if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
			lexer->text++;
		} else if (c == '#') {
			while (lexer->text < lexer->end && *lexer->text != '\n')
				lexer->text++;
		} else if (c == '\n' && lexer->brackets) {
			new_line(lexer);
		} else if (c == '\\' && lexer->end - lexer->text > 1 &&
			   lexer->text[1] == '\n') {
			lexer->text++;
			new_line(lexer);
		} else if (c == '\\' && lexer->end - lexer->text > 2 &&
			   lexer->text[1] == '\r' && lexer->text[2] == '\n') {
			lexer->text += 2;
			new_line(lexer);
		} else {
			return;
		}
	}
}

/* At the start of a line: skip empty ones, measure the indentation. */
static bool measure_indent(struct lexer *lexer, unsigned int *indent)
{
	for (;;) {
		unsigned int width = 0;

		while (lexer->text < lexer->end) {
			char c = *lexer->text;

			if (c == ' ')
				width++;
			else if (c == '\t')
				width = width / 8 * 8 + 8;
			else if (c != '\f' && c != '\r')
				break;
			lexer->text++;
		}
		*indent = width;
		if (lexer->text == lexer->end)
			return false;
		if (*lexer->text == '#')
			skip_blanks(lexer);
		if (lexer->text == lexer->end)
			return false;
		if (*lexer->text != '\n')
			return true;
		new_line(lexer);
	}
}

/* Return: true if @token is an indentation or an error. */
static bool start_line(struct lexer *lexer, struct token *token)
{
	unsigned int indent, *top;

	lexer->at_line_start = false;
	if (!measure_indent(lexer, &indent))
		indent = 0;
	token->pos = here(lexer, lexer->text);
	top = &lexer->indents[lexer->nr_indents];
	if (indent == *top)
		return false;
	if (indent > *top) {
		if (lexer->nr_indents == LEXER_MAX_INDENT - 1) {
			fail(lexer, token, lexer->text, NULL,
			     "blocks are nested too deeply");
			return true;
		}
		lexer->indents[++lexer->nr_indents] = indent;
		token->kind = TOKEN_INDENT;
		return true;
	}
	while (indent < lexer->indents[lexer->nr_indents]) {
		lexer->nr_indents--;
		lexer->dedents++;
	}
	if (indent == lexer->indents[lexer->nr_indents])
		return false;
	fail(lexer, token, lexer->text,
	     "indent the lines of a block by the same blanks",
	     "this line is indented like no block around it");
	return true;
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

static void read_float(struct lexer *lexer, struct token *token)
{
	char buffer[64];
	size_t length = 0;
	const char *at = token->start;
	char *end;

	while (at < lexer->end && length < sizeof(buffer) - 1 &&
	       (is_digit(*at) || *at == '.' || *at == '_' || *at == 'e' ||
		*at == 'E' ||
		((*at == '+' || *at == '-') && (at[-1] | 32) == 'e'))) {
		if (*at != '_')
			buffer[length++] = *at;
		at++;
	}
	buffer[length] = '\0';
	token->kind = TOKEN_FLOAT;
	token->real = strtod(buffer, &end);
	lexer->text = at;
	if (*end || length == sizeof(buffer) - 1 ||
	    (at < lexer->end && is_name(*at)))
		fail(lexer, token, token->start, NULL, "malformed number");
}

static void read_int(struct lexer *lexer, struct token *token, int base)
{
	uint64_t value = 0;
	const char *at = lexer->text;
	const char *first = at;

	for (; at < lexer->end && is_name(*at); at++) {
		int digit = digit_value(*at);

		if (*at == '_')
			continue;
		if ((*at | 32) == 'l' && at > first &&
		    (at + 1 == lexer->end || !is_name(at[1]))) {
			at++; /* Python 2 wrote 10L */
			break;
		}
		if (digit >= base) {
			fail(lexer, token, at,
			     base == 10 ? "a name begins with a letter, a "
					  "text stands in quotes" :
					  NULL,
			     "malformed number");
			return;
		}
		if (value > ((uint64_t)INT64_MAX - digit) / base) {
			fail(lexer, token, token->start, NULL,
			     "number too large");
			return;
		}
		value = value * base + digit;
	}
	lexer->text = at;
	token->kind = TOKEN_INT;
	token->integer = value;
	if (at == first)
		fail(lexer, token, token->start, NULL, "malformed number");
}

static void read_number(struct lexer *lexer, struct token *token)
{
	const char *at = token->start;
	char next = lexer->end - at > 1 ? at[1] | 32 : 0;

	if (*at == '0' && (next == 'x' || next == 'o' || next == 'b')) {
		lexer->text = at + 2;
		read_int(lexer, token, next == 'x' ? 16 : next == 'o' ? 8 : 2);
		return;
	}
	while (at < lexer->end && (is_digit(*at) || *at == '_'))
		at++;
	if (at < lexer->end && (*at == '.' || (*at | 32) == 'e')) {
		read_float(lexer, token);
		return;
	}
	/* As in xl and Python 2; Python 3 refuses it. */
	read_int(lexer, token,
		 *token->start == '0' && at - token->start > 1 ? 8 : 10);
}

/* @lexer->text is at the quote. */
static void read_string(struct lexer *lexer, struct token *token)
{
	char quote = *lexer->text;
	const char *opening = lexer->text;
	const char *line_start = lexer->line_start;
	size_t width = 1;
	const char *at;

	if (lexer->end - opening >= 3 && opening[1] == quote &&
	    opening[2] == quote) {
		width = 3;
		token->triple = true;
	}
	token->kind = TOKEN_STRING;
	token->body = at = opening + width;
	for (;; at++) {
		if (at >= lexer->end || (*at == '\n' && width == 1)) {
			lexer->line = token->pos.line; /* where it began */
			lexer->line_start = line_start;
			fail(lexer, token, opening,
			     width == 1 ? "close it with the same quote on the "
					  "same line" :
					  "close it with the same three quotes",
			     "this text is not closed");
			return;
		}
		if (*at == '\\' && at + 1 < lexer->end)
			at++;
		else if (*at == quote && width == 1)
			break;
		else if (*at == quote && lexer->end - at >= 3 &&
			 at[1] == quote && at[2] == quote)
			break;
		if (*at == '\n') {
			lexer->line++;
			lexer->line_start = at + 1;
		}
	}
	token->body_length = at - token->body;
	lexer->text = at + width;
	token->length = lexer->text - token->start;
}

/* A name, or the prefix of a string. */
static void read_name(struct lexer *lexer, struct token *token)
{
	const char *at = token->start;
	const char *p;

	while (at < lexer->end && is_name(*at))
		at++;
	lexer->text = at;
	token->kind = TOKEN_NAME;
	token->length = at - token->start;
	if (at == lexer->end || (*at != '\'' && *at != '"') ||
	    token->length > 2)
		return;
	for (p = token->start; p < at; p++) {
		if (!strchr("rRbBuUfF", *p)) {
			fail(lexer, token, token->start, NULL,
			     "a name right before a text");
			return;
		}
		token->raw |= (*p | 32) == 'r';
		token->formatted |= (*p | 32) == 'f';
	}
	read_string(lexer, token);
}

static void read_operator(struct lexer *lexer, struct token *token)
{
	static const char *const operators[] = {
		"**=", "//=", "<<=", ">>=", "...", "**", "//", "<<", ">>", "==",
		"!=",  "<=",  ">=",  "<>",  "+=",  "-=", "*=", "/=", "%=", "&=",
		"|=",  "^=",  "->",  ":=",  "+",   "-",	 "*",  "/",  "%",  "&",
		"|",   "^",   "~",   "<",   ">",   "(",	 ")",  "[",  "]",  "{",
		"}",   ",",   ":",   ".",   ";",   "=",	 "@",
	};
	size_t left = lexer->end - lexer->text;
	char c = *lexer->text;
	size_t i;

	token->kind = TOKEN_OP;
	for (i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t length = strlen(operators[i]);

		if (length > left || memcmp(operators[i], lexer->text, length))
			continue;
		token->length = length;
		lexer->text += length;
		if (strchr("([{", c) && lexer->brackets < 1000)
			lexer->brackets++;
		else if (strchr(")]}", c) &&
			 lexer->brackets > (lexer->expression ? 1u : 0u))
			lexer->brackets--;
		return;
	}
	if (c == '`')
		fail(lexer, token, lexer->text, "write repr(x)",
		     "backquotes are not supported");
	else if (c == '$')
		fail(lexer, token, lexer->text,
		     "variables have no $: write 'VM' + name",
		     "'$' has no meaning here");
	else if (c == '!')
		fail(lexer, token, lexer->text, "write `not x`",
		     "'!' has no meaning here");
	else
		fail(lexer, token, lexer->text, "text stands in quotes",
		     "this character has no meaning outside of a text");
}

void lexer_next(struct lexer *lexer, struct token *token)
{
	memset(token, 0, sizeof(*token));
	if (lexer->at_line_start && !lexer->brackets &&
	    start_line(lexer, token))
		return;
	if (lexer->dedents) {
		lexer->dedents--;
		token->kind = TOKEN_DEDENT;
		token->pos = here(lexer, lexer->text);
		return;
	}
	skip_blanks(lexer);
	token->start = lexer->text;
	token->length = 1;
	token->pos = here(lexer, lexer->text);
	if (lexer->text == lexer->end) {
		token->kind = TOKEN_END;
		token->length = 0;
	} else if (*lexer->text == '\n') {
		new_line(lexer);
		lexer->at_line_start = true;
		token->kind = TOKEN_NEWLINE;
	} else if (is_digit(*lexer->text) ||
		   (*lexer->text == '.' && lexer->end - lexer->text > 1 &&
		    is_digit(lexer->text[1]))) {
		if (*lexer->text == '.')
			read_float(lexer, token);
		else
			read_number(lexer, token);
		token->length = lexer->text - token->start;
	} else if (is_name_start(*lexer->text)) {
		read_name(lexer, token);
	} else if (*lexer->text == '\'' || *lexer->text == '"') {
		read_string(lexer, token);
	} else {
		read_operator(lexer, token);
	}
}

bool token_is(const struct token *token, const char *text)
{
	return (token->kind == TOKEN_OP || token->kind == TOKEN_NAME) &&
	       strlen(text) == token->length &&
	       !memcmp(text, token->start, token->length);
}

struct config_pos token_position(const struct token *token, const char *at)
{
	struct config_pos pos = token->pos;
	const char *p;

	pos.column += at - token->start;
	for (p = token->start; p < at; p++) {
		if (*p == '\n') {
			pos.line++;
			pos.column = at - p;
		}
	}
	return pos;
}

static int put_utf8(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = 0xc0 | c >> 6;
		out[1] = 0x80 | (c & 0x3f);
		return 2;
	}
	if (c < 0x10000) {
		out[0] = 0xe0 | c >> 12;
		out[1] = 0x80 | (c >> 6 & 0x3f);
		out[2] = 0x80 | (c & 0x3f);
		return 3;
	}
	out[0] = 0xf0 | c >> 18;
	out[1] = 0x80 | (c >> 12 & 0x3f);
	out[2] = 0x80 | (c >> 6 & 0x3f);
	out[3] = 0x80 | (c & 0x3f);
	return 4;
}

/* @digits digits of @base at *@at, at least @least of them. */
static long read_code(const char **at, const char *end, int base, int digits,
		      int least)
{
	long value = 0;
	int n;

	for (n = 0; n < digits && *at < end && digit_value(**at) < base; n++)
		value = value * base + digit_value(*(*at)++);
	return n < least ? -1 : value;
}

int token_unescape(struct config *config, const struct token *token,
		   const char **at, char out[4])
{
	static const char from[] = "abfnrtv\\'\"";
	static const char to[] = "\a\b\f\n\r\t\v\\'\"";
	const char *end = token->body + token->body_length;
	const char *start = *at;
	struct config_pos pos;
	const char *found;
	long code;

	if (**at != '\\' || token->raw || *at + 1 == end) {
		out[0] = *(*at)++;
		return 1;
	}
	*at += 2;
	found = strchr(from, start[1]);
	if (found && *found) {
		out[0] = to[found - from];
		return 1;
	}
	if (start[1] == '\n')
		return 0;
	if (start[1] == 'x') {
		code = read_code(at, end, 16, 2, 2);
	} else if (start[1] == 'u') {
		code = read_code(at, end, 16, 4, 4);
	} else if (start[1] == 'U') {
		code = read_code(at, end, 16, 8, 8);
	} else if (start[1] >= '0' && start[1] <= '7') {
		(*at)--;
		code = read_code(at, end, 8, 3, 1);
	} else if (start[1] == 'N' && *at < end && **at == '{') {
		pos = token_position(token, start);
		config_fail_at(config, &pos, "write the character itself",
			       "\\N{...}: this part of Python is not supported "
			       "in a configuration");
		return -1;
	} else {
		/* An unknown escape stays as it is. */
		*at = start + 1;
		out[0] = '\\';
		return 1;
	}
	if (code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
		return put_utf8(code, out);
	pos = token_position(token, start);
	config_fail_at(config, &pos, "write \\\\ for a backslash",
		       code ? "malformed escape" : "a NUL character");
	return -1;
}
