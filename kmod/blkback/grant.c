// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frontend's memory: small requests are copied, larger ones are mapped,
 * and with persistent grants everything stays mapped.
 *
 * A copy costs one operation and no TLB flush; a map saves the copy and costs
 * two operations. Operations of a whole batch of requests go in one hypercall.
 * A grant that cannot be used is the frontend's fault: it fails its request,
 * and a later success of another segment does not change that.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/page.h>
#include <asm/xen/hypercall.h>

#include "blkback.h"

enum {
	HELD_SECONDS = 60, /* unused for so long: unmapped */
	SPARE_PAGES = 256, /* kept for mapping while the ring is busy */
};

int scratch_get(struct ring *ring)
{
	struct scratch *s = ring->scratch;

	if (s)
		return 0;
	s = kvzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->indirect = alloc_page(GFP_NOIO);
	if (!s->indirect) {
		kvfree(s);
		return -ENOMEM;
	}
	ring->scratch = s;
	return 0;
}

void scratch_put(struct ring *ring)
{
	if (!ring->scratch)
		return;
	__free_page(ring->scratch->indirect);
	kvfree(ring->scratch);
	ring->scratch = NULL;
}

/* ---- copies ---- */

static void copies_run(struct ring *ring)
{
	struct scratch *s = ring->scratch;
	u32 i, nr = s->nr_copies;

	if (!nr)
		return;
	s->nr_copies = 0;
	ring->stats->copies += nr;
	ring->stats->hypercalls++;
	/* When the call itself fails no status has been written. */
	for (i = 0; i < nr; i++)
		s->copy[i].status = GNTST_general_error;
	HYPERVISOR_grant_table_op(GNTTABOP_copy, s->copy, nr);
	for (i = 0; i < nr; i++)
		if (s->copy[i].status != GNTST_okay)
			s->copy_owner[i]->status = BLKIF_RSP_ERROR;
}

/* Adds the copy of one segment, to the guest for a read. */
static void copy_add(struct ring *ring, struct blk_req *req, u32 i)
{
	struct scratch *s = ring->scratch;
	struct gnttab_copy *op;
	struct bio_vec *vec = &req->vec[i];

	if (s->nr_copies == BATCH_COPIES)
		copies_run(ring);
	s->copy_owner[s->nr_copies] = req;
	op = &s->copy[s->nr_copies++];
	op->len = vec->bv_len;
	if (req_writes(req)) {
		op->flags = GNTCOPY_source_gref;
		op->source.u.ref = req->seg[i].gref;
		op->source.domid = ring->disk->dev->otherend_id;
		op->dest.u.gmfn = xen_page_to_gfn(vec->bv_page);
		op->dest.domid = DOMID_SELF;
	} else {
		op->flags = GNTCOPY_dest_gref;
		op->source.u.gmfn = xen_page_to_gfn(vec->bv_page);
		op->source.domid = DOMID_SELF;
		op->dest.u.ref = req->seg[i].gref;
		op->dest.domid = ring->disk->dev->otherend_id;
	}
	op->source.offset = vec->bv_offset;
	op->dest.offset = vec->bv_offset;
}

/**
 * grant_fetch_indirect - copy the descriptors of an indirect request
 * @nr: 1 to BLK_SEGS_MAX, so that they lie in one page
 *
 * Returns them, valid until the next call, or NULL.
 */
const struct blk_segment *grant_fetch_indirect(struct ring *ring, u32 gref,
					       u32 nr)
{
	struct scratch *s = ring->scratch;
	struct gnttab_copy op = {
		.flags = GNTCOPY_source_gref,
		.source.u.ref = gref,
		.source.domid = ring->disk->dev->otherend_id,
		.dest.u.gmfn = xen_page_to_gfn(s->indirect),
		.dest.domid = DOMID_SELF,
		.len = nr * sizeof(struct blk_segment),
		.status = GNTST_general_error,
	};

	ring->stats->copies++;
	ring->stats->hypercalls++;
	HYPERVISOR_grant_table_op(GNTTABOP_copy, &op, 1);
	return op.status == GNTST_okay ? page_address(s->indirect) : NULL;
}

static void drop_copy_pages(struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++) {
		if (req->seg[i].kind != SEG_COPY)
			continue;
		__free_page(req->vec[i].bv_page);
		req->seg[i].kind = SEG_NONE;
	}
}

