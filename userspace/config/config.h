/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's configuration: from a file or a text to typed values.
 *
 * Three languages come in through one door: the Python-like one of xm, which
 * is evaluated here, without Python and without a way out of this code;
 * xl.cfg, a subset of it; xend's SXP (a text that begins with a parenthesis).
 *
 * A struct config owns everything that was read: values, strings, messages.
 * config_free() frees all of it at once, and nothing here has to be freed by
 * itself. There is no global state; a config belongs to one thread at a time.
 *
 * Errors stick: the first one is kept, later ones are dropped, and a getter
 * that fails answers its fallback. So a caller asks for all that it wants and
 * looks at config_error() once. Its text is complete, ready for stderr:
 *
 *	etch.cfg:3:10: memory: 'lots' is not a number
 *	    memory = 'lots'
 *	             ^
 *	hint: ...
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
	CONFIG_NONE,
	CONFIG_BOOL,
	CONFIG_INT,
	CONFIG_FLOAT,
	CONFIG_STRING,
	CONFIG_LIST,
	CONFIG_TUPLE,
	CONFIG_DICT,
	/* Only while a file is evaluated; never in what the getters give. */
	CONFIG_FUNCTION,
};

/* Where a value was written. Lines and columns count from 1; 0: nowhere. */
struct config_pos {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/*
 * One value of the tree. Read only for users. `string` is NUL terminated and
 * holds no NUL inside; `literal` says that its byte n was written at
 * pos.column + 1 + n of the same line (a plain literal; column is the quote).
 */
struct config_value {
	enum config_type type;
	bool literal;
	struct config_pos pos;
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct {
			const char *string;
			size_t length;
		};
		/* CONFIG_LIST, CONFIG_TUPLE */
		struct {
			struct config_value **items;
			size_t count;
			size_t room;
		};
		/* CONFIG_DICT, in the order of insertion */
		struct {
			struct config_value **keys;
			struct config_value **values;
			size_t nr_pairs;
			size_t pairs_room;
		};
		const struct config_function *function;
	};
};

struct config;

/* How to read; a NULL pointer instead means all of it zero. */
struct config_options {
	/*
	 * `key=value` from the command line; they win over the file. The value
	 * is an expression when it is one (`[ 'a', 'b' ]`, `64`, `"x"`), and
	 * its own text otherwise (`name=web1`). A list key given as text is a
	 * list of one; given again it grows.
	 */
	const char *const *overrides;
	size_t nr_overrides;
	/*
	 * `name=value` variables that the file can read before it runs
	 * (`vmid=3`), also through xm_vars.
	 */
	const char *const *variables;
	size_t nr_variables;
};

/*
 * config_load - read and evaluate the file @path
 * config_parse - the same for @size bytes of @text; @name stands for the file
 *	in messages
 *
 * Return: a config, also when something is wrong (see config_error());
 * NULL only without memory. The caller frees it with config_free().
 */
struct config *config_load(const char *path,
			   const struct config_options *options);
struct config *config_parse(const char *name, const char *text, size_t size,
			    const struct config_options *options);
void config_free(struct config *config);

/* The first error, as lines for stderr without a final newline; or NULL. */
const char *config_error(const struct config *config);

/* The first line of config_error() without position: for logs and JSON. */
const char *config_error_line(const struct config *config);

/*
 * Remarks worth a line on stderr (`etch.cfg:8:1: note: vcpu means vcpus`), in
 * the order they came up; *@notes has the returned number of entries.
 */
size_t config_notes(const struct config *config, const char *const **notes);

/*
 * The value of @key (its canonical name: `vcpus` also finds `vcpu`), or NULL
 * if it is not set. Helper variables of the file are not keys.
 */
const struct config_value *config_get(const struct config *config,
				      const char *key);

/* The i-th key that is set, in the order of the file; NULL past the last. */
const char *config_key(const struct config *config, size_t i);

/*
 * Typed getters. Each gives @fallback when @key is not set, is None, or is
 * wrong; what is wrong becomes the config's error. The key table's own type
 * and range were checked when the file was read.
 *
 * config_int: takes also a string of digits ('128'), 0x.., a float without
 *	fraction and a bool; @min <= value <= @max.
 * config_bool: a bool, a number (0 is false), or one of the words
 *	1/yes/true/on/y and 0/no/false/off/n.
 * config_string: a string, or a number as text; '' is a value.
 * config_choice: the index in the NULL terminated @names, compared without
 *	regard to case, with '_' and '-' alike.
 */
int64_t config_int(struct config *config, const char *key, int64_t fallback,
		   int64_t min, int64_t max);
double config_float(struct config *config, const char *key, double fallback,
		    double min, double max);
bool config_bool(struct config *config, const char *key, bool fallback);
const char *config_string(struct config *config, const char *key,
			  const char *fallback);
int config_choice(struct config *config, const char *key, int fallback,
		  const char *const *names);

/*
 * The items of a list or tuple; a lone string or number counts as a list of
 * one, '' and None as none. Return: their number, *@items the values.
 */
size_t config_list(struct config *config, const char *key,
		   struct config_value *const **items);

/* The same conversions for one value; @what names it in messages. */
int64_t config_value_int(struct config *config,
			 const struct config_value *value, const char *what,
			 int64_t fallback, int64_t min, int64_t max);
const char *config_value_string(struct config *config,
				const struct config_value *value,
				const char *what, const char *fallback);

/*
 * Report an error at byte @offset of @value (0 for all that is no string).
 * @hint is a sentence or NULL. A NULL @value has no position: the message
 * then begins with the file's name.
 */
__attribute__((format(printf, 5, 6))) void
config_fail(struct config *config, const struct config_value *value,
	    size_t offset, const char *hint, const char *format, ...);

/* Add a remark about @value (may be NULL). */
__attribute__((format(printf, 3, 4))) void
config_note(struct config *config, const struct config_value *value,
	    const char *format, ...);

/* Memory that lives as long as the config; zeroed; NULL when out of it. */
void *config_alloc(struct config *config, size_t size);
char *config_strdup(struct config *config, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) char *
config_printf(struct config *config, const char *format, ...);

/*
 * All keys that are set, as text that config_parse() reads back to the same
 * values (`key = value` lines), or as one JSON object. NULL without memory.
 * The text belongs to the config.
 */
const char *config_to_text(struct config *config);
const char *config_to_json(struct config *config);

/*
 * SXP by itself (xend-config.sxp, `list --long`): a list of the top-level
 * lists; atoms are strings. Errors as for config_parse(); NULL on error.
 */
const struct config_value *config_sxp(struct config *config);
struct config *config_parse_sxp(const char *name, const char *text,
				size_t size);

#endif
