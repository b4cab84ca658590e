/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: where vcpus may run, and a domain's share of the CPUs. */
#include "hypercall/domctl.h"

#define CAP_KEEP    0xffff
#define WEIGHT_KEEP 0

#define AFFINITY_FLAGS \
	(XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT | XEN_VCPUAFFINITY_FORCE)

static int put_mask(const struct xenctl_bitmap *to, const struct cpumask *mask)
{
	return ctl_bitmap_out(to, mask->bits, nr_cpu_ids);
}

/* The caller hears what is in effect: of what it asked, the CPUs there are. */
static int report_affinity(const struct vcpu *v,
			   const struct xen_domctl_vcpuaffinity *aff)
{
	struct cpumask mask;
	int err = 0;

	cpumask_and(&mask, &v->sched.hard_affinity, &cpu_online_mask);
	if (aff->flags & XEN_VCPUAFFINITY_HARD)
		err = put_mask(&aff->cpumap_hard, &mask);
	cpumask_and(&mask, &mask, &v->sched.soft_affinity);
	if (!err && (aff->flags & XEN_VCPUAFFINITY_SOFT))
		err = put_mask(&aff->cpumap_soft, &mask);
	return err;
}

static int get_masks(const struct xen_domctl_vcpuaffinity *aff,
		     struct cpumask *hard, struct cpumask *soft)
{
	int err = 0;

	if (aff->flags & XEN_VCPUAFFINITY_HARD)
		err = ctl_bitmap_in(hard->bits, NR_CPUS, &aff->cpumap_hard);
	if (!err && (aff->flags & XEN_VCPUAFFINITY_SOFT))
		err = ctl_bitmap_in(soft->bits, NR_CPUS, &aff->cpumap_soft);
	return err;
}

int domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *aff = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, aff->vcpu);
	struct cpumask hard, soft;
	int err;

	if (!v)
		return -ESRCH;
	if ((aff->flags & ~AFFINITY_FLAGS) ||
	    !(aff->flags & (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)))
		return fail(-EINVAL);
	hard = v->sched.hard_affinity;
	soft = v->sched.soft_affinity;
	err = get_masks(aff, &hard, &soft);
	if (err)
		return err;
	if (!cpumask_intersects(&hard, &cpu_online_mask))
		return fail(-EINVAL);
	err = unit_set_affinity(&v->sched, &hard, &soft);
	return err ? err : report_affinity(v, aff);
}

int domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_vcpuaffinity *aff = &op->u.vcpuaffinity;
	struct vcpu *v = domain_vcpu(d, aff->vcpu);
	int err = 0;

	if (!v)
		return -ESRCH;
	if ((aff->flags & ~AFFINITY_FLAGS) || !aff->flags)
		return fail(-EINVAL);
	if (aff->flags & XEN_VCPUAFFINITY_HARD)
		err = put_mask(&aff->cpumap_hard, &v->sched.hard_affinity);
	if (!err && (aff->flags & XEN_VCPUAFFINITY_SOFT))
		err = put_mask(&aff->cpumap_soft, &v->sched.soft_affinity);
	return err;
}

/* There is one node: a wish for it is met, one for none is an error. */
int domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	u64 nodes;

	if (ctl_bitmap_in(&nodes, BITS_PER_LONG, &op->u.nodeaffinity.nodemap))
		return -EFAULT;
	return nodes & 1 ? 0 : -EINVAL;
}

int domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op)
{
	const u64 nodes = 1;

	return ctl_bitmap_out(&op->u.nodeaffinity.nodemap, &nodes, 1);
}

int domctl_scheduler_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_sched_credit *credit = &op->u.scheduler_op.u.credit;
	u32 weight = d->sched.weight, cap = d->sched.cap;

	if (op->u.scheduler_op.sched_id != sched_id)
		return fail(-EINVAL);
	switch (op->u.scheduler_op.cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		credit->weight = weight;
		credit->cap = cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (credit->weight != WEIGHT_KEEP)
			weight = credit->weight;
		if (credit->cap != CAP_KEEP)
			cap = credit->cap;
		return sched_group_set(&d->sched, weight, cap);
	default: /* per vcpu: this scheduler has nothing of the kind */
		return -EINVAL;
	}
}