/* False: no memory, the caller maps instead. */
static bool prepare_copy(struct ring *ring, struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++) {
		req->vec[i].bv_page = alloc_page(GFP_NOWAIT | __GFP_NOWARN);
		if (!req->vec[i].bv_page) {
			drop_copy_pages(req);
			return false;
		}
		req->seg[i].kind = SEG_COPY;
	}
	for (i = 0; req_writes(req) && i < req->nr_segs; i++)
		copy_add(ring, req, i);
	return true;
}

/* ---- maps ---- */

static void page_put_back(struct ring *ring, struct page *page)
{
	gnttab_page_cache_put(&ring->pages, &page, 1);
	if (ring->pages.num_pages > SPARE_PAGES ||
	    time_before(jiffies, READ_ONCE(ring->disk->squeeze_until)))
		gnttab_page_cache_shrink(&ring->pages, 0);
}

/* Keeps a fresh mapping for later requests, if there is room. */
static void hold(struct ring *ring, struct req_seg *seg, struct page *page)
{
	struct held_grant *held;

	if (ring->nr_held >= ring->max_held || xa_load(&ring->held, seg->gref))
		return;
	held = kmalloc(sizeof(*held), GFP_NOIO);
	if (!held)
		return;
	held->page = page;
	held->handle = seg->handle;
	held->users = 1;
	if (xa_err(xa_store(&ring->held, seg->gref, held, GFP_NOIO))) {
		kfree(held);
		return;
	}
	ring->nr_held++;
	seg->held = held;
	seg->kind = SEG_HELD;
}

static void map_finish(struct ring *ring, u32 i)
{
	struct scratch *s = ring->scratch;
	struct req_seg *seg = s->map_seg[i];

	if (s->map[i].status != GNTST_okay) {
		s->map_owner[i]->status = BLKIF_RSP_ERROR;
		page_put_back(ring, s->pages[i]);
		return;
	}
	seg->handle = s->map[i].handle;
	seg->kind = SEG_MAP;
	if (ring->persistent)
		hold(ring, seg, s->pages[i]);
}

static void maps_run(struct ring *ring)
{
	struct scratch *s = ring->scratch;
	u32 i, nr = s->nr_maps;

	if (!nr)
		return;
	s->nr_maps = 0;
	ring->stats->maps += nr;
	ring->stats->hypercalls++;
	/* Errors of single grants are in their status, and only there. */
	for (i = 0; i < nr; i++)
		s->map[i].status = GNTST_general_error;
	(void)gnttab_map_refs(s->map, NULL, s->pages, nr);
	for (i = 0; i < nr; i++)
		map_finish(ring, i);
}

static bool map_add(struct ring *ring, struct blk_req *req, u32 i)
{
	struct scratch *s = ring->scratch;
	u32 flags = GNTMAP_host_map;
	struct page *page;

	if (s->nr_maps == BATCH_MAPS)
		maps_run(ring);
	if (gnttab_page_cache_get(&ring->pages, &page))
		return false;
	/* The device only reads what is written; held grants serve both. */
	if (req_writes(req) && !ring->persistent)
		flags |= GNTMAP_readonly;
	req->vec[i].bv_page = page;
	s->pages[s->nr_maps] = page;
	s->map_seg[s->nr_maps] = &req->seg[i];
	s->map_owner[s->nr_maps] = req;
	gnttab_set_map_op(&s->map[s->nr_maps],
			  (unsigned long)pfn_to_kaddr(page_to_pfn(page)), flags,
			  req->seg[i].gref, ring->disk->dev->otherend_id);
	s->nr_maps++;
	return true;
}

static bool use_held(struct ring *ring, struct blk_req *req, u32 i)
{
	struct held_grant *held = xa_load(&ring->held, req->seg[i].gref);

	if (!held)
		return false;
	held->users++;
	ring->stats->persistent_hits++;
	req->seg[i].held = held;
	req->seg[i].kind = SEG_HELD;
	req->vec[i].bv_page = held->page;
	return true;
}

static void prepare_map(struct ring *ring, struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++) {
		if (ring->persistent && use_held(ring, req, i))
			continue;
		if (!map_add(ring, req, i)) {
			req->status = BLKIF_RSP_ERROR;
			return;
		}
	}
}

