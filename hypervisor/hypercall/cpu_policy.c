/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies are lists in guest memory, copied a leaf at a time. There are no
 * MSRs in them: none depends on a domain's policy here.
 */
#include "hypercall/domctl.h"
#include "hypercall/sysctl.h"

#include "pv/pv.h"

/* More leaves than any CPU has; a longer list is nonsense. */
#define MAX_LEAVES 1024
/*
 * Room that toolstacks are told to make: libxenguest writes every subleaf of
 * the leaves it knows, about 120, whether there is something in it or not.
 */
#define ROOM_LEAVES 160

_Static_assert(XEN_SYSCTL_cpu_policy_host == XEN_SYSCTL_cpu_featureset_host &&
		       XEN_SYSCTL_cpu_policy_hvm_default ==
			       XEN_SYSCTL_cpu_featureset_hvm_max,
	       "kind_of() counts policies and feature sets alike");

/*
 * Policies and feature sets by their numbers in the ABI: raw and host, then in
 * turn of PV and of HVM guests, which there are none of. @unknown: the error
 * for the numbers behind those.
 */
static int kind_of(u32 index, int unknown, enum cpu_policy_kind *kind)
{
	if (index > XEN_SYSCTL_cpu_policy_hvm_default)
		return fail(unknown);
	*kind = index <= XEN_SYSCTL_cpu_policy_host ? CPU_POLICY_HOST :
						      CPU_POLICY_GUEST;
	return *kind == CPU_POLICY_GUEST && index & 1 ? -EOPNOTSUPP : 0;
}

int sysctl_get_cpu_featureset(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_featureset *f = &op->u.cpu_featureset;
	u64 gva = (u64)f->features.p;
	u32 words[CPU_FEATURE_WORDS];
	enum cpu_policy_kind kind;
	int err = kind_of(f->index, -EINVAL, &kind);

	if (err)
		return err;
	if (!gva) {
		f->nr_features = CPU_FEATURE_WORDS;
		return 0;
	}
	cpu_policy_features(kind, words);
	f->nr_features = MIN(f->nr_features, (u32)CPU_FEATURE_WORDS);
	return guest_copy_to(gva, words, f->nr_features * sizeof(words[0]));
}

/* *@nr: room in, leaves out. */
static int leaves_out(enum cpu_policy_kind kind, const struct domain *d,
		      u64 gva, u32 *nr)
{
	struct cpu_policy_walk w = { .kind = kind, .d = d };
	struct xen_cpuid_leaf l;
	u32 n = 0;

	for (; cpu_policy_next(&w, &l); n++) {
		if (n == *nr)
			return fail(-ENOBUFS);
		if (guest_copy_to(gva + n * sizeof(l), &l, sizeof(l)))
			return -EFAULT;
	}
	*nr = n;
	return 0;
}

int sysctl_get_cpu_policy(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_policy *p = &op->u.cpu_policy;
	u64 gva = (u64)p->leaves.p;
	enum cpu_policy_kind kind;
	int err = kind_of(p->index, -ENOENT, &kind);

	if (err)
		return err;
	if (p->_rsvd)
		return fail(-EINVAL);
	p->nr_msrs = 0;
	if (!gva) {
		p->nr_leaves = ROOM_LEAVES;
		return 0;
	}
	return leaves_out(kind, NULL, gva, &p->nr_leaves);
}

int domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;

	if (!p->leaves.p)
		return fail(-EINVAL);
	p->nr_msrs = 0;
	return leaves_out(CPU_POLICY_GUEST, d, (u64)p->leaves.p, &p->nr_leaves);
}

static int msrs_in(struct xen_domctl_cpu_policy *p)
{
	struct xen_msr_entry m;

	for (u32 i = 0; i < p->nr_msrs; i++) {
		if (guest_copy_from(&m, (u64)(p->msrs.p + i), sizeof(m)))
			return -EFAULT;
		p->err_msr = m.idx;
		/* Nothing of them can be given: only nothing may be asked. */
		if (m.flags || m.val)
			return fail(-EINVAL);
	}
	return 0;
}

int domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *p = &op->u.cpu_policy;
	struct cpu_policy policy;
	struct xen_cpuid_leaf l;
	int err;

	if (d == current->domain || d->created)
		return fail(-EEXIST);
	if (p->nr_leaves > MAX_LEAVES || p->nr_msrs > MAX_LEAVES)
		return fail(-E2BIG);
	p->err_leaf = p->err_subleaf = p->err_msr = ~0U;
	cpu_policy_init(&policy);
	for (u32 i = 0; i < p->nr_leaves; i++) {
		if (guest_copy_from(&l, (u64)(p->leaves.p + i), sizeof(l)))
			return -EFAULT;
		p->err_leaf = l.leaf;
		p->err_subleaf = l.subleaf;
		err = cpu_policy_set(&policy, &l);
		if (err)
			return fail(err);
	}
	err = msrs_in(p);
	if (err)
		return err;
	p->err_leaf = p->err_subleaf = p->err_msr = ~0U;
	to_pv_domain(d)->policy = policy;
	return 0;
}
