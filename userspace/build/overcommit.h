/* SPDX-License-Identifier: GPL-2.0-only */
/* More promised to the guests than the host has: allowed, and worth a word. */
#ifndef BUILD_OVERCOMMIT_H
#define BUILD_OVERCOMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lib/domain.h"

struct config;

struct overcommit {
	uint64_t mib, host_mib; /* what all domains may use, what there is */
	unsigned int vcpus, cpus; /* those of the guests, without dom0's */
};

/**
 * overcommit_add() - count the domains of @infos.
 * A guest counts with the memory that it may grow to, dom0 with what it has.
 */
void overcommit_add(struct overcommit *sum, const domain_info_t *infos,
		    unsigned int count);

/**
 * overcommit_say() - what is overcommitted with the guest @name, as one line.
 * Return: false when nothing is.
 */
bool overcommit_say(const struct overcommit *sum, const char *name, char *line,
		    size_t room);

/**
 * overcommit_ask() - the same for the guest of @config, which is not made yet.
 * Return: false when nothing is, or the hypervisor cannot be asked.
 */
bool overcommit_ask(struct config *config, char *line, size_t room);

#endif
