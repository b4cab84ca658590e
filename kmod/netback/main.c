// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_netback: serves virtual network interfaces to guests.
 *
 * Only the frame of the module is here: it loads, says that it does nothing,
 * and unloads. It registers nothing, so the stock driver of the same duty
 * keeps working beside it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init netback_init(void)
{
	pr_info("loaded; it does nothing yet, the stock xen-netback stays in charge\n");
	return 0;
}

static void __exit netback_exit(void)
{
	pr_info("unloaded\n");
}

module_init(netback_init);
module_exit(netback_exit);

MODULE_DESCRIPTION("Hospes: network back-end");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
