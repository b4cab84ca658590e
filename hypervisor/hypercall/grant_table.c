// SPDX-License-Identifier: GPL-2.0-only
/*
 * grant_table_op: arrays of operations, each with a status of its own
 * (<xen/grant_table.h>). The call fails only when it cannot read or write the
 * guest's array.
 */
#include "hypercall/grant_table.h"
#include "hypercall/subcall.h"

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

static void map_begin(union grant_call *c)
{
	c->last.d = NULL;
}

static void map_end(union grant_call *c)
{
	if (c->last.d)
		domain_put(c->last.d);
}

static struct domain *granter(union grant_call *c, domid_t id)
{
	if (c->last.d && c->last.id == id)
		return c->last.d;
	map_end(c);
	c->last.id = id;
	c->last.d = domain_get_self_or(id);
	return c->last.d;
}

static int map(union grant_call *c, void *arg)
{
	struct gnttab_map_grant_ref *op = arg;
	struct grant_map m = {
		.granter = granter(c, op->dom),
		.ref = op->ref,
		.flags = op->flags,
		.host_addr = op->host_addr,
	};

	op->status = grant_status(m.granter ? grant_map(&m) : -ESRCH);
	if (op->status == GNTST_okay) {
		op->handle = m.handle;
		op->dev_bus_addr = mfn_x(m.mfn) << PAGE_SHIFT;
	}
	return 0;
}

/* Both kinds of unmapping, in batches that share a flush. */
static void unmap_begin(union grant_call *c)
{
	grant_unmap_init(&c->unmap);
}

static void unmap_end(union grant_call *c)
{
	grant_unmap_end(&c->unmap);
}

static int16_t unmap_one(union grant_call *c, const struct grant_unmap *u)
{
	if (c->unmap.nr == GRANT_UNMAP_BATCH)
		grant_unmap_end(&c->unmap);
	return grant_status(grant_unmap_begin(&c->unmap, u));
}

static int unmap(union grant_call *c, void *arg)
{
	struct gnttab_unmap_grant_ref *op = arg;
	const struct grant_unmap u = {
		.handle = op->handle,
		.host_addr = op->host_addr,
		.dev_addr = op->dev_bus_addr,
	};

	op->status = unmap_one(c, &u);
	return 0;
}

static int replace(union grant_call *c, void *arg)
{
	struct gnttab_unmap_and_replace *op = arg;
	const struct grant_unmap u = {
		.handle = op->handle,
		.host_addr = op->host_addr,
		.new_addr = op->new_addr,
	};

	op->status = unmap_one(c, &u);
	return 0;
}

static void copy_begin(union grant_call *c)
{
	grant_copy_init(&c->copy);
}

static void copy_end(union grant_call *c)
{
	grant_copy_end(&c->copy);
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

static int copy(union grant_call *c, void *arg)
{
	struct gnttab_copy *op = arg;

	op->status = grant_status(copy_one(&c->copy, op));
	return 0;
}

#define BYTES_MAX 64 /* more than the largest structure of any row */

/* How many: any number; no more than one; the first, whatever is said. */
enum {
	MANY,
	ONE,
	FIRST
};

/* The results of a mapping are the end of its structure, in one piece. */
#define MAP_OUT                                                \
	sizeof(struct gnttab_map_grant_ref),                   \
		offsetof(struct gnttab_map_grant_ref, status), \
		sizeof(struct gnttab_map_grant_ref) -          \
			offsetof(struct gnttab_map_grant_ref, status)

#define ALONE NULL, NULL /* nothing is shared: no begin, no end */

static const struct grant_op {
	grant_op_fn *fn; /* NULL: -ENOSYS */
	u8 count;
	u16 bytes, out_at, out_bytes; /* the structure, the answer in it */
	void (*begin)(union grant_call *c);
	void (*end)(union grant_call *c);
} grant_ops[] = {
	[GNTTABOP_map_grant_ref] = { map, MANY, MAP_OUT, map_begin, map_end },
	[GNTTABOP_unmap_grant_ref] = { unmap, MANY,
				       SUB_OUT(gnttab_unmap_grant_ref, status),
				       unmap_begin, unmap_end },
	[GNTTABOP_setup_table] = { grant_op_setup, ONE,
				   SUB_OUT(gnttab_setup_table, status), ALONE },
	[GNTTABOP_transfer] = { grant_op_transfer, MANY,
				SUB_OUT(gnttab_transfer, status), ALONE },
	[GNTTABOP_copy] = { copy, MANY, SUB_OUT(gnttab_copy, status),
			    copy_begin, copy_end },
	[GNTTABOP_query_size] = { grant_op_query_size, ONE,
				  SUB_ALL_OUT(gnttab_query_size), ALONE },
	[GNTTABOP_unmap_and_replace] = { replace, MANY,
					 SUB_OUT(gnttab_unmap_and_replace,
						 status),
					 unmap_begin, unmap_end },
	[GNTTABOP_set_version] = { grant_op_set_version, FIRST,
				   SUB_OUT(gnttab_set_version, version),
				   ALONE },
	[GNTTABOP_get_status_frames] = { grant_op_status_frames, ONE,
					 SUB_OUT(gnttab_get_status_frames,
						 status),
					 ALONE },
	[GNTTABOP_get_version] = { grant_op_get_version, FIRST,
				   SUB_OUT(gnttab_get_version, version),
				   ALONE },
	[GNTTABOP_swap_grant_ref] = { grant_op_swap, MANY,
				      SUB_OUT(gnttab_swap_grant_ref, status),
				      ALONE },
	[GNTTABOP_cache_flush] = { grant_op_cache_flush, MANY,
				   SUB_IN(gnttab_cache_flush), ALONE },
};

/* Up to @count of them; *done: how many it were. One is always tried. */
static int run(const struct grant_op *g, union grant_call *c, u64 gva,
	       u32 count, u32 *done)
{
	u64 op[BYTES_MAX / sizeof(u64)];
	int err;

	ASSERT(g->bytes <= sizeof(op));
	for (*done = 0; *done < count; ++*done, gva += g->bytes) {
		if (*done && hypercall_preempt_check())
			break;
		if (guest_copy_from(op, gva, g->bytes))
			return -EFAULT;
		err = g->fn(c, op);
		if (guest_copy_to(gva + g->out_at, (u8 *)op + g->out_at,
				  g->out_bytes))
			return -EFAULT;
		if (err)
			return err;
	}
	return 0;
}

long hc_grant_table_op(HC_ARGS)
{
	u32 cmd = a1, count = a3, done;
	const struct grant_op *g;
	union grant_call c;
	long ret;

	if (cmd >= ARRAY_SIZE(grant_ops) || !grant_ops[cmd].fn)
		return -ENOSYS;
	g = &grant_ops[cmd];
	if ((s32)count < 0)
		return fail(-EINVAL);
	if (!guest_range_ok(a2, (u64)count * g->bytes))
		return fail(-EFAULT);
	if (g->count == ONE && count != 1)
		return -EINVAL;
	if (g->count == FIRST)
		count = 1;
	if (g->begin)
		g->begin(&c);
	ret = run(g, &c, a2, count, &done);
	if (g->end)
		g->end(&c);
	if (ret || done >= count)
		return ret;
	return hypercall_restart(__HYPERVISOR_grant_table_op, cmd,
				 a2 + (u64)done * g->bytes, count - done, 0, 0);
}
