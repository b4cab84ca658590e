/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of PV guests, between the hypercalls and the typed references of
 * mm/page.h: entries of all levels, changes to them, the L4s of vcpus.
 */
#pragma once

#include "mm/pagetable.h"
#include "pv/pv.h"

/* Boot, before the first domain: registers what a table's entries mean. */
void pv_mmu_init(void);
/* Does this CPU have something better to do than a long operation? */
bool mmu_preempt_check(void);

/* ---- mmu_entry.c: single entries, and tables of them ---- */
/*
 * Checks a present level 1 entry, takes the references it needs and adjusts
 * it. @table owns the table, @frames what may be mapped: the same domain,
 * another one, owner_io or owner_xen. -EINVAL: bad bits, or a writable mapping
 * of a table; -EPERM: not theirs to map.
 */
int __must_check l1e_get(pte_t *e, struct page_owner *table,
			 struct page_owner *frames);
void l1e_put(pte_t e);
/* Bits of a level 2 to 4 entry acceptable? */
bool upper_entry_ok(pte_t e);
pte_t upper_entry_adjust(pte_t e, enum page_type t);
extern const struct page_type_ops pv_page_type_ops;
void pv_entry_init(unsigned int phys_bits);

/* Is top level slot @i ours? */
static inline bool l4_slot_is_ours(unsigned int i)
{
	return i - HV_L4_FIRST <= HV_L4_LAST - HV_L4_FIRST;
}

/* ---- mmu_write.c: changing entries in place ---- */
enum pte_write {
	PTE_REPLACE, /* as given */
	PTE_KEEP_AD, /* or'ed with the accessed and dirty bits of before */
};

/*
 * The table is locked (page_lock_table). References of the new entry are taken
 * first, those of the old one dropped last. Errors: as l1e_get, nothing done.
 */
int __must_check l1e_write(struct page_owner *table, struct page_owner *frames,
			   pte_t *slot, pte_t new, enum pte_write how);
/* Only if the entry still is @old: else -EAGAIN. */
int __must_check l1e_cas(struct page_owner *table, pte_t *slot, pte_t old,
			 pte_t new);
/*
 * An entry of level 2 to 4. The caller holds a general reference on @pg, and
 * no page lock. *@unhooked: something was mapped there, so flush. -ERESTART:
 * nothing done, again.
 */
int __must_check upper_write(struct page *pg, struct page_owner *table,
			     pte_t *slot, pte_t new, enum pte_write how,
			     bool *unhooked);
/*
 * Drops a type and a general reference on a table. What takes too long is left
 * to current's `unwinding`; pv_unwind() goes on with it.
 */
void mmu_drop_table(struct page *pg);
/*
 * At the start of every hypercall that may drop tables: -ERESTART: come again
 * with the same arguments.
 */
int __must_check pv_unwind(void);

static inline bool mmu_must_restart(void)
{
	return unlikely(current_pv()->unwinding != NULL);
}

/* ---- mmu_walk.c ---- */
/*
 * The entry of level 1 for @va in the kernel tables of @v, in a table of level
 * 1 that is locked now: page_unlock_table() it after use. NULL: none.
 */
pte_t *mmu_lock_l1e(const struct vcpu *v, u64 va, struct page **table);
/* Unlocked, may be gone the next moment: for looking only. 0: not mapped. */
pte_t mmu_read_l1e(const struct vcpu *v, u64 va);

/* ---- mmu_foreign.c: whose tables and frames a call is about ---- */
struct mmu_owners {
	struct domain *tables; /* owner of the page tables */
	struct page_owner *frames; /* owner of the frames */
	struct domain *frames_domain; /* NULL: own or special */
};

/*
 * @foreigndom as in mmu_update: low half the frames' owner, high half 1 + the
 * tables' owner or 0. -ESRCH: no such domain; -EPERM: not controlled.
 */
int __must_check mmu_owners_get(struct mmu_owners *o, u32 foreigndom);
void mmu_owners_put(struct mmu_owners *o);

/* ---- mmu_tlb.c: flushes that guests ask for ---- */
void mmu_flush_domain(const struct domain *d);
void mmu_flush_domain_page(const struct domain *d, u64 va);
/* The CPUs where the vcpus of a guest's bitmap at @gva run. -EFAULT. */
int __must_check mmu_vcpus_to_cpus(const struct domain *d, u64 gva,
				   struct cpumask *cpus);
/* UVMF_* of update_va_mapping. -EINVAL, -EFAULT. */
int __must_check mmu_flush_va(const struct vcpu *v, u64 va, u64 flags);

/* ---- mmu_base.c ---- */
/* Pins a table of @d. -ERESTART: again. Errors as page_pin. */
int __must_check pv_pin_table(struct domain *d, mfn_t m, enum page_type t);
int __must_check pv_unpin_table(struct page_owner *o, mfn_t m);

/* ---- mmu_recount.c ---- */
/* Compares all references of @d's pages with its tables; number of errors. */
u64 pv_recount(struct domain *d);
