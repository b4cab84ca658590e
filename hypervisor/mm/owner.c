// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose memory it is: frames given to an owner and taken back, and frames of
 * ours that an owner may map.
 *
 * The list of an owner's pages and its counts are under its lock. A page is in
 * the list before it can be found by its number (count and owner are published
 * last) and until its last reference has gone. Frames of ours (PAGE_OURS) are
 * in no list.
 */
#include "cpu/tlb.h"
#include "debug/log.h"
#include "mm/frame.h"
#include "mm/page.h"

/* Pages that are looked at in one go, with the lock held. */
#define PASS_AT_ONCE 512

static void (*owner_hold)(struct page_owner *o);
static void (*owner_drop)(struct page_owner *o);

void page_owner_register(void (*get)(struct page_owner *o),
			 void (*put)(struct page_owner *o))
{
	owner_hold = get;
	owner_drop = put;
}

static bool has_hooks(const struct page_owner *o)
{
	return owner_hold && o != &owner_xen && o != &owner_io;
}

static u32 number(const struct page *pg)
{
	return pg - frame_table;
}

static void list_append(struct page_owner *o, struct page *pg)
{
	pg->next = 0;
	pg->prev = o->last_page;
	if (o->last_page)
		frame_table[o->last_page].next = number(pg);
	else
		o->first_page = number(pg);
	o->last_page = number(pg);
}

static void list_remove(struct page_owner *o, struct page *pg)
{
	if (pg->prev)
		frame_table[pg->prev].next = pg->next;
	else
		o->first_page = pg->next;
	if (pg->next)
		frame_table[pg->next].prev = pg->prev;
	else
		o->last_page = pg->prev;
}

static void publish(struct page *pg, struct page_owner *o, u32 flags)
{
	__atomic_store_n(&pg->count_owner,
			 (u64)owner_encode(o) << 32 | flags | 1,
			 __ATOMIC_RELEASE);
}

/* Counts the pages as the owner's, before they exist. */
static bool reserve(struct page_owner *o, u64 nr)
{
	bool ok, first;

	spin_lock(&o->lock);
	ok = !o->dying && o->nr_pages <= o->max_pages &&
	     nr <= o->max_pages - o->nr_pages;
	first = !(o->nr_pages + o->xenheap_pages);
	if (ok)
		o->nr_pages += nr;
	spin_unlock(&o->lock);
	if (ok && first && has_hooks(o))
		owner_hold(o);
	return ok;
}

/* Under the lock. True: it was the last, owner_drop() without the lock. */
static bool uncount(struct page_owner *o, u64 nr)
{
	o->nr_pages -= nr;
	return !(o->nr_pages + o->xenheap_pages) && has_hooks(o);
}

static void unreserve(struct page_owner *o, u64 nr)
{
	bool last;

	spin_lock(&o->lock);
	last = uncount(o, nr);
	spin_unlock(&o->lock);
	if (last)
		owner_drop(o);
}

/*
 * The pages were reserved and are nobody's yet. A page that had a life before
 * gets a type, so that it is flushed when it becomes a table.
 */
static void adopt(struct page_owner *o, struct page *pg, u64 nr,
		  enum page_type last, u32 stamp)
{
	spin_lock(&o->lock);
	for (u64 i = 0; i < nr; i++) {
		pg[i].type = (u32)last << PAGE_TYPE_SHIFT;
		pg[i].aux = stamp;
		list_append(o, &pg[i]);
		publish(&pg[i], o, PAGE_ALLOCATED);
	}
	spin_unlock(&o->lock);
}

struct page *owner_alloc_pages(struct page_owner *o, unsigned int order,
			       unsigned int addr_bits)
{
	u64 nr = 1UL << order;
	struct page *pg;
	mfn_t m;

	if (order > FRAME_MAX_ORDER || !reserve(o, nr))
		return NULL;
	m = frame_alloc_clean(order, addr_bits, o->domid == 0);
	if (mfn_eq(m, INVALID_MFN)) {
		unreserve(o, nr);
		return NULL;
	}
	pg = mfn_to_page(m);
	adopt(o, pg, nr, PAGE_NONE, 0);
	return pg;
}

int owner_assign_frames(struct page_owner *o, mfn_t first, u64 nr)
{
	if (!reserve(o, nr))
		return -ENOMEM;
	/* A stolen page may still be in the TLBs of its owner's CPUs. */
	adopt(o, mfn_to_page(first), nr, PAGE_WRITABLE, tlb_clock_now());
	return 0;
}

/* So that nothing but the owner's CPUs can know the page any more. */
static void flush_since(u32 stamp)
{
	struct cpumask mask = cpu_online_mask;

	tlb_filter(&mask, stamp);
	if (!cpumask_empty(&mask))
		tlb_flush_mask(&mask);
}

bool owner_steal_page(struct page_owner *o, struct page *pg)
{
	u64 alone = (u64)owner_encode(o) << 32 | PAGE_ALLOCATED | 1;
	u64 foreign = alone | PAGE_FOREIGN;
	u64 x = __atomic_load_n(&pg->count_owner, __ATOMIC_ACQUIRE);
	bool last;

	if ((x != alone && x != foreign) || !cas(&pg->count_owner, &x, 0))
		return false;
	/* Out of everybody's reach now: no references, no types either. */
	ASSERT(!(pg->type & (PAGE_TYPE_COUNT | PAGE_TYPE_PARTIAL)));
	if (x & PAGE_FOREIGN)
		flush_since(pg->aux);
	spin_lock(&o->lock);
	list_remove(o, pg);
	last = uncount(o, 1);
	spin_unlock(&o->lock);
	pg->type = 0;
	if (last)
		owner_drop(o);
	return true;
}

