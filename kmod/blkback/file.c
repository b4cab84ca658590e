// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backing store: an image file, without a loop device.
 *
 * Data moves by direct I/O between the frontend's pages (or their copies) and
 * the file system, submitted by the ring's thread and completed by interrupt.
 * What would make that thread wait (metadata, holes, a full queue) is tried
 * again by a worker. Requests that direct I/O cannot do, because they are not
 * aligned or the file system has none, go through the page cache; direct
 * reads and writes keep that coherent, and a flush covers both.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blkdev.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/ioprio.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/uio.h>

#include "blkback.h"
#include <hospes/blkback.h>

enum {
	PUNCH_CHUNK = 16 << 20
}; /* bytes; reads pass between two of them */

static struct store *store_of(const struct blk_req *req)
{
	return req->ring->disk->store;
}

static void make_iter(struct blk_req *req, struct iov_iter *iter)
{
	iov_iter_bvec(iter, req_writes(req) ? WRITE : READ, req->vec,
		      req->nr_segs, req_bytes(req));
}

static int verdict(const struct blk_req *req, ssize_t ret)
{
	if (ret < 0)
		return ret;
	/* Short at the end of a file that someone truncated. */
	return ret == req_bytes(req) ? 0 : -EIO;
}

static bool is_direct(struct blk_req *req)
{
	struct store *store = store_of(req);
	u64 align;
	u32 i, mem = 0;

	if (!store->dio_align)
		return false;
	align = (req->sector | req->nr_sectors) << SECTOR_SHIFT;
	for (i = 0; i < req->nr_segs; i++)
		mem |= req->vec[i].bv_offset | req->vec[i].bv_len;
	if (!(align & (store->dio_align - 1)) &&
	    !(mem & (store->dio_mem_align - 1)))
		return true;
	if (!store->told_bounce) {
		store->told_bounce = true;
		dev_info(
			&store->disk->dev->dev,
			"d%d %s: requests not aligned to %u bytes go through the page cache\n",
			store->disk->dev->otherend_id, store->disk->name,
			store->dio_align);
	}
	return false;
}

/* One attempt that may block, in a worker. */
static ssize_t transfer(struct blk_req *req, bool direct, bool sync)
{
	struct file *file = store_of(req)->file;
	struct iov_iter iter;
	struct kiocb iocb;
	ssize_t ret;

	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = req->sector << SECTOR_SHIFT;
	iocb.ki_flags &= ~IOCB_DIRECT;
	if (direct)
		iocb.ki_flags |= IOCB_DIRECT;
	if (sync)
		iocb.ki_flags |= IOCB_DSYNC;
	iocb.ki_ioprio = req->iocb.ki_ioprio;
	make_iter(req, &iter);
	if (!req_writes(req))
		return file->f_op->read_iter(&iocb, &iter);
	file_start_write(file);
	ret = file->f_op->write_iter(&iocb, &iter);
	file_end_write(file);
	if (ret > 0 && sync)
		ret = generic_write_sync(&iocb, ret);
	return ret;
}

static void file_worker(struct work_struct *work)
{
	struct blk_req *req = container_of(work, struct blk_req, work);
	struct store *store = store_of(req);
	unsigned int noio = memalloc_noio_save();
	unsigned int throttle = current->flags & PF_LOCAL_THROTTLE;
	bool direct = is_direct(req);
	int err = 0;

	if (!req_writes(req) && store->cache == HOSPES_BLKBACK_CACHE_READ)
		direct = false;
	account_begin(store->disk);
	/* Writeback for someone else must not wait for itself. */
	current->flags |= PF_LOCAL_THROTTLE;
	if (req->op == BLKIF_OP_FLUSH_DISKCACHE ||
	    req->op == BLKIF_OP_WRITE_BARRIER)
		err = vfs_fsync_range(store->file, 0, LLONG_MAX, 1);
	if (!err)
		err = verdict(req, transfer(req, direct,
					    req->op == BLKIF_OP_WRITE_BARRIER));
	if (!throttle)
		current->flags &= ~PF_LOCAL_THROTTLE;
	account_end();
	memalloc_noio_restore(noio);
	req_done(req, err);
}

static void to_worker(struct blk_req *req)
{
	INIT_WORK(&req->work, file_worker);
	queue_work(blkback_wq, &req->work);
}

static void file_complete(struct kiocb *iocb, long ret)
{
	struct blk_req *req = container_of(iocb, struct blk_req, iocb);

	if (req_writes(req))
		kiocb_end_write(iocb);
	if (ret == -EAGAIN)
		to_worker(req);
	else
		req_done(req, verdict(req, ret));
}

static void init_iocb(struct blk_req *req, int flags)
{
	struct file *file = store_of(req)->file;

	memset(&req->iocb, 0, sizeof(req->iocb));
	req->iocb.ki_filp = file;
	req->iocb.ki_pos = req->sector << SECTOR_SHIFT;
	req->iocb.ki_flags = flags;
	req->iocb.ki_ioprio = get_current_ioprio();
}

