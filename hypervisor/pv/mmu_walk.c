// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a guest's virtual address to its level 1 entry, through the tables of
 * its kernel.
 *
 * The walk takes no locks: while it goes down, another vcpu may unhook a table,
 * and the frame become anything. So each step only makes sure that it stays in
 * RAM, and the end is judged by itself: a frame that is the domain's, of type
 * level 1, locked. A vcpu that races with itself gets one of its own entries.
 */
#include "pv/mmu.h"

static pte_t *table_of(pte_t e)
{
	if (unlikely(!(e & PTE_P) || !mfn_is_ram(pte_mfn(e))))
		return NULL;
	return mfn_to_virt(pte_mfn(e));
}

static pte_t *walk(const struct vcpu *v, u64 va)
{
	u64 cr3 = READ_ONCE(to_pv(v)->kernel_cr3);
	pte_t *table;

	if (unlikely(!is_canonical(va) || !cr3 ||
		     l4_slot_is_ours(pt_index(va, 4))))
		return NULL;
	table = paddr_to_virt(cr3);
	table = table_of(READ_ONCE(table[pt_index(va, 4)]));
	if (unlikely(!table))
		return NULL;
	table = table_of(READ_ONCE(table[pt_index(va, 3)]));
	if (unlikely(!table))
		return NULL;
	table = table_of(READ_ONCE(table[pt_index(va, 2)]));
	if (unlikely(!table))
		return NULL;
	return &table[pt_index(va, 1)];
}

pte_t *mmu_lock_l1e(const struct vcpu *v, u64 va, struct page **table)
{
	pte_t *slot = walk(v, va);
	struct page *pg;

	if (unlikely(!slot))
		return NULL;
	pg = mfn_to_page(virt_to_mfn(slot));
	if (unlikely(!page_lock_table(pg, &v->domain->pages, PAGE_L1)))
		return NULL;
	*table = pg;
	return slot;
}

pte_t mmu_read_l1e(const struct vcpu *v, u64 va)
{
	const pte_t *slot = walk(v, va);

	return slot ? READ_ONCE(*slot) : 0;
}

u64 *pv_guest_l1e(struct vcpu *v, u64 va, struct page **l1_page)
{
	struct page *pg;
	pte_t *slot = mmu_lock_l1e(v, va, &pg);

	if (!slot)
		return NULL;
	if (!page_get(pg, &v->domain->pages))
		slot = NULL;
	page_unlock_table(pg);
	*l1_page = pg;
	return slot;
}
