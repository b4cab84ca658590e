// SPDX-License-Identifier: GPL-2.0-only
/* FPU switch flag, debug registers, and the ways a domain wants to be treated.
 */
#include "cpu/fpu.h"
#include "hypercall/hypercall.h"
#include "pv/debugreg.h"

long hc_fpu_taskswitch(u64 set, u64 a2, u64 a3, u64 a4, u64 a5)
{
	current_pv()->virtual_cr0_ts = set ? CR0_TS : 0;
	fpu_set_ts(set);
	return 0;
}

long hc_set_debugreg(u64 reg, u64 val, u64 a3, u64 a4, u64 a5)
{
	if (reg > 7)
		return -EINVAL;
	return pv_set_debugreg(current, reg, val);
}

/* The value is the result; an error looks like an address of ours. */
long hc_get_debugreg(u64 reg, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 val;
	int err;

	if (reg > 7)
		return -EINVAL;
	err = pv_get_debugreg(current, reg, &val);
	return err ? err : (long)val;
}

/* The virtual IOPL shows in RFLAGS from now on: too much for the fast path. */
static void show_iopl(struct domain *d, bool on)
{
	struct vcpu *v;

	for_each_vcpu(v, d) {
		struct pv_vcpu *pv = to_pv(v);

		WRITE_ONCE(pv->slow_iret, on);
		/* Comes back with the next stack_switch, when it may. */
		WRITE_ONCE(pv->entry_sp, 0);
	}
}

static bool assist_known(u64 type)
{
	switch (type) {
	case VMASST_TYPE_4gb_segments:
	case VMASST_TYPE_4gb_segments_notify:
	case VMASST_TYPE_writable_pagetables:
	case VMASST_TYPE_pae_extended_cr3:
	case VMASST_TYPE_architectural_iopl:
	case VMASST_TYPE_runstate_update_flag:
	case VMASST_TYPE_m2p_strict:
		return true;
	default:
		return false;
	}
}

long hc_vm_assist(u64 cmd, u64 type, u64 a3, u64 a4, u64 a5)
{
	struct domain *d = current->domain;

	if (!assist_known(type))
		return -EINVAL;
	switch (cmd) {
	case VMASST_CMD_enable:
		set_bit(&d->vm_assist, type);
		break;
	case VMASST_CMD_disable:
		clear_bit(&d->vm_assist, type);
		break;
	default:
		return -ENOSYS;
	}
	if (type == VMASST_TYPE_architectural_iopl)
		show_iopl(d, cmd == VMASST_CMD_enable);
	return 0;
}
