// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changing entries of tables that are in use.
 *
 * The lock of a table keeps it a table of its level meanwhile, and keeps other
 * CPUs' changes out; the hardware still sets A and D bits. The order is always:
 * references for the new entry, the exchange (a locked instruction, on which
 * the TLB argument in mm/page.c rests), references of the old entry.
 */
#include "pv/mmu.h"

#define PTE_AD (PTE_A | PTE_D)
/* An entry whose change elsewhere only maps the same in the same way. */
#define L1_REF_BITS (PTE_ADDR | PTE_P | PTE_RW | PTE_PWT | PTE_PCD | PTE_PAT)

static inline pte_t exchange(pte_t *slot, pte_t new, enum pte_write how)
{
	pte_t old;

	if (how == PTE_REPLACE)
		return __atomic_exchange_n(slot, new, __ATOMIC_SEQ_CST);
	/* The table is locked: only A and D can make this fail. */
	old = READ_ONCE(*slot);
	while (!cas(slot, &old, new | (old & PTE_AD)))
		;
	return old;
}

static inline bool same_mapping(pte_t old, pte_t new)
{
	return !((old ^ new) & L1_REF_BITS) && old & PTE_P;
}

/* Write protection, of every entry when a process forks. */
static inline bool loses_write(pte_t old, pte_t new)
{
	return ((old ^ new) & L1_REF_BITS) == PTE_RW &&
	       (old & (PTE_P | PTE_RW)) == (PTE_P | PTE_RW);
}

static void put_write(pte_t old)
{
	if (mfn_is_ram(pte_mfn(old)))
		page_put_type(mfn_to_page(pte_mfn(old)));
}

static inline pte_t keep_user(pte_t e)
{
	return e & PTE_U ? e : e | PTE_U | PTE_GUEST_KERNEL;
}

/*
 * The A bit of a frame that is not the table owner's tells whether a TLB may
 * have it when a grant ends, so the guest cannot clear it.
 */
static pte_t keep_foreign_a(pte_t old, pte_t new, const struct page_owner *o)
{
	mfn_t m = pte_mfn(old);

	if (likely(!(old & ~new &PTE_A)) || !mfn_is_ram(m) ||
	    page_owner(mfn_to_page(m)) == o)
		return new;
	return new | PTE_A;
}

int l1e_write(struct page_owner *table, struct page_owner *frames, pte_t *slot,
	      pte_t new, enum pte_write how)
{
	pte_t old = READ_ONCE(*slot);
	int err;

	if (same_mapping(old, new)) {
		new = keep_foreign_a(old, keep_user(new), table);
		exchange(slot, new, how);
		return 0;
	}
	if (loses_write(old, new)) {
		new = keep_foreign_a(old, keep_user(new), table);
		put_write(exchange(slot, new, how));
		return 0;
	}
	if (new &PTE_P) {
		err = l1e_get(&new, table, frames);
		if (unlikely(err))
			return err;
		old = exchange(slot, new, how);
	} else {
		/* Nothing to keep: the bits of what is gone are no one's. */
		old = exchange(slot, new, PTE_REPLACE);
	}
	if (old & PTE_P)
		l1e_put(old);
	return 0;
}

int l1e_cas(struct page_owner *table, pte_t *slot, pte_t old, pte_t new)
{
	bool protects = loses_write(old, new);
	bool same = same_mapping(old, new) || protects;
	pte_t seen = old;
	int err;

	if (same) {
		new = keep_foreign_a(old, keep_user(new), table);
	} else if (new &PTE_P) {
		err = l1e_get(&new, table, table);
		if (err)
			return err;
	}
	if (!cas(slot, &seen, new)) {
		if (!same && new &PTE_P)
			l1e_put(new);
		return -EAGAIN;
	}
	if (protects)
		put_write(old);
	else if (!same && old & PTE_P)
		l1e_put(old);
	return 0;
}

int upper_write(struct page *pg, struct page_owner *table, pte_t *slot,
		pte_t new, enum pte_write how, bool *unhooked)
{
	enum page_type t = page_type_of(READ_ONCE(pg->type));
	unsigned int i = ((u64)slot & (PAGE_SIZE - 1)) / sizeof(*slot);
	struct page *child = mfn_to_page(pte_mfn(new));
	pte_t old;
	int err;

	if (t < PAGE_L2 || t > PAGE_L4 || (t == PAGE_L4 && l4_slot_is_ours(i)))
		return fail(-EINVAL);
	if (new &PTE_P) {
		if (!upper_entry_ok(new)) {
			pr_guest("mmu: d%d: level %u entry %016lx refused",
				 table->domid, t, (unsigned long)new);
			return fail(-EINVAL);
		}
		new = upper_entry_adjust(new, t);
		/* Before the lock: this may take long. */
		err = page_get_and_type_preemptible(child, table, t - 1);
		if (err)
			return err;
	}
	if (!page_lock_table(pg, table, t)) {
		if (new &PTE_P)
			mmu_drop_table(child);
		return fail(-EINVAL);
	}
	old = exchange(slot, new, new &PTE_P ? how : PTE_REPLACE);
	page_unlock_table(pg);
	if (old & PTE_P) {
		*unhooked = true;
		mmu_drop_table(mfn_to_page(pte_mfn(old)));
	}
	return 0;
}
