// SPDX-License-Identifier: GPL-2.0-only
/*
 * Granted frames in a PV guest's page tables: guest_ops.grant_*. The entry is
 * where the guest says, by virtual address or by the entry's machine address.
 */
#include "domain/grant.h"
#include "mm/pagetable.h"
#include "pv/grant.h"
#include "pv/pv.h"

#define AVAIL_SHIFT 9

/* Not accessed yet: see the head of domain/grant_map.c. */
static u64 make_entry(const struct grant_host_map *m)
{
	u64 avail = m->flags >> _GNTMAP_guest_avail0;
	u64 e = PTE_P | PTE_U | ((avail << AVAIL_SHIFT) & PTE_AVAIL);

	if (!(m->flags & GNTMAP_readonly))
		e |= PTE_RW;
	if (!(m->flags & GNTMAP_application_map))
		e |= PTE_GUEST_KERNEL;
	return pte_make(m->mfn, e);
}

static int store(struct vcpu *v, const struct grant_host_map *m, u64 entry,
		 u64 *old)
{
	if (m->flags & GNTMAP_contains_pte)
		return pv_grant_map_pte(v, m->addr, entry, old);
	return pv_grant_map_va(v, m->addr, entry, old);
}

/* The entry at the machine address @maddr; 0 when it is not the guest's. */
static u64 read_at(struct vcpu *v, u64 maddr)
{
	mfn_t m = _mfn(maddr >> PAGE_SHIFT);
	struct page *pg;
	u64 e;

	if (maddr % sizeof(u64) || !mfn_is_ram(m))
		return 0;
	pg = mfn_to_page(m);
	if (!page_get(pg, &v->domain->pages))
		return 0;
	e = READ_ONCE(*(u64 *)paddr_to_virt(maddr));
	page_put(pg);
	return e;
}

static u64 read_va(struct vcpu *v, u64 va)
{
	struct page *table;
	u64 *l1e = pv_guest_l1e(v, va, &table);
	u64 e;

	if (!l1e)
		return 0;
	e = READ_ONCE(*l1e);
	page_put(table);
	return e;
}

/*
 * The same access too: else a handle for reading could end the mapping that
 * belongs to one for writing, and a writable entry be left that nobody counts.
 */
static bool maps(u64 entry, const struct grant_host_map *m)
{
	bool readonly = m->flags & GNTMAP_readonly;

	return entry & PTE_P && mfn_eq(pte_mfn(entry), m->mfn) &&
	       readonly == !(entry & PTE_RW);
}

/* Does the guest still have the frame where it says? */
static bool still_there(struct vcpu *v, const struct grant_host_map *m)
{
	return maps(m->flags & GNTMAP_contains_pte ? read_at(v, m->addr) :
						     read_va(v, m->addr),
		    m);
}

int pv_grant_map(struct vcpu *v, const struct grant_host_map *m)
{
	u64 old;

	return store(v, m, make_entry(m), &old) ? fail(-EFAULT) : 0;
}

/*
 * Looks first, so that a wrong address costs the guest nothing. A guest that
 * changes the entry at the same time loses what it has put there.
 */
int pv_grant_unmap(struct vcpu *v, const struct grant_host_map *m)
{
	u64 old;

	if (!still_there(v, m) || store(v, m, 0, &old) || !maps(old, m))
		return fail(-ENOENT);
	return old & PTE_A ? 1 : 0;
}

int pv_grant_move(struct vcpu *v, const struct grant_host_map *m, u64 from)
{
	u64 entry = read_va(v, from), old;
	struct page *pg = mfn_to_page(pte_mfn(entry));

	/* References for a second mapping of what it maps now. */
	if (!(entry & PTE_P) || !mfn_is_ram(pte_mfn(entry)) ||
	    !page_get_mapped(pg, &v->domain->pages, entry & PTE_RW))
		return fail(-EFAULT);
	if (!still_there(v, m) || store(v, m, entry, &old)) {
		page_put_mapped(pg, entry & PTE_RW);
		return fail(-ENOENT);
	}
	if (!maps(old, m) || pv_grant_map_va(v, from, 0, &old))
		return fail(-ENOENT);
	return 1;
}
