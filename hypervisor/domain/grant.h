/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: a domain says which of its frames another one may map or copy.
 * The ABI: <xen/grant_table.h>. See the head of grant_table.c for the model.
 *
 * Errors, beside what each function says: -ENOENT no such grant reference,
 * -EBADF no such handle, -EACCES not granted to the caller in that way, -ENXIO
 * the frame cannot be granted.
 */
#pragma once

#include "domain/domain.h"

/* ---- grant_table.c: tables, their frames and versions ---- */
int __must_check grant_table_init(struct domain *d, u32 max_frames,
				  u32 max_maptrack, u32 max_version);
void grant_table_fini(struct domain *d);
/*
 * XENMEM_acquire_resource: MFN of shared (or status) frame @idx, growing.
 * -EINVAL: past the limit, or no status frames in version 1.
 */
int __must_check grant_table_frame(struct domain *d, bool status, u32 idx,
				   mfn_t *m);
/* How many such frames there can be. */
u32 grant_table_max_frames(const struct domain *d, bool status);
u32 grant_table_nr_frames(const struct domain *d, bool status);
/* At least @nr frames. -EINVAL: over the limit. */
int __must_check grant_table_grow(struct domain *d, u32 nr);
u32 grant_table_version(const struct domain *d);
/* -EBUSY: entries are in use. -ENOSYS, -EINVAL: not this version. */
int __must_check grant_table_set_version(struct domain *d, u32 version);
/* Exchanges two entries' contents. -EBUSY: one is in use. */
int __must_check grant_table_swap(struct domain *d, u32 a, u32 b);

/* ---- grant_dump.c ---- */
/* Prints who uses the domain's grants; the caller holds @d. */
void grant_dump(struct domain *d);

/* ---- grant_map.c: mappings by handle ---- */
/* A mapping of a granted frame in the mapping domain's address space. */
struct grant_host_map {
	u64 addr; /* virtual, or GNTMAP_contains_pte: machine addr. of an L1e */
	mfn_t mfn;
	u32 flags; /* GNTMAP_* as the guest gave them */
};

struct grant_map {
	struct domain *granter;
	u32 ref;
	u32 flags; /* GNTMAP_* */
	u64 host_addr;
	/* Results. */
	u32 handle;
	mfn_t mfn;
};

/* Maps for current. -ENOSPC: no handle left; -EFAULT: nothing at host_addr. */
int __must_check grant_map(struct grant_map *map);

#define GRANT_UNMAP_BATCH 32

struct grant_unmap {
	u32 handle;
	u64 host_addr; /* 0: leave the host mapping */
	u64 dev_addr; /* 0: leave the device mapping */
	u64 new_addr; /* not 0: the entry there takes the place of the old */
};

/*
 * Unmapping in two steps: after grant_unmap_begin() nothing is given back until
 * grant_unmap_end(), which flushes the TLBs once for the batch.
 */
struct grant_unmap_batch {
	u32 nr;
	u32 nr_cached; /* host mappings that TLBs may know */
	u64 flush_va; /* where, if it is just one */
	u32 handles[GRANT_UNMAP_BATCH];
};

void grant_unmap_init(struct grant_unmap_batch *b);
/* The batch must have room. -EINVAL: something else is mapped there. */
int __must_check grant_unmap_begin(struct grant_unmap_batch *b,
				   const struct grant_unmap *op);
void grant_unmap_end(struct grant_unmap_batch *b);
/* Domain dies: gives up what it mapped. Preemptible: -ERESTART. */
int grant_table_release_mappings(struct domain *d);

/* ---- grant_copy.c: copies between domains ---- */
struct grant_copy_end {
	bool is_ref;
	domid_t domid;
	u64 frame; /* grant reference, or one of current's frames */
	u32 offset;
};

/* A frame that is held, for as long as consecutive copies are about it. */
struct grant_copy_buf {
	bool held, write, is_ref;
	domid_t domid;
	u64 frame;
	struct domain *d;
	struct page *pg;
	u32 start, end; /* bytes of the frame that are granted */
	/* Whose frame it is if @d passes on a grant, and the grant; or NULL. */
	struct domain *owner;
	u32 owner_ref;
};

struct grant_copy {
	struct grant_copy_buf src, dst;
};

void grant_copy_init(struct grant_copy *c);
/* -EDOM: over the end of a page or of what is granted; -ESRCH: no domain. */
int __must_check grant_copy_one(struct grant_copy *c,
				const struct grant_copy_end *src,
				const struct grant_copy_end *dst, u32 len);
void grant_copy_end(struct grant_copy *c);
