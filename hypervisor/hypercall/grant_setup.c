// SPDX-License-Identifier: GPL-2.0-only
/* grant_table_op: a table's frames, size and version; swaps; refusals. */
#include "cpu/system.h"
#include "hypercall/grant_table.h"
#include "hypercall/hypercall.h"

/* The first @nr frames of the table to the guest's list. */
static int frames_out(struct domain *d, bool status, u32 nr, u64 list)
{
	u64 frame;
	mfn_t m;
	int err;

	for (u32 i = 0; i < nr; i++) {
		err = grant_table_frame(d, status, i, &m);
		if (err)
			return err;
		frame = mfn_x(m);
		if (guest_copy_out(list + i * sizeof(frame), &frame))
			return -EFAULT;
	}
	return 0;
}

static int give_frames(domid_t id, bool status, u32 nr, u64 list)
{
	struct domain *d;
	int err = domain_get_controlled(id, &d);

	if (err)
		return err;
	if (!status)
		err = grant_table_grow(d, nr);
	else if (nr > grant_table_nr_frames(d, true))
		err = -EINVAL;
	if (!err)
		err = frames_out(d, status, nr, list);
	domain_put(d);
	return err;
}

int grant_op_setup(union grant_call *c, void *arg)
{
	struct gnttab_setup_table *op = arg;

	op->status = grant_status(give_frames(op->dom, false, op->nr_frames,
					      (u64)op->frame_list.p));
	return 0;
}

int grant_op_status_frames(union grant_call *c, void *arg)
{
	struct gnttab_get_status_frames *op = arg;

	op->status = grant_status(give_frames(op->dom, true, op->nr_frames,
					      (u64)op->frame_list.p));
	return 0;
}

int grant_op_query_size(union grant_call *c, void *arg)
{
	struct gnttab_query_size *op = arg;
	struct domain *d;
	int err = domain_get_controlled(op->dom, &d);

	if (!err) {
		op->nr_frames = grant_table_nr_frames(d, false);
		op->max_nr_frames = grant_table_max_frames(d, false);
		domain_put(d);
	}
	op->status = grant_status(err);
	return 0;
}

int grant_op_set_version(union grant_call *c, void *arg)
{
	struct gnttab_set_version *op = arg;
	int err = grant_table_set_version(current->domain, op->version);

	op->version = grant_table_version(current->domain);
	return err;
}

int grant_op_get_version(union grant_call *c, void *arg)
{
	struct gnttab_get_version *op = arg;
	struct domain *d;
	int err = domain_get_controlled(op->dom, &d);

	if (err)
		return err;
	op->version = grant_table_version(d);
	domain_put(d);
	return 0;
}

int grant_op_swap(union grant_call *c, void *arg)
{
	struct gnttab_swap_grant_ref *op = arg;

	op->status = grant_status(
		grant_table_swap(current->domain, op->ref_a, op->ref_b));
	return 0;
}

/* Moving frames between domains for good is not offered. */
int grant_op_transfer(union grant_call *c, void *arg)
{
	struct gnttab_transfer *op = arg;

	op->status = GNTST_general_error;
	return 0;
}

/*
 * Of a frame of one's own, for a device that does not look into the caches.
 * -EOPNOTSUPP: to throw away what the caches hold is none of a guest's business
 * on this architecture.
 */
int grant_op_cache_flush(union grant_call *c, void *arg)
{
	const struct gnttab_cache_flush *op = arg;
	mfn_t m = _mfn(op->a.dev_bus_addr >> PAGE_SHIFT);
	u32 offset = op->offset, end = offset + op->length;
	const u8 *va;

	if (op->op & GNTTAB_CACHE_SOURCE_GREF)
		return -EOPNOTSUPP;
	if (op->op & ~(GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL) ||
	    end > PAGE_SIZE)
		return fail(-EINVAL);
	if (!op->op || !op->length)
		return 0;
	if (op->op == GNTTAB_CACHE_INVAL)
		return -EOPNOTSUPP;
	if (!mfn_is_ram(m))
		return fail(-EINVAL);
	if (!page_get(mfn_to_page(m), &current->domain->pages))
		return fail(-EPERM);
	va = mfn_to_virt(m);
	for (u32 at = offset & ~(CACHE_LINE_BYTES - 1U); at < end;
	     at += CACHE_LINE_BYTES)
		clflush(va + at);
	page_put(mfn_to_page(m));
	return 0;
}
