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
#pragma once

#include "cpu/spinlock.h"
#include "include/errno.h"
#include "lib/bitmap.h"
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
	u32 last_page;
	u64 nr_pages; /* frames allocated to the owner */
	u64 max_pages; /* limit on nr_pages */
	u64 to_pass; /* pages owner_first_allocated() has yet to look at */
	u64 xenheap_pages; /* ours, mapped by the owner: shared_info.. */
	struct cpumask dirty_cpus; /* CPUs that may cache its mappings */
} __aligned(16);

extern struct page_owner owner_io; /* DOMID_IO: frames that are not RAM */
extern struct page_owner owner_xen; /* DOMID_XEN: ours, tools may map */

/*
 * What the layer above does when an owner gets its first page and loses its
 * last (a reference on the domain, which put may end). No lock is held.
 */
void page_owner_register(void (*get)(struct page_owner *o),
			 void (*put)(struct page_owner *o));

/* 24 bytes. count, type and owner change by compare-and-swap only. */
struct page {
	union {
		struct {
			u32 count; /* PAGE_* flags below | references */
			u32 owner; /* owner_encode(); 0 = nobody */
		};
		u64 count_owner; /* both, for page_get */
	};
	u32 type; /* PAGE_TYPE_* below */
	u32 aux; /* typed: entries validated; untyped, free: TLB stamp */
	u32 next, prev; /* the owner's list, or a free list; frame numbers */
};

_Static_assert(sizeof(struct page) == 24, "frame table size");

/* page.count */
#define PAGE_ALLOCATED (1U << 31) /* one reference: it is its owner's */
#define PAGE_OURS      (1U << 30) /* shared with the owner, not its memory */
#define PAGE_FOREIGN   (1U << 29) /* others than the owner map it writable */
#define PAGE_FREE      (1U << 28) /* head of a free block, see frame.c */
#define PAGE_REFS      (PAGE_FREE - 1)

/* page.type: the enum in the top bits, flags, the count of references. */
#define PAGE_TYPE_SHIFT	    29
#define PAGE_TYPE_PINNED    (1U << 28) /* one reference is the pin's */
#define PAGE_TYPE_VALIDATED (1U << 27) /* clear, count 1: a CPU is at it */
#define PAGE_TYPE_PARTIAL   (1U << 26) /* count 0: [0, aux) hold references */
#define PAGE_TYPE_FAILED    (1U << 25) /* partial, to be undone: bad content */
#define PAGE_TYPE_LOCKED    (1U << 24) /* a CPU changes entries */
#define PAGE_TYPE_COUNT	    (PAGE_TYPE_LOCKED - 1)

static inline enum page_type page_type_of(u32 type_word)
{
	return (enum page_type)(type_word >> PAGE_TYPE_SHIFT);
}

#define frame_table ((struct page *)FRAME_TABLE_VA)

