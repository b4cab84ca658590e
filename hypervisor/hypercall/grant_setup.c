// SPDX-License-Identifier: GPL-2.0-only
/* grant_table_op: a table's frames, size and version; swaps; refusals. */
#include "cpu/system.h"
#include "domain/grant.h"
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

long hc_grant_table_op_setup(u64 array, u32 count, u32 *done)
{
	struct gnttab_setup_table op;

	if (count != 1)
		return -EINVAL;
	if (guest_copy_in(&op, array))
		return -EFAULT;
	*done = 1;
	op.status = grant_status(
		give_frames(op.dom, false, op.nr_frames, (u64)op.frame_list.p));
	return guest_copy_field_out(array, &op, status);
}

long hc_grant_table_op_status_frames(u64 array, u32 count, u32 *done)
{
	struct gnttab_get_status_frames op;

	if (count != 1)
		return -EINVAL;
	if (guest_copy_in(&op, array))
		return -EFAULT;
	*done = 1;
	op.status = grant_status(
		give_frames(op.dom, true, op.nr_frames, (u64)op.frame_list.p));
	return guest_copy_field_out(array, &op, status);
}

long hc_grant_table_op_query_size(u64 array, u32 count, u32 *done)
{
	struct gnttab_query_size op;
	struct domain *d;
	int err;

	if (count != 1)
		return -EINVAL;
	if (guest_copy_in(&op, array))
		return -EFAULT;
	*done = 1;
	err = domain_get_controlled(op.dom, &d);
	if (!err) {
		op.nr_frames = grant_table_nr_frames(d, false);
		op.max_nr_frames = grant_table_max_frames(d, false);
		domain_put(d);
	}
	op.status = grant_status(err);
	return guest_copy_out(array, &op);
}

long hc_grant_table_op_set_version(u64 array, u32 count, u32 *done)
{
	struct gnttab_set_version op;
	int err;

	if (guest_copy_in(&op, array))
		return -EFAULT;
	*done = count;
	err = grant_table_set_version(current->domain, op.version);
	op.version = grant_table_version(current->domain);
	if (guest_copy_out(array, &op))
		return -EFAULT;
	return err;
}

long hc_grant_table_op_get_version(u64 array, u32 count, u32 *done)
{
	struct gnttab_get_version op;
	struct domain *d;
	int err;

	if (guest_copy_in(&op, array))
		return -EFAULT;
	*done = count;
	err = domain_get_controlled(op.dom, &d);
	if (err)
		return err;
	op.version = grant_table_version(d);
	domain_put(d);
	return guest_copy_field_out(array, &op, version);
}

long hc_grant_table_op_swap(u64 array, u32 count, u32 *done)
{
	for (; grant_op_go_on(*done, count); ++*done) {
		struct gnttab_swap_grant_ref op;
		u64 at = array + *done * sizeof(op);

		if (guest_copy_in(&op, at))
			return -EFAULT;
		op.status = grant_status(
			grant_table_swap(current->domain, op.ref_a, op.ref_b));
		if (guest_copy_field_out(at, &op, status))
			return -EFAULT;
	}
	return 0;
}

/* Moving frames between domains for good is not offered. */
long hc_grant_table_op_transfer(u64 array, u32 count, u32 *done)
{
	for (; grant_op_go_on(*done, count); ++*done) {
		struct gnttab_transfer op;
		u64 at = array + *done * sizeof(op);

		op.status = GNTST_general_error;
		if (guest_copy_field_out(at, &op, status))
			return -EFAULT;
	}
	return 0;
}

/*
 * Of a frame of one's own, for a device that does not look into the caches.
 * -EOPNOTSUPP: to throw away what the caches hold is none of a guest's business
 * on this architecture.
 */
static int cache_flush(const struct gnttab_cache_flush *op)
{
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

long hc_grant_table_op_cache_flush(u64 array, u32 count, u32 *done)
{
	for (; grant_op_go_on(*done, count); ++*done) {
		struct gnttab_cache_flush op;
		int err = guest_copy_in(&op, array + *done * sizeof(op));

		if (!err)
			err = cache_flush(&op);
		if (err)
			return err;
	}
	return 0;
}
