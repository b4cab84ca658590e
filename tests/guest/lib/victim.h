/* SPDX-License-Identifier: GPL-2.0-only */
/* A second domain to attack, made by the calls a toolstack makes. */
#ifndef TESTS_GUEST_VICTIM_H
#define TESTS_GUEST_VICTIM_H

#include "guest.h"

#define VICTIM_PAGES 64

/* Its frames, by its frame numbers. */
extern u64 victim_mfn[VICTIM_PAGES];

int domctl(struct xen_domctl *op, u32 cmd, domid_t id);
/* A domain of one vcpu, paused, with VICTIM_PAGES pages. */
domid_t victim_new(void);
u64 victim_shared_info(domid_t id);
/* Waits until nothing of it is left; false: something is. */
bool victim_destroy(domid_t id);
bool victim_exists(domid_t id);

/* Maps a frame of @owner at the page @va, for which that is no address yet. */
int map_foreign(void *va, u64 mfn, u64 flags, domid_t owner);

#endif
