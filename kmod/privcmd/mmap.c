// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps of other domains' frames in the caller's address space.
 *
 * A VMA of ours is empty at first; touching what is empty is SIGBUS. The first
 * map fills the whole of it, frame by frame, and marks it used; later ones may
 * only fill what is still empty (frames that were paged out, the rest of a
 * resource). The kernel knows nothing of the frames, and could neither copy
 * nor move the entries, so the VMA is not inherited by a fork, grows, splits
 * and moves not, and keeps its protection once it is used.
 *
 * User space's arrays are copied and worked off a batch at a time, under the
 * mmap lock only while page tables change: nothing here is as big as a number
 * that user space gave, and a kill takes effect between two batches. What
 * another thread does to the VMA in between is found out by looking again.
 */
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/memory.h>
#include <xen/xen-ops.h>

#include "compat.h"
#include "remap.h"

/*
 * vm_pgoff of a VMA of ours. mmap() must be asked for offset 0, so an area
 * that is wanted for this offset is for a VMA of ours that shall move.
 */
#define MOVED_PGOFF 1

/* vm_private_data of a VMA that was mapped into */
#define VMA_USED ((void *)1)

static vm_fault_t privcmd_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static int privcmd_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static int privcmd_mprotect(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, unsigned long flags)
{
	return vma->vm_private_data ? -EINVAL : 0;
}

static const struct vm_operations_struct privcmd_vm_ops = {
	.fault = privcmd_fault,
	.may_split = privcmd_may_split,
	.mprotect = privcmd_mprotect,
};

int privcmd_mmap(struct file *file, struct vm_area_struct *vma)
{
	/* A private writable map would copy frames on write. */
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE)
		return -EINVAL;
	if (vma->vm_pgoff)
		return -EINVAL;
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTCOPY | VM_DONTEXPAND |
				  VM_DONTDUMP);
	vma->vm_pgoff = MOVED_PGOFF;
	vma->vm_ops = &privcmd_vm_ops;
	vma->vm_private_data = NULL;
	return 0;
}

unsigned long privcmd_get_unmapped_area(struct file *file, unsigned long addr,
					unsigned long len, unsigned long pgoff,
					unsigned long flags)
{
	if (pgoff)
		return -EINVAL;
	return mm_get_unmapped_area(current->mm, file, addr, len, pgoff, flags);
}

/*
 * The VMA of ours that holds all @nr pages from @addr on, or NULL.
 * Context: mmap lock held.
 */
static struct vm_area_struct *vma_of(unsigned long addr, unsigned long nr)
{
	struct vm_area_struct *vma = find_vma(current->mm, addr);

	if (!vma || vma->vm_ops != &privcmd_vm_ops || !PAGE_ALIGNED(addr))
		return NULL;
	if (addr < vma->vm_start || !nr ||
	    nr > (vma->vm_end - addr) >> PAGE_SHIFT)
		return NULL;
	if (!(pgprot_val(vma->vm_page_prot) & _PAGE_PRESENT))
		return NULL; /* PROT_NONE: the entries would map nothing */
	return vma;
}

enum first_map {
	MUST_FILL_VMA,
	MAY_BE_PART
};

/*
 * Decide whether @nr pages from @addr on may be mapped, and mark the VMA used.
 * 0, -EINVAL (not a place of ours, or the wrong one), -EINTR (killed).
 */
static int claim_vma(unsigned long addr, unsigned long nr, enum first_map first)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = -EINVAL;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vma = vma_of(addr, nr);
	if (vma && (vma->vm_private_data || first == MAY_BE_PART ||
		    (addr == vma->vm_start && nr == vma_pages(vma)))) {
		vma->vm_private_data = VMA_USED;
		err = 0;
	}
	mmap_write_unlock(mm);
	return err;
}

/* Map one batch; as remap_frames(), and -EINVAL where there is no VMA to. */
static int map_frames(struct remap_batch *b, unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	int err = -EINVAL;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	b->vma = vma_of(addr, b->nr);
	if (b->vma && b->vma->vm_private_data)
		err = remap_frames(b, addr);
	mmap_write_unlock(mm);
	cond_resched();
	return err == -EBUSY ? -EINVAL : err;
}

