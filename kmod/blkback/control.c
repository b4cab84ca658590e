// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/hospes-blkback: files and control groups from the toolstack.
 *
 * A binding is a file that was named for a disk. It belongs to the open
 * control device until a xenbus device of that name claims it, and then to
 * the device until that is unregistered; a driver that is unbound and bound
 * again finds it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "blkback.h"
#include <hospes/blkback.h>

enum {
	BINDINGS_UNCLAIMED_MAX = 4096
};

struct binding {
	struct list_head all;
	struct file *control; /* who made it; NULL when a device claimed it */
	struct file *file;
	u32 cache;
	char name[HOSPES_BLKBACK_NAME];
};

/* Both lists, and the fields of bindings. Nests outside of disk->lock. */
static DEFINE_MUTEX(control_lock);
static LIST_HEAD(bindings);
static LIST_HEAD(disks);
static u32 nr_unclaimed;
/* Constant or not, as the kernel has it. */
static typeof_member(struct device, bus) watched_bus;

static struct binding *binding_find(const char *name)
{
	struct binding *b;

	list_for_each_entry(b, &bindings,
			    all) if (!strcmp(b->name, name)) return b;
	return NULL;
}

/* It belongs to a device from now on, not to who made it. */
static void binding_claim(struct binding *b)
{
	if (b->control)
		nr_unclaimed--;
	b->control = NULL;
}

static void binding_free(struct binding *b)
{
	if (b->control)
		nr_unclaimed--;
	list_del(&b->all);
	fput(b->file);
	kfree(b);
}

/**
 * control_claim - the file that was named for a disk, as a store
 *
 * Returns NULL when there is none, or an ERR_PTR.
 */
struct store *control_claim(const char *name, bool read_only)
{
	struct store *store = NULL;
	struct binding *b;

	mutex_lock(&control_lock);
	b = binding_find(name);
	if (b) {
		binding_claim(b);
		store = file_open(get_file(b->file), b->cache, read_only);
	}
	mutex_unlock(&control_lock);
	return store;
}

/* The device of a binding is gone for good, wherever its driver is. */
static int bus_event(struct notifier_block *nb, unsigned long action,
		     void *data)
{
	struct binding *b;

	if (action != BUS_NOTIFY_REMOVED_DEVICE)
		return NOTIFY_DONE;
	mutex_lock(&control_lock);
	b = binding_find(to_xenbus_device(data)->nodename);
	if (b && !b->control)
		binding_free(b);
	mutex_unlock(&control_lock);
	return NOTIFY_OK;
}

static struct notifier_block bus_notifier = { .notifier_call = bus_event };

void control_add_disk(struct disk *disk)
{
	struct binding *b;

	mutex_lock(&control_lock);
	list_add_tail(&disk->all, &disks);
	b = binding_find(disk->dev->nodename);
	if (b)
		binding_claim(b);
	/* The bus has no exported name; a device knows it. */
	if (!watched_bus &&
	    !bus_register_notifier(disk->dev->dev.bus, &bus_notifier))
		watched_bus = disk->dev->dev.bus;
	mutex_unlock(&control_lock);
}

void control_del_disk(struct disk *disk)
{
	mutex_lock(&control_lock);
	list_del(&disk->all);
	mutex_unlock(&control_lock);
}

static struct disk *disk_find(const char *name)
{
	struct disk *disk;

	list_for_each_entry(disk, &disks, all) if (!strcmp(disk->dev->nodename,
							   name)) return disk;
	return NULL;
}

static bool name_ok(const char *name)
{
	return strnlen(name, HOSPES_BLKBACK_NAME) < HOSPES_BLKBACK_NAME &&
	       !strncmp(name, "backend/vbd/", 12);
}

