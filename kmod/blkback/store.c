// SPDX-License-Identifier: GPL-2.0-only
/*
 * What both kinds of backing store share: the queue of slow operations.
 *
 * Flushes that wait together are one flush of the store. Discards go one
 * after the other, so that a guest that trims does not fill the device's
 * queue; neither ever runs in a ring's thread.
 */
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "blkback.h"

static bool slow_take(struct store *store, struct list_head *from,
		      struct list_head *to, bool all)
{
	spin_lock_irq(&store->slow_lock);
	if (all)
		list_splice_init(from, to);
	else if (!list_empty(from))
		list_move(from->next, to);
	spin_unlock_irq(&store->slow_lock);
	return !list_empty(to);
}

static void flush_all(struct work_struct *work)
{
	struct store *store = container_of(work, struct store, flush_work);
	unsigned int noio = memalloc_noio_save();
	struct blk_req *req, *next;
	LIST_HEAD(reqs);
	int err;

	account_begin(store->disk);
	while (slow_take(store, &store->flushes, &reqs, true)) {
		err = store->ops->flush(store);
		list_for_each_entry_safe(req, next, &reqs, link)
		{
			list_del_init(&req->link);
			req_done(req, err);
		}
	}
	account_end();
	memalloc_noio_restore(noio);
}

static void discard_all(struct work_struct *work)
{
	struct store *store = container_of(work, struct store, discard_work);
	unsigned int noio = memalloc_noio_save();
	struct blk_req *req;
	LIST_HEAD(reqs);

	account_begin(store->disk);
	while (slow_take(store, &store->discards_waiting, &reqs, false)) {
		req = list_first_entry(&reqs, struct blk_req, link);
		list_del_init(&req->link);
		req_done(req, store->ops->discard(store, req));
	}
	account_end();
	memalloc_noio_restore(noio);
}

/* Queues a flush without data, or a discard. */
void store_slow(struct store *store, struct blk_req *req)
{
	bool discard = req->op == BLKIF_OP_DISCARD;
	unsigned long flags;

	spin_lock_irqsave(&store->slow_lock, flags);
	list_add_tail(&req->link,
		      discard ? &store->discards_waiting : &store->flushes);
	spin_unlock_irqrestore(&store->slow_lock, flags);
	queue_work(blkback_wq,
		   discard ? &store->discard_work : &store->flush_work);
}

struct store *store_alloc(const struct store_ops *ops)
{
	struct store *store = kzalloc(sizeof(*store), GFP_KERNEL);

	if (!store)
		return NULL;
	store->ops = ops;
	spin_lock_init(&store->slow_lock);
	INIT_LIST_HEAD(&store->flushes);
	INIT_LIST_HEAD(&store->discards_waiting);
	INIT_WORK(&store->flush_work, flush_all);
	INIT_WORK(&store->discard_work, discard_all);
	return store;
}

/* No request is on its way any more; a worker may be just ending. */
void store_close(struct store *store)
{
	cancel_work_sync(&store->flush_work);
	cancel_work_sync(&store->discard_work);
	store->ops->close(store);
	kfree(store);
}