/* The first error of a batch, or 0. */
static int first_error(const struct remap_batch *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (b->errs[i])
			return b->errs[i];
	return 0;
}

/* Ranges of frames, one after the other, from the start of a VMA on */

static int map_range(struct remap_batch *b,
		     const struct privcmd_mmap_entry *range)
{
	u64 done, i;
	int err;

	for (done = 0; done < range->npages; done += b->nr) {
		b->nr = min_t(u64, range->npages - done, PRIVCMD_BATCH);
		for (i = 0; i < b->nr; i++)
			b->frames[i] = range->mfn + done + i;
		err = map_frames(b, range->va + (done << PAGE_SHIFT));
		if (!err)
			err = first_error(b);
		if (err)
			return err;
	}
	return 0;
}

/* May the first range begin a VMA that was not used yet? */
static int claim_first_range(const struct privcmd_mmap_entry *range)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err = -EINVAL;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	vma = vma_of(range->va, range->npages);
	if (vma && !vma->vm_private_data && range->va == vma->vm_start) {
		vma->vm_private_data = VMA_USED;
		err = 0;
	}
	mmap_write_unlock(mm);
	return err;
}

static int map_ranges(struct remap_batch *b, const struct privcmd_mmap *m)
{
	struct privcmd_mmap_entry range;
	u64 next = 0;
	int i, err = 0;

	for (i = 0; i < m->num && !err; i++) {
		if (copy_from_user(&range, m->entry + i, sizeof(range)))
			return -EFAULT;
		if (i == 0)
			err = claim_first_range(&range);
		else if (range.va != next || !range.npages)
			err = -EINVAL;
		if (!err)
			err = map_range(b, &range);
		next = range.va + (range.npages << PAGE_SHIFT);
	}
	return err;
}

long privcmd_map(const struct privcmd_file *f, const void __user *arg)
{
	struct privcmd_mmap m;
	struct remap_batch *b;
	long ret;

	if (copy_from_user(&m, arg, sizeof(m)))
		return -EFAULT;
	if (!privcmd_may_use(f, m.dom))
		return -EPERM;
	if (m.num <= 0)
		return -EINVAL;
	b = kvmalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->dom = m.dom;
	b->machine = false;
	ret = map_ranges(b, &m);
	kvfree(b);
	return ret;
}

/* An array of frames, each with a result of its own */

/* Hands errs[] of frames [first, first + b->nr) to user space. */
typedef int (*report_fn)(const struct remap_batch *b,
			 const struct privcmd_mmapbatch_v2 *m,
			 unsigned int first);

/* Version 1 marks what failed in the top bits of the frame number itself. */
static int report_v1(const struct remap_batch *b,
		     const struct privcmd_mmapbatch_v2 *m, unsigned int first)
{
	xen_pfn_t __user *arr = (xen_pfn_t __user *)m->arr + first;
	unsigned int i;
	xen_pfn_t mark;

	for (i = 0; i < b->nr; i++) {
		if (!b->errs[i])
			continue;
		mark = b->errs[i] == -ENOENT ? PRIVCMD_MMAPBATCH_PAGED_ERROR :
					       PRIVCMD_MMAPBATCH_MFN_ERROR;
		if (put_user(b->frames[i] | mark, arr + i))
			return -EFAULT;
	}
	return 0;
}

static int report_v2(const struct remap_batch *b,
		     const struct privcmd_mmapbatch_v2 *m, unsigned int first)
{
	if (copy_to_user(m->err + first, b->errs, b->nr * sizeof(b->errs[0])))
		return -EFAULT;
	return 0;
}

static bool has_paged_out(const struct remap_batch *b)
{
	unsigned int i;

	for (i = 0; i < b->nr; i++)
		if (b->errs[i] == -ENOENT)
			return true;
	return false;
}

static int map_array(struct remap_batch *b,
		     const struct privcmd_mmapbatch_v2 *m, report_fn report)
{
	unsigned int first;
	bool paged_out = false;
	int err;

	for (first = 0; first < m->num; first += b->nr) {
		b->nr = min_t(unsigned int, m->num - first, PRIVCMD_BATCH);
		if (copy_from_user(b->frames, m->arr + first,
				   b->nr * sizeof(b->frames[0])))
			return -EFAULT;
		err = map_frames(b, m->addr + ((unsigned long)first
					       << PAGE_SHIFT));
		if (!err)
			err = report(b, m, first);
		if (err)
			return err;
		paged_out |= has_paged_out(b);
	}
	return paged_out ? -ENOENT : 0;
}

