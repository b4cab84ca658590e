/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the grant tables: entries in use, handles. */
#pragma once

#include "domain/grant.h"

/* The grant that a transitive one passes on. */
struct grant_next {
	u32 ref;
	domid_t domid;
};

/* What a grant entry is to us while someone uses it. */
struct grant_active {
	spinlock_t lock; /* RANK_GRANT_ENTRY */
	u32 readers, writers; /* the rest holds while they are not both 0 */
	union {
		u64 mfn;
		struct grant_next next; /* if it passes on another's grant */
	};
	domid_t user;
	u16 start, end; /* bytes that are granted: [0, PAGE_SIZE) if whole */
	bool transitive;
};

#define ACTIVE_PER_FRAME (PAGE_SIZE / sizeof(struct grant_entry_v1))

/* A mapping by a domain of someone's grant; its index is the handle. */
struct grant_track {
	struct domain *granter; /* holds a reference */
	u32 ref; /* while free: the next free handle */
	u16 word; /* MT_* and the list it goes back to */
};

#define MT_HOST	    0x8000 /* there is a host mapping */
#define MT_DEVICE   0x4000 /* it is used by devices */
#define MT_READONLY 0x2000
#define MT_PTE	    0x1000 /* host_addr is that of an entry */
#define MT_BUSY	    0x0800 /* an operation is about to change it */
#define MT_LIST	    0x07ff /* a vcpu's number */

#define TRACKS_PER_PAGE (PAGE_SIZE / sizeof(struct grant_track))
#define NO_HANDLE	(~0U)

_Static_assert(MT_LIST >= MAX_VCPUS_PER_DOMAIN - 1, "a vcpu fits");

struct grant_track_list {
	spinlock_t lock; /* RANK_GRANT_MAP */
	u32 head; /* NO_HANDLE: empty */
};

struct grant_table {
	rwlock_t lock; /* RANK_GRANT: written by growth and version changes */
	u32 version; /* 1 or 2 */
	u32 max_version;
	u32 nr_frames, max_frames;
	u32 nr_status;
	u32 nr_active; /* entries of active */
	void **shared; /* frames of entries */
	u16 **status; /* version 2: frames of flags that we set */
	struct grant_active **active; /* by frame as of version 1 */

	/* Handles: published page by page, never moved. */
	spinlock_t track_lock; /* RANK_GRANT_MAP: nr_tracks */
	u32 nr_track_pages, max_track_pages;
	struct grant_track **tracks;
	u32 nr_lists;
	struct grant_track_list *lists; /* one per vcpu */
	u32 release_next; /* domain's end: next handle to give up */
};

enum grant_access {
	GRANT_READ,
	GRANT_WRITE
};

/* Part of a frame that a grant covers. */
struct grant_extent {
	struct page *pg;
	u32 start, end;
};

/* ---- grant_table.c ---- */
void grant_table_drop_frames(struct domain *d);

/* ---- grant_entry.c ---- */
/*
 * @user may use entry @ref of @d from now on, and the frame holds a reference,
 * and a writable type for GRANT_WRITE. -EAGAIN is never returned: an entry that
 * will not hold still is refused.
 */
int __must_check grant_pin(struct domain *d, u32 ref, domid_t user,
			   enum grant_access access, struct grant_extent *ext);
/*
 * The same for an entry that passes on what a third domain granted to @d: the
 * frame is that domain's to hold, by a pin of @next.
 */
int __must_check grant_pin_transitive(struct domain *d, u32 ref, domid_t user,
				      enum grant_access access,
				      struct grant_next *next);
/* The reverse of both. The caller holds @d. */
void grant_unpin(struct domain *d, u32 ref, enum grant_access access);
/* Entries of the table as it is now, and one of them; lock held. */
u32 grant_nr_entries(const struct grant_table *gt);
void *grant_entry_at(const struct grant_table *gt, u32 ref);

static inline struct grant_active *grant_active_of(const struct grant_table *gt,
						   u32 ref)
{
	return &gt->active[ref / ACTIVE_PER_FRAME][ref % ACTIVE_PER_FRAME];
}

/* ---- grant_track.c ---- */
int __must_check grant_tracks_init(struct grant_table *gt, u32 nr_vcpus,
				   u32 max_pages);
void grant_tracks_fini(struct grant_table *gt);
/* A handle for current's domain, not in use yet; NO_HANDLE: none is left. */
u32 grant_track_alloc(struct grant_table *gt, u32 vcpu);
void grant_track_free(struct grant_table *gt, u32 handle);
/* NULL: no such handle. */
struct grant_track *grant_track_of(const struct grant_table *gt, u32 handle);
