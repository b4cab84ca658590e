// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk over page tables, and the hypercall that fills them in.
 *
 * The kernel has a helper for this, which makes a hypercall for every 16
 * frames and ends with a flush of all TLBs. We only fill entries that were
 * empty, so no TLB can hold anything older and there is nothing to flush.
 */
#include <linux/mm.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "remap.h"

/* Only notes where each entry is: nothing changes while the walk goes on. */
static int note_entry(pte_t *pte, unsigned long addr, void *data)
{
	struct remap_batch *b = data;
	struct mmu_update *u = &b->updates[b->filled];
	pte_t want;

	if (!pte_none(*pte))
		return -EBUSY;
	want = mfn_pte(b->frames[b->filled], b->vma->vm_page_prot);
	u->ptr = virt_to_machine(pte).maddr;
	u->ptr |= b->machine ? MMU_PT_UPDATE_NO_TRANSLATE :
			       MMU_NORMAL_PT_UPDATE;
	u->val = pte_val_ma(pte_mkspecial(want));
	b->filled++;
	return 0;
}

/* A wider number would spill into the flags of an entry. */
static bool is_frame(xen_pfn_t frame)
{
	return frame <= XEN_PTE_MFN_MASK >> PAGE_SHIFT;
}

/* How many frames from @first on can go into one hypercall. */
static unsigned int run_length(const struct remap_batch *b, unsigned int first)
{
	unsigned int i = first;

	while (i < b->nr && is_frame(b->frames[i]))
		i++;
	return i - first;
}

/*
 * One hypercall for at most @nr entries from @first on. It stops at the first
 * entry that is refused and says how many it did before. Returns how many
 * entries have a result now, at least one.
 */
static unsigned int update_run(struct remap_batch *b, unsigned int first,
			       unsigned int nr)
{
	unsigned int i, done = 0;
	int err;

	err = HYPERVISOR_mmu_update(b->updates + first, nr, &done, b->dom);
	atomic_long_inc(&privcmd_stats.updates);
	done = min(done, nr);
	for (i = 0; i < done; i++)
		b->errs[first + i] = 0;
	atomic_long_add(done, &privcmd_stats.mapped);
	if (done == nr)
		return nr;
	if (err >= 0)
		err = -EIO; /* it stopped without a reason */
	/*
	 * This is about the domain, not about a frame: asking again for each
	 * frame of a big map would only take time.
	 */
	nr = err == -ESRCH ? nr : done + 1;
	for (i = done; i < nr; i++)
		b->errs[first + i] = err;
	atomic_long_add(nr - done, &privcmd_stats.failed);
	return nr;
}

static void make_updates(struct remap_batch *b)
{
	unsigned int run, first = 0;

	while (first < b->nr) {
		run = run_length(b, first);
		if (run)
			first += update_run(b, first, run);
		else
			b->errs[first++] = -EINVAL;
	}
}

int remap_frames(struct remap_batch *b, unsigned long addr)
{
	int err;

	b->filled = 0;
	err = apply_to_page_range(b->vma->vm_mm, addr,
				  (unsigned long)b->nr << PAGE_SHIFT,
				  note_entry, b);
	if (err)
		return err;
	make_updates(b);
	return 0;
}
