// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_blkback: serves virtual disks to guests.
 *
 * Only the frame of the module is here: it loads, says that it does nothing,
 * and unloads. It registers nothing, so the stock driver of the same duty
 * keeps working beside it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init blkback_init(void)
{
	pr_info("loaded; it does nothing yet, the stock xen-blkback stays in charge\n");
	return 0;
}

static void __exit blkback_exit(void)
{
	pr_info("unloaded\n");
}

module_init(blkback_init);
module_exit(blkback_exit);

MODULE_DESCRIPTION("Hospes: block device back-end");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
