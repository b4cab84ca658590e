// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a disk: probe, the frontend's states, remove.
 *
 *   probe -> InitWait -> (store known, frontend Initialised) -> Connected
 *   frontend Closing -> Closing;  frontend Closed -> drain -> Closed
 *   frontend Initialising after that -> InitWait again
 *
 * Watches run in one thread for all devices of the kernel, so they only queue
 * the disk's work; it reads where the frontend is now and goes there. The
 * device is unregistered from the watch on our own state, because the bus
 * itself does that in the same thread and must not meet us.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/types.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "blkback.h"

/* Rewrites our state in the store if it is still there, to fire its watch. */
static void touch_state(struct disk *disk, enum xenbus_state state)
{
	struct xenbus_transaction xbt;
	int err, old;

	do {
		if (xenbus_transaction_start(&xbt))
			return;
		if (xenbus_scanf(xbt, disk->dev->nodename, "state", "%d",
				 &old) != 1) {
			xenbus_transaction_end(xbt, 1);
			return;
		}
		xenbus_printf(xbt, disk->dev->nodename, "state", "%d", state);
		err = xenbus_transaction_end(xbt, 0);
	} while (err == -EAGAIN);
}

void disk_schedule(struct disk *disk)
{
	queue_work(system_unbound_wq, &disk->work);
}

/* Finds out what the disk lies on; nothing when nobody has said yet. */
static void find_store(struct disk *disk)
{
	struct xenbus_device *dev = disk->dev;
	unsigned int major, minor;
	struct store *store;
	char *mode;

	mode = xenbus_read(XBT_NIL, dev->nodename, "mode", NULL);
	if (IS_ERR(mode))
		return;
	disk->read_only = mode[0] != 'w';
	kfree(mode);

	store = control_claim(dev->nodename, disk->read_only);
	if (!store && xenbus_scanf(XBT_NIL, dev->nodename, "physical-device",
				   "%x:%x", &major, &minor) == 2)
		store = bdev_open(MKDEV(major, minor), disk->read_only);
	if (IS_ERR(store)) {
		xenbus_dev_fatal(dev, PTR_ERR(store), "opening the disk");
		return;
	}
	if (!store)
		return;
	store->disk = disk;
	disk->read_only |= store->read_only;
	disk->store = store;
}

static void go_connected(struct disk *disk)
{
	struct xenbus_device *dev = disk->dev;
	int err;

	if (dev->state != XenbusStateInitWait || !disk->store)
		return;
	conn_disconnect(disk, false);
	err = conn_connect(disk);
	if (!err)
		err = disk_announce(disk);
	if (!err)
		err = xenbus_switch_state(dev, XenbusStateConnected);
	if (err) {
		conn_disconnect(disk, false);
		xenbus_dev_fatal(dev, err, "connecting");
	}
}

static void go_closed(struct disk *disk, bool gone)
{
	const char *node = disk->dev->nodename;

	/* A disk may be pulled from under a guest that lives and uses it. */
	if (!gone || !xenbus_read_unsigned(node, "hospes-stopped", 0))
		conn_let_finish(disk);
	conn_disconnect(disk, true);
	xenbus_switch_state(disk->dev, XenbusStateClosed);
	if (gone || !xenbus_dev_is_online(disk->dev)) {
		WRITE_ONCE(disk->unregister, true);
		touch_state(disk, XenbusStateClosed);
	}
}

static void follow_frontend(struct disk *disk)
{
	struct xenbus_device *dev = disk->dev;

	switch (xenbus_read_driver_state(dev->otherend)) {
	case XenbusStateInitialising:
		/* Connected before: it crashed and starts anew. */
		conn_disconnect(disk, false);
		if (dev->state != XenbusStateInitWait)
			xenbus_switch_state(dev, XenbusStateInitWait);
		break;
	case XenbusStateInitialised:
	case XenbusStateConnected:
		go_connected(disk);
		break;
	case XenbusStateClosing:
		xenbus_switch_state(dev, XenbusStateClosing);
		break;
	case XenbusStateClosed:
		go_closed(disk, false);
		break;
	case XenbusStateUnknown:
		go_closed(disk, true);
		break;
	default:
		break;
	}
}

static void disk_work(struct work_struct *work)
{
	struct disk *disk = container_of(work, struct disk, work);

	mutex_lock(&disk->lock);
	if (!disk->store)
		find_store(disk);
	follow_frontend(disk);
	if (disk->conn && disk->dev->state == XenbusStateConnected)
		disk_announce_size(disk);
	mutex_unlock(&disk->lock);
}

static void physical_changed(struct xenbus_watch *watch, const char *path,
			     const char *token)
{
	disk_schedule(container_of(watch, struct disk, physical));
}

static void own_state_changed(struct xenbus_watch *watch, const char *path,
			      const char *token)
{
	struct disk *disk = container_of(watch, struct disk, own_state);

	if (READ_ONCE(disk->unregister))
		device_unregister(&disk->dev->dev); /* frees disk and watch */
}

