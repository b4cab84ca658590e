// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_privcmd: the toolstack's door to the hypervisor.
 *
 * /dev/xen/privcmd makes hypercalls and maps frames of other domains for
 * whoever may open it (root), /dev/xen/hypercall lends memory that is safe to
 * name in a hypercall (buf.c). A file can give up all domains but one
 * (RESTRICT), for good.
 *
 * In a domain that is not dom0 a file starts restricted, to the domain that
 * the store names as our target (we are its device model) or to none, so that
 * root there cannot use hypercalls to get around a locked down kernel; the
 * parameter "unrestricted" lifts that, except under lockdown.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <xen/features.h>
#include <xen/xen.h>
#include <xen/xenbus.h>

#include "privcmd.h"

static bool unrestricted;
module_param(unrestricted, bool, 0444);
MODULE_PARM_DESC(unrestricted,
		 "in a domU: allow every hypercall (not under lockdown)");

struct privcmd_stats privcmd_stats;

/*
 * What new files are restricted to. Written once, before first_known is set;
 * openers wait for that.
 */
static domid_t first_only = DOMID_INVALID;
static bool first_known;
static DECLARE_WAIT_QUEUE_HEAD(first_wait);

static void set_first(domid_t only)
{
	first_only = only;
	smp_store_release(&first_known, true); /* pairs with privcmd_open() */
	wake_up_all(&first_wait);
}

/* The store is up: it knows whose device model we are, if we are one. */
static int store_is_up(struct notifier_block *nb, unsigned long event,
		       void *data)
{
	unsigned int target = xenbus_read_unsigned("target", "", DOMID_IDLE);

	if (target >= DOMID_FIRST_RESERVED)
		target = DOMID_IDLE; /* no such domain: nothing is allowed */
	if (!smp_load_acquire(&first_known))
		set_first(target);
	return NOTIFY_DONE;
}

static struct notifier_block store_notifier = {
	.notifier_call = store_is_up,
};

static bool is_free_from_start(void)
{
	if (xen_initial_domain())
		return true;
	return unrestricted && !security_locked_down(LOCKDOWN_XEN_USER_ACTIONS);
}

int privcmd_open(struct inode *inode, struct file *file)
{
	struct privcmd_file *f;
	int err;

	/* pairs with set_first() */
	err = wait_event_interruptible(first_wait,
				       smp_load_acquire(&first_known));
	if (err)
		return err;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	f->only = first_only;
	file->private_data = f;
	return nonseekable_open(inode, file);
}

int privcmd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* One way: a second call must name the same domain. */
static long privcmd_restrict(struct privcmd_file *f, const void __user *arg)
{
	domid_t dom, old;

	if (copy_from_user(&dom, arg, sizeof(dom)))
		return -EFAULT;
	if (dom == DOMID_INVALID)
		return -EINVAL; /* it would lift the restriction */
	old = cmpxchg(&f->only, DOMID_INVALID, dom);
	return old == DOMID_INVALID || old == dom ? 0 : -EINVAL;
}

long privcmd_ioctl(struct file *file, unsigned int cmd, unsigned long data)
{
	struct privcmd_file *f = file->private_data;
	void __user *arg = (void __user *)data;

	switch (cmd) {
	case IOCTL_PRIVCMD_HYPERCALL:
		return privcmd_hypercall(f, arg);
	case IOCTL_PRIVCMD_MMAP:
		return privcmd_map(f, arg);
	case IOCTL_PRIVCMD_MMAPBATCH:
		return privcmd_map_batch(f, arg);
	case IOCTL_PRIVCMD_MMAPBATCH_V2:
		return privcmd_map_batch_v2(f, arg);
	case IOCTL_PRIVCMD_DM_OP:
		return privcmd_dm_op(f, arg);
	case IOCTL_PRIVCMD_RESTRICT:
		return privcmd_restrict(f, arg);
	case IOCTL_PRIVCMD_MMAP_RESOURCE:
		return privcmd_map_resource(f, arg);
	default:
		return -ENOTTY; /* libraries ask to find out that we say so */
	}
}

/* /sys/class/misc/xen!privcmd/NAME */
#define STAT(name)                                                           \
	static ssize_t name##_show(struct device *dev,                       \
				   struct device_attribute *attr, char *buf) \
	{                                                                    \
		return sysfs_emit(buf, "%ld\n",                              \
				  atomic_long_read(&privcmd_stats.name));    \
	}                                                                    \
	static DEVICE_ATTR_RO(name)

/* Makes hypercalls_show, mapped_show, failed_show, updates_show and dev_attr_*.
 */
STAT(hypercalls);
STAT(mapped);
STAT(failed);
STAT(updates);

static struct attribute *privcmd_attrs[] = {
	&dev_attr_hypercalls.attr,
	&dev_attr_mapped.attr,
	&dev_attr_failed.attr,
	&dev_attr_updates.attr,
	NULL,
};
ATTRIBUTE_GROUPS(privcmd);

static struct miscdevice privcmd_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/privcmd",
	.fops = &xen_privcmd_fops,
	.groups = privcmd_groups,
	.mode = 0600,
};

static int privcmd_supported(void)
{
	if (!xen_domain())
		return -ENODEV;
	if (xen_feature(XENFEAT_auto_translated_physmap)) {
		pr_err("only for paravirtual domains: use the stock xen-privcmd here\n");
		return -ENODEV;
	}
	if (!privcmd_fits_xenfs) {
		pr_err("built without what this kernel's xenfs needs: use the stock xen-privcmd\n");
		return -ENODEV;
	}
	return 0;
}

static int __init privcmd_init(void)
{
	int err = privcmd_supported();

	if (err)
		return err;
	err = misc_register(&privcmd_device);
	if (err == -EEXIST || err == -EBUSY)
		pr_err("there is a /dev/xen/privcmd: rmmod xen-privcmd first\n");
	if (err)
		return err;
	err = misc_register(&privcmd_buf_device);
	if (err)
		goto err_device;
	if (is_free_from_start())
		set_first(DOMID_INVALID);
	else
		register_xenstore_notifier(&store_notifier);
	return 0;

err_device:
	misc_deregister(&privcmd_device);
	return err;
}

static void __exit privcmd_exit(void)
{
	unregister_xenstore_notifier(&store_notifier);
	misc_deregister(&privcmd_buf_device);
	misc_deregister(&privcmd_device);
}

module_init(privcmd_init);
module_exit(privcmd_exit);

MODULE_DESCRIPTION("Hospes: hypercalls for the toolstack");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
