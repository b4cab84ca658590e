// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmu_update: a batch of changes to page table entries named by their machine
 * address, and to the M2P.
 *
 * A level 1 table stays locked while consecutive entries are in it, which is
 * what guests' batches look like; never across a copy from the guest.
 */
#include "hypercall/hypercall.h"
#include "pv/mmu.h"

/* In count: *done holds what was done before a restart. */
#define PREEMPTED (1U << 31)
#define CHUNK	  16U

struct batch {
	struct mmu_owners own;
	struct page *locked; /* a level 1 table, or NULL */
	bool unhooked; /* an upper entry was present: flush */
};

static void unlock(struct batch *b)
{
	if (b->locked)
		page_unlock_table(b->locked);
	b->locked = NULL;
}

/* An entry of level 2 up, or an untyped page of the guest's own. */
static __noinline int other_update(struct batch *b, struct page *pg,
				   pte_t *slot, pte_t new, enum pte_write how)
{
	struct page_owner *tables = &b->own.tables->pages;
	enum page_type t;
	int err;

	if (!page_get(pg, tables))
		return fail(-EPERM);
	t = page_type_of(READ_ONCE(pg->type));
	if (t >= PAGE_L2 && t <= PAGE_L4 &&
	    READ_ONCE(pg->type) & PAGE_TYPE_VALIDATED) {
		if (b->own.frames == tables)
			err = upper_write(pg, tables, slot, new, how,
					  &b->unhooked);
		else
			err = fail(-EINVAL);
	} else {
		err = page_get_type(pg, PAGE_WRITABLE);
		if (!err) {
			WRITE_ONCE(*slot, new);
			page_put_type(pg);
		}
	}
	page_put(pg);
	return err;
}

static int entry_update(struct batch *b, u64 ptr, pte_t new, enum pte_write how)
{
	mfn_t m = _mfn(ptr >> PAGE_SHIFT);
	struct page_owner *tables = &b->own.tables->pages;
	struct page *pg = mfn_to_page(m);
	pte_t *slot;

	if (unlikely(ptr & 7 || !mfn_is_ram(m)))
		return fail(-EINVAL);
	slot = paddr_to_virt(ptr);
	if (b->locked != pg) {
		unlock(b);
		if (!page_lock_table(pg, tables, PAGE_L1))
			return other_update(b, pg, slot, new, how);
		b->locked = pg;
	}
	return l1e_write(tables, b->own.frames, slot, new, how);
}

static int m2p_update(struct batch *b, u64 ptr, u64 pfn)
{
	mfn_t m = _mfn(ptr >> PAGE_SHIFT);
	struct page *pg = mfn_to_page(m);

	if (!mfn_is_ram(m) || !page_get(pg, b->own.frames))
		return fail(-EINVAL);
	m2p_set(m, pfn);
	page_put(pg);
	return 0;
}

static int one_update(struct batch *b, const struct mmu_update *u)
{
	u64 ptr = u->ptr & ~3UL;

	switch (u->ptr & 3) {
	case MMU_NORMAL_PT_UPDATE:
	case MMU_PT_UPDATE_NO_TRANSLATE:
		return entry_update(b, ptr, u->val, PTE_REPLACE);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return entry_update(b, ptr, u->val, PTE_KEEP_AD);
	default:
		return m2p_update(b, ptr, u->val);
	}
}

/*
 * Does entries from @gva on. Returns how many; *err: the next one's error, or
 * -ERESTART.
 */
static u32 run_chunk(struct batch *b, u64 gva, u32 count, int *err)
{
	struct mmu_update u[CHUNK];
	u32 n = MIN(count, CHUNK), i;

	*err = guest_copy_from(u, gva, n * sizeof(u[0]));
	if (unlikely(*err))
		return 0;
	for (i = 0; i < n; i++) {
		*err = one_update(b, &u[i]);
		if (unlikely(*err))
			break;
		if (mmu_must_restart()) {
			*err = -ERESTART;
			i++;
			break;
		}
	}
	unlock(b);
	if (unlikely(*err && *err != -ERESTART))
		pr_guest("mmu: d%d: update %016lx = %016lx: error %d",
			 b->own.tables->id, (unsigned long)u[i].ptr,
			 (unsigned long)u[i].val, -*err);
	return i;
}

static u32 run_batch(struct batch *b, u64 gva, u32 count, int *err)
{
	u32 done = 0;

	*err = 0;
	while (done < count && !*err) {
		done += run_chunk(b, gva + done * sizeof(struct mmu_update),
				  count - done, err);
		if (!*err && done < count && mmu_preempt_check())
			*err = -ERESTART;
	}
	return done;
}

long hc_mmu_update(HC_ARGS)
{
	struct batch b = { .locked = NULL };
	u32 count = (u32)a2 & ~PREEMPTED, before = 0, done;
	int err;

	err = pv_unwind();
	if (unlikely(err))
		return hypercall_restart(__HYPERVISOR_mmu_update, a1, a2, a3,
					 a4, 0);
	if (a2 & PREEMPTED && a3 && guest_copy_in(&before, a3))
		return -EFAULT;
	err = mmu_owners_get(&b.own, a4);
	if (unlikely(err))
		return err;
	done = run_batch(&b, a1, count, &err);
	if (b.unhooked)
		mmu_flush_domain(b.own.tables);
	mmu_owners_put(&b.own);
	before += done;
	if (a3 && guest_copy_out(a3, &before))
		return -EFAULT;
	if (err == -ERESTART)
		return hypercall_restart(__HYPERVISOR_mmu_update,
					 a1 + done * sizeof(struct mmu_update),
					 (count - done) | PREEMPTED, a3, a4, 0);
	return err;
}
