// SPDX-License-Identifier: GPL-2.0-only
/*
 * xen_privcmd_fops, which the distribution's xenfs.ko links to.
 *
 * The checksum that the kernel compares when xenfs is loaded covers every type
 * that can be reached from the symbol, as far as its definition is visible
 * here: what is included decides it. This list makes each supported kernel's
 * own; tools/xenfs-crc checks that after each build.
 */
#include <linux/highmem.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>

#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/interface/hvm/dm_op.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen-ops.h>
#include <xen/xen.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#include <linux/security.h>
#include <xen/events.h>
#endif

#include "privcmd.h"

const bool privcmd_fits_xenfs = true;

const struct file_operations xen_privcmd_fops = {
	.owner = THIS_MODULE,
	.open = privcmd_open,
	.release = privcmd_release,
	.unlocked_ioctl = privcmd_ioctl,
	.mmap = privcmd_mmap,
	.get_unmapped_area = privcmd_get_unmapped_area,
};
EXPORT_SYMBOL_GPL(xen_privcmd_fops);
