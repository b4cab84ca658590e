// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/xen/hypercall: memory whose address can be given to the hypervisor.
 *
 * It is plain kernel memory, mapped in full when mmap() returns and never
 * moved or swapped. A map's pages belong to the VMAs that share it (fork and
 * split make more of them) and go with the last; they count against the file
 * they were asked from, until then, and a file can have so many at most.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include "compat.h"
#include "privcmd.h"

static unsigned int buf_max_pages = 65536;
module_param(buf_max_pages, uint, 0644);
MODULE_PARM_DESC(buf_max_pages,
		 "pages of hypercall memory that one open file may have");

/* One open file; its maps may outlive it. */
struct buf_file {
	refcount_t users;
	atomic_t nr_pages;
};

/* One mmap(): shared by all VMAs that came of it. */
struct buf_map {
	refcount_t users;
	unsigned int nr_pages;
	struct buf_file *file;
	struct page *pages[];
};

static void buf_file_put(struct buf_file *bf)
{
	if (refcount_dec_and_test(&bf->users))
		kfree(bf);
}

/* Frees the first @nr pages and the rest of the map. */
static void buf_map_free(struct buf_map *map, unsigned int nr)
{
	while (nr)
		__free_page(map->pages[--nr]);
	atomic_sub(map->nr_pages, &map->file->nr_pages);
	buf_file_put(map->file);
	kvfree(map);
}

static void buf_vma_open(struct vm_area_struct *vma)
{
	struct buf_map *map = vma->vm_private_data;

	refcount_inc(&map->users);
}

static void buf_vma_close(struct vm_area_struct *vma)
{
	struct buf_map *map = vma->vm_private_data;

	if (refcount_dec_and_test(&map->users))
		buf_map_free(map, map->nr_pages);
}

/* All is mapped: only the end of a VMA that was let grow could be empty. */
static vm_fault_t buf_vma_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct buf_vm_ops = {
	.open = buf_vma_open,
	.close = buf_vma_close,
	.fault = buf_vma_fault,
};

/* Count @nr pages more for the file, unless it would have too many. */
static bool buf_charge(struct buf_file *bf, unsigned int nr)
{
	if (atomic_add_return(nr, &bf->nr_pages) <=
	    (int)min_t(unsigned int, READ_ONCE(buf_max_pages), INT_MAX / 2))
		return true;
	atomic_sub(nr, &bf->nr_pages);
	return false;
}

/* NULL: no memory, or too much for this file */
static struct buf_map *buf_map_alloc(struct buf_file *bf, unsigned long nr)
{
	struct buf_map *map;
	unsigned int i;

	if (nr > INT_MAX / 4 || !buf_charge(bf, nr))
		return NULL;
	map = kvzalloc(struct_size(map, pages, nr), GFP_KERNEL_ACCOUNT);
	if (!map) {
		atomic_sub(nr, &bf->nr_pages);
		return NULL;
	}
	refcount_set(&map->users, 1);
	refcount_inc(&bf->users);
	map->file = bf;
	map->nr_pages = nr;
	for (i = 0; i < nr; i++) {
		map->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!map->pages[i]) {
			buf_map_free(map, i);
			return NULL;
		}
	}
	return map;
}

static int buf_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct buf_map *map;
	int err;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	map = buf_map_alloc(file->private_data, vma_pages(vma));
	if (!map)
		return -ENOMEM;
	vm_flags_set(vma, VM_IO | VM_DONTEXPAND);
	vma->vm_ops = &buf_vm_ops;
	vma->vm_private_data = map;
	err = vm_map_pages_zero(vma, map->pages, map->nr_pages);
	if (err) {
		/* close() is not called for an mmap() that failed */
		vma->vm_ops = NULL;
		vma->vm_private_data = NULL;
		buf_map_free(map, map->nr_pages);
	}
	return err;
}

static int buf_open(struct inode *inode, struct file *file)
{
	struct buf_file *bf = kzalloc(sizeof(*bf), GFP_KERNEL_ACCOUNT);

	if (!bf)
		return -ENOMEM;
	refcount_set(&bf->users, 1);
	file->private_data = bf;
	return nonseekable_open(inode, file);
}

static int buf_release(struct inode *inode, struct file *file)
{
	buf_file_put(file->private_data);
	return 0;
}

static const struct file_operations buf_fops = {
	.owner = THIS_MODULE,
	.open = buf_open,
	.release = buf_release,
	.mmap = buf_mmap,
};

struct miscdevice privcmd_buf_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "xen/hypercall",
	.fops = &buf_fops,
	.mode = 0600,
};
