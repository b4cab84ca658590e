/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts frames of other domains into a process's page tables, up to
 * PRIVCMD_BATCH with one hypercall.
 */
#ifndef HOSPES_PRIVCMD_REMAP_H
#define HOSPES_PRIVCMD_REMAP_H

#include <linux/mm_types.h>

#include <xen/interface/xen.h>

#include "privcmd.h"

/*
 * One batch of work. The caller fills in frames[]; errs[] answers with 0 or a
 * negative errno for each. About 14 KiB: from kvmalloc, never on a stack.
 */
struct remap_batch {
	struct vm_area_struct *vma;
	domid_t dom; /* who owns the frames */
	bool machine; /* frames[] are machine frames even of a translated guest
		       */
	unsigned int nr; /* 1..PRIVCMD_BATCH */
	unsigned int filled; /* private to remap_frames() */
	xen_pfn_t frames[PRIVCMD_BATCH];
	int errs[PRIVCMD_BATCH];
	struct mmu_update updates[PRIVCMD_BATCH];
};

/**
 * remap_frames() - map frames[0..nr) at @addr and the pages behind it
 * @b: the batch, with vma, dom, machine, nr and frames filled in
 * @addr: page aligned; all nr pages lie in b->vma
 *
 * Context: process, mmap lock held for writing.
 *
 * Return: 0 when all was tried, then errs[] has the result of each frame;
 * -EBUSY when a page of the range is mapped already and -ENOMEM without page
 * tables: then nothing was mapped and errs[] means nothing.
 */
int remap_frames(struct remap_batch *b, unsigned long addr);

#endif
