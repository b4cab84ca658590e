// SPDX-License-Identifier: GPL-2.0-only
/*
 * hospes_netback: serves virtual network interfaces to guests, in place of the
 * kernel's xen-netback. See netback.h for the objects.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <xen/xen.h>

#include "netback.h"

unsigned int rx_drain_ms = 10000;
module_param(rx_drain_ms, uint, 0644);
MODULE_PARM_DESC(rx_drain_ms, "ms that a packet waits for room in its guest");

unsigned int rx_stall_ms = 60000;
module_param(rx_stall_ms, uint, 0644);
MODULE_PARM_DESC(rx_stall_ms,
		 "ms without room after which a vif has no carrier");

unsigned int moderate_us = 20;
module_param(moderate_us, uint, 0644);
MODULE_PARM_DESC(moderate_us,
		 "us between polls of a busy vif before it sends events again");

unsigned int map_bytes;
module_param(map_bytes, uint, 0644);
MODULE_PARM_DESC(map_bytes,
		 "segmented packets from this size on are mapped, not copied, "
		 "on vifs that connect from now on; 0: none");

static int __init netback_init(void)
{
	int err;

	if (!xen_domain())
		return -ENODEV;
	err = scratch_init();
	if (err)
		return err;
	err = vif_register_driver();
	if (err == -EBUSY)
		pr_err("another network back-end is loaded: rmmod xen-netback first\n");
	if (err)
		scratch_fini();
	return err;
}

static void __exit netback_exit(void)
{
	vif_unregister_driver();
	scratch_fini();
	rcu_barrier();
}

module_init(netback_init);
module_exit(netback_exit);

MODULE_DESCRIPTION("Hospes: network back-end");
MODULE_VERSION("0.1");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen-backend:vif");
