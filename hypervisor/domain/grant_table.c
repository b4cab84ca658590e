// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grant tables: the frames with a domain's entries, their number and version.
 *
 * A domain writes entries into the shared frames; another one names an entry to
 * map or copy the frame in it. While that lasts the entry is pinned: it carries
 * marks for its owner to see, struct grant_active says what was granted, and
 * the frame is held by a reference, with a writable type if need be, beside
 * those of the page table entry that maps it. So an overwritten mapping takes
 * nothing away that is still in use.
 *
 *   grant_table.c   the frames, this file     grant_map.c    mappings
 *   grant_entry.c   pin and unpin             grant_copy.c   copies
 *   grant_track.c   handles                   grant_dump.c   what key 'g'
 * prints
 *
 * Locks: the table's is held for reading by whoever looks at entries, for
 * writing when the table grows or its layout changes; then the entry's. No
 * operation holds locks of two tables, and none while it changes a guest's page
 * tables or copies data. Transitive grants can be copied, not mapped, as
 * upstream has it; transfers are refused.
 */
#include "domain/grant_private.h"
#include "lib/string.h"
#include "mm/frame.h"

/* A bound on the directories that are made for each domain. */
#define MAX_FRAMES (1U << 16)

#define PER_FRAME_V2 (PAGE_SIZE / sizeof(union grant_entry_v2))
#define PER_STATUS   (PAGE_SIZE / sizeof(grant_status_t))
#define RESERVED     GNTTAB_NR_RESERVED_ENTRIES

static u32 status_frames_for(u32 nr_frames)
{
	return DIV_ROUND_UP(nr_frames * PER_FRAME_V2, PER_STATUS);
}

static void *frame_new(struct domain *d)
{
	void *frame = page_alloc_zeroed();

	if (frame)
		page_share_with_owner(mfn_to_page(virt_to_mfn(frame)),
				      &d->pages, false);
	return frame;
}

static void frame_drop(void *frame)
{
	if (frame)
		page_unshare(mfn_to_page(virt_to_mfn(frame)));
}

static struct grant_active *active_new(void)
{
	struct grant_active *a;

	a = heap_zalloc_array(ACTIVE_PER_FRAME, sizeof(*a));
	for (u32 i = 0; a && i < ACTIVE_PER_FRAME; i++)
		spin_lock_init(&a[i].lock, RANK_GRANT_ENTRY);
	return a;
}

int grant_table_init(struct domain *d, u32 max_frames, u32 max_maptrack,
		     u32 max_version)
{
	struct grant_table *gt;
	int err;

	if (!max_frames || max_frames > MAX_FRAMES || !max_version ||
	    max_version > 2)
		return fail(-EINVAL);
	gt = heap_zalloc(sizeof(*gt));
	if (!gt)
		return -ENOMEM;
	d->grants = gt;
	rw_lock_init(&gt->lock, RANK_GRANT);
	gt->version = 1;
	gt->max_version = max_version;
	gt->max_frames = max_frames;
	gt->shared = heap_zalloc_array(max_frames, sizeof(*gt->shared));
	gt->active = heap_zalloc_array(max_frames, sizeof(*gt->active));
	gt->status = heap_zalloc_array(status_frames_for(max_frames),
				       sizeof(*gt->status));
	err = grant_tracks_init(gt, d->max_vcpus, max_maptrack);
	if (!err && (!gt->shared || !gt->active || !gt->status))
		err = -ENOMEM;
	/* One frame from the start: builders put console and store there. */
	if (!err)
		err = grant_table_grow(d, 1);
	if (err)
		grant_table_fini(d);
	return err;
}

/*
 * A dying domain grants nothing more. Its frames go now, as they hold it; what
 * others have pinned stays until they let go.
 */
void grant_table_drop_frames(struct domain *d)
{
	struct grant_table *gt = d->grants;

	write_lock(&gt->lock);
	while (gt->nr_frames)
		frame_drop(gt->shared[--gt->nr_frames]);
	while (gt->nr_status)
		frame_drop(gt->status[--gt->nr_status]);
	gt->max_frames = 0;
	write_unlock(&gt->lock);
}

/* Also of a table that is half made. */
void grant_table_fini(struct domain *d)
{
	struct grant_table *gt = d->grants;

	if (!gt)
		return;
	grant_table_drop_frames(d);
	for (u32 i = 0; i < gt->nr_active; i++)
		heap_free(gt->active[i]);
	grant_tracks_fini(gt);
	heap_free(gt->shared);
	heap_free(gt->active);
	heap_free(gt->status);
	heap_free(gt);
	d->grants = NULL;
}

static int grow_status(struct domain *d, u32 nr)
{
	struct grant_table *gt = d->grants;

	for (; gt->nr_status < nr; gt->nr_status++) {
		gt->status[gt->nr_status] = frame_new(d);
		if (!gt->status[gt->nr_status])
			return -ENOMEM;
	}
	return 0;
}

static int grow_one(struct domain *d)
{
	struct grant_table *gt = d->grants;
	u32 i = gt->nr_frames;

	if (i == gt->nr_active) {
		gt->active[i] = active_new();
		if (!gt->active[i])
			return -ENOMEM;
		gt->nr_active++;
	}
	gt->shared[i] = frame_new(d);
	if (!gt->shared[i])
		return -ENOMEM;
	gt->nr_frames++;
	return 0;
}

int grant_table_grow(struct domain *d, u32 nr)
{
	struct grant_table *gt = d->grants;
	int err = 0;

	write_lock(&gt->lock);
	if (nr > gt->max_frames)
		err = -EINVAL;
	/* Status first: entries without would be marked nowhere. */
	if (!err && gt->version == 2)
		err = grow_status(d, status_frames_for(nr));
	while (!err && gt->nr_frames < nr)
		err = grow_one(d);
	write_unlock(&gt->lock);
	return err;
}

