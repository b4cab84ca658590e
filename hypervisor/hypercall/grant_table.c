// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant_table_op: arrays of operations, each with a status of its own
 * (<xen/grant_table.h>). The call fails only when it cannot read or write the
 * guest's array.
 */
#include "domain/grant.h"
#include "hypercall/grant_table.h"
#include "hypercall/hypercall.h"

int16_t grant_status(int err)
{
	switch (err) {
	case 0:
		return GNTST_okay;
	case -ESRCH:
		return GNTST_bad_domain;
	case -ENOENT:
		return GNTST_bad_gntref;
	case -EBADF:
		return GNTST_bad_handle;
	case -EFAULT:
		return GNTST_bad_virt_addr;
	case -EPERM:
		return GNTST_permission_denied;
	case -ENXIO:
		return GNTST_bad_page;
	case -EDOM:
		return GNTST_bad_copy_arg;
	case -ENOSPC:
		return GNTST_no_space;
	case -EBUSY:
		return GNTST_eagain;
	default:
		return GNTST_general_error;
	}
}

bool grant_op_go_on(u32 done, u32 count)
{
	return done < count && (!done || !hypercall_preempt_check());
}

/* Consecutive operations name the same domain: looked up once. */
struct last_domain {
	struct domain *d;
	domid_t id;
};

static struct domain *domain_of(struct last_domain *last, domid_t id)
{
	if (last->d && last->id == id)
		return last->d;
	if (last->d)
		domain_put(last->d);
	last->id = id;
	last->d = domain_get_self_or(id);
	return last->d;
}

static void map_one(struct gnttab_map_grant_ref *op, struct last_domain *last)
{
	struct grant_map map = {
		.granter = domain_of(last, op->dom),
		.ref = op->ref,
		.flags = op->flags,
		.host_addr = op->host_addr,
	};

	op->status = grant_status(map.granter ? grant_map(&map) : -ESRCH);
	if (op->status == GNTST_okay) {
		op->handle = map.handle;
		op->dev_bus_addr = mfn_x(map.mfn) << PAGE_SHIFT;
	}
}

/* The results are the end of the struct, in one piece. */
#define MAP_RESULTS offsetof(struct gnttab_map_grant_ref, status)

static long hc_grant_table_op_map(u64 array, u32 count, u32 *done)
{
	struct last_domain last = {};
	long ret = 0;

	for (; grant_op_go_on(*done, count); ++*done) {
		struct gnttab_map_grant_ref op;
		u64 at = array + *done * sizeof(op);

		ret = -EFAULT;
		if (guest_copy_in(&op, at))
			break;
		map_one(&op, &last);
		if (guest_copy_to(at + MAP_RESULTS, (u8 *)&op + MAP_RESULTS,
				  sizeof(op) - MAP_RESULTS))
			break;
		ret = 0;
	}
	if (last.d)
		domain_put(last.d);
	return ret;
}

/* Both kinds of unmapping, in batches that share a flush. */
struct unmap_array {
	u64 array;
	u32 count;
	size_t size, status_at;
	/* Reads the operation at @at. */
	int (*read)(u64 at, struct grant_unmap *u);
};

static int read_unmap(u64 at, struct grant_unmap *u)
{
	struct gnttab_unmap_grant_ref op;

	if (guest_copy_in(&op, at))
		return -EFAULT;
	*u = (struct grant_unmap){
		.handle = op.handle,
		.host_addr = op.host_addr,
		.dev_addr = op.dev_bus_addr,
	};
	return 0;
}

static int read_replace(u64 at, struct grant_unmap *u)
{
	struct gnttab_unmap_and_replace op;

	if (guest_copy_in(&op, at))
		return -EFAULT;
	*u = (struct grant_unmap){
		.handle = op.handle,
		.host_addr = op.host_addr,
		.new_addr = op.new_addr,
	};
	return 0;
}

static long unmap_all(const struct unmap_array *a, u32 *done)
{
	struct grant_unmap_batch batch;
	struct grant_unmap u;
	int16_t status;
	long ret = 0;

	grant_unmap_init(&batch);
	for (; grant_op_go_on(*done, a->count); ++*done) {
		u64 at = a->array + *done * a->size;

		if (batch.nr == GRANT_UNMAP_BATCH)
			grant_unmap_end(&batch);
		ret = a->read(at, &u);
		if (ret)
			break;
		status = grant_status(grant_unmap_begin(&batch, &u));
		ret = guest_copy_to(at + a->status_at, &status, sizeof(status));
		if (ret)
			break;
	}
	grant_unmap_end(&batch);
	return ret;
}

