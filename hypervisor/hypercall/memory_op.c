// SPDX-License-Identifier: GPL-2.0-only
/* memory_op: subcommands by number, and the small ones (<xen/memory.h>). */
#include "hypercall/memory_op.h"

#include "hypercall/hypercall.h"
#include "mm/frame.h"

long memory_op_restart(unsigned int cmd, u64 done, u64 arg)
{
	return hypercall_restart(__HYPERVISOR_memory_op,
				 cmd | done << MEMOP_CMD_BITS, arg, 0, 0, 0);
}

/* Queries of a domain: their argument is a domid. */
static long hc_memory_op_query(unsigned int cmd, u64 arg)
{
	struct xen_memory_domain op;
	struct domain *d;
	long ret;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	err = domain_get_controlled(op.domid, &d);
	if (err)
		return err;
	switch (cmd) {
	case XENMEM_current_reservation:
		ret = READ_ONCE(d->pages.nr_pages);
		break;
	case XENMEM_maximum_reservation:
		ret = READ_ONCE(d->pages.max_pages);
		break;
	default: /* XENMEM_maximum_gpfn: the guest's own word for it */
		ret = READ_ONCE(d->shared_info->arch.max_pfn) - 1;
		break;
	}
	domain_put(d);
	return ret;
}

/* Frame numbers below which there is memory; no argument. */
static long hc_memory_op_maximum_ram_page(u64 arg)
{
	return arg ? -EINVAL : (long)frame_max_mfn() + 1;
}

long hc_memory_op(HC_ARGS)
{
	unsigned int cmd = a1 & MEMOP_CMD_MASK;
	u64 start = a1 >> MEMOP_CMD_BITS, arg = a2;

	switch (cmd) {
	case XENMEM_increase_reservation:
	case XENMEM_decrease_reservation:
	case XENMEM_populate_physmap:
		return hc_memory_op_reservation(cmd, start, arg);
	case XENMEM_exchange:
		return hc_memory_op_exchange(arg);
	case XENMEM_claim_pages:
		return hc_memory_op_claim(arg);
	case XENMEM_maximum_ram_page:
		return hc_memory_op_maximum_ram_page(arg);
	case XENMEM_current_reservation:
	case XENMEM_maximum_reservation:
	case XENMEM_maximum_gpfn:
		return hc_memory_op_query(cmd, arg);
	case XENMEM_machine_memory_map:
		return hc_memory_op_machine_map(arg);
	case XENMEM_memory_map:
		return hc_memory_op_map(arg);
	case XENMEM_set_memory_map:
		return hc_memory_op_set_map(arg);
	case XENMEM_machphys_mapping:
		return hc_memory_op_machphys_mapping(arg);
	case XENMEM_machphys_mfn_list:
		return hc_memory_op_machphys_list(arg);
	case XENMEM_acquire_resource:
		return hc_memory_op_acquire_resource(start, arg);
	case XENMEM_get_sharing_freed_pages:
	case XENMEM_get_sharing_shared_pages:
		return 0; /* nothing is ever shared between domains */
	case XENMEM_add_to_physmap:
	case XENMEM_add_to_physmap_batch:
	case XENMEM_remove_from_physmap:
		return -EOPNOTSUPP; /* a PV guest has no physmap of ours */
	case XENMEM_set_pod_target:
	case XENMEM_get_pod_target:
		return -EINVAL;
	default:
		return -ENOSYS;
	}
}
