// SPDX-License-Identifier: GPL-2.0-only
/* Functions that Python has and a configuration has not. */
#include <string.h>

#include "config/eval.h"
#include "config/value.h"

static struct config_value *refused(struct call *call)
{
	config_fail_at(call->config, &call->pos,
		       "the file is read, not run: it reaches no files and no "
		       "programs",
		       "%s(): this part of Python is not supported in a "
		       "configuration",
		       call->name);
	return NULL;
}

#define NO(name)                          \
	{                                 \
		name, refused, NULL, NULL \
	}

/* clang-format off */
static const struct config_function functions[] = {
	NO("open"), NO("eval"), NO("exec"), NO("compile"), NO("input"),
	NO("raw_input"), NO("__import__"), NO("getattr"), NO("setattr"),
	NO("hasattr"), NO("delattr"), NO("set"), NO("frozenset"),
	NO("globals"), NO("locals"), NO("vars"), NO("dir"), NO("type"),
	NO("id"), NO("hash"), NO("iter"), NO("next"), NO("callable"),
	NO("object"), NO("super"), NO("bytes"), NO("bytearray"),
	NO("complex"), NO("slice"), NO("reduce"), NO("apply"), NO("cmp"),
	NO("execfile"), NO("file"), NO("exit"), NO("quit"), NO("divmod"),
	NO("ascii"),
};
/* clang-format on */

const struct config_function *builtin_refused(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (!strcmp(functions[i].name, name))
			return &functions[i];
	}
	return NULL;
}
