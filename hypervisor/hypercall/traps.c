// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a guest wants its exceptions, system calls and events, and on which
 * stack: set_trap_table, set_callbacks, callback_op, stack_switch.
 */
#include "hypercall/hypercall.h"
#include "lib/string.h"
#include "pv/context.h"

#define TRAP_FLAG_DPL  3
#define TRAP_FLAG_MASK 4 /* events masked on entry */

long hc_set_trap_table(u64 table, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct pv_vcpu *pv = current_pv();
	struct trap_info t;

	if (!table) {
		memset(pv->traps, 0, sizeof(pv->traps));
		return 0;
	}
	/* Ends at an entry without an address; preempted like a batch. */
	for (;; table += sizeof(t)) {
		if (guest_copy_in(&t, table))
			return -EFAULT;
		if (!t.address)
			return 0;
		if (!is_canonical(t.address))
			return -EINVAL;
		pv->traps[t.vector] = (struct pv_trap){
			.address = t.address,
			.dpl = t.flags & TRAP_FLAG_DPL,
			.mask_events = t.flags & TRAP_FLAG_MASK,
		};
		if (hypercall_preempt_check())
			return hypercall_restart(__HYPERVISOR_set_trap_table,
						 table + sizeof(t), a2, a3, a4,
						 a5);
	}
}

/* Outside of multicalls pv/entry.S does it, without coming here. */
long hc_iret(HC_ARGS)
{
	return -EINVAL;
}

long hc_stack_switch(u64 ss, u64 sp, u64 a3, u64 a4, u64 a5)
{
	pv_set_kernel_stack(current_pv(), ss, sp);
	return 0;
}

/* ---- callbacks ---- */

struct callback_slot {
	size_t at; /* of the address in struct pv_vcpu; 0: no such callback */
	u8 mask; /* CB_MASK_* */
};

#define SLOT(name) offsetof(struct pv_vcpu, name##_callback)

static const struct callback_slot callback_slots[] = {
	[CALLBACKTYPE_event] = { SLOT(event), CB_MASK_EVENT },
	[CALLBACKTYPE_failsafe] = { SLOT(failsafe), CB_MASK_FAILSAFE },
	[CALLBACKTYPE_syscall] = { SLOT(syscall), CB_MASK_SYSCALL },
	[CALLBACKTYPE_sysenter_deprecated] = { SLOT(sysenter),
					       CB_MASK_SYSENTER },
	[CALLBACKTYPE_sysenter] = { SLOT(sysenter), CB_MASK_SYSENTER },
	[CALLBACKTYPE_syscall32] = { SLOT(syscall32), CB_MASK_SYSCALL32 },
	[CALLBACKTYPE_nmi] = { SLOT(nmi), 0 },
};

static bool callback_known(u16 type)
{
	return type < ARRAY_SIZE(callback_slots) && callback_slots[type].at;
}

static long callback_register(struct pv_vcpu *pv, u64 arg)
{
	struct callback_register op;
	const struct callback_slot *slot;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	if (!callback_known(op.type))
		return -ENOSYS;
	if (!is_canonical(op.address) || (op.flags & ~CALLBACKF_mask_events))
		return -EINVAL;
	slot = &callback_slots[op.type];
	*(u64 *)((char *)pv + slot->at) = op.address;
	if (op.flags & CALLBACKF_mask_events)
		pv->callback_mask |= slot->mask;
	else if (op.type != CALLBACKTYPE_event)
		pv->callback_mask &= ~slot->mask;
	return 0;
}

static long callback_unregister(struct pv_vcpu *pv, u64 arg)
{
	struct callback_unregister op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	if (!callback_known(op.type))
		return -ENOSYS;
	if (op.type != CALLBACKTYPE_nmi)
		return -EINVAL;
	pv->nmi_callback = 0;
	return 0;
}

long hc_callback_op(u64 cmd, u64 arg, u64 a3, u64 a4, u64 a5)
{
	switch (cmd) {
	case CALLBACKOP_register:
		return callback_register(current_pv(), arg);
	case CALLBACKOP_unregister:
		return callback_unregister(current_pv(), arg);
	default:
		return -ENOSYS;
	}
}

/* The old form, before callback_op. */
long hc_set_callbacks(u64 event, u64 failsafe, u64 syscall, u64 a4, u64 a5)
{
	struct pv_vcpu *pv = current_pv();

	if (!is_canonical(event) || !is_canonical(failsafe) ||
	    !is_canonical(syscall))
		return -EINVAL;
	pv->event_callback = event;
	pv->failsafe_callback = failsafe;
	pv->syscall_callback = syscall;
	return 0;
}
