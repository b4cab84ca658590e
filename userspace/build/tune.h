/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's share of the CPUs: affinity, weight and cap. */
#ifndef BUILD_TUNE_H
#define BUILD_TUNE_H

#include <stdbool.h>
#include <stdint.h>
#include "config/cpu_list.h"

struct config;

/** tune_check() - judge the keys; what is wrong goes to config_fail(). */
void tune_check(struct config *config, unsigned int nr_vcpus);

/** tune_apply() - do to @domid what the config says. Return: 0 or -errno. */
int tune_apply(struct config *config, uint32_t domid, unsigned int nr_vcpus);

/**
 * tune_set_affinity() - where @vcpu runs (hard) or is best run (soft); NULL
 * leaves one as it is. Return: 0 or -errno.
 */
int tune_set_affinity(uint32_t domid, unsigned int vcpu,
		      const struct cpu_list *hard, const struct cpu_list *soft);

/** tune_get_affinity() - as tune_set_affinity(); @nr_cpus bits of each. */
int tune_get_affinity(uint32_t domid, unsigned int vcpu, unsigned int nr_cpus,
		      struct cpu_list *hard, struct cpu_list *soft);

/** tune_host_cpus() - processors of this host; at least 1. */
unsigned int tune_host_cpus(void);

/**
 * tune_set_share(), tune_share() - credit scheduler's weight and cap of a
 * domain; negative leaves one as it is. Return: 0 or -errno.
 */
int tune_set_share(uint32_t domid, int weight, int cap);
int tune_share(uint32_t domid, unsigned int *weight, unsigned int *cap);

#endif
