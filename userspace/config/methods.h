/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of methods, by the type they belong to. */
#ifndef CONFIG_METHODS_H
#define CONFIG_METHODS_H

#include "config/eval.h"

struct method {
	const char *name;
	method_fn *function;
};

/* They end with a NULL name. */
extern const struct method string_methods[];
extern const struct method list_methods[];
extern const struct method tuple_methods[];
extern const struct method dict_methods[];

#endif
