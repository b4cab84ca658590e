// SPDX-License-Identifier: GPL-2.0-only
/* mmuext_op: pins, address space switches, flushes, LDT, pages as a whole. */
#include "cpu/tlb.h"
#include "hypercall/hypercall.h"
#include "lib/string.h"
#include "pv/mmu.h"

#define PREEMPTED (1U << 31) /* as in mmu_update.c */

#define LDT_MAX_ENTRIES 8192

static int pin(struct mmu_owners *own, const struct mmuext_op *op)
{
	mfn_t m = _mfn(op->arg1.mfn);

	if (!own->frames_domain && own->frames != &current->domain->pages)
		return fail(-EPERM);
	return pv_pin_table(page_owner_domain(own->frames), m,
			    PAGE_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE));
}

/* Flushes on the CPUs where the vcpus named by a guest's bitmap run. */
static int flush_multi(const struct mmuext_op *op)
{
	struct cpumask cpus;
	int err = mmu_vcpus_to_cpus(current->domain, (u64)op->arg2.vcpumask.p,
				    &cpus);

	if (err)
		return err;
	if (op->cmd == MMUEXT_TLB_FLUSH_MULTI)
		tlb_flush_mask(&cpus);
	else
		tlb_flush_page_mask(&cpus, op->arg1.linear_addr);
	return 0;
}

static int flush_cache(void)
{
	if (!current->domain->pages.has_iomem)
		return fail(-EACCES);
	wbinvd();
	return 0;
}

static int set_ldt(const struct mmuext_op *op)
{
	if (op->arg1.linear_addr & (PAGE_SIZE - 1) ||
	    op->arg2.nr_ents > LDT_MAX_ENTRIES ||
	    (op->arg2.nr_ents &&
	     !guest_range_ok(op->arg1.linear_addr, op->arg2.nr_ents * 8UL)))
		return fail(-EINVAL);
	return pv_set_ldt(current, op->arg1.linear_addr, op->arg2.nr_ents);
}

static int clear_page(struct mmu_owners *own, mfn_t m)
{
	int err = mfn_get_and_type(m, own->frames, PAGE_WRITABLE);

	if (err)
		return err;
	memset(mfn_to_virt(m), 0, PAGE_SIZE);
	page_put_and_type(mfn_to_page(m));
	return 0;
}

static int copy_page(struct mmu_owners *own, mfn_t dst, mfn_t src)
{
	int err;

	if (!mfn_is_ram(src) || !page_get(mfn_to_page(src), own->frames))
		return fail(-EINVAL);
	err = mfn_get_and_type(dst, own->frames, PAGE_WRITABLE);
	if (!err) {
		memmove(mfn_to_virt(dst), mfn_to_virt(src), PAGE_SIZE);
		page_put_and_type(mfn_to_page(dst));
	}
	page_put(mfn_to_page(src));
	return err;
}

/* What may be done to memory of a domain that the caller controls. */
static int memory_op(struct mmu_owners *own, const struct mmuext_op *op)
{
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_PIN_L4_TABLE:
		return pin(own, op);
	case MMUEXT_UNPIN_TABLE:
		return pv_unpin_table(own->frames, _mfn(op->arg1.mfn));
	case MMUEXT_CLEAR_PAGE:
		return clear_page(own, _mfn(op->arg1.mfn));
	case MMUEXT_COPY_PAGE:
		return copy_page(own, _mfn(op->arg1.mfn),
				 _mfn(op->arg2.src_mfn));
	case MMUEXT_MARK_SUPER:
	case MMUEXT_UNMARK_SUPER:
		return fail(-EOPNOTSUPP);
	default:
		return fail(-ENOSYS);
	}
}

static bool for_any_domain(u32 cmd)
{
	return cmd <= MMUEXT_UNPIN_TABLE || cmd == MMUEXT_CLEAR_PAGE ||
	       cmd == MMUEXT_COPY_PAGE || cmd == MMUEXT_MARK_SUPER ||
	       cmd == MMUEXT_UNMARK_SUPER;
}

/* What a vcpu does to itself and its domain. */
static int own_op(const struct mmuext_op *op)
{
	struct vcpu *v = current;

	switch (op->cmd) {
	case MMUEXT_NEW_BASEPTR:
		return pv_set_kernel_l4(v, _mfn(op->arg1.mfn));
	case MMUEXT_NEW_USER_BASEPTR:
		return pv_set_user_l4(v, op->arg1.mfn ? _mfn(op->arg1.mfn) :
							INVALID_MFN);
	case MMUEXT_TLB_FLUSH_LOCAL:
		tlb_flush_local();
		return 0;
	case MMUEXT_INVLPG_LOCAL:
		invlpg(op->arg1.linear_addr);
		return 0;
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_INVLPG_MULTI:
		return flush_multi(op);
	case MMUEXT_TLB_FLUSH_ALL:
		mmu_flush_domain(v->domain);
		return 0;
	case MMUEXT_INVLPG_ALL:
		mmu_flush_domain_page(v->domain, op->arg1.linear_addr);
		return 0;
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
		return flush_cache();
	case MMUEXT_SET_LDT:
		return set_ldt(op);
	default:
		return fail(-ENOSYS);
	}
}

static int one_op(struct mmu_owners *own, u64 gva)
{
	struct mmuext_op op;
	int err = guest_copy_in(&op, gva);

	if (err)
		return err;
	if (for_any_domain(op.cmd))
		err = memory_op(own, &op);
	else if (own->frames == &current->domain->pages)
		err = own_op(&op);
	else
		err = fail(-EPERM);
	if (unlikely(err && err != -ERESTART))
		pr_guest("mmu: d%dv%u: extended op %u on %lx: error %d",
			 current->domain->id, current->id, op.cmd,
			 (unsigned long)op.arg1.mfn, -err);
	return err;
}

static u32 run_ops(struct mmu_owners *own, u64 gva, u32 count, int *err)
{
	u32 done = 0;

	*err = 0;
	while (done < count) {
		*err = one_op(own, gva + done * sizeof(struct mmuext_op));
		if (*err)
			break;
		done++;
		if (mmu_must_restart() ||
		    (done < count && mmu_preempt_check())) {
			*err = -ERESTART;
			break;
		}
	}
	return done;
}

long hc_mmuext_op(HC_ARGS)
{
	u32 count = (u32)a2 & ~PREEMPTED, before = 0, done;
	struct mmu_owners own;
	int err;

	err = pv_unwind();
	if (unlikely(err))
		return hypercall_restart(__HYPERVISOR_mmuext_op, a1, a2, a3, a4,
					 0);
	if (a2 & PREEMPTED && a3 && guest_copy_in(&before, a3))
		return -EFAULT;
	err = mmu_owners_get(&own, a4 & 0xffff);
	if (unlikely(err))
		return err;
	done = run_ops(&own, a1, count, &err);
	mmu_owners_put(&own);
	before += done;
	if (a3 && guest_copy_out(a3, &before))
		return -EFAULT;
	if (err == -ERESTART)
		return hypercall_restart(__HYPERVISOR_mmuext_op,
					 a1 + done * sizeof(struct mmuext_op),
					 (count - done) | PREEMPTED, a3, a4, 0);
	return err;
}
