// SPDX-License-Identifier: GPL-2.0-only
/* update_va_mapping: one level 1 entry, named by the address it maps. */
#include "hypercall/hypercall.h"
#include "pv/mmu.h"

static inline int update(struct page_owner *frames, u64 va, pte_t new)
{
	struct vcpu *v = current;
	struct page *table;
	pte_t *slot = mmu_lock_l1e(v, va, &table);
	int err;

	if (unlikely(!slot)) {
		pr_guest("mmu: d%dv%u: no table maps %016lx", v->domain->id,
			 v->id, (unsigned long)va);
		return fail(-EINVAL);
	}
	err = l1e_write(&v->domain->pages, frames, slot, new, PTE_REPLACE);
	page_unlock_table(table);
	if (unlikely(err))
		pr_guest("mmu: d%dv%u: %016lx = %016lx: error %d",
			 v->domain->id, v->id, (unsigned long)va,
			 (unsigned long)new, -err);
	return err;
}

/* The flush is done after an error too: the guest may have several reasons. */
long hc_update_va_mapping(HC_ARGS)
{
	int err = update(&current->domain->pages, a1, a2), flush;

	if (!(a3 & UVMF_FLUSHTYPE_MASK))
		return err;
	flush = mmu_flush_va(current, a1, a3);
	return err ? err : flush;
}

long hc_update_va_mapping_otherdomain(HC_ARGS)
{
	struct mmu_owners own;
	int err = mmu_owners_get(&own, a4 & 0xffff), flush;

	if (err)
		return err;
	err = update(own.frames, a1, a2);
	mmu_owners_put(&own);
	flush = mmu_flush_va(current, a1, a3);
	return err ? err : flush;
}
