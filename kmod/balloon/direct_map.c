// SPDX-License-Identifier: GPL-2.0-only
/*
 * The direct map and the P2M of pages that come and go.
 *
 * Entries of the P2M's existing leaves are written in place: the pages are RAM
 * of ours, so their leaf is there and writable, and the tree above it does not
 * change. Entries of the direct map change through one mmu_update for a block.
 *
 * Order, so that no one sees a frame through us that is not ours any more:
 * first the map, then the TLBs, then the P2M; and the other way round.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/pgtable.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include "balloon.h"

static struct mmu_update *updates; /* BLOCK_PAGES of them, under balloon.lock */

static unsigned long page_address_of(xen_pfn_t pfn)
{
	return (unsigned long)__va(PFN_PHYS(pfn));
}

/* Where the entry for @pfn is, as the hypervisor names it. */
static int find_entry(xen_pfn_t pfn, u64 *ptr)
{
	unsigned int level;
	pte_t *pte = lookup_address(page_address_of(pfn), &level);

	if (!pte || level != PG_LEVEL_4K)
		return -EIO;
	*ptr = arbitrary_virt_to_machine(pte).maddr | MMU_NORMAL_PT_UPDATE;
	return 0;
}

/* Neighbours in one table are found once. */
static int note_entries(const xen_pfn_t *pfns, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (i && pfns[i] == pfns[i - 1] + 1 && pfns[i] % PTRS_PER_PTE)
			updates[i].ptr = updates[i - 1].ptr + sizeof(pte_t);
		else if (find_entry(pfns[i], &updates[i].ptr))
			return -EIO;
	}
	return 0;
}

/* How many of the entries were changed. */
static unsigned int apply(unsigned int nr)
{
	unsigned int done = 0;

	balloon_counters.hypercalls++;
	balloon_counters.entries += nr;
	if (HYPERVISOR_mmu_update(updates, nr, &done, DOMID_SELF) == 0)
		return nr;
	return min(done, nr);
}

static void flush_all(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_ALL };

	balloon_counters.hypercalls++;
	if (HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF))
		WARN_ONCE(1, "balloon: TLB flush refused\n");
}

static void p2m_write(xen_pfn_t pfn, unsigned long mfn)
{
	if (pfn >= xen_p2m_size ||
	    xen_safe_write_ulong(xen_p2m_addr + pfn, mfn))
		WARN_ONCE(1, "balloon: no P2M entry for %lx\n",
			  (unsigned long)pfn);
}

static pteval_t entry_for(unsigned long mfn)
{
	return pte_val_ma(mfn_pte(mfn, PAGE_KERNEL));
}

int direct_map_unmap(const xen_pfn_t *pfns, unsigned int nr)
{
	unsigned int i, done;

	if (note_entries(pfns, nr))
		return -EIO;
	for (i = 0; i < nr; i++)
		updates[i].val = 0;
	done = apply(nr);
	if (done < nr) {
		for (i = 0; i < done; i++)
			updates[i].val = entry_for(xen_p2m_addr[pfns[i]]);
		return apply(done) == done ? -EIO : -EFAULT;
	}
	flush_all();
	for (i = 0; i < nr; i++)
		p2m_write(pfns[i], INVALID_P2M_ENTRY);
	return 0;
}

int direct_map_map(const xen_pfn_t *pfns, const xen_pfn_t *mfns,
		   unsigned int nr)
{
	unsigned int i, done;

	if (note_entries(pfns, nr))
		return -EIO;
	for (i = 0; i < nr; i++) {
		updates[i].val = entry_for(mfns[i]);
		p2m_write(pfns[i], mfns[i]);
	}
	done = apply(nr);
	if (done == nr)
		return 0;
	for (i = 0; i < done; i++)
		updates[i].val = 0;
	WARN_ONCE(apply(done) != done, "balloon: map not undone\n");
	flush_all();
	for (i = 0; i < nr; i++)
		p2m_write(pfns[i], INVALID_P2M_ENTRY);
	return -EIO;
}

int direct_map_init(void)
{
	updates = kvmalloc_array(BLOCK_PAGES, sizeof(*updates), GFP_KERNEL);
	return updates ? 0 : -ENOMEM;
}

void direct_map_exit(void)
{
	kvfree(updates);
}
