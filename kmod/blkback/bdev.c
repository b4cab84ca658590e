// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backing store: a block device, through bios.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bio.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "blkback.h"

enum {
	DISCARD_CHUNK = 1 << 18
}; /* sectors in one go: 128 MiB */

static void part_done(struct blk_req *req)
{
	if (atomic_dec_and_test(&req->pending))
		req_done(req, 0);
}

static void bdev_end_io(struct bio *bio)
{
	struct blk_req *req = bio->bi_private;
	int err = blk_status_to_errno(bio->bi_status);

	if (err)
		cmpxchg(&req->err, 0, err);
	bio_put(bio);
	part_done(req);
}

static blk_opf_t request_opf(const struct blk_req *req)
{
	switch (req->op) {
	case BLKIF_OP_READ:
		return REQ_OP_READ;
	case BLKIF_OP_WRITE_BARRIER:
		return REQ_OP_WRITE | REQ_SYNC | REQ_PREFLUSH | REQ_FUA;
	case BLKIF_OP_FLUSH_DISKCACHE:
		return REQ_OP_WRITE | REQ_SYNC | REQ_PREFLUSH;
	default:
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	}
}

static struct bio *bio_for(struct blk_req *req, u64 sector, u32 nr_vecs)
{
	struct bio *bio = bio_alloc_bioset(req->ring->disk->store->bdev,
					   nr_vecs, request_opf(req), GFP_NOIO,
					   &blkback_bios);

	bio->bi_iter.bi_sector = sector;
	bio->bi_private = req;
	bio->bi_end_io = bdev_end_io;
	atomic_inc(&req->pending);
	return bio;
}

static bool is_aligned(const struct blk_req *req)
{
	u32 i, mask = req->ring->disk->store->logical - 1;

	if (mask < SECTOR_SIZE)
		return true;
	if ((req->sector << SECTOR_SHIFT) & mask)
		return false;
	for (i = 0; i < req->nr_segs; i++)
		if ((req->vec[i].bv_offset | req->vec[i].bv_len) & mask)
			return false;
	return true;
}

static void bdev_submit(struct blk_req *req)
{
	u64 sector = req->sector;
	struct bio *bio = NULL;
	u32 i;

	if (!is_aligned(req)) {
		req_done(req, -EINVAL);
		return;
	}
	atomic_set(&req->pending, 1);
	if (!req->nr_segs) /* empty: the sector must not matter */
		submit_bio(bio_for(req, 0, 0));
	for (i = 0; i < req->nr_segs; i++) {
		struct bio_vec *vec = &req->vec[i];

		while (!bio || bio_add_page(bio, vec->bv_page, vec->bv_len,
					    vec->bv_offset) != vec->bv_len) {
			if (bio)
				submit_bio(bio);
			bio = bio_for(req, sector, req->nr_segs - i);
		}
		sector += vec->bv_len >> SECTOR_SHIFT;
	}
	if (bio)
		submit_bio(bio);
	part_done(req);
}

static u64 bdev_sectors(const struct store *store)
{
	return bdev_nr_sectors(store->bdev);
}

static int bdev_flush(struct store *store)
{
	return blkdev_issue_flush(store->bdev);
}

static int bdev_discard(struct store *store, struct blk_req *req)
{
	u64 sector = req->sector, left = req->nr_sectors;
	int err = 0;

	while (left && !err) {
		u64 nr = min_t(u64, left, DISCARD_CHUNK);

		if (req->secure && store->secure)
			err = blkdev_issue_secure_erase(store->bdev, sector, nr,
							GFP_NOIO);
		else
			err = blkdev_issue_discard(store->bdev, sector, nr,
						   GFP_NOIO);
		sector += nr;
		left -= nr;
		cond_resched();
	}
	return err;
}

static void bdev_close(struct store *store)
{
	bdev_close_opened(&store->opened);
}

static const struct store_ops bdev_ops = {
	.submit = bdev_submit,
	.sectors = bdev_sectors,
	.flush = bdev_flush,
	.discard = bdev_discard,
	.close = bdev_close,
};

/**
 * bdev_open - a store on the block device @dev
 *
 * Not exclusive: who may share a device is the toolstack's decision. Returns
 * an ERR_PTR when it cannot be opened.
 */
struct store *bdev_open(dev_t dev, bool read_only)
{
	struct store *store = store_alloc(&bdev_ops);
	struct block_device *bdev;
	int err;

	if (!store)
		return ERR_PTR(-ENOMEM);
	err = bdev_open_by_dev(&store->opened, dev, !read_only);
	if (err) {
		kfree(store);
		return ERR_PTR(err);
	}
	bdev = store->opened.bdev;
	store->bdev = bdev;
	store->read_only = read_only || bdev_read_only(bdev);
	store->logical = bdev_logical_block_size(bdev);
	store->physical = bdev_physical_block_size(bdev);
	store->caches_writes = bdev_write_cache(bdev);
	store->removable = bdev->bd_disk->flags & GENHD_FL_REMOVABLE;
	store->discards = bdev_max_discard_sectors(bdev);
	store->secure = bdev_max_secure_erase_sectors(bdev);
	store->discard_granularity = bdev_discard_granularity(bdev);
	store->discard_alignment = bdev_discard_alignment(bdev);
	return store;
}
