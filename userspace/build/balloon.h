/* SPDX-License-Identifier: GPL-2.0-only */
/* How much memory a domain has. Sizes are in KiB unless a name says MiB. */
#ifndef BUILD_BALLOON_H
#define BUILD_BALLOON_H

#include <stdbool.h>
#include <stdint.h>

#define BALLOON_MIB_MAX (1L << 30)

/** balloon_pages_kib() - what @domid has by the hypervisor's count, or -1. */
long balloon_pages_kib(uint32_t domid);

/**
 * balloon_set() - have @domid, called @who in messages, go to @kib, and wait
 * while it makes progress, which is shown on a terminal.
 * Return: 0; -EBUSY when it is stuck, which was said; another -errno.
 */
int balloon_set(const char *who, uint32_t domid, long kib);

/** balloon_offer() - memory/b2 for @domid, if it has none: 0 or -errno. */
int balloon_offer(uint32_t domid);

/** balloon_takes_part() - whether its balloon has accepted that. */
bool balloon_takes_part(uint32_t domid);

/**
 * balloon_aim() - have @domid, which takes part, go to @kib; nobody waits.
 * Return: the number that memory/b2/status/seq has when it is done, or -errno.
 */
long balloon_aim(uint32_t domid, long kib);

#endif
