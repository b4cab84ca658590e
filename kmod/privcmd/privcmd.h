/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of hospes_privcmd share.
 *
 * The ABI is the kernel's public <xen/privcmd.h>; the comments there are the
 * contract with user space. One struct privcmd_file belongs to each open file
 * and lives as long as it; the maps live as long as their VMA.
 */
#ifndef HOSPES_PRIVCMD_H
#define HOSPES_PRIVCMD_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/types.h>

#include <xen/interface/xen.h>
#include <xen/privcmd.h>

/* Frames in one mmu_update, and the unit in which user arrays are copied. */
#define PRIVCMD_BATCH 512

/*
 * @only: the one domain this file may be used on, or DOMID_INVALID when there
 * is no such limit. It only ever changes from DOMID_INVALID to a domain.
 */
struct privcmd_file {
	domid_t only;
};

/* Counters since load, read through sysfs; never reset. */
struct privcmd_stats {
	atomic_long_t hypercalls; /* made for user space */
	atomic_long_t mapped; /* foreign frames mapped */
	atomic_long_t failed; /* foreign frames refused by the hypervisor */
	atomic_long_t updates; /* mmu_update hypercalls made for both */
};

extern struct privcmd_stats privcmd_stats;

/* true when @dom may be named through this file */
static inline bool privcmd_may_use(const struct privcmd_file *f, domid_t dom)
{
	domid_t only = READ_ONCE(f->only);

	return only == DOMID_INVALID || only == dom;
}

/* main.c; export.c makes the fops of them. */
extern const struct file_operations xen_privcmd_fops;
/* false: this build's fops do not fit the kernel's xenfs.ko (Kbuild). */
extern const bool privcmd_fits_xenfs;
int privcmd_open(struct inode *inode, struct file *file);
int privcmd_release(struct inode *inode, struct file *file);
long privcmd_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* hypercall.c: each takes the ioctl's argument and returns its result. */
long privcmd_hypercall(const struct privcmd_file *f, const void __user *arg);
long privcmd_dm_op(const struct privcmd_file *f, const void __user *arg);

/* mmap.c: the same, and the VMA's operations */
int privcmd_mmap(struct file *file, struct vm_area_struct *vma);
unsigned long privcmd_get_unmapped_area(struct file *file, unsigned long addr,
					unsigned long len, unsigned long pgoff,
					unsigned long flags);
long privcmd_map(const struct privcmd_file *f, const void __user *arg);
long privcmd_map_batch(const struct privcmd_file *f, const void __user *arg);
long privcmd_map_batch_v2(const struct privcmd_file *f, const void __user *arg);
long privcmd_map_resource(const struct privcmd_file *f, void __user *arg);

/* buf.c: /dev/xen/hypercall */
extern struct miscdevice privcmd_buf_device;

#endif