u32 grant_table_nr_frames(const struct domain *d, bool status)
{
	const struct grant_table *gt = d->grants;

	return status ? READ_ONCE(gt->nr_status) : READ_ONCE(gt->nr_frames);
}

u32 grant_table_max_frames(const struct domain *d, bool status)
{
	return status ? status_frames_for(d->grants->max_frames) :
			d->grants->max_frames;
}

u32 grant_table_version(const struct domain *d)
{
	return READ_ONCE(d->grants->version);
}

int grant_table_frame(struct domain *d, bool status, u32 idx, mfn_t *m)
{
	struct grant_table *gt = d->grants;
	u32 frames = idx;
	int err = -EINVAL;

	if (idx >= grant_table_max_frames(d, status))
		return fail(-EINVAL);
	if (status) {
		if (grant_table_version(d) != 2)
			return fail(-EINVAL);
		frames = idx * (PER_STATUS / PER_FRAME_V2);
	}
	err = grant_table_grow(d, frames + 1);
	if (err)
		return err;
	read_lock(&gt->lock);
	/* Again: another vcpu may have changed the version meanwhile. */
	if (!status && idx < gt->nr_frames)
		*m = virt_to_mfn(gt->shared[idx]);
	else if (status && idx < gt->nr_status)
		*m = virt_to_mfn(gt->status[idx]);
	else
		err = -EINVAL;
	read_unlock(&gt->lock);
	return err;
}

static bool any_in_use(const struct grant_table *gt)
{
	for (u32 f = 0; f < gt->nr_active; f++)
		for (u32 i = 0; i < ACTIVE_PER_FRAME; i++)
			if (gt->active[f][i].readers ||
			    gt->active[f][i].writers)
				return true;
	return false;
}

/* The rest of flags is for those in use, or has no meaning in the other. */
#define KEEP_FLAGS (GTF_permit_access | GTF_readonly)

static void entries_to_v2(union grant_entry_v2 *to,
			  const struct grant_entry_v1 *from)
{
	for (u32 i = 0; i < RESERVED; i++) {
		if ((from[i].flags & GTF_type_mask) != GTF_permit_access)
			continue;
		to[i].full_page.hdr.flags = from[i].flags & KEEP_FLAGS;
		to[i].full_page.hdr.domid = from[i].domid;
		to[i].full_page.frame = from[i].frame;
	}
}

static void entries_to_v1(struct grant_entry_v1 *to,
			  const union grant_entry_v2 *from)
{
	for (u32 i = 0; i < RESERVED; i++) {
		u16 flags = from[i].hdr.flags;

		if ((flags & (GTF_type_mask | GTF_sub_page)) !=
			    GTF_permit_access ||
		    from[i].full_page.frame >> 32)
			continue;
		to[i].flags = flags & KEEP_FLAGS;
		to[i].domid = from[i].hdr.domid;
		to[i].frame = from[i].full_page.frame;
	}
}

/* The reserved entries survive a change of version; others do not. */
static void rewrite_entries(struct grant_table *gt, u32 version)
{
	struct grant_entry_v1 v1[RESERVED] = {};
	union grant_entry_v2 v2[RESERVED] = {};

	if (version == 2) {
		memcpy(v1, gt->shared[0], sizeof(v1));
		entries_to_v2(v2, v1);
	} else {
		memcpy(v2, gt->shared[0], sizeof(v2));
		entries_to_v1(v1, v2);
	}
	for (u32 f = 0; f < gt->nr_frames; f++)
		memset(gt->shared[f], 0, PAGE_SIZE);
	if (version == 2)
		memcpy(gt->shared[0], v2, sizeof(v2));
	else
		memcpy(gt->shared[0], v1, sizeof(v1));
}

int grant_table_set_version(struct domain *d, u32 version)
{
	struct grant_table *gt = d->grants;
	int err = 0;

	if (version != 1 && version != 2)
		return fail(-EINVAL);
	if (version > gt->max_version)
		return -ENOSYS;
	write_lock(&gt->lock);
	if (version == gt->version)
		goto out;
	if (any_in_use(gt)) {
		err = -EBUSY;
		goto out;
	}
	if (version == 2)
		err = grow_status(d, status_frames_for(gt->nr_frames));
	if (err)
		goto out;
	rewrite_entries(gt, version);
	gt->version = version;
	while (version == 1 && gt->nr_status)
		frame_drop(gt->status[--gt->nr_status]);
out:
	write_unlock(&gt->lock);
	return err;
}

static bool entry_in_use(const struct grant_table *gt, u32 ref)
{
	const struct grant_active *act = grant_active_of(gt, ref);

	return act->readers || act->writers;
}

int grant_table_swap(struct domain *d, u32 a, u32 b)
{
	struct grant_table *gt = d->grants;
	union grant_entry_v2 x, y;
	int err = -ENOENT;
	size_t size;

	write_lock(&gt->lock);
	if (a >= grant_nr_entries(gt) || b >= grant_nr_entries(gt))
		goto out;
	err = -EBUSY;
	if (entry_in_use(gt, a) || entry_in_use(gt, b))
		goto out;
	err = 0;
	size = gt->version == 1 ? sizeof(struct grant_entry_v1) :
				  sizeof(union grant_entry_v2);
	memcpy(&x, grant_entry_at(gt, a), size);
	memcpy(&y, grant_entry_at(gt, b), size);
	memcpy(grant_entry_at(gt, a), &y, size);
	memcpy(grant_entry_at(gt, b), &x, size);
out:
	write_unlock(&gt->lock);
	return err;
}
