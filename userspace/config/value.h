/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making and comparing values. Lists and dicts are shared by reference, as in
 * Python; everything else never changes once it is made.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "config/private.h"

struct config_value *value_new(struct config *config, enum config_type type,
			       const struct config_pos *pos);
struct config_value *value_int(struct config *config,
			       const struct config_pos *pos, int64_t integer);
struct config_value *value_bool(struct config *config,
				const struct config_pos *pos, bool boolean);
struct config_value *value_float(struct config *config,
				 const struct config_pos *pos, double real);
/* @text is copied. */
struct config_value *value_string(struct config *config,
				  const struct config_pos *pos,
				  const char *text, size_t length);

/* False with the error set: no memory. */
bool list_append(struct config *config, struct config_value *list,
		 struct config_value *item);
struct config_value *list_copy(struct config *config,
			       const struct config_pos *pos,
			       enum config_type type,
			       const struct config_value *list);

/* The position of @key, or nr_pairs. */
size_t dict_find(struct config *config, const struct config_value *dict,
		 const struct config_value *key);
struct config_value *dict_get(struct config *config,
			      const struct config_value *dict,
			      const struct config_value *key);
bool dict_set(struct config *config, struct config_value *dict,
	      struct config_value *key, struct config_value *value);

bool value_is_list(const struct config_value *value); /* or a tuple */
bool value_is_number(const struct config_value *value); /* or a bool */
bool value_is_integer(const struct config_value *value); /* or a bool */
int64_t value_integer(const struct config_value *value);
double value_real(const struct config_value *value);
bool value_truth(const struct config_value *value);
const char *value_type_name(const struct config_value *value);

/* Structures are compared; too deep ones set the error and differ. */
bool value_equal(struct config *config, const struct config_value *a,
		 const struct config_value *b);
/* < 0, 0, > 0 into *@order. False with the error set: they have no order. */
bool value_order(struct config *config, const struct config_value *a,
		 const struct config_value *b, int *order);

/* A text that grows in the arena; `failed` after an error. */
struct text_buffer {
	struct config *config;
	char *text; /* NUL terminated once something was put */
	size_t length;
	size_t room;
	bool failed;
};

void text_put(struct text_buffer *out, const char *text, size_t length);
void text_puts(struct text_buffer *out, const char *text);
void text_repeat(struct text_buffer *out, char c, size_t count);
void text_put_repr(struct text_buffer *out, const struct config_value *value);
void text_put_str(struct text_buffer *out, const struct config_value *value);
void text_put_json(struct text_buffer *out, const struct config_value *value);
/* The buffer as a value; NULL if it failed. */
struct config_value *text_value(struct text_buffer *out,
				const struct config_pos *pos);

/* Shortest text that reads back as @real, as Python prints it; 40 bytes. */
void float_repr(double real, char out[40]);

/* Characters in UTF-8, and the byte where character @n begins. */
size_t utf8_length(const char *text, size_t bytes);
size_t utf8_offset(const char *text, size_t bytes, size_t n);
bool utf8_valid(const char *text, size_t bytes);

#endif
