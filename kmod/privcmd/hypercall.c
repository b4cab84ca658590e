// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on behalf of user space: any one (HYPERCALL), and the device
 * model's, whose buffers are held in memory for the duration (DM_OP).
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <asm/xen/hypercall.h>

#include <xen/interface/hvm/dm_op.h>
#include <xen/xen-ops.h>

#include "privcmd.h"

/* The limits of one dm_op; the hypervisor has its own, smaller or not. */
#define DM_OP_BUFS     16
#define DM_OP_BUF_SIZE 4096
/* A buffer of a page's size can lie in two pages. */
#define DM_OP_MAX_PAGES (DM_OP_BUFS * 2)

struct dm_op_work {
	struct privcmd_dm_op_buf bufs[DM_OP_BUFS];
	struct xen_dm_op_buf xen_bufs[DM_OP_BUFS];
	struct page *pages[DM_OP_MAX_PAGES];
	unsigned int nr_pages;
};

/*
 * Memory named in the arguments may be anything: the hypervisor reads and
 * writes it with the caller's rights and answers -EFAULT where it cannot.
 */
long privcmd_hypercall(const struct privcmd_file *f, const void __user *arg)
{
	struct privcmd_hypercall call;
	long ret;

	if (READ_ONCE(f->only) != DOMID_INVALID)
		return -EPERM;
	if (copy_from_user(&call, arg, sizeof(call)))
		return -EFAULT;
	if (call.op >= PAGE_SIZE / 32) /* entries of the hypercall page */
		return -ENOSYS;
	atomic_long_inc(&privcmd_stats.hypercalls);
	xen_preemptible_hcall_begin();
	ret = privcmd_call(call.op, call.arg[0], call.arg[1], call.arg[2],
			   call.arg[3], call.arg[4]);
	xen_preemptible_hcall_end();
	return ret;
}

/* Hold the pages of one buffer; -EFAULT when it is not all there. */
static int dm_op_pin(struct dm_op_work *w, const struct privcmd_dm_op_buf *buf)
{
	unsigned long addr = (unsigned long)buf->uptr;
	int nr, want;

	if (buf->size > DM_OP_BUF_SIZE)
		return -E2BIG;
	if (!buf->size)
		return 0;
	if (!access_ok(buf->uptr, buf->size))
		return -EFAULT;
	want = DIV_ROUND_UP(offset_in_page(addr) + buf->size, PAGE_SIZE);
	nr = pin_user_pages_fast(addr & PAGE_MASK, want, FOLL_WRITE,
				 w->pages + w->nr_pages);
	if (nr < 0)
		return nr;
	w->nr_pages += nr;
	return nr == want ? 0 : -EFAULT;
}

static int dm_op_prepare(struct dm_op_work *w, const struct privcmd_dm_op *op)
{
	unsigned int i;
	int err;

	if (copy_from_user(w->bufs, op->ubufs, op->num * sizeof(w->bufs[0])))
		return -EFAULT;
	for (i = 0; i < op->num; i++) {
		err = dm_op_pin(w, &w->bufs[i]);
		if (err)
			return err;
		set_xen_guest_handle(w->xen_bufs[i].h, w->bufs[i].uptr);
		w->xen_bufs[i].size = w->bufs[i].size;
	}
	return 0;
}

/* No buffers at all is a question whether we know this ioctl: 0 says yes. */
long privcmd_dm_op(const struct privcmd_file *f, const void __user *arg)
{
	struct privcmd_dm_op op;
	struct dm_op_work *w;
	long ret;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!privcmd_may_use(f, op.dom))
		return -EPERM;
	if (!op.num)
		return 0;
	if (op.num > DM_OP_BUFS)
		return -E2BIG;
	w = kzalloc(sizeof(*w), GFP_KERNEL);
	if (!w)
		return -ENOMEM;
	ret = dm_op_prepare(w, &op);
	if (!ret) {
		atomic_long_inc(&privcmd_stats.hypercalls);
		xen_preemptible_hcall_begin();
		ret = HYPERVISOR_dm_op(op.dom, op.num, w->xen_bufs);
		xen_preemptible_hcall_end();
	}
	unpin_user_pages_dirty_lock(w->pages, w->nr_pages, true);
	kfree(w);
	return ret;
}
