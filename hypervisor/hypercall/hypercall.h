/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercall entry points and their continuation.
 *
 * All handlers have one shape: up to five register arguments, result for RAX.
 * They decode, check and call down; state and rules are in the layers below.
 */
#pragma once

/* Also included by assembly, for this. */
#define NR_HYPERCALLS 64

#ifndef __ASSEMBLER__

#include "domain/domain.h"
#include "domain/guest_copy.h"

#define HC_ARGS u64 a1, u64 a2, u64 a3, u64 a4, u64 a5

typedef long hypercall_fn(HC_ARGS);

enum hypercall_caller {
	HC_ANY,
	HC_PRIVILEGED
};

struct hypercall {
	hypercall_fn *fn; /* NULL: -ENOSYS */
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

/* The entry points, in the order of their numbers. */
hypercall_fn hc_set_trap_table, hc_mmu_update, hc_set_gdt, hc_stack_switch,
	hc_set_callbacks, hc_fpu_taskswitch, hc_platform_op, hc_set_debugreg,
	hc_get_debugreg, hc_update_descriptor, hc_memory_op, hc_multicall,
	hc_update_va_mapping, hc_set_timer_op, hc_xen_version, hc_console_io,
	hc_grant_table_op, hc_vm_assist, hc_update_va_mapping_otherdomain,
	hc_iret, hc_vcpu_op, hc_set_segment_base, hc_mmuext_op, hc_sched_op,
	hc_callback_op, hc_event_channel_op, hc_physdev_op, hc_sysctl,
	hc_domctl;
hypercall_fn hc_debug_op; /* include/hospes.h, debug builds */

#endif
