// SPDX-License-Identifier: GPL-2.0-only
/*
 * Level 1 entries for grants. An entry holds the same references as any other;
 * only who is asked for permission differs, and that was the grant table.
 */
#include "pv/mmu.h"

/*
 * The table is locked, and will not be after. The new entry's references are
 * there already.
 */
static int replace(struct page *table, pte_t *slot, u64 pte, u64 *old)
{
	if (pte & PTE_P)
		page_mark_foreign(mfn_to_page(pte_mfn(pte)));
	*old = __atomic_exchange_n(slot, pte, __ATOMIC_SEQ_CST);
	page_unlock_table(table);
	if (*old & PTE_P)
		l1e_put(*old);
	return 0;
}

int pv_grant_map_va(struct vcpu *v, u64 va, u64 pte, u64 *old)
{
	struct page *table;
	pte_t *slot = mmu_lock_l1e(v, va, &table);

	return slot ? replace(table, slot, pte, old) : fail(-EINVAL);
}

int pv_grant_map_pte(struct vcpu *v, u64 pte_maddr, u64 pte, u64 *old)
{
	mfn_t m = _mfn(pte_maddr >> PAGE_SHIFT);
	struct page *table = mfn_to_page(m);

	if (pte_maddr & 7 || !mfn_is_ram(m) ||
	    !page_lock_table(table, &v->domain->pages, PAGE_L1))
		return fail(-EINVAL);
	return replace(table, paddr_to_virt(pte_maddr), pte, old);
}
