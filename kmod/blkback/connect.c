// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections: map what the frontend offers, start the rings, tell it what
 * the disk can do; and the way back.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kthread.h>
#include <linux/slab.h>
#include <xen/events.h>
#include <xen/interface/io/protocols.h>

#include "blkback.h"

enum {
	FINISH_MS = 5000, /* a closed frontend that goes on sending */
	LEAVE_MS = 200, /* the same, while its disk is being removed */
};

static irqreturn_t ring_interrupt(int irq, void *arg)
{
	struct ring *ring = arg;

	ring->stats->events_in++;
	ring->owes_eoi = true;
	smp_wmb(); /* pairs with the read of event in ring.c */
	WRITE_ONCE(ring->event, true);
	wake_up(&ring->wait);
	return IRQ_HANDLED;
}

static int read_abi(struct disk *disk, enum blk_abi *abi)
{
	char *protocol =
		xenbus_read(XBT_NIL, disk->dev->otherend, "protocol", NULL);
	int err = 0;

	/* Frontends that say nothing are of 32 bits, by convention. */
	*abi = BLK_ABI_X86_32;
	if (IS_ERR(protocol))
		return PTR_ERR(protocol) == -ENOENT ? 0 : PTR_ERR(protocol);
	if (!strcmp(protocol, XEN_IO_PROTO_ABI_NATIVE) ||
	    !strcmp(protocol, XEN_IO_PROTO_ABI_X86_64))
		*abi = BLK_ABI_X86_64;
	else if (strcmp(protocol, XEN_IO_PROTO_ABI_X86_32))
		err = -EPROTONOSUPPORT;
	kfree(protocol);
	return err;
}

static int read_grefs(struct disk *disk, const char *dir, grant_ref_t *gref,
		      u32 *nr_pages)
{
	unsigned int order, i;
	char key[16];

	if (xenbus_scanf(XBT_NIL, dir, "ring-page-order", "%u", &order) != 1) {
		*nr_pages = 1;
		return xenbus_scanf(XBT_NIL, dir, "ring-ref", "%u", gref) == 1 ?
			       0 :
			       -EINVAL;
	}
	if (order > ilog2(BLK_RING_PAGES_MAX))
		return -EINVAL;
	*nr_pages = 1 << order;
	for (i = 0; i < *nr_pages; i++) {
		snprintf(key, sizeof(key), "ring-ref%u", i);
		if (xenbus_scanf(XBT_NIL, dir, key, "%u", &gref[i]) != 1)
			return -EINVAL;
	}
	return 0;
}

static void ring_disconnect(struct ring *ring, bool drain)
{
	if (ring->irq > 0)
		disable_irq(ring->irq);
	if (ring->thread) {
		WRITE_ONCE(ring->drain, drain ? ring->proto.nr_slots : 0);
		kthread_stop(ring->thread);
		ring->thread = NULL;
	}
	if (ring->irq > 0) {
		unbind_from_irqhandler(ring->irq, ring);
		ring->irq = 0;
	}
	if (ring->shared) {
		xenbus_unmap_ring_vfree(ring->disk->dev, ring->shared);
		ring->shared = NULL;
	}
	gnttab_page_cache_shrink(&ring->pages, 0);
	xa_destroy(&ring->held);
}

