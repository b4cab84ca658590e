/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercall entry points and their continuation.
 *
 * All handlers have one shape: up to five register arguments, result for RAX.
 * They decode, check and call down; state and rules are in the layers below.
 */
#ifndef HOSPES_HYPERCALL_HYPERCALL_H
#define HOSPES_HYPERCALL_HYPERCALL_H

/* Also included by assembly, for this. */
#define NR_HYPERCALLS 64

#ifndef __ASSEMBLER__

#include "lib/types.h"

#define HC_ARGS u64 a1, u64 a2, u64 a3, u64 a4, u64 a5

typedef long (*hypercall_fn)(HC_ARGS);

enum hypercall_caller {
	HC_ANY,
	HC_PRIVILEGED
};

struct hypercall {
	hypercall_fn fn; /* NULL: -ENOSYS */
	const char *name;
	u8 nr_args;
	enum hypercall_caller who;
};

extern const struct hypercall hypercall_table[NR_HYPERCALLS];

/*
 * A long hypercall asks now and then; true: something waits for this CPU. Then
 * it returns hypercall_restart(), and comes back with the given arguments.
 */
bool hypercall_preempt_check(void);
long hypercall_restart(unsigned int nr, HC_ARGS);

/* Makes hc_set_trap_table ... : grep for hc_NAME. */
long hc_set_trap_table(HC_ARGS);
long hc_mmu_update(HC_ARGS);
long hc_set_gdt(HC_ARGS);
long hc_stack_switch(HC_ARGS);
long hc_set_callbacks(HC_ARGS);
long hc_fpu_taskswitch(HC_ARGS);
long hc_platform_op(HC_ARGS);
long hc_set_debugreg(HC_ARGS);
long hc_get_debugreg(HC_ARGS);
long hc_update_descriptor(HC_ARGS);
long hc_memory_op(HC_ARGS);
long hc_multicall(HC_ARGS);
long hc_update_va_mapping(HC_ARGS);
long hc_set_timer_op(HC_ARGS);
long hc_xen_version(HC_ARGS);
long hc_console_io(HC_ARGS);
long hc_grant_table_op(HC_ARGS);
long hc_vm_assist(HC_ARGS);
long hc_update_va_mapping_otherdomain(HC_ARGS);
long hc_iret(HC_ARGS);
long hc_vcpu_op(HC_ARGS);
long hc_set_segment_base(HC_ARGS);
long hc_mmuext_op(HC_ARGS);
long hc_sched_op(HC_ARGS);
long hc_callback_op(HC_ARGS);
long hc_event_channel_op(HC_ARGS);
long hc_physdev_op(HC_ARGS);
long hc_sysctl(HC_ARGS);
long hc_domctl(HC_ARGS);
long hc_debug_op(HC_ARGS); /* include/hospes.h, debug builds */

#endif
#endif