static long map_batch(const struct privcmd_file *f,
		      const struct privcmd_mmapbatch_v2 *m, report_fn report)
{
	struct remap_batch *b;
	long ret;

	if (!privcmd_may_use(f, m->dom))
		return -EPERM;
	/* As a signed number in version 1, and no map is as big. */
	if (!m->num || m->num > INT_MAX)
		return -EINVAL;
	ret = claim_vma(m->addr, m->num, MUST_FILL_VMA);
	if (ret)
		return ret;
	b = kvmalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->dom = m->dom;
	b->machine = false;
	ret = map_array(b, m, report);
	kvfree(b);
	return ret;
}

long privcmd_map_batch(const struct privcmd_file *f, const void __user *arg)
{
	struct privcmd_mmapbatch old;
	struct privcmd_mmapbatch_v2 m = {};

	if (copy_from_user(&old, arg, sizeof(old)))
		return -EFAULT;
	m.num = old.num;
	m.dom = old.dom;
	m.addr = old.addr;
	m.arr = old.arr;
	return map_batch(f, &m, report_v1);
}

long privcmd_map_batch_v2(const struct privcmd_file *f, const void __user *arg)
{
	struct privcmd_mmapbatch_v2 m;

	if (copy_from_user(&m, arg, sizeof(m)))
		return -EFAULT;
	return map_batch(f, &m, report_v2);
}

/* Frames the hypervisor itself keeps for a domain: "resources" */

static long ask_resource_size(const struct privcmd_mmap_resource *r,
			      void __user *arg)
{
	struct privcmd_mmap_resource __user *user = arg;
	struct xen_mem_acquire_resource op = {
		.domid = r->dom,
		.type = r->type,
		.id = r->id,
	};
	int err = HYPERVISOR_memory_op(XENMEM_acquire_resource, &op);

	if (err)
		return err;
	return put_user((u64)op.nr_frames, &user->num);
}

/* Ask for frames [first, first + b->nr) of the resource, and whose they are. */
static int acquire_frames(struct remap_batch *b,
			  const struct privcmd_mmap_resource *r, u64 first)
{
	struct xen_mem_acquire_resource op = {
		.domid = r->dom,
		.type = r->type,
		.id = r->id,
		.frame = r->idx + first,
		.nr_frames = b->nr,
	};
	int err;

	set_xen_guest_handle(op.frame_list, b->frames);
	xen_preemptible_hcall_begin();
	err = HYPERVISOR_memory_op(XENMEM_acquire_resource, &op);
	xen_preemptible_hcall_end();
	b->dom = op.flags & XENMEM_rsrc_acq_caller_owned ? DOMID_SELF : r->dom;
	return err;
}

static int map_resource(struct remap_batch *b,
			const struct privcmd_mmap_resource *r)
{
	u64 first;
	int err;

	for (first = 0; first < r->num; first += b->nr) {
		b->nr = min_t(u64, r->num - first, PRIVCMD_BATCH);
		err = acquire_frames(b, r, first);
		if (!err)
			err = map_frames(b, r->addr + (first << PAGE_SHIFT));
		if (!err)
			err = first_error(b);
		if (err)
			return err;
	}
	return 0;
}

long privcmd_map_resource(const struct privcmd_file *f, void __user *arg)
{
	struct privcmd_mmap_resource r;
	struct remap_batch *b;
	long ret;

	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	if (!privcmd_may_use(f, r.dom))
		return -EPERM;
	if (!r.addr && !r.num)
		return ask_resource_size(&r, arg);
	/* Frame numbers of a resource have 32 bits. */
	if (!r.addr || !r.num || r.num > U32_MAX - r.idx)
		return -EINVAL;
	ret = claim_vma(r.addr, r.num, MAY_BE_PART);
	if (ret)
		return ret;
	b = kvmalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	b->machine = true;
	ret = map_resource(b, &r);
	kvfree(b);
	return ret;
}
