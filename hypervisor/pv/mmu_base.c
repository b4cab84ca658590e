// SPDX-License-Identifier: GPL-2.0-only
/*
 * The L4s of vcpus, pins, and the end of a domain's memory.
 *
 * A vcpu's kernel L4 and user L4 each hold a general and a PAGE_L4 reference.
 * Dropping a table may take long: mmu_drop_table() puts what is left into
 * current's `unwinding`, with a general reference, and the hypercall restarts;
 * every memory hypercall first goes on with it. So a dropped reference is
 * dropped once, whatever the guest does before it comes back.
 */
#include "cpu/features.h"
#include "cpu/section.h"
#include "cpu/tlb.h"
#include "pv/mmu.h"
#include "sched/softirq.h"

#define AMD_BUS_START 0xfd00000000UL
#define AMD_BUS_BYTES 0x0300000000UL

/* Pages of a dying domain that are freed without a look at what waits. */
#define RUN_AT_ONCE 1024

void __init pv_mmu_init(void)
{
	pv_entry_init(cpu_features.phys_bits);
	/* AMD: addresses of the bus itself below 1 TiB, no memory. */
	if (cpu_features.amd)
		iomem_deny(_mfn(AMD_BUS_START >> PAGE_SHIFT),
			   AMD_BUS_BYTES >> PAGE_SHIFT);
	page_register_type_ops(&pv_page_type_ops);
}

bool mmu_preempt_check(void)
{
	section_check();
	return this_cpu(softirq_pending) ||
	       (!current->sched.is_idle && vcpu_event_pending(current));
}

/* ---- dropping tables ---- */

static void unwind_all(struct page *pg)
{
	while (page_unwind(pg))
		;
	page_put(pg);
}

void mmu_drop_table(struct page *pg)
{
	if (likely(!page_put_type_preemptible(pg)))
		page_put(pg);
	else if (current->sched.is_idle || current_pv()->unwinding)
		unwind_all(pg);
	else
		current_pv()->unwinding = pg;
}

static int unwind_of(struct pv_vcpu *pv)
{
	struct page *pg = pv->unwinding;
	int err;

	if (likely(!pg))
		return 0;
	err = page_unwind(pg);
	if (!err) {
		pv->unwinding = NULL;
		page_put(pg);
	}
	return err;
}

int pv_unwind(void)
{
	return unwind_of(current_pv());
}

/* ---- the L4s of a vcpu ---- */

void pv_load_cr3(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);
	struct cpumask *dirty = &v->domain->pages.dirty_cpus;
	unsigned int cpu = this_cpu_id();

	/* Before the load: from then on we may cache its mappings. */
	if (!cpumask_test(dirty, cpu))
		cpumask_set(dirty, cpu);
	tlb_note_flush();
	write_cr3(pv->in_kernel ? pv->kernel_cr3 : pv->user_cr3);
}

static int get_l4(const struct vcpu *v, mfn_t m)
{
	if (!mfn_is_ram(m))
		return fail(-EINVAL);
	return page_get_and_type_preemptible(mfn_to_page(m), &v->domain->pages,
					     PAGE_L4);
}

static void drop_l4(u64 cr3)
{
	if (cr3)
		mmu_drop_table(mfn_to_page(_mfn(cr3 >> PAGE_SHIFT)));
}

int pv_set_kernel_l4(struct vcpu *v, mfn_t m)
{
	u64 old = to_pv(v)->kernel_cr3, new = mfn_x(m) << PAGE_SHIFT;
	int err;

	if (old != new) {
		err = get_l4(v, m);
		if (err)
			return err;
		to_pv(v)->kernel_cr3 = new;
	}
	/* Descriptors were found through the old tables. */
	if (to_pv(v)->ldt_entries)
		pv_drop_ldt(v);
	if (v == current)
		pv_load_cr3(v);
	if (old != new)
		drop_l4(old);
	return 0;
}

int pv_set_user_l4(struct vcpu *v, mfn_t m)
{
	u64 old = to_pv(v)->user_cr3, new = 0;
	int err;

	if (!mfn_eq(m, INVALID_MFN)) {
		new = mfn_x(m) << PAGE_SHIFT;
		if (old == new)
			return 0;
		err = get_l4(v, m);
		if (err)
			return err;
	}
	to_pv(v)->user_l4_ok = new != 0;
	to_pv(v)->user_cr3 = new;
	if (v == current && !to_pv(v)->in_kernel && new)
		pv_load_cr3(v);
	drop_l4(old);
	return 0;
}

static int drop_l4_of(struct pv_vcpu *pv, u64 *cr3)
{
	struct page *pg = mfn_to_page(_mfn(*cr3 >> PAGE_SHIFT));
	int err = unwind_of(pv);

	if (err || !*cr3)
		return err;
	*cr3 = 0;
	err = page_put_type_preemptible(pg);
	if (err)
		pv->unwinding = pg;
	else
		page_put(pg);
	return err;
}

int pv_drop_l4s(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);
	int err;

	ASSERT(v != current);
	pv->user_l4_ok = false;
	err = drop_l4_of(pv, &pv->user_cr3);
	if (!err)
		err = drop_l4_of(pv, &pv->kernel_cr3);
	/* Also what a hypercall that never came back has left. */
	return err ? err : unwind_of(pv);
}

/* ---- pins ---- */

int pv_pin_table(struct domain *d, mfn_t m, enum page_type t)
{
	if (!mfn_is_ram(m))
		return fail(-EINVAL);
	return page_pin(mfn_to_page(m), &d->pages, t);
}

int pv_unpin_table(struct page_owner *o, mfn_t m)
{
	struct page *pg = mfn_to_page(m);
	int err;

	if (!mfn_is_ram(m) || !page_get(pg, o))
		return fail(-EINVAL);
	err = page_unpin(pg);
	if (err == -ERESTART) {
		/* Unpinned; the pin's general reference goes with the rest. */
		current_pv()->unwinding = pg;
		err = 0;
	}
	page_put(pg);
	return err;
}

/* ---- the end ---- */

/* Nobody maps tables of a dead domain: unpinned, they fall apart. */
static int relinquish_page(struct domain *d, struct page *pg)
{
	int err;

	/* Partial keeps itself: the pin's reference can go. */
	if (READ_ONCE(pg->type) & PAGE_TYPE_PINNED &&
	    page_unpin(pg) == -ERESTART)
		page_put(pg);
	err = page_unwind(pg);
	if (!err)
		owner_release_page(&d->pages, pg);
	page_put(pg);
	return err;
}

int pv_relinquish_memory(struct domain *d)
{
	struct vcpu *v;
	struct page *pg;
	int err;

	for_each_vcpu(v, d) {
		err = pv_drop_l4s(v);
		if (err)
			return err;
	}
	for (;;) {
		if (!owner_free_run(&d->pages, NULL, RUN_AT_ONCE)) {
			if (!owner_first_allocated(&d->pages, &pg))
				return 0;
			err = pg ? relinquish_page(d, pg) : 0;
			if (err)
				return err;
		}
		if (mmu_preempt_check())
			return -ERESTART;
	}
}