static int check_file(const struct file *file)
{
	umode_t mode = file_inode(file)->i_mode;

	if (S_ISDIR(mode))
		return -EISDIR;
	if (!S_ISREG(mode))
		return -ENOTBLK;
	if (!(file->f_mode & FMODE_READ) || !file->f_op->read_iter)
		return -EACCES;
	if ((file->f_mode & FMODE_WRITE) && !file->f_op->write_iter)
		return -EACCES;
	return 0;
}

/* control_lock is held. */
static int bind_file(struct file *control, struct file *file,
		     const struct hospes_blkback_attach *arg)
{
	struct disk *disk = disk_find(arg->name);
	struct binding *b;

	if (binding_find(arg->name) || (disk && READ_ONCE(disk->store)))
		return -EBUSY;
	if (nr_unclaimed >= BINDINGS_UNCLAIMED_MAX)
		return -ENOSPC;
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->file = get_file(file);
	b->control = control;
	b->cache = arg->cache;
	strscpy(b->name, arg->name, sizeof(b->name));
	list_add_tail(&b->all, &bindings);
	nr_unclaimed++;
	if (disk) {
		binding_claim(b);
		disk_schedule(disk);
	}
	return 0;
}

static int control_attach(struct file *control, void __user *from)
{
	struct hospes_blkback_attach arg;
	struct file *file;
	int err;

	if (copy_from_user(&arg, from, sizeof(arg)))
		return -EFAULT;
	if (arg.version != HOSPES_BLKBACK_VERSION || arg.flags ||
	    arg.cache > HOSPES_BLKBACK_CACHE_READ || !name_ok(arg.name))
		return -EINVAL;
	file = fget(arg.fd);
	if (!file)
		return -EBADF;
	err = check_file(file);
	if (!err) {
		mutex_lock(&control_lock);
		err = bind_file(control, file, &arg);
		mutex_unlock(&control_lock);
	}
	fput(file);
	return err;
}

static int disk_group(struct disk *disk)
{
	int err;

	mutex_lock(&disk->lock);
	err = account_to_caller(disk);
	mutex_unlock(&disk->lock);
	return err;
}

static int disk_refresh(struct disk *disk)
{
	disk_schedule(disk);
	return 0;
}

static int control_named(void __user *from, int (*act)(struct disk *disk))
{
	struct hospes_blkback_name arg;
	struct disk *disk;
	int err = -ENODEV;

	if (copy_from_user(&arg, from, sizeof(arg)))
		return -EFAULT;
	if (arg.version != HOSPES_BLKBACK_VERSION || arg.flags ||
	    !name_ok(arg.name))
		return -EINVAL;
	mutex_lock(&control_lock);
	disk = disk_find(arg.name);
	if (disk)
		err = act(disk);
	mutex_unlock(&control_lock);
	return err;
}

static long control_ioctl(struct file *control, unsigned int cmd,
			  unsigned long arg)
{
	void __user *from = (void __user *)arg;

	switch (cmd) {
	case HOSPES_BLKBACK_ATTACH:
		return control_attach(control, from);
	case HOSPES_BLKBACK_CGROUP:
		return control_named(from, disk_group);
	case HOSPES_BLKBACK_REFRESH:
		return control_named(from, disk_refresh);
	default:
		return -ENOTTY;
	}
}

/* What was named for disks that never came is let go. */
static int control_release(struct inode *inode, struct file *control)
{
	struct binding *b, *next;

	mutex_lock(&control_lock);
	list_for_each_entry_safe(b, next, &bindings,
				 all) if (b->control == control)
		binding_free(b);
	mutex_unlock(&control_lock);
	return 0;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = control_ioctl,
	.release = control_release,
};

static struct miscdevice control_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hospes-blkback",
	.mode = 0600,
	.fops = &control_fops,
};

int control_init(void)
{
	return misc_register(&control_device);
}

void control_exit(void)
{
	struct binding *b, *next;

	misc_deregister(&control_device);
	if (watched_bus)
		bus_unregister_notifier(watched_bus, &bus_notifier);
	list_for_each_entry_safe(b, next, &bindings, all) binding_free(b);
}