static void ring_init(struct ring *ring, struct disk *disk, struct conn *conn,
		      unsigned int number, bool persistent)
{
	ring->disk = disk;
	ring->conn = conn;
	ring->number = number;
	ring->stats = &disk->stats[number];
	ring->persistent = persistent;
	crowd_reset(ring);
	init_waitqueue_head(&ring->wait);
	spin_lock_init(&ring->lone_lock);
	init_llist_head(&ring->done);
	INIT_LIST_HEAD(&ring->lingering);
	hrtimer_init(&ring->late, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	ring->late.function = ring_late;
	xa_init(&ring->held);
	gnttab_page_cache_init(&ring->pages);
}

static int ring_start(struct ring *ring)
{
	struct disk *disk = ring->disk;
	struct task_struct *thread;

	if (ring->number == 0)
		thread = kthread_create(ring_thread, ring, "blkback.%d.%s",
					disk->dev->otherend_id, disk->name);
	else
		thread = kthread_create(ring_thread, ring, "blkback.%d.%s-%u",
					disk->dev->otherend_id, disk->name,
					ring->number);
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	ring->thread = thread;
	return 0;
}

static int ring_connect(struct ring *ring, const char *dir, enum blk_abi abi)
{
	struct xenbus_device *dev = ring->disk->dev;
	grant_ref_t gref[BLK_RING_PAGES_MAX];
	unsigned int port;
	u32 nr_pages;
	int err;

	err = read_grefs(ring->disk, dir, gref, &nr_pages);
	if (err)
		return err;
	if (xenbus_scanf(XBT_NIL, dir, "event-channel", "%u", &port) != 1)
		return -EINVAL;
	err = xenbus_map_ring_valloc(dev, gref, nr_pages, &ring->shared);
	if (err) {
		ring->shared = NULL;
		return err;
	}
	err = blk_ring_attach(&ring->proto, ring->shared, nr_pages, abi);
	if (err)
		return err;
	/* As many as a full ring of usual requests can name. */
	ring->max_held = ring->proto.nr_slots * 32;
	err = ring_start(ring);
	if (err)
		return err;
	err = bind_interdomain_evtchn_to_irqhandler_lateeoi(
		dev, port, ring_interrupt, 0, "blkif-backend", ring);
	if (err < 0)
		return err;
	ring->irq = err;
	return 0;
}

static int connect_rings(struct disk *disk, struct conn *conn, enum blk_abi abi)
{
	const char *otherend = disk->dev->otherend;
	unsigned int i;
	char *dir;
	int err;

	if (conn->nr_rings == 1)
		return ring_connect(&conn->ring[0], otherend, abi);
	for (i = 0; i < conn->nr_rings; i++) {
		dir = kasprintf(GFP_KERNEL, "%s/queue-%u", otherend, i);
		if (!dir)
			return -ENOMEM;
		err = ring_connect(&conn->ring[i], dir, abi);
		kfree(dir);
		if (err)
			return err;
	}
	return 0;
}

/**
 * conn_connect - connect to the rings that the frontend has written down
 *
 * Context: the disk's work, disk->lock held, no connection. On failure
 * conn_disconnect() undoes what was done.
 */
int conn_connect(struct disk *disk)
{
	const char *otherend = disk->dev->otherend;
	bool persistent;
	struct conn *conn;
	enum blk_abi abi;
	unsigned int nr, i;
	int err;

	err = read_abi(disk, &abi);
	if (err)
		return err;
	nr = xenbus_read_unsigned(otherend, "multi-queue-num-queues", 1);
	if (nr == 0 || nr > disk->max_queues)
		return -EINVAL;
	persistent = disk->persistent &&
		     xenbus_read_unsigned(otherend, "feature-persistent", 0);
	conn = kzalloc(struct_size(conn, ring, nr), GFP_KERNEL);
	if (!conn)
		return -ENOMEM;
	conn->nr_rings = nr;
	for (i = 0; i < nr; i++)
		ring_init(&conn->ring[i], disk, conn, i, persistent);
	disk->conn = conn;
	err = connect_rings(disk, conn, abi);
	if (err)
		return err;
	disk->shown_sectors = disk->store->ops->sectors(disk->store);
	for (i = 0; i < nr; i++)
		wake_up_process(conn->ring[i].thread);
	return 0;
}

static bool has_settled(const struct conn *conn)
{
	unsigned int i;

	for (i = 0; conn && i < conn->nr_rings; i++)
		if (!READ_ONCE(conn->ring[i].done_for))
			return false;
	return true;
}

/**
 * conn_let_finish - serve what a frontend still sends that is closed or gone
 *
 * Linux closes its disk, or finds its node gone, and then waits, in the only
 * thread of its xenbus, for each request that was made before. Some of these
 * are not in the ring yet but in a queue that it stopped, and that its next
 * event starts again. So there is one event, and time for what follows; without
 * it such a guest never hears of any device again.
 *
 * Context: the disk's work, disk->lock held. Up to QUIET_MS for a frontend
 * that says what it has seen, and FINISH_MS for one that goes on; LEAVE_MS
 * when the disk is removed meanwhile, because dom0's xenbus waits for that.
 */
void conn_let_finish(struct disk *disk)
{
	struct conn *conn = disk->conn;
	struct ring *ring;
	unsigned int i;

	for (i = 0; conn && i < conn->nr_rings; i++) {
		ring = &conn->ring[i];
		if (!ring->thread || ring->irq <= 0)
			return; /* never connected as a whole */
		notify_remote_via_irq(ring->irq);
		WRITE_ONCE(ring->closing, true);
		WRITE_ONCE(ring->kick, true);
		wake_up(&ring->wait);
	}
	if (!wait_event_timeout(disk->settle,
				has_settled(conn) || READ_ONCE(disk->leaving),
				msecs_to_jiffies(FINISH_MS)))
		return;
	wait_event_timeout(disk->settle, has_settled(conn),
			   msecs_to_jiffies(LEAVE_MS));
}

/**
 * conn_disconnect - end the connection, if there is one
 * @drain: also answer what the frontend has written and no thread has read.
 * Linux waits in the thread of its xenbus for each request that it has sent
 * when its disk goes, so that one without an answer is the last thing that
 * such a guest ever hears of any device. Not for a frontend that stays (who
 * comes after us serves these) or that has begun anew (the ring is not its).
 *
 * Context: disk->lock is held, or nobody else knows the disk.
 */
void conn_disconnect(struct disk *disk, bool drain)
{
	struct conn *conn = disk->conn;
	unsigned int i;

	if (!conn)
		return;
	disk->conn = NULL;
	for (i = 0; i < conn->nr_rings; i++)
		ring_disconnect(&conn->ring[i], drain);
	kfree_rcu(conn, rcu);
}

struct feature {
	const char *key;
	unsigned long long value;
};

static int write_features(struct disk *disk, struct xenbus_transaction xbt)
{
	struct store *store = disk->store;
	bool discard = store->discards && disk->discard_enable &&
		       !disk->read_only;
	const struct feature features[] = {
		{ "feature-flush-cache", store->caches_writes },
		{ "feature-barrier", store->caches_writes },
		{ "feature-persistent", disk->persistent },
		{ "feature-discard", discard },
		{ "discard-granularity",
		  discard ? store->discard_granularity : 0 },
		{ "discard-alignment", discard ? store->discard_alignment : 0 },
		{ "discard-secure", discard && store->secure },
		{ "sectors", disk->shown_sectors },
		{ "info", (disk->cdrom ? VDISK_CDROM : 0) |
				  (store->removable ? VDISK_REMOVABLE : 0) |
				  (disk->read_only ? VDISK_READONLY : 0) },
		{ "sector-size", store->logical },
		{ "physical-sector-size", store->physical },
	};
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(features) && !err; i++)
		err = xenbus_printf(xbt, disk->dev->nodename, features[i].key,
				    "%llu", features[i].value);
	return err;
}