static void disk_frontend_changed(struct xenbus_device *dev,
				  enum xenbus_state state)
{
	struct disk *disk = dev_get_drvdata(&dev->dev);

	disk_schedule(disk);
}

/* What the frontend may be told before there is a store. */
static int announce_early(struct disk *disk)
{
	const char *node = disk->dev->nodename;
	int err;

	err = xenbus_printf(XBT_NIL, node, "feature-max-indirect-segments",
			    "%u", BLK_SEGS_MAX);
	if (!err)
		err = xenbus_printf(XBT_NIL, node, "multi-queue-max-queues",
				    "%u", disk->max_queues);
	if (!err)
		err = xenbus_printf(XBT_NIL, node, "max-ring-page-order", "%u",
				    ilog2(BLK_RING_PAGES_MAX));
	return err;
}

static void read_settings(struct disk *disk)
{
	struct xenbus_device *dev = disk->dev;
	char *name;

	disk->discard_enable =
		xenbus_read_unsigned(dev->nodename, "discard-enable", 1);
	disk->persistent = xenbus_read_unsigned(
		dev->nodename, "hospes-persistent", blkback_persistent);
	name = xenbus_read(XBT_NIL, dev->nodename, "device-type", NULL);
	if (!IS_ERR(name)) {
		disk->cdrom = !strcmp(name, "cdrom");
		kfree(name);
	}
	strscpy(disk->name, strrchr(dev->nodename, '/') + 1,
		sizeof(disk->name));
	name = xenbus_read(XBT_NIL, dev->nodename, "dev", NULL);
	if (IS_ERR(name))
		return;
	strscpy(disk->name, strrchr(name, '/') ? strrchr(name, '/') + 1 : name,
		sizeof(disk->name));
	kfree(name);
}

static void disk_remove(struct xenbus_device *dev)
{
	struct disk *disk = dev_get_drvdata(&dev->dev);

	if (disk->own_state.node) {
		unregister_xenbus_watch(&disk->own_state);
		kfree(disk->own_state.node);
	}
	if (disk->physical.node) {
		unregister_xenbus_watch(&disk->physical);
		kfree(disk->physical.node);
	}
	control_del_disk(disk);
	WRITE_ONCE(disk->leaving, true);
	wake_up(&disk->settle);
	cancel_work_sync(&disk->work);
	/* Without its node the disk goes; with it only the driver does. */
	conn_disconnect(disk, !xenbus_exists(XBT_NIL, dev->nodename, "state"));
	if (disk->store)
		store_close(disk->store);
	account_set(disk, NULL);
	dev_set_drvdata(&dev->dev, NULL);
	kfree(disk->stats);
	kfree(disk);
}

static int disk_probe(struct xenbus_device *dev,
		      const struct xenbus_device_id *id)
{
	struct disk *disk;
	int err = -ENOMEM;

	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk)
		return -ENOMEM;
	disk->dev = dev;
	disk->max_queues = blkback_max_queues;
	disk->stats =
		kcalloc(disk->max_queues, sizeof(*disk->stats), GFP_KERNEL);
	if (!disk->stats) {
		kfree(disk);
		return -ENOMEM;
	}
	mutex_init(&disk->lock);
	init_waitqueue_head(&disk->settle);
	INIT_WORK(&disk->work, disk_work);
	dev_set_drvdata(&dev->dev, disk);
	read_settings(disk);
	control_add_disk(disk);

	err = announce_early(disk);
	if (!err)
		err = xenbus_watch_pathfmt(dev, &disk->physical, NULL,
					   physical_changed, "%s/%s",
					   dev->nodename, "physical-device");
	if (!err)
		err = xenbus_watch_pathfmt(dev, &disk->own_state, NULL,
					   own_state_changed, "%s/%s",
					   dev->nodename, "state");
	if (!err)
		err = xenbus_switch_state(dev, XenbusStateInitWait);
	if (err) {
		xenbus_dev_fatal(dev, err, "setting up the disk");
		disk_remove(dev);
		return err;
	}
	disk_schedule(disk); /* a frontend may wait from before */
	return 0;
}

/* Memory is short: keep no spare pages for a while. */
static void disk_reclaim(struct xenbus_device *dev)
{
	struct disk *disk = dev_get_drvdata(&dev->dev);

	if (disk)
		WRITE_ONCE(disk->squeeze_until, jiffies + msecs_to_jiffies(10));
}

static const struct xenbus_device_id blkback_ids[] = { { "vbd" }, { "" } };

static struct xenbus_driver blkback_driver = {
	.ids = blkback_ids,
	.probe = disk_probe,
	.remove = disk_remove,
	.otherend_changed = disk_frontend_changed,
	.allow_rebind = true,
	.reclaim_memory = disk_reclaim,
	.driver.dev_groups = blkback_groups,
};

int blkback_register(void)
{
	return xenbus_register_backend(&blkback_driver);
}

void blkback_unregister(void)
{
	xenbus_unregister_driver(&blkback_driver);
}
