/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: a toolstack's view of, and hand on, the machine. <xen/sysctl.h> */
#include "debug/keys.h"
#include "debug/ring.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "hypercall/sysctl.h"

#define CHUNK	 256
#define MAX_KEYS 32

#define NS_PER_MS 1000000UL
#define NS_PER_US 1000UL

/* The one pool of all CPUs. */
#define POOL 0

/*
 * The log's text from *index on, or all that is left of it. Ring positions grow
 * for ever; the ABI's have 32 bits, which no log fills.
 */
static int readconsole(struct xen_sysctl *op)
{
	struct xen_sysctl_readconsole *rc = &op->u.readconsole;
	u64 gva = (u64)rc->buffer.p;
	u64 pos = rc->incremental ? rc->index : 0;
	char buf[CHUNK];
	u32 done = 0;
	size_t n;

	while (done < rc->count) {
		n = ring_read(buf, MIN(rc->count - done, (u32)CHUNK), &pos);
		if (n == 0)
			break;
		if (guest_copy_to(gva + done, buf, n))
			return -EFAULT;
		done += n;
	}
	rc->count = done;
	rc->index = pos;
	if (rc->clear)
		ring_clear();
	return 0;
}

static int get_sched_id(struct xen_sysctl *op)
{
	op->u.sched_id.sched_id = sched_id;
	return 0;
}

static int getdomaininfolist(struct xen_sysctl *op)
{
	struct xen_sysctl_getdomaininfolist *list = &op->u.getdomaininfolist;
	u64 gva = (u64)list->buffer.p;
	struct xen_domctl_getdomaininfo info;
	domid_t id = list->first_domain;
	struct domain *d;
	u32 nr;
	int err;

	for (nr = 0; nr < list->max_domains; nr++) {
		d = id < DOMID_FIRST_RESERVED ? domain_get_next(id) : NULL;
		if (!d)
			break;
		domctl_fill_info(d, &info);
		id = d->id + 1;
		domain_put(d);
		err = guest_copy_out(gva + nr * sizeof(info), &info);
		if (err)
			return err;
	}
	list->num_domains = nr;
	return 0;
}

static int debug_keys(struct xen_sysctl *op)
{
	char keys[MAX_KEYS];
	u32 nr = op->u.debug_keys.nr_keys;

	if (nr > MAX_KEYS)
		return fail(-E2BIG);
	if (guest_copy_from(keys, (u64)op->u.debug_keys.keys.p, nr))
		return -EFAULT;
	for (u32 i = 0; i < nr; i++)
		key_press(keys[i]);
	return 0;
}

static u32 count_domains(void)
{
	struct domain *d;
	u32 nr = 0;

	for_each_domain(d)
		nr++;
	return nr;
}

static int pool_info(struct xen_sysctl_cpupool_op *pool)
{
	/* Asks for the first pool with an id of at least this. */
	if (pool->cpupool_id != POOL)
		return -ENOENT;
	pool->sched_id = sched_id;
	pool->n_dom = count_domains();
	return ctl_bitmap_out(&pool->cpumap, cpu_online_mask.bits, nr_cpu_ids);
}

static int pool_free_info(struct xen_sysctl_cpupool_op *pool)
{
	struct cpumask none;

	cpumask_zero(&none);
	return ctl_bitmap_out(&pool->cpumap, none.bits, nr_cpu_ids);
}

static int cpupool_op(struct xen_sysctl *op)
{
	struct xen_sysctl_cpupool_op *pool = &op->u.cpupool_op;

	switch (pool->op) {
	case XEN_SYSCTL_CPUPOOL_OP_INFO:
		return pool_info(pool);
	case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
		return pool_free_info(pool);
	case XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN:
		return pool->cpupool_id == POOL ? 0 : -ENOENT;
	default:
		return -EOPNOTSUPP;
	}
}

static int sched_put(const struct xen_sysctl_credit_schedule *s)
{
	if (s->tslice_ms < XEN_SYSCTL_CSCHED_TSLICE_MIN ||
	    s->tslice_ms > XEN_SYSCTL_CSCHED_TSLICE_MAX ||
	    (s->ratelimit_us &&
	     (s->ratelimit_us < XEN_SYSCTL_SCHED_RATELIMIT_MIN ||
	      s->ratelimit_us > XEN_SYSCTL_SCHED_RATELIMIT_MAX)) ||
	    s->ratelimit_us > s->tslice_ms * 1000)
		return fail(-EINVAL);
	WRITE_ONCE(sched_slice_ns, s->tslice_ms * NS_PER_MS);
	WRITE_ONCE(sched_ratelimit_ns, s->ratelimit_us * NS_PER_US);
	return 0;
}

static int scheduler_op(struct xen_sysctl *op)
{
	struct xen_sysctl_scheduler_op *sched = &op->u.scheduler_op;

	if (sched->cpupool_id != POOL)
		return -ESRCH;
	if (sched->sched_id != sched_id)
		return fail(-EINVAL);
	switch (sched->cmd) {
	case XEN_SYSCTL_SCHEDOP_putinfo:
		return sched_put(&sched->u.sched_credit);
	case XEN_SYSCTL_SCHEDOP_getinfo:
		sched->u.sched_credit = (struct xen_sysctl_credit_schedule){
			.tslice_ms = sched_slice_ns / NS_PER_MS,
			.ratelimit_us = sched_ratelimit_ns / NS_PER_US,
		};
		return 0;
	default:
		return -EINVAL;
	}
}

/* We mask nothing of what native CPUID says. */
static int get_cpu_levelling_caps(struct xen_sysctl *op)
{
	op->u.cpu_levelling_caps.caps = 0;
	return 0;
}

static sysctl_fn *const sysctl_subs[] = {
	[XEN_SYSCTL_readconsole] = readconsole,
	[XEN_SYSCTL_physinfo] = sysctl_physinfo,
	[XEN_SYSCTL_sched_id] = get_sched_id,
	[XEN_SYSCTL_getdomaininfolist] = getdomaininfolist,
	[XEN_SYSCTL_debug_keys] = debug_keys,
	[XEN_SYSCTL_getcpuinfo] = sysctl_getcpuinfo,
	[XEN_SYSCTL_availheap] = sysctl_availheap,
	[XEN_SYSCTL_cputopoinfo] = sysctl_cputopoinfo,
	[XEN_SYSCTL_numainfo] = sysctl_numainfo,
	[XEN_SYSCTL_cpupool_op] = cpupool_op,
	[XEN_SYSCTL_scheduler_op] = scheduler_op,
	[XEN_SYSCTL_get_cpu_levelling_caps] = get_cpu_levelling_caps,
	[XEN_SYSCTL_get_cpu_featureset] = sysctl_get_cpu_featureset,
	[XEN_SYSCTL_get_cpu_policy] = sysctl_get_cpu_policy,
};

long hc_sysctl(HC_ARGS)
{
	struct xen_sysctl op;
	int err;

	if (!current->domain->is_privileged)
		return -EPERM;
	if (guest_copy_in(&op, a1))
		return -EFAULT;
	if (op.interface_version != XEN_SYSCTL_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(sysctl_subs) || !sysctl_subs[op.cmd])
		return -ENOSYS;
	err = sysctl_subs[op.cmd](&op);
	if (err == 0 && guest_copy_out(a1, &op))
		return -EFAULT;
	return err;
}
