/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Evaluation: a walk over the tree with a count of steps and of depth. There
 * is no way to a file, a process or the network from here.
 */
#ifndef CONFIG_EVAL_H
#define CONFIG_EVAL_H

#include "config/ast.h"
#include "config/value.h"

/* Names of a call or of a comprehension. */
struct frame {
	struct config_scope scope;
	struct frame *parent; /* around a comprehension; NULL: the globals */
};

enum flow {
	FLOW_ON,
	FLOW_BREAK,
	FLOW_CONTINUE,
	FLOW_RETURN,
	FLOW_FAILED,
};

struct eval {
	struct config *config;
	struct frame *frame; /* NULL: the globals */
	struct config_value *result; /* of a return */
};

/* The arguments of a call; named ones after the others. */
struct call {
	struct eval *eval;
	struct config *config;
	struct config_pos pos;
	const char *name;
	struct config_value *self; /* of a method */
	struct config_value **args;
	size_t count;
	const char **names; /* of the last `nr_named` of args[] */
	size_t nr_named;
};

struct config_function {
	const char *name;
	struct config_value *(*builtin)(struct call *call);
	const struct node *def;
	struct config_value **defaults; /* of def's parameters; may be NULL */
};

/* eval.c */
enum flow eval_block(struct eval *eval, const struct node *block);
bool eval_assign(struct eval *eval, const struct node *target,
		 struct config_value *value);

/* eval_expr.c */
struct config_value *eval_expr(struct eval *eval, const struct node *node);
/* What a loop over @value sees; strings and dicts are copied. */
const struct config_value *eval_iterate(struct eval *eval,
					const struct config_pos *pos,
					const struct config_value *value);

/* operators.c */
struct config_value *eval_binary(struct config *config,
				 const struct config_pos *pos, int op,
				 struct config_value *a,
				 struct config_value *b);
struct config_value *eval_unary(struct config *config,
				const struct config_pos *pos, int op,
				struct config_value *a);
bool eval_contains(struct config *config, const struct config_pos *pos,
		   const struct config_value *part,
		   const struct config_value *whole, bool *contains);
struct config_value *eval_index(struct config *config,
				const struct config_pos *pos,
				struct config_value *of,
				const struct config_value *index);
/* An index into something of @count entries, -1 with the error set. */
int64_t eval_position(struct config *config, const struct config_pos *pos,
		      const struct config_value *index, size_t count);
struct config_value *eval_slice(struct config *config,
				const struct config_pos *pos,
				const struct config_value *of,
				struct config_value *const part[3]);

/* call.c */
struct config_value *eval_call(struct eval *eval, const struct node *node);
struct config_value *call_function(struct call *call,
				   const struct config_value *function);
/* For builtins: all arguments unnamed, and so many. */
bool call_takes(struct call *call, size_t least, size_t most);
/* The named argument @name, or the unnamed one at @position, or NULL. */
struct config_value *call_argument(struct call *call, const char *name,
				   size_t position);
void *call_fail(struct call *call, const char *what);

/* builtins.c */
const struct config_function *builtin_find(const char *name);
/* builtins_refused.c: as builtin_find(), for what only Python has. */
const struct config_function *builtin_refused(const char *name);

/* methods.c */
typedef struct config_value *method_fn(struct call *call);
method_fn *method_find(enum config_type type, const char *name);

/* format.c */
struct config_value *format_percent(struct config *config,
				    const struct config_pos *pos,
				    const struct config_value *format,
				    struct config_value *args);
struct config_value *format_method(struct call *call);

/* format_spec.c: @value by @spec (">8.2f") into @out; false: error set. */
bool format_by_spec(struct text_buffer *out, const struct config_pos *pos,
		    const struct config_value *value, const char *spec,
		    size_t length);

struct number_format {
	char type; /* d i u x X o b c e f g E F G % */
	char sign; /* '+', ' ' or 0 */
	char group; /* ',' or '_' or 0 */
	bool alternate;
	int precision; /* -1: none */
};

/* The digits of @value; false with the error set. */
bool format_number(struct config *config, const struct config_pos *pos,
		   const struct config_value *value,
		   const struct number_format *format, char *out, size_t size);

#endif
