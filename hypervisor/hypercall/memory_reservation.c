// SPDX-License-Identifier: GPL-2.0-only
/* memory_op: memory given to domains, taken from them and exchanged. */
#include "domain/reservation.h"
#include "hypercall/hypercall.h"
#include "hypercall/memory_op.h"
#include "mm/frame.h"

#define NR_EXTENTS_MAX (~0UL >> MEMOP_CMD_BITS)

/* Address of entry @i of a guest's list of frame numbers. */
static u64 list_at(u64 list, u64 i)
{
	return list + i * sizeof(xen_pfn_t);
}

static u64 list_start(const struct xen_memory_reservation *r)
{
	return (u64)r->extent_start.p;
}

static unsigned int order_max(void)
{
	return current->domain->is_privileged ? EXTENT_ORDER_MAX_DOM0 :
						EXTENT_ORDER_MAX;
}

/* One extent of populate_physmap: page number in, frame number out. */
static int populate_one(struct domain *d,
			const struct xen_memory_reservation *r, u64 i)
{
	u64 at = list_at(list_start(r), i), pfn, frame;
	mfn_t first;
	int err;

	if (guest_copy_in(&pfn, at))
		return -EFAULT;
	err = reservation_populate(d, pfn, r->extent_order,
				   XENMEMF_get_address_bits(r->mem_flags),
				   &first);
	if (err)
		return err;
	frame = mfn_x(first);
	return guest_copy_out(at, &frame) ? -EFAULT : 0;
}

static int increase_one(struct domain *d,
			const struct xen_memory_reservation *r, u64 i)
{
	mfn_t first;
	u64 frame;
	int err;

	err = reservation_increase(d, r->extent_order,
				   XENMEMF_get_address_bits(r->mem_flags),
				   &first);
	/* The list is optional: a guest may not care which frames it got. */
	if (err || !list_start(r))
		return err;
	frame = mfn_x(first);
	return guest_copy_out(list_at(list_start(r), i), &frame) ? -EFAULT : 0;
}

static int decrease_one(struct domain *d,
			const struct xen_memory_reservation *r, u64 i)
{
	u64 frame;

	if (guest_copy_in(&frame, list_at(list_start(r), i)))
		return -EFAULT;
	return reservation_decrease(d, _mfn(frame), r->extent_order);
}

static int (*const extent_fn[])(struct domain *d,
				const struct xen_memory_reservation *r,
				u64 i) = {
	[XENMEM_increase_reservation] = increase_one,
	[XENMEM_decrease_reservation] = decrease_one,
	[XENMEM_populate_physmap] = populate_one,
};

static int check_reservation(const struct xen_memory_reservation *r, u64 start)
{
	if (r->nr_extents > NR_EXTENTS_MAX || start > r->nr_extents)
		return fail(-EINVAL);
	if (r->extent_order > order_max())
		return fail(-EPERM);
	if (r->mem_flags & XENMEMF_populate_on_demand)
		return fail(-EINVAL);
	if (!guest_range_ok(list_start(r), r->nr_extents * sizeof(xen_pfn_t)))
		return fail(-EFAULT);
	return 0;
}

/*
 * Returns the number of extents done: what a guest sees of an error is that the
 * number is short. Only an error before the first extent is told as such.
 */
long hc_memory_op_reservation(unsigned int cmd, u64 start, u64 arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	u64 i;
	int err;

	if (guest_copy_in(&r, arg))
		return start ? (long)start : -EFAULT;
	err = check_reservation(&r, start);
	if (!err)
		err = domain_get_controlled(r.domid, &d);
	if (err)
		return start ? (long)start : err;
	for (i = start; i < r.nr_extents; i += !err) {
		if ((i != start || err) && hypercall_preempt_check()) {
			domain_put(d);
			return memory_op_restart(cmd, i, arg);
		}
		err = extent_fn[cmd](d, &r, i);
		if (err && err != -EAGAIN)
			break;
	}
	domain_put(d);
	return i;
}

/*
 * One step of an exchange is what cannot be split: one extent of the larger
 * order on either side.
 */
struct exchange_step {
	struct exchange x;
	u64 in_list, out_list;
};

