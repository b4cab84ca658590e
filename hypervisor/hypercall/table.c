// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers, handlers, and who may call; the calls themselves come in by
 * hypercall/entry.S and hypercall/multicall.c.
 */
#include "hypercall/dispatch.h"
#include "include/hospes.h"

#define CALL(number, args, caller)                     \
	[__HYPERVISOR_##number] = { .fn = hc_##number, \
				    .name = #number,   \
				    .nr_args = (args), \
				    .who = (caller) }

/* Makes hc_set_trap_table ... : grep for hc_NAME. */
const struct hypercall hypercall_table[NR_HYPERCALLS] = {
	CALL(set_trap_table, 1, HC_ANY),
	CALL(mmu_update, 4, HC_ANY),
	CALL(set_gdt, 2, HC_ANY),
	CALL(stack_switch, 2, HC_ANY),
	CALL(set_callbacks, 3, HC_ANY),
	CALL(fpu_taskswitch, 1, HC_ANY),
	CALL(platform_op, 1, HC_PRIVILEGED),
	CALL(set_debugreg, 2, HC_ANY),
	CALL(get_debugreg, 1, HC_ANY),
	CALL(update_descriptor, 2, HC_ANY),
	CALL(memory_op, 2, HC_ANY),
	CALL(multicall, 2, HC_ANY),
	CALL(update_va_mapping, 3, HC_ANY),
	CALL(set_timer_op, 1, HC_ANY),
	CALL(xen_version, 2, HC_ANY),
	CALL(console_io, 3, HC_ANY),
	CALL(grant_table_op, 3, HC_ANY),
	CALL(vm_assist, 2, HC_ANY),
	CALL(update_va_mapping_otherdomain, 4, HC_ANY),
	CALL(iret, 0, HC_ANY),
	CALL(vcpu_op, 3, HC_ANY),
	CALL(set_segment_base, 2, HC_ANY),
	CALL(mmuext_op, 4, HC_ANY),
	CALL(sched_op, 2, HC_ANY),
	CALL(callback_op, 2, HC_ANY),
	CALL(event_channel_op, 2, HC_ANY),
	CALL(physdev_op, 2, HC_ANY),
	CALL(sysctl, 1, HC_PRIVILEGED),
	CALL(domctl, 1, HC_PRIVILEGED),
#ifdef HOSPES_DEBUG
	[HOSPES_HYPERCALL_DEBUG] = { .fn = hc_debug_op,
				     .name = "debug_op",
				     .nr_args = 2,
				     .who = HC_PRIVILEGED },
#endif
};

DEFINE_PER_CPU(u64[NR_HYPERCALLS], hypercall_counts);

bool hypercall_caller_is_privileged(void)
{
	return current->domain->is_privileged;
}

u64 hypercall_count(unsigned int nr)
{
	unsigned int cpu;
	u64 sum = 0;

	cpumask_for_each(cpu, &cpu_online_mask)
		sum += READ_ONCE(per_cpu(hypercall_counts, cpu)[nr]);
	return sum;
}

long hypercall_dispatch(u64 nr, const u64 args[5])
{
	const struct hypercall *h;

	if (nr >= NR_HYPERCALLS || !hypercall_table[nr].fn)
		return -ENOSYS;
	h = &hypercall_table[nr];
	this_cpu(hypercall_counts)[nr]++;
	if (h->who == HC_PRIVILEGED && !hypercall_caller_is_privileged())
		return -EPERM;
	return h->fn(args[0], args[1], args[2], args[3], args[4]);
}
