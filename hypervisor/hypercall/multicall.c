// SPDX-License-Identifier: GPL-2.0-only
/* HYPERVISOR_multicall: several hypercalls in one; xen.h, multicall_entry. */
#include "hypercall/dispatch.h"

/* The part of an entry that is read: op, result (not used), five arguments. */
#define ENTRY_BYTES_IN offsetof(struct multicall_entry, args[HYPERCALL_NR_ARGS])

static u64 entry_gva(u64 entries, u64 i)
{
	return entries + i * sizeof(struct multicall_entry);
}

/* Some calls make no sense inside of one: they return elsewhere. */
static long call_entry(struct vcpu *v, const struct multicall_entry *e)
{
	u64 args[HYPERCALL_NR_ARGS];
	long ret;

	if (e->op == __HYPERVISOR_multicall || e->op == __HYPERVISOR_iret)
		return -EINVAL;
	for (unsigned int i = 0; i < HYPERCALL_NR_ARGS; i++)
		args[i] = e->args[i];
	v->in_multicall = true;
	ret = hypercall_dispatch(e->op, args);
	v->in_multicall = false;
	return ret;
}

/* The call is half done: its entry says now what remains. */
static int save_restart_args(u64 gva)
{
	return guest_copy_to(gva + offsetof(struct multicall_entry, args),
			     this_cpu(multicall_restart_args),
			     HYPERCALL_NR_ARGS * sizeof(u64));
}

long hc_multicall(u64 entries, u64 nr, u64 a3, u64 a4, u64 a5)
{
	struct vcpu *v = current;
	struct multicall_entry e;
	u64 gva, i;

	if (nr > ~0UL / sizeof(e))
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		gva = entry_gva(entries, i);
		if (guest_copy_from(&e, gva, ENTRY_BYTES_IN))
			return -EFAULT;
		e.result = (u64)call_entry(v, &e);
		if (v->multicall_restarted) {
			v->multicall_restarted = false;
			if (save_restart_args(gva))
				return -EFAULT;
			return hypercall_restart(__HYPERVISOR_multicall, gva,
						 nr - i, a3, a4, a5);
		}
		if (guest_copy_field_out(gva, &e, result))
			return -EFAULT;
		if (i + 1 < nr && hypercall_preempt_check())
			return hypercall_restart(__HYPERVISOR_multicall,
						 entry_gva(entries, i + 1),
						 nr - i - 1, a3, a4, a5);
	}
	return 0;
}
