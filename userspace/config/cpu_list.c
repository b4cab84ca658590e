// SPDX-License-Identifier: GPL-2.0-only
/* Sets of CPUs as people write them. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/cpu_list.h"
#include "config/private.h"

static void set_range(struct cpu_list *list, unsigned int from, unsigned int to,
		      bool on)
{
	unsigned int cpu;

	for (cpu = from; cpu <= to && cpu < CPU_LIST_MAX; cpu++) {
		uint64_t bit = 1ULL << (cpu % 64);

		if (on)
			list->bits[cpu / 64] |= bit;
		else
			list->bits[cpu / 64] &= ~bit;
	}
}

static void set_all(struct cpu_list *list)
{
	list->all = true;
	set_range(list, 0, CPU_LIST_MAX - 1, true);
}

static bool is_empty(const struct cpu_list *list)
{
	size_t i;

	for (i = 0; i < CPU_LIST_MAX / 64; i++) {
		if (list->bits[i])
			return false;
	}
	return true;
}

static bool number(const char **at, unsigned int *n)
{
	*n = 0;
	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++) {
		if (*n < CPU_LIST_MAX)
			*n = *n * 10 + (**at - '0');
	}
	return true;
}

static const char *skip(const char *at)
{
	while (isspace((unsigned char)*at))
		at++;
	return at;
}

/* One part between commas: [^]N[-M], [^]all. */
static const char *part(const char **at, struct cpu_list *list, bool first)
{
	bool on = **at != '^';
	unsigned int from, to;

	if (!on)
		*at = skip(*at + 1);
	/* "^1" alone: all but CPU 1 */
	if (!on && first)
		set_all(list);
	if (!strncmp(*at, "all", 3) || !strncmp(*at, "any", 3)) {
		*at += 3;
		if (!on)
			memset(list, 0, sizeof(*list));
		else
			set_all(list);
		return NULL;
	}
	if (!strncmp(*at, "node", 4))
		return "sets of CPUs by node are not built in";
	if (!number(at, &from))
		return "neither a CPU number nor a range like 0-3";
	to = from;
	if (*skip(*at) == '-') {
		*at = skip(skip(*at) + 1);
		if (!number(at, &to))
			return "the end of the range is missing";
	}
	if (from >= CPU_LIST_MAX || to >= CPU_LIST_MAX)
		return "no machine has so many CPUs";
	if (to < from)
		return "the range runs backwards";
	set_range(list, from, to, on);
	if (!on)
		list->all = false;
	return NULL;
}

const char *cpu_list_parse_text(const char *text, struct cpu_list *list,
				size_t *offset)
{
	const char *at = skip(text);
	const char *start;
	const char *wrong;
	bool first = true;

	memset(list, 0, sizeof(*list));
	*offset = 0;
	if (!*at || !strcmp(at, "-1")) {
		set_all(list);
		return NULL;
	}
	for (;; first = false) {
		at = start = skip(at);
		wrong = part(&at, list, first);
		at = skip(at);
		if (!wrong && *at && *at != ',') {
			start = at;
			wrong = "CPUs are separated by commas";
		}
		if (wrong) {
			*offset = start - text;
			return wrong;
		}
		if (!*at++)
			break;
		if (!*skip(at))
			break;
	}
	return is_empty(list) ? "no CPU is left" : NULL;
}

bool cpu_list_parse(struct config *config, const struct config_value *value,
		    const char *what, struct cpu_list *list)
{
	struct config_value *const *items = NULL;
	const char *text, *wrong;
	struct cpu_list one;
	size_t offset, i, j;

	if (value->type == CONFIG_LIST || value->type == CONFIG_TUPLE) {
		memset(list, 0, sizeof(*list));
		items = value->items;
		for (i = 0; i < value->count; i++) {
			if (items[i]->type == CONFIG_LIST ||
			    items[i]->type == CONFIG_TUPLE) {
				config_fail(config, items[i], 0, NULL,
					    "%s: lists are nested too deeply",
					    what);
				return false;
			}
			if (!cpu_list_parse(config, items[i], what, &one))
				return false;
			for (j = 0; j < CPU_LIST_MAX / 64; j++)
				list->bits[j] |= one.bits[j];
			list->all |= one.all;
		}
		if (!value->count)
			set_all(list);
		return true;
	}
	text = config_value_string(config, value, what, "");
	if (config_error(config))
		return false;
	wrong = cpu_list_parse_text(text, list, &offset);
	if (wrong)
		config_fail(config, value, offset,
			    "write \"0-3,^1\", or \"all\"", "%s: %s", what,
			    wrong);
	return !wrong;
}

bool cpu_lists(struct config *config, const char *key, unsigned int nr_vcpus,
	       struct cpu_list *lists)
{
	const struct config_value *value = config_get(config, key);
	bool per_vcpu;
	unsigned int i;

	if (!value && !strcmp(key, "cpus")) {
		key = "cpu";
		value = config_get(config, key);
	}
	per_vcpu = value &&
		   (value->type == CONFIG_LIST || value->type == CONFIG_TUPLE);
	for (i = 0; i < nr_vcpus; i++) {
		const struct config_value *one = value;

		if (per_vcpu)
			one = i < value->count ? value->items[i] : NULL;
		memset(&lists[i], 0, sizeof(lists[i]));
		if (!one || one->type == CONFIG_NONE)
			set_all(&lists[i]);
		else if (!cpu_list_parse(config, one, key, &lists[i]))
			return false;
	}
	return !config_error(config);
}
