/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sources of this folder share. The way of a text:
 *
 *	lexer -> parse (tree of nodes) -> eval (names in a scope) -> finish
 *	(keys chosen and checked by the table in keys.c) -> getters
 *
 * Everything returns NULL or false after it has set the config's error, and
 * its caller just passes that on.
 */
#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include "config/arena.h"
#include "config/config.h"

#define CONFIG_MAX_STEPS  1000000
#define CONFIG_MAX_MEMORY ((size_t)8 << 20)
#define CONFIG_MAX_TEXT	  ((size_t)1 << 20)
#define CONFIG_MAX_DEPTH  200 /* of brackets and blocks, of values */
#define CONFIG_MAX_TREE	  1000 /* of operations: a + b + c + ... */
#define CONFIG_MAX_NAMES  1000

/* A text that positions point into: a file, an override. */
struct config_source {
	const char *name;
	const char *text; /* NUL terminated */
	size_t size;
	struct config_source *next;
};

struct config_name {
	const char *name;
	struct config_value *value; /* NULL: deleted, or only a mark */
	struct config_pos pos; /* of the last assignment */
	struct config_name *next;
};

/* Names of a file or of a call, newest last. */
struct config_scope {
	struct config_name *first;
	struct config_name *last;
	size_t count;
};

struct config_key_entry {
	const char *name; /* canonical */
	struct config_value *value;
};

struct config {
	struct arena arena;
	const char *name;
	struct config_source *sources;
	char *error;
	char *error_line;
	const char **notes;
	size_t nr_notes;
	size_t notes_room;

	struct config_scope globals;
	struct config_scope reads; /* names that the text reads */
	struct config_scope variables; /* given by the caller: vmid */
	unsigned long steps;
	unsigned int depth; /* of evaluation */
	struct config_pos at; /* the statement that runs */

	struct config_key_entry *keys;
	size_t nr_keys;
	size_t keys_room;
	struct config_value *sxp;
};

/* Count @steps more; false with the error set when that is too many. */
bool config_step(struct config *config, size_t steps);

/* error.c */
__attribute__((format(printf, 4, 5))) void
config_fail_at(struct config *config, const struct config_pos *pos,
	       const char *hint, const char *format, ...);
__attribute__((format(printf, 3, 4))) void
config_note_at(struct config *config, const struct config_pos *pos,
	       const char *format, ...);
bool config_failed(const struct config *config);
/* After an attempt whose failure does not matter. */
void config_forget_error(struct config *config);
/* `hint` with the name out of @names nearest to @name, or NULL. */
const char *config_nearest(struct config *config, const char *name,
			   const char *(*names)(size_t i));

/* config.c */
struct config_source *config_add_source(struct config *config, const char *name,
					const char *text, size_t size);
struct config_name *scope_find(const struct config_scope *scope,
			       const char *name);
/* Its position becomes the running statement's. */
bool scope_set(struct config *config, struct config_scope *scope,
	       const char *name, struct config_value *value);
bool config_set_key(struct config *config, const char *name,
		    struct config_value *value);

/*
 * finish.c: from names to keys, by the table. Overrides come in two rounds:
 * before the text runs what is no key becomes a variable for it; afterwards
 * the keys are set.
 */
bool config_override_variable(struct config *config, const char *text);
bool config_override_key(struct config *config, const char *text);
bool config_finish(struct config *config);

/* eval.c */
bool config_run(struct config *config, struct config_source *source);
struct config_value *config_eval_text(struct config *config,
				      struct config_source *source,
				      size_t offset);

/* sxp.c */
bool config_looks_like_sxp(const struct config_source *source);
struct config_value *sxp_read(struct config *config,
			      struct config_source *source);
bool sxp_to_keys(struct config *config, const struct config_value *tree);

#endif
