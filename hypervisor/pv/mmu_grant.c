// SPDX-License-Identifier: GPL-2.0-only
/*
 * Level 1 entries for grants. An entry holds the same references as any other;
 * only who is asked for permission differs, and that was the grant table.
 */
#include "pv/mmu.h"

/* The table is locked. The new entry's references are there already. */
static int replace(pte_t *slot, u64 pte, u64 *old)
{
	if (pte & PTE_P)
		page_mark_foreign(mfn_to_page(pte_mfn(pte)));
	*old = __atomic_exchange_n(slot, pte, __ATOMIC_SEQ_CST);
	return 0;
}

static void drop(u64 old)
{
	if (old & PTE_P)
		l1e_put(old);
}

int pv_grant_map_va(struct vcpu *v, u64 va, u64 pte, u64 *old)
{
	struct page *table;
	pte_t *slot = mmu_lock_l1e(v, va, &table);
	int err;

	if (!slot)
		return fail(-EINVAL);
	err = replace(slot, pte, old);
	page_unlock_table(table);
	drop(*old);
	return err;
}

/* The entry at a machine address, in a level 1 table, locked. */
static pte_t *lock_entry(struct vcpu *v, u64 maddr, struct page **table)
{
	mfn_t m = _mfn(maddr >> PAGE_SHIFT);
	struct page *pg = mfn_to_page(m);

	if (maddr & 7 || !mfn_is_ram(m) ||
	    !page_lock_table(pg, &v->domain->pages))
		return NULL;
	if (page_type_of(READ_ONCE(pg->type)) != PAGE_L1) {
		page_unlock_table(pg);
		return NULL;
	}
	*table = pg;
	return paddr_to_virt(maddr);
}

int pv_grant_map_pte(struct vcpu *v, u64 pte_maddr, u64 pte, u64 *old)
{
	struct page *table;
	pte_t *slot = lock_entry(v, pte_maddr, &table);
	int err;

	if (!slot)
		return fail(-EINVAL);
	err = replace(slot, pte, old);
	page_unlock_table(table);
	drop(*old);
	return err;
}