/* Tells the frontend of the disk; the state is switched after that. */
int disk_announce(struct disk *disk)
{
	struct xenbus_transaction xbt;
	int err;

	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			return err;
		err = write_features(disk, xbt);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			return err;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	return err;
}

static int write_size(struct disk *disk, struct xenbus_transaction xbt)
{
	const char *node = disk->dev->nodename;
	int err;

	err = xenbus_printf(xbt, node, "sectors", "%llu", disk->shown_sectors);
	if (!err) /* the same state again: frontends look at the size then */
		err = xenbus_printf(xbt, node, "state", "%d", disk->dev->state);
	return err;
}

/* Shows a new size of the store to a connected frontend. */
void disk_announce_size(struct disk *disk)
{
	u64 sectors = disk->store->ops->sectors(disk->store);
	struct xenbus_transaction xbt;
	int err;

	if (sectors == disk->shown_sectors)
		return;
	dev_info(&disk->dev->dev, "d%d %s: size now %llu sectors, was %llu\n",
		 disk->dev->otherend_id, disk->name, sectors,
		 disk->shown_sectors);
	disk->shown_sectors = sectors;
	do {
		err = xenbus_transaction_start(&xbt);
		if (err)
			break;
		err = write_size(disk, xbt);
		if (err) {
			xenbus_transaction_end(xbt, 1);
			break;
		}
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
	if (err)
		dev_warn(&disk->dev->dev, "cannot show the new size: %d\n",
			 err);
}