static long hc_grant_table_op_unmap(u64 array, u32 count, u32 *done)
{
	const struct unmap_array a = {
		.array = array,
		.count = count,
		.size = sizeof(struct gnttab_unmap_grant_ref),
		.status_at = offsetof(struct gnttab_unmap_grant_ref, status),
		.read = read_unmap,
	};

	return unmap_all(&a, done);
}

static long hc_grant_table_op_replace(u64 array, u32 count, u32 *done)
{
	const struct unmap_array a = {
		.array = array,
		.count = count,
		.size = sizeof(struct gnttab_unmap_and_replace),
		.status_at = offsetof(struct gnttab_unmap_and_replace, status),
		.read = read_replace,
	};

	return unmap_all(&a, done);
}

static struct grant_copy_end end_of(const struct gnttab_copy_ptr *p,
				    bool is_ref)
{
	return (struct grant_copy_end){
		.is_ref = is_ref,
		.domid = p->domid,
		.offset = p->offset,
		.frame = is_ref ? p->u.ref : p->u.gmfn,
	};
}

static int copy_one(struct grant_copy *c, const struct gnttab_copy *op)
{
	struct grant_copy_end src, dst;

	if (op->flags & ~(GNTCOPY_source_gref | GNTCOPY_dest_gref))
		return -EINVAL;
	src = end_of(&op->source, op->flags & GNTCOPY_source_gref);
	dst = end_of(&op->dest, op->flags & GNTCOPY_dest_gref);
	return grant_copy_one(c, &src, &dst, op->len);
}

static long hc_grant_table_op_copy(u64 array, u32 count, u32 *done)
{
	struct grant_copy c;
	long ret = 0;

	grant_copy_init(&c);
	for (; grant_op_go_on(*done, count); ++*done) {
		struct gnttab_copy op;
		u64 at = array + *done * sizeof(op);

		ret = -EFAULT;
		if (guest_copy_in(&op, at))
			break;
		op.status = grant_status(copy_one(&c, &op));
		if (guest_copy_field_out(at, &op, status))
			break;
		ret = 0;
	}
	grant_copy_end(&c);
	return ret;
}

#define OP(name, type)                                                 \
	{                                                              \
		hc_grant_table_op_##name, sizeof(struct gnttab_##type) \
	}

static const struct {
	grant_op_fn *fn;
	size_t size; /* of an operation */
} grant_ops[] = {
	[GNTTABOP_map_grant_ref] = OP(map, map_grant_ref),
	[GNTTABOP_unmap_grant_ref] = OP(unmap, unmap_grant_ref),
	[GNTTABOP_setup_table] = OP(setup, setup_table),
	[GNTTABOP_transfer] = OP(transfer, transfer),
	[GNTTABOP_copy] = OP(copy, copy),
	[GNTTABOP_query_size] = OP(query_size, query_size),
	[GNTTABOP_unmap_and_replace] = OP(replace, unmap_and_replace),
	[GNTTABOP_set_version] = OP(set_version, set_version),
	[GNTTABOP_get_status_frames] = OP(status_frames, get_status_frames),
	[GNTTABOP_get_version] = OP(get_version, get_version),
	[GNTTABOP_swap_grant_ref] = OP(swap, swap_grant_ref),
	[GNTTABOP_cache_flush] = OP(cache_flush, cache_flush),
};

long hc_grant_table_op(HC_ARGS)
{
	u32 cmd = a1, count = a3, done = 0;
	u64 array = a2, bytes;
	long ret;

	if (cmd >= ARRAY_SIZE(grant_ops) || !grant_ops[cmd].fn)
		return -ENOSYS;
	if ((s32)count < 0)
		return fail(-EINVAL);
	bytes = (u64)count * grant_ops[cmd].size;
	if (!guest_range_ok(array, bytes))
		return fail(-EFAULT);
	ret = grant_ops[cmd].fn(array, count, &done);
	if (ret || done >= count)
		return ret;
	return hypercall_restart(__HYPERVISOR_grant_table_op, cmd,
				 array + done * grant_ops[cmd].size,
				 count - done, 0, 0);
}
