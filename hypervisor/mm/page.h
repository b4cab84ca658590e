/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame database: one struct page per machine frame, its owner, its general
 * references and its type with type references.
 *
 * The invariant that gives isolation: a frame with a type count above zero as a
 * page table or descriptor page has no writable mapping anywhere, because every
 * writable mapping holds a PAGE_WRITABLE type reference and a frame has one
 * type at a time. See the head of page.c.
 */
#ifndef HOSPES_MM_PAGE_H
#define HOSPES_MM_PAGE_H

#include "cpu/spinlock.h"
#include "lib/bitmap.h"
#include "lib/types.h"
#include "mm/layout.h"

enum page_type {
	PAGE_NONE,
	PAGE_L1,
	PAGE_L2,
	PAGE_L3,
	PAGE_L4,
	PAGE_SEGDESC,
	PAGE_WRITABLE,
};

/*
 * Who owns pages: embedded in struct domain, and the special owners below. All
 * fields but the masks are under lock.
 */
struct page_owner {
	u16 domid;
	bool dying; /* takes no new pages */
	bool has_iomem; /* may map frames that are not RAM */
	spinlock_t lock; /* RANK_PAGES */
	u32 first_page; /* list of pages by frame number, 0 = empty */
	u64 nr_pages; /* frames allocated to the owner */
	u64 max_pages; /* limit on nr_pages */
	u64 xenheap_pages; /* ours, mapped by the owner: shared_info.. */
	struct cpumask dirty_cpus; /* CPUs that may cache its mappings */
};

extern struct page_owner owner_io; /* DOMID_IO: frames that are not RAM */
extern struct page_owner owner_xen; /* DOMID_XEN: ours, tools may map */

/* 24 bytes. count, type and owner change by compare-and-swap only. */
struct page {
	u32 count; /* PAGE_* flags below | references */
	u32 owner; /* owner_encode(); 0 = nobody (free or the hypervisor's) */
	u32 type; /* PAGE_TYPE_* below */
	u32 aux; /* typed: entries validated; untyped: TLB stamp; free: order */
	u32 next, prev; /* the owner's list, or a free list; frame numbers */
};

_Static_assert(sizeof(struct page) == 24, "frame table size");

#define frame_table ((struct page *)FRAME_TABLE_VA)

static inline struct page *mfn_to_page(mfn_t m)
{
	return &frame_table[mfn_x(m)];
}

static inline mfn_t page_to_mfn(const struct page *pg)
{
	return _mfn((u64)(pg - frame_table));
}

static inline void *mfn_to_virt(mfn_t m)
{
	return (void *)(DIRECT_MAP_VA + (mfn_x(m) << PAGE_SHIFT));
}

static inline void *paddr_to_virt(paddr_t pa)
{
	return (void *)(DIRECT_MAP_VA + pa);
}

/* Only for addresses in the direct map. */
static inline mfn_t virt_to_mfn(const void *va)
{
	return _mfn(((u64)va - DIRECT_MAP_VA) >> PAGE_SHIFT);
}

static inline paddr_t virt_to_paddr(const void *va)
{
	return (u64)va - DIRECT_MAP_VA;
}

/* True for frames of RAM that the frame table describes. */
bool mfn_is_ram(mfn_t m);
struct page_owner *page_owner(const struct page *pg);

/*
 * General references keep a frame from being freed. page_get fails when the
 * frame is not owned by @o. page_put frees the frame when the last one goes.
 */
bool __must_check page_get(struct page *pg, struct page_owner *o);
void page_put(struct page *pg);

/*
 * Type references. @pg must be held by a general reference meanwhile.
 * -EINVAL: other type in use or content not valid; -EINTR / -ERESTART:
 * preempted, only from the _preemptible forms: call again with the same
 * arguments.
 */
int __must_check page_get_type(struct page *pg, enum page_type t);
int __must_check page_get_type_preemptible(struct page *pg, enum page_type t);
void page_put_type(struct page *pg);
int __must_check page_put_type_preemptible(struct page *pg);

/* Both at once; nothing is held on failure. */
int __must_check page_get_and_type(struct page *pg, struct page_owner *o,
				   enum page_type t);
void page_put_and_type(struct page *pg);

/*
 * Frames for an owner: 2^order frames, contiguous, scrubbed, with one general
 * reference (the "allocated" one) each; NULL when out of memory or over
 * max_pages.
 * @addr_bits limits the machine address (0 = any).
 */
struct page *owner_alloc_pages(struct page_owner *o, unsigned int order,
			       unsigned int addr_bits);
/*
 * Drops the allocated reference, once: false when it was gone already. The
 * frame is freed when nothing else holds it.
 */
bool owner_release_page(struct page_owner *o, struct page *pg);
/*
 * Gives @nr contiguous frames that nobody owns (from frame_alloc, or memory the
 * boot loader filled) to @o as they are, not scrubbed, each with the allocated
 * reference. -E2BIG: over max_pages, -EINVAL: @o is dying; then nothing
 * changed.
 */
int __must_check owner_assign_frames(struct page_owner *o, mfn_t first, u64 nr);
/*
 * The reverse: @o loses the frame if it holds no reference but the allocated
 * one. True: it is the caller's, as from frame_alloc(0, 0), and no CPU has a
 * mapping of it cached.
 */
bool __must_check owner_steal_page(struct page_owner *o, struct page *pg);
/*
 * Makes one of our own heap pages (frame_alloc) mappable by @o: sets the owner,
 * type writable with a permanent reference of ours. unshare takes it back; the
 * frame is freed when the last mapping has gone.
 */
void page_share_with_owner(struct page *pg, struct page_owner *o,
			   bool readonly);
void page_unshare(struct page *pg);

/* Machine to physical table. */
#define INVALID_M2P (~0UL)
void m2p_set(mfn_t m, u64 pfn);
u64 m2p_get(mfn_t m);

#endif