bool owner_release_page(struct page_owner *o, struct page *pg)
{
	u32 x;

	do {
		x = READ_ONCE(pg->count);
		if (!(x & PAGE_ALLOCATED) || x & PAGE_OURS ||
		    page_owner(pg) != o)
			return false;
	} while (!cas(&pg->count, &x, x & ~PAGE_ALLOCATED));
	if (o->dying) {
		spin_lock(&o->lock);
		list_remove(o, pg);
		list_append(o, pg);
		spin_unlock(&o->lock);
	}
	page_put(pg);
	return true;
}

bool owner_first_allocated(struct page_owner *o, struct page **found)
{
	bool more;

	*found = NULL;
	spin_lock(&o->lock);
	if (!o->to_pass)
		o->to_pass = o->nr_pages;
	more = o->to_pass && o->first_page;
	for (u32 i = 0; more && !*found && i < PASS_AT_ONCE; i++) {
		struct page *pg = &frame_table[o->first_page];

		if (READ_ONCE(pg->count) & PAGE_ALLOCATED && page_get(pg, o)) {
			*found = pg;
			/* It will go, or move: then all are looked at. */
			o->to_pass = 0;
		} else {
			list_remove(o, pg);
			list_append(o, pg);
			more = --o->to_pass > 0;
		}
	}
	spin_unlock(&o->lock);
	return more;
}

/* ---- many at once ---- */

void owner_free_stolen(mfn_t m, u64 nr)
{
	u32 stamp = tlb_clock_now();

	for (u64 i = 0; i < nr; i++)
		m2p_set(mfn_add(m, i), INVALID_M2P);
	while (nr) {
		int order =
			MIN(63 - __builtin_clzl(nr), __builtin_ctzl(mfn_x(m)));

		order = MIN(order, FRAME_MAX_ORDER);
		frame_free_stale(m, order, stamp);
		m = mfn_add(m, 1UL << order);
		nr -= 1UL << order;
	}
}

/* Out of everybody's reach, if it is in nobody's but the owner's. */
static bool take_alone(struct page *pg, u64 alone)
{
	u64 x = __atomic_load_n(&pg->count_owner, __ATOMIC_ACQUIRE);

	if ((x & ~(u64)PAGE_FOREIGN) != alone || !cas(&pg->count_owner, &x, 0))
		return false;
	ASSERT(!(pg->type & (PAGE_TYPE_COUNT | PAGE_TYPE_PARTIAL)));
	return true;
}

u64 owner_free_run(struct page_owner *o, struct page *pg, u64 max)
{
	u64 alone = (u64)owner_encode(o) << 32 | PAGE_ALLOCATED | 1;
	bool last;
	u64 n = 0;

	spin_lock(&o->lock);
	if (!pg && o->first_page)
		pg = &frame_table[o->first_page];
	while (pg && n < max && mfn_is_ram(page_to_mfn(pg + n)) &&
	       take_alone(pg + n, alone)) {
		list_remove(o, pg + n);
		pg[n++].type = 0;
	}
	last = n && uncount(o, n);
	spin_unlock(&o->lock);
	if (n)
		owner_free_stolen(page_to_mfn(pg), n);
	if (last)
		owner_drop(o);
	return n;
}

void owner_free_page(struct page *pg)
{
	bool ours = pg->count & PAGE_OURS, last;
	struct page_owner *o = page_owner(pg);
	mfn_t m = page_to_mfn(pg);

	BUG_ON(pg->type & (PAGE_TYPE_COUNT | PAGE_TYPE_PARTIAL));
	BUG_ON(!o || pg->count & PAGE_ALLOCATED);
	spin_lock(&o->lock);
	if (ours) {
		o->xenheap_pages--;
	} else {
		list_remove(o, pg);
		o->nr_pages--;
	}
	last = !(o->nr_pages + o->xenheap_pages);
	spin_unlock(&o->lock);
	m2p_set(m, INVALID_M2P);
	pg->type = 0;
	__atomic_store_n(&pg->count_owner, 0, __ATOMIC_RELEASE);
	frame_free_stale(m, 0, tlb_clock_now());
	if (last && has_hooks(o))
		owner_drop(o);
}

void page_share_with_owner(struct page *pg, struct page_owner *o, bool readonly)
{
	bool first;

	ASSERT(!pg->count_owner);
	spin_lock(&o->lock);
	first = !(o->nr_pages + o->xenheap_pages);
	o->xenheap_pages++;
	spin_unlock(&o->lock);
	if (first && has_hooks(o))
		owner_hold(o);
	pg->type = (u32)(readonly ? PAGE_NONE : PAGE_WRITABLE)
			   << PAGE_TYPE_SHIFT |
		   PAGE_TYPE_VALIDATED | 1;
	pg->aux = 0;
	publish(pg, o, PAGE_OURS | PAGE_ALLOCATED);
}

void page_unshare(struct page *pg)
{
	page_put_type(pg);
	__atomic_fetch_and(&pg->count, ~PAGE_ALLOCATED, __ATOMIC_SEQ_CST);
	page_put(pg);
}
