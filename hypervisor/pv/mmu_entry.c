// SPDX-License-Identifier: GPL-2.0-only
/*
 * What entries of a PV guest's tables may be, and what they hold.
 *
 * Level 1: a frame of RAM holds a general reference, and when it is writable a
 * PAGE_WRITABLE one. A device frame holds nothing. Levels 2 to 4: the table
 * below holds a general and a type reference; large pages and tables that lead
 * to themselves do not exist. Guests run in ring 3, so every present entry gets
 * the U bit, and a level 1 entry that lacked it a mark that it did.
 *
 * Tables are validated upwards and devalidated downwards; see mm/page.h for
 * what pg->aux means to both.
 */
#include "pv/mmu.h"

#define PTE_CACHE (PTE_PWT | PTE_PCD | PTE_PAT)

static u64 l1_reserved = ~0UL; /* set by pv_entry_init() */
static u64 upper_reserved = ~0UL;

void pv_entry_init(unsigned int phys_bits)
{
	l1_reserved = PTE_ADDR & ~((1UL << phys_bits) - 1);
	upper_reserved = l1_reserved | PTE_PSE | PTE_G | PTE_PWT | PTE_PCD;
}

static int refuse(const char *why, pte_t e, const struct page_owner *o, int err)
{
	pr_guest("mmu: d%d: entry %016lx: %s", o->domid, (unsigned long)e, why);
	return fail(err);
}

static inline pte_t l1e_adjust(pte_t e)
{
	return e & PTE_U ? e : e | PTE_U | PTE_GUEST_KERNEL;
}

/* Not RAM: nobody's reference to take, but a right to have. */
static __noinline int l1e_get_device(pte_t *e, struct page_owner *table,
				     struct page_owner *frames)
{
	bool readonly;

	if (frames != table && frames != &owner_io)
		return refuse("device of a foreign domain", *e, table, -EPERM);
	if (!table->has_iomem || !iomem_allowed(pte_mfn(*e), &readonly))
		return refuse("device frame not allowed", *e, table, -EPERM);
	if (readonly)
		*e &= ~PTE_RW;
	if (!(*e & PTE_CACHE))
		*e |= PTE_PCD | PTE_PWT;
	*e = l1e_adjust(*e);
	return 0;
}

int l1e_get(pte_t *e, struct page_owner *table, struct page_owner *frames)
{
	mfn_t m = pte_mfn(*e);
	struct page *pg;
	int err;

	if (unlikely(*e & l1_reserved))
		return refuse("reserved bits", *e, table, -EINVAL);
	if (unlikely(*e & PTE_CACHE && !table->has_iomem))
		return refuse("cache attributes", *e, table, -EINVAL);
	if (unlikely(!mfn_is_ram(m)))
		return l1e_get_device(e, table, frames);
	pg = mfn_to_page(m);
	if (unlikely(!page_get(pg, frames)))
		return refuse("frame of another owner", *e, table, -EPERM);
	if (unlikely(*e & PTE_CACHE && READ_ONCE(pg->count) & PAGE_OURS)) {
		page_put(pg);
		return refuse("cache attributes", *e, table, -EINVAL);
	}
	if (*e & PTE_RW) {
		err = page_get_type(pg, PAGE_WRITABLE);
		if (unlikely(err)) {
			page_put(pg);
			return refuse("not writable now", *e, table, err);
		}
		if (unlikely(frames != table))
			page_mark_foreign(pg);
	}
	*e = l1e_adjust(*e);
	return 0;
}

void l1e_put(pte_t e)
{
	mfn_t m = pte_mfn(e);
	struct page *pg = mfn_to_page(m);

	if (unlikely(!mfn_is_ram(m)))
		return;
	page_put_mapped(pg, e & PTE_RW);
}

static int validate_l1(struct page *pg)
{
	struct page_owner *o = page_owner(pg);
	pte_t *table = mfn_to_virt(page_to_mfn(pg));
	int err;

	for (u32 i = pg->aux; i < 512; i++) {
		pte_t e = READ_ONCE(table[i]), was = e;

		if (e & PTE_P) {
			err = l1e_get(&e, o, o);
			if (err) {
				pg->aux = i;
				return err;
			}
			if (e != was)
				WRITE_ONCE(table[i], e);
		}
	}
	pg->aux = 512;
	return 0;
}

static void devalidate_l1(struct page *pg)
{
	pte_t *table = mfn_to_virt(page_to_mfn(pg));

	while (pg->aux) {
		pte_t e = READ_ONCE(table[--pg->aux]);

		if (e & PTE_P)
			l1e_put(e);
	}
}

bool upper_entry_ok(pte_t e)
{
	return !(e & upper_reserved) && mfn_is_ram(pte_mfn(e));
}