static int check_exchange(const struct xen_memory_exchange *op)
{
	unsigned int in_order = op->in.extent_order;
	unsigned int out_order = op->out.extent_order;

	if (op->in.domid != op->out.domid)
		return fail(-EINVAL);
	if (in_order > order_max() || out_order > order_max())
		return fail(-EPERM);
	if (op->in.nr_extents > NR_EXTENTS_MAX >> in_order ||
	    op->out.nr_extents > NR_EXTENTS_MAX >> out_order ||
	    op->in.nr_extents << in_order != op->out.nr_extents << out_order)
		return fail(-EINVAL);
	if (op->nr_exchanged > op->in.nr_extents)
		return fail(-EINVAL);
	/* A continuation starts between two steps, a guest anywhere. */
	if (out_order > in_order &&
	    op->nr_exchanged & ((1UL << (out_order - in_order)) - 1))
		return fail(-EINVAL);
	if (!guest_range_ok(list_start(&op->in),
			    op->in.nr_extents * sizeof(xen_pfn_t)) ||
	    !guest_range_ok(list_start(&op->out),
			    op->out.nr_extents * sizeof(xen_pfn_t)))
		return fail(-EFAULT);
	return 0;
}

static int step_init(struct exchange_step *s,
		     const struct xen_memory_exchange *op)
{
	struct exchange *x = &s->x;

	x->in_order = op->in.extent_order;
	x->out_order = op->out.extent_order;
	x->nr_in = x->nr_out = 1;
	if (x->out_order > x->in_order)
		x->nr_in = 1U << (x->out_order - x->in_order);
	else
		x->nr_out = 1U << (x->in_order - x->out_order);
	x->addr_bits = XENMEMF_get_address_bits(op->out.mem_flags);
	s->in_list = list_start(&op->in);
	s->out_list = list_start(&op->out);
	x->in = heap_zalloc_array(x->nr_in + x->nr_out, sizeof(u64));
	if (!x->in)
		return -ENOMEM;
	x->out = x->in + x->nr_in;
	return 0;
}

/* The step that starts at extent @done of the incoming ones. */
static int step_run(struct exchange_step *s, struct domain *d, u64 done)
{
	struct exchange *x = &s->x;
	u64 out_done = done << x->in_order >> x->out_order;
	u64 out_at = list_at(s->out_list, out_done);
	size_t out_bytes = x->nr_out * sizeof(u64);
	int err;

	if (guest_copy_from(x->in, list_at(s->in_list, done),
			    x->nr_in * sizeof(u64)) ||
	    guest_copy_from(x->out, out_at, out_bytes))
		return -EFAULT;
	err = reservation_exchange(d, x);
	if (err)
		return err;
	return guest_copy_to(out_at, x->out, out_bytes) ? -EFAULT : 0;
}

/*
 * Callers rely on it: nr_exchanged says how many extents went in, and the
 * result is 0 only if that is all of them.
 */
long hc_memory_op_exchange(u64 arg)
{
	struct xen_memory_exchange op;
	struct exchange_step step;
	struct domain *d;
	u64 start;
	long ret;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	ret = check_exchange(&op);
	if (!ret)
		ret = domain_get_controlled(op.in.domid, &d);
	if (ret)
		return ret;
	ret = step_init(&step, &op);
	if (ret)
		goto out_put;
	start = op.nr_exchanged;
	while (op.nr_exchanged < op.in.nr_extents) {
		if ((op.nr_exchanged != start || ret) &&
		    hypercall_preempt_check()) {
			ret = memory_op_restart(XENMEM_exchange, 0, arg);
			break;
		}
		ret = step_run(&step, d, op.nr_exchanged);
		if (ret && ret != -EAGAIN)
			break;
		if (!ret)
			op.nr_exchanged += step.x.nr_in;
	}
	heap_free(step.x.in);
	/* Not told how far we got, the caller would believe the old number. */
	err = guest_copy_field_out(arg, &op, nr_exchanged);
	if (err)
		ret = err;
out_put:
	domain_put(d);
	return ret;
}

long hc_memory_op_claim(u64 arg)
{
	struct xen_memory_reservation r;
	struct domain *d;
	int err;

	if (guest_copy_in(&r, arg))
		return -EFAULT;
	if (r.extent_order || r.mem_flags || list_start(&r))
		return -EINVAL;
	if (!current->domain->is_privileged)
		return -EPERM;
	err = domain_get_controlled(r.domid, &d);
	if (err)
		return err;
	err = reservation_claim(d, r.nr_extents);
	domain_put(d);
	return err;
}
