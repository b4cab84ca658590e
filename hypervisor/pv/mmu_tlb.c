// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLB flushes that guests ask for, or that the ABI promises them. Isolation
 * does not depend on them; see mm/page.c.
 */
#include "cpu/tlb.h"
#include "pv/mmu.h"

void mmu_flush_domain(const struct domain *d)
{
	struct cpumask cpus = d->pages.dirty_cpus;

	tlb_flush_mask(&cpus);
}

void mmu_flush_domain_page(const struct domain *d, u64 va)
{
	struct cpumask cpus = d->pages.dirty_cpus;

	tlb_flush_page_mask(&cpus, va);
}

/*
 * A vcpu that moves between the look and the flush has loaded its CR3 on the
 * new CPU after the change it is to see.
 */
int mmu_vcpus_to_cpus(const struct domain *d, u64 gva, struct cpumask *cpus)
{
	cpumask_zero(cpus);
	for (u32 first = 0; first < d->max_vcpus; first += 64) {
		u64 bits;

		if (guest_copy_in(&bits, gva + first / 8))
			return fail(-EFAULT);
		for (; bits; bits &= bits - 1) {
			u32 id = first + __builtin_ctzl(bits);
			const struct vcpu *v = domain_vcpu(d, id);

			if (v)
				cpumask_set(cpus, READ_ONCE(v->sched.cpu));
		}
	}
	cpumask_and(cpus, cpus, &d->pages.dirty_cpus);
	return 0;
}

static int flush_which(const struct vcpu *v, u64 where, struct cpumask *cpus)
{
	if (where == UVMF_ALL) {
		*cpus = v->domain->pages.dirty_cpus;
		return 0;
	}
	return mmu_vcpus_to_cpus(v->domain, where, cpus);
}

int mmu_flush_va(const struct vcpu *v, u64 va, u64 flags)
{
	u64 type = flags & UVMF_FLUSHTYPE_MASK;
	u64 where = flags & ~UVMF_FLUSHTYPE_MASK;
	struct cpumask cpus;
	int err;

	if (type == UVMF_NONE)
		return 0;
	if (type != UVMF_TLB_FLUSH && type != UVMF_INVLPG)
		return fail(-EINVAL);
	if (where == UVMF_LOCAL) {
		if (type == UVMF_INVLPG)
			invlpg(va);
		else
			tlb_flush_local();
		return 0;
	}
	err = flush_which(v, where, &cpus);
	if (err)
		return err;
	if (type == UVMF_INVLPG)
		tlb_flush_page_mask(&cpus, va);
	else
		tlb_flush_mask(&cpus);
	return 0;
}