pte_t upper_entry_adjust(pte_t e, enum page_type t)
{
	return e | PTE_U | (t == PAGE_L4 ? PTE_A : 0);
}

static int upper_entry_get(pte_t e, struct page_owner *o, enum page_type t,
			   bool preemptible)
{
	struct page *child = mfn_to_page(pte_mfn(e));
	int err;

	if (!upper_entry_ok(e))
		return refuse("bad bits or frame", e, o, -EINVAL);
	if (preemptible)
		err = page_get_and_type_preemptible(child, o, t - 1);
	else
		err = page_get_and_type(child, o, t - 1);
	if (err && err != -ERESTART)
		refuse("no table of the level below", e, o, err);
	return err;
}

static bool skip_entry(pte_t e, enum page_type t, u32 i)
{
	return (t == PAGE_L4 && l4_slot_is_ours(i)) || !(e & PTE_P);
}

static int validate_upper(struct page *pg, enum page_type t, bool preemptible)
{
	struct page_owner *o = page_owner(pg);
	pte_t *table = mfn_to_virt(page_to_mfn(pg));
	int err;

	for (u32 i = pg->aux; i < 512; i++) {
		pte_t e = READ_ONCE(table[i]);

		pg->aux = i;
		if (skip_entry(e, t, i))
			continue;
		err = upper_entry_get(e, o, t, preemptible);
		if (err)
			return err;
		WRITE_ONCE(table[i], upper_entry_adjust(e, t));
		pg->aux = i + 1;
		if (preemptible && mmu_preempt_check())
			return -ERESTART;
	}
	pg->aux = 512;
	if (t == PAGE_L4)
		hv_fill_l4(table);
	return 0;
}

/*
 * The entry at aux was the last one dropped, or the next one to be taken when
 * we stopped; its table may still be half validated.
 */
static int unwind_child(pte_t e, struct page_owner *o, bool preemptible)
{
	struct page *child = mfn_to_page(pte_mfn(e));
	int err;

	if (!upper_entry_ok(e) || !page_get(child, o))
		return 0;
	do
		err = page_unwind(child);
	while (err && !preemptible);
	page_put(child);
	return err;
}

static int upper_entry_put(pte_t e, bool preemptible)
{
	struct page *child = mfn_to_page(pte_mfn(e));
	int err = 0;

	if (preemptible)
		err = page_put_type_preemptible(child);
	else
		page_put_type(child);
	/* A table that is half done keeps itself. */
	page_put(child);
	return err;
}

static int devalidate_upper(struct page *pg, enum page_type t, bool preemptible)
{
	struct page_owner *o = page_owner(pg);
	pte_t *table = mfn_to_virt(page_to_mfn(pg));
	int err;

	if (pg->aux < 512) {
		pte_t e = READ_ONCE(table[pg->aux]);

		err = skip_entry(e, t, pg->aux) ?
			      0 :
			      unwind_child(e, o, preemptible);
		if (err)
			return err;
	}
	while (pg->aux) {
		pte_t e = READ_ONCE(table[--pg->aux]);

		if (skip_entry(e, t, pg->aux))
			continue;
		err = upper_entry_put(e, preemptible);
		if (err)
			return err;
		if (preemptible && mmu_preempt_check())
			return -ERESTART;
	}
	return 0;
}

/*
 * Descriptors hold no references. Their privilege levels are put right in
 * place: nobody else can write the page while it is validated.
 */
static int validate_descriptors(struct page *pg)
{
	u64 *desc = mfn_to_virt(page_to_mfn(pg));

	for (u32 i = 0; i < 512; i++)
		if (!pv_descriptor_fix(&desc[i])) {
			pr_guest("mmu: descriptor %u of mfn %lx refused: %lx",
				 i, (unsigned long)mfn_x(page_to_mfn(pg)),
				 (unsigned long)desc[i]);
			return fail(-EINVAL);
		}
	return 0;
}

static int validate(struct page *pg, enum page_type t, bool preemptible)
{
	if (t == PAGE_L1)
		return validate_l1(pg);
	if (t == PAGE_SEGDESC)
		return validate_descriptors(pg);
	return validate_upper(pg, t, preemptible);
}

static int devalidate(struct page *pg, enum page_type t, bool preemptible)
{
	if (t == PAGE_SEGDESC)
		return 0;
	if (t != PAGE_L1)
		return devalidate_upper(pg, t, preemptible);
	devalidate_l1(pg);
	return 0;
}

const struct page_type_ops pv_page_type_ops = {
	.validate = validate,
	.devalidate = devalidate,
	.preempt_check = mmu_preempt_check,
};
