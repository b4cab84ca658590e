// SPDX-License-Identifier: GPL-2.0-only
/*
 * The recount of a PV domain's pages: all that its and others' page tables, its
 * vcpus and its tables of other kinds hold.
 */
#include "domain/recount.h"
#include "pv/mmu.h"

static void count_table(struct recount *rc, u64 mfn)
{
	const struct page *pg = mfn_to_page(_mfn(mfn));
	const pte_t *table = mfn_to_virt(_mfn(mfn));
	u32 word = READ_ONCE(pg->type), nr = 0;
	enum page_type t = page_type_of(word);

	if (t < PAGE_L1 || t > PAGE_L4)
		return;
	if (word & PAGE_TYPE_VALIDATED)
		nr = 512;
	else if (word & PAGE_TYPE_PARTIAL)
		nr = pg->aux;
	for (u32 i = 0; i < nr; i++) {
		pte_t e = READ_ONCE(table[i]);

		if (!(e & PTE_P) || (t == PAGE_L4 && l4_slot_is_ours(i)))
			continue;
		if (t > PAGE_L1)
			recount_ref(rc, pte_mfn(e), t - 1);
		else
			recount_ref(rc, pte_mfn(e),
				    e & PTE_RW ? PAGE_WRITABLE : PAGE_NONE);
	}
}

static void count_tables(struct recount *rc, struct page_owner *o)
{
	spin_lock(&o->lock);
	for (u32 m = o->first_page; m; m = frame_table[m].next)
		count_table(rc, m);
	spin_unlock(&o->lock);
}

static void count_vcpu(struct recount *rc, const struct vcpu *v)
{
	const struct pv_vcpu *pv = to_pv(v);

	if (pv->kernel_cr3)
		recount_ref(rc, _mfn(pv->kernel_cr3 >> PAGE_SHIFT), PAGE_L4);
	if (pv->user_cr3)
		recount_ref(rc, _mfn(pv->user_cr3 >> PAGE_SHIFT), PAGE_L4);
	if (pv->unwinding)
		recount_ref(rc, page_to_mfn(pv->unwinding), PAGE_NONE);
	if (v->info_page)
		recount_ref(rc, page_to_mfn(v->info_page), PAGE_WRITABLE);
	for (u32 i = 0; i < DIV_ROUND_UP(pv->gdt_entries, 512); i++)
		recount_ref(rc, pv->gdt_frames[i], PAGE_SEGDESC);
	for (u32 i = 0; i < ARRAY_SIZE(pv->ldt_frames); i++)
		if (!mfn_eq(pv->ldt_frames[i], INVALID_MFN))
			recount_ref(rc, pv->ldt_frames[i], PAGE_SEGDESC);
}

u64 pv_recount(struct domain *d)
{
	struct recount *rc = recount_begin(&d->pages);
	struct domain *other;
	struct vcpu *v;

	if (!rc)
		return ~0UL;
	for_each_domain(other)
		count_tables(rc, &other->pages);
	for_each_vcpu(v, d)
		count_vcpu(rc, v);
	evtchn_fifo_recount(d, rc);
	pirq_recount(d, rc);
	grant_recount(d, rc);
	return recount_end(rc);
}