static inline struct page *mfn_to_page(mfn_t m)
{
	/* Numbers, not pointers: guests' frame numbers may be anything. */
	return (struct page *)(FRAME_TABLE_VA + mfn_x(m) * sizeof(struct page));
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

/* ---- ram.c: what is RAM, and who may map what is not ---- */
struct e820_entry;
/* Boot, before any frame is added: the machine's whole memory map. */
void ram_init(const struct e820_entry *map, u32 nr);
struct frame_range {
	u64 start, nr;
};
extern struct frame_range ram_biggest; /* most frames are in here */
bool mfn_is_other_ram(mfn_t m);

/* True for frames of RAM that the frame table describes. */
static inline bool mfn_is_ram(mfn_t m)
{
	return likely(mfn_x(m) - ram_biggest.start < ram_biggest.nr) ||
	       mfn_is_other_ram(m);
}

/* Boot: device frames that no domain may map (local APIC, IO-APICs, ours). */
void iomem_deny(mfn_t start, u64 nr);
/* Device frames that get no writable mapping (MSI-X tables). -ENOMEM. */
int iomem_readonly(mfn_t start, u64 nr);
/* May a domain with has_iomem map device frame @m? Not for RAM. */
bool iomem_allowed(mfn_t m, bool *readonly);

/* ---- page.c: references and types ---- */
struct page_owner *page_owner(const struct page *pg);
/* For page.owner: heap objects (below 64 GiB) and the special owners. */
u32 owner_encode(const struct page_owner *o);

/*
 * General references keep a frame from being freed. page_get fails when the
 * frame is not owned by @o. page_put frees the frame when the last one goes.
 */
bool __must_check page_get(struct page *pg, struct page_owner *o);
void page_put(struct page *pg);

/*
 * Type references. @pg must be held by a general reference meanwhile.
 * -EINVAL: other type in use or content not valid; -ERESTART: preempted, only
 * from the _preemptible forms: call again with the same arguments. Interrupts
 * on: a change of type may flush TLBs.
 */
int __must_check page_get_type(struct page *pg, enum page_type t);
void page_put_type(struct page *pg);
/*
 * The reference is gone in any case. -ERESTART: the last one, and the table's
 * entries are not yet all dropped: keep the general reference and call
 * page_unwind() until it returns 0.
 */
int __must_check page_put_type_preemptible(struct page *pg);
/*
 * Ends what a preempted get or put left: 0 done (or nothing to do), -ERESTART.
 * @pg must be held by a general reference.
 */
int __must_check page_unwind(struct page *pg);

/* Both at once; nothing is held on failure. */
int __must_check page_get_and_type(struct page *pg, struct page_owner *o,
				   enum page_type t);
int __must_check page_get_and_type_preemptible(struct page *pg,
					       struct page_owner *o,
					       enum page_type t);
void page_put_and_type(struct page *pg);

/* What an entry or a grant holds: a reference, when it may write the type. */
static inline bool __must_check page_get_mapped(struct page *pg,
						struct page_owner *o,
						bool writable)
{
	return writable ? !page_get_and_type(pg, o, PAGE_WRITABLE) :
			  page_get(pg, o);
}

static inline void page_put_mapped(struct page *pg, bool writable)
{
	if (writable)
		page_put_type(pg);
	page_put(pg);
}

/* The same of a frame by its number, which may be none of RAM: -EINVAL. */
static inline int __must_check mfn_get_and_type(mfn_t m, struct page_owner *o,
						enum page_type t)
{
	return mfn_is_ram(m) ? page_get_and_type(mfn_to_page(m), o, t) :
			       -EINVAL;
}
/* A writable type reference is about to back a mapping by another owner. */
void page_mark_foreign(struct page *pg);

/*
 * Adds the one pin: a general and a type reference that page_unpin drops.
 * -EINVAL: pinned already, or as page_get_type.
 */
int __must_check page_pin(struct page *pg, struct page_owner *o,
			  enum page_type t);
/*
 * -EINVAL: not pinned. -ERESTART: unpinned, but see page_put_type_preemptible;
 * the pin's general reference is then the caller's.
 */
int __must_check page_unpin(struct page *pg);

/*
 * Takes the lock of a table's entries if the frame is @o's and a validated
 * table of type @t now; while it is held the page stays so. No other page lock,
 * no get of a table's type meanwhile.
 */
bool __must_check page_lock_table(struct page *pg, const struct page_owner *o,
				  enum page_type t);
void page_unlock_table(struct page *pg);

/*
 * What tables hold is the guest type's business: validate takes a reference
 * for each entry from pg->aux up and keeps aux current; devalidate drops those
 * below aux, from the top. -ERESTART when @preemptible and something waits.
 */
struct page_type_ops {
	int (*validate)(struct page *pg, enum page_type t, bool preemptible);
	int (*devalidate)(struct page *pg, enum page_type t, bool preemptible);
	bool (*preempt_check)(void);
};
void page_register_type_ops(const struct page_type_ops *ops);

/* ---- owner.c: whose memory it is ---- */
/*
 * Frames for an owner: 2^order frames, contiguous, scrubbed, with one general
 * reference (the "allocated" one) each; NULL when out of memory or over
 * max_pages. (Domain 0 gets what no guest has used since boot as it is.)
 * @addr_bits limits the machine address (0 = any).
 */
struct page *owner_alloc_pages(struct page_owner *o, unsigned int order,
			       unsigned int addr_bits);
/*
 * Drops the allocated reference, once: false when it was gone already, or the
 * page is one of ours that the owner only sees. The frame is freed when nothing
 * else holds it. The caller holds a reference.
 */
bool owner_release_page(struct page_owner *o, struct page *pg);
/*
 * Gives @nr contiguous frames that nobody owns (from frame_alloc, or memory the
 * boot loader filled) to @o as they are, each with the allocated reference.
 * -ENOMEM: over max_pages, or @o is dying; then nothing has changed.
 */
int __must_check owner_assign_frames(struct page_owner *o, mfn_t first, u64 nr);
/*
 * The reverse: takes the frame from @o, if it has no reference but the
 * allocated one. True: it is the caller's, who assigns it again or gives it to
 * frame_free_stale(), as TLBs may still know it.
 */
bool __must_check owner_steal_page(struct page_owner *o, struct page *pg);
/*
 * The first page that still is allocated, with a reference taken, among the
 * next few; NULL when none of them is. False: none is left at all. For the end
 * of a domain: owner_release_page moves to the end of the list what others
 * still map.
 */
bool __must_check owner_first_allocated(struct page_owner *o, struct page **pg);
/*
 * Frees at once, as far as they go and at most @max, contiguous pages of @o to
 * which nobody has a reference but the allocated one: those from @pg on, NULL:
 * from the first in the owner's list. Returns how many.
 */
u64 owner_free_run(struct page_owner *o, struct page *pg, u64 max);
/* Frames that were stolen or are nobody's go to the allocator. */
void owner_free_stolen(mfn_t m, u64 nr);
/* Last reference dropped: back to the frame allocator. For page_put only. */
void owner_free_page(struct page *pg);
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
/*
 * The table itself, in extents of 2 MiB: number @index is for the GiB of that
 * number, its first frame 0 where there is no memory. Boot notes them and then
 * lets tools map them, read only, as DOMID_XEN's.
 */
void m2p_add_extent(u64 index, mfn_t first);
void m2p_share_extents(void);
u32 m2p_nr_extents(void);
u64 m2p_extent(u32 i); /* below m2p_nr_extents() */