/* True when the page cache had all of it. */
static bool read_cached(struct blk_req *req)
{
	struct store *store = store_of(req);
	struct file *file = store->file;
	struct iov_iter iter;
	int flags = IOCB_NOWAIT;

	if (!(file->f_mode & FMODE_NOWAIT) ||
	    store->cache == HOSPES_BLKBACK_CACHE_NONE)
		return false;
	if (store->cache == HOSPES_BLKBACK_CACHE_AUTO) {
		if (!READ_ONCE(file->f_mapping->nrpages))
			return false;
		flags |= IOCB_NOIO;
	}
	init_iocb(req, flags);
	make_iter(req, &iter);
	if (file->f_op->read_iter(&req->iocb, &iter) != req_bytes(req))
		return false;
	req_done(req, 0);
	return true;
}

static void submit_direct(struct blk_req *req)
{
	struct file *file = store_of(req)->file;
	bool nowait = file->f_mode & FMODE_NOWAIT;
	struct iov_iter iter;
	ssize_t ret;

	init_iocb(req, IOCB_DIRECT | (nowait ? IOCB_NOWAIT : 0));
	req->iocb.ki_complete = file_complete;
	make_iter(req, &iter);
	if (req_writes(req)) {
		if (!nowait || !file_start_write_trylock(file)) {
			to_worker(req);
			return;
		}
		ret = file->f_op->write_iter(&req->iocb, &iter);
	} else {
		ret = file->f_op->read_iter(&req->iocb, &iter);
	}
	if (ret != -EIOCBQUEUED)
		file_complete(&req->iocb, ret);
}

static void file_submit(struct blk_req *req)
{
	struct store *store = store_of(req);

	if (!req->nr_segs) {
		store_slow(store, req);
		return;
	}
	if (req->op == BLKIF_OP_READ && read_cached(req))
		return;
	if ((req->op != BLKIF_OP_READ && req->op != BLKIF_OP_WRITE) ||
	    !is_direct(req) ||
	    (req->op == BLKIF_OP_READ &&
	     store->cache == HOSPES_BLKBACK_CACHE_READ)) {
		init_iocb(req, 0); /* for its I/O priority */
		to_worker(req);
		return;
	}
	submit_direct(req);
}

static u64 file_sectors(const struct store *store)
{
	return i_size_read(file_inode(store->file)) >> SECTOR_SHIFT;
}

static int file_flush(struct store *store)
{
	return vfs_fsync_range(store->file, 0, LLONG_MAX, 1);
}

static int file_discard(struct store *store, struct blk_req *req)
{
	loff_t from = req->sector << SECTOR_SHIFT;
	loff_t left = req->nr_sectors << SECTOR_SHIFT;
	int err = 0;

	while (left > 0 && !err) {
		loff_t len = min_t(loff_t, left, PUNCH_CHUNK);

		err = vfs_fallocate(store->file,
				    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    from, len);
		from += len;
		left -= len;
		cond_resched();
	}
	return err;
}

static void file_close(struct store *store)
{
	fput(store->file);
}

static const struct store_ops file_ops = {
	.submit = file_submit,
	.sectors = file_sectors,
	.flush = file_flush,
	.discard = file_discard,
	.close = file_close,
};

static void find_alignment(struct store *store)
{
	struct super_block *sb = file_inode(store->file)->i_sb;
	struct kstat stat;

	if (!(store->file->f_mode & FMODE_CAN_ODIRECT) ||
	    vfs_getattr(&store->file->f_path, &stat, STATX_DIOALIGN, 0))
		return;
	if (stat.result_mask & STATX_DIOALIGN) {
		store->dio_align = stat.dio_offset_align;
		store->dio_mem_align = stat.dio_mem_align;
	} else { /* the file system does not say */
		store->dio_align = sb->s_bdev ?
					   bdev_logical_block_size(sb->s_bdev) :
					   PAGE_SIZE;
		store->dio_mem_align = SECTOR_SIZE;
	}
	if (!is_power_of_2(store->dio_align) ||
	    !is_power_of_2(store->dio_mem_align))
		store->dio_align = 0;
}

/**
 * file_open - a store on an open regular file
 * @file: a reference that the store takes over, also on failure
 * @cache: enum hospes_blkback_cache
 */
struct store *file_open(struct file *file, u32 cache, bool read_only)
{
	struct store *store = store_alloc(&file_ops);

	if (!store) {
		fput(file);
		return ERR_PTR(-ENOMEM);
	}
	store->file = file;
	store->cache = cache;
	store->read_only = read_only || !(file->f_mode & FMODE_WRITE);
	store->logical = SECTOR_SIZE;
	find_alignment(store);
	store->physical = max_t(u32, PAGE_SIZE, store->dio_align);
	store->caches_writes = true;
	store->discards = file->f_op->fallocate;
	store->discard_granularity =
		min_t(u32, i_blocksize(file_inode(file)), PAGE_SIZE);
	if (!store->dio_align)
		pr_info("%pD: no direct I/O on its file system: through dom0's page cache\n",
			file);
	return store;
}