static void prepare_one(struct ring *ring, struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++) {
		struct req_seg *seg = &req->seg[i];

		req->vec[i].bv_offset = seg->first_sector << SECTOR_SHIFT;
		req->vec[i].bv_len = (seg->last_sector - seg->first_sector + 1)
				     << SECTOR_SHIFT;
	}
	if (!ring->persistent && req_bytes(req) <= blkback_copy_bytes &&
	    req->nr_segs <= COPY_SEGS && prepare_copy(ring, req))
		return;
	prepare_map(ring, req);
}

/**
 * grant_prepare - make the frontend's memory reachable
 *
 * Fills vec[] of each request, with the data in place for writes. A request
 * whose grants are bad gets a status and is not to be submitted.
 */
void grant_prepare(struct ring *ring, struct list_head *reqs)
{
	struct blk_req *req;

	list_for_each_entry(req, reqs, link) if (req->nr_segs)
		prepare_one(ring, req);
	if (!ring->scratch)
		return;
	copies_run(ring);
	maps_run(ring);
}

/* ---- the way back ---- */

static void unmaps_run(struct ring *ring)
{
	struct scratch *s = ring->scratch;
	u32 i, nr = s->nr_unmaps;

	if (!nr)
		return;
	s->nr_unmaps = 0;
	ring->stats->unmaps += nr;
	ring->stats->hypercalls++;
	for (i = 0; i < nr; i++)
		s->unmap[i].status = GNTST_general_error;
	(void)gnttab_unmap_refs(s->unmap, NULL, s->pages, nr);
	for (i = 0; i < nr; i++) {
		/* Such a page must not be used again: it stays as it is. */
		if (!WARN_ONCE(s->unmap[i].status != GNTST_okay,
			       "unmapping a grant: status %d\n",
			       s->unmap[i].status))
			page_put_back(ring, s->pages[i]);
	}
}

static void unmap_add(struct ring *ring, struct page *page,
		      grant_handle_t handle)
{
	struct scratch *s = ring->scratch;

	if (s->nr_unmaps == BATCH_MAPS)
		unmaps_run(ring);
	s->pages[s->nr_unmaps] = page;
	gnttab_set_unmap_op(&s->unmap[s->nr_unmaps],
			    (unsigned long)pfn_to_kaddr(page_to_pfn(page)),
			    GNTMAP_host_map, handle);
	s->nr_unmaps++;
}

/* Storage over a network may still hold a page when the I/O is done. */
static bool is_referenced(const struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++)
		if (req->seg[i].kind == SEG_MAP &&
		    page_count(req->vec[i].bv_page) > 1)
			return true;
	return false;
}

static void release(struct ring *ring, struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++) {
		struct req_seg *seg = &req->seg[i];

		if (seg->kind == SEG_MAP) {
			unmap_add(ring, req->vec[i].bv_page, seg->handle);
		} else if (seg->kind == SEG_HELD) {
			seg->held->users--;
			seg->held->used = jiffies;
		} else {
			continue;
		}
		seg->kind = SEG_NONE;
	}
}

/**
 * grant_return - hand data to the frontend and let go of its memory
 *
 * Requests with a page that someone still looks at go to ring->lingering.
 */
void grant_return(struct ring *ring, struct list_head *reqs)
{
	struct blk_req *req, *next;
	u32 i;

	list_for_each_entry_safe(req, next, reqs, link)
	{
		if (is_referenced(req)) {
			list_move_tail(&req->link, &ring->lingering);
			continue;
		}
		for (i = 0; i < req->nr_segs && !req_writes(req); i++)
			if (req->seg[i].kind == SEG_COPY && !req->err &&
			    req->status == BLKIF_RSP_OKAY)
				copy_add(ring, req, i);
		release(ring, req);
	}
	if (!ring->scratch)
		return;
	copies_run(ring);
	unmaps_run(ring);
	list_for_each_entry(req, reqs, link) drop_copy_pages(req);
}

/* Unmaps held grants that no request uses: all, or those long unused. */
void grant_purge(struct ring *ring, bool all)
{
	struct held_grant *held;
	unsigned long gref;

	if (!ring->nr_held || scratch_get(ring))
		return;
	xa_for_each(&ring->held, gref, held)
	{
		if (held->users ||
		    (!all &&
		     time_before(jiffies, held->used + HELD_SECONDS * HZ)))
			continue;
		unmap_add(ring, held->page, held->handle);
		xa_erase(&ring->held, gref);
		kfree(held);
		ring->nr_held--;
	}
	unmaps_run(ring);
}
