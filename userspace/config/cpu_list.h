/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of CPUs as people write them: "0-3,^1", "all", [ "0", "1-2" ]. */
#ifndef CONFIG_CPU_LIST_H
#define CONFIG_CPU_LIST_H

#include <stdbool.h>
#include "config/config.h"

#define CPU_LIST_MAX 1024

struct cpu_list {
	bool all; /* no restriction; bits are all set too */
	uint64_t bits[CPU_LIST_MAX / 64];
};

static inline bool cpu_list_has(const struct cpu_list *list, unsigned int cpu)
{
	return cpu < CPU_LIST_MAX && list->bits[cpu / 64] >> (cpu % 64) & 1;
}

/*
 * cpu_list_parse - @value is a string ("0-3,^1", "all", "any", "") or a number
 *
 * @what names it in messages. Return: false with the config's error set: a
 * number too large, a range turned round, nothing left.
 */
bool cpu_list_parse(struct config *config, const struct config_value *value,
		    const char *what, struct cpu_list *list);

/*
 * cpu_list_parse_text - the same for the command line
 *
 * Return: NULL, or what is wrong with it, one line without position.
 * *@offset is where.
 */
const char *cpu_list_parse_text(const char *text, struct cpu_list *list,
				size_t *offset);

/*
 * cpu_lists - affinity of each vcpu as `cpus` (or @key) says
 *
 * A string or number holds for all vcpus; a list has one entry per vcpu, and
 * vcpus past its end have no restriction. An entry may be a list of CPUs.
 * Writes
 * @nr_vcpus entries of @lists, all of them `all` if the key is not set.
 * Return: false with the config's error set.
 */
bool cpu_lists(struct config *config, const char *key, unsigned int nr_vcpus,
	       struct cpu_list *lists);

#endif
