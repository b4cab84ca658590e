// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_privcmd: the toolstack's door to the hypervisor.
 *
 * Only the frame of the module is here: it loads, says that it does nothing,
 * and unloads. It registers nothing, so the stock driver of the same duty
 * keeps working beside it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>

static int __init privcmd_init(void)
{
	pr_info("loaded; it does nothing yet, the stock xen-privcmd stays in charge\n");
	return 0;
}

static void __exit privcmd_exit(void)
{
	pr_info("unloaded\n");
}

module_init(privcmd_init);
module_exit(privcmd_exit);

MODULE_DESCRIPTION("Hospes: hypercalls for the toolstack");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
