/* SPDX-License-Identifier: GPL-2.0-only */
/* Room for a new guest's memory. */
#ifndef BUILD_ROOM_H
#define BUILD_ROOM_H

#include <stdint.h>

/* What the hypervisor needs for a guest besides its RAM, in MiB. */
#define ROOM_OVERHEAD_MIB 1

/**
 * room_make() - see that @mib are free for @name, at the cost of dom0 where
 * xend-config.sxp allows that. Nobody else is given the same memory between
 * this and room_claim(). Return: a lock to close, or -errno after saying how
 * much is missing; dom0 then has what it had.
 */
int room_make(const char *name, uint64_t mib);

/** room_free_mib() - what is free and not claimed: 0, or -errno, said. */
int room_free_mib(uint64_t *mib);

/** room_claim() - set @pages aside for @domid, that is to be filled. */
int room_claim(uint32_t domid, uint64_t pages);

/** room_short() - say that @mib for @name are not free. Return: -ENOMEM. */
int room_short(const char *name, uint64_t mib);

#endif
