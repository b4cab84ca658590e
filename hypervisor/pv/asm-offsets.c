// SPDX-License-Identifier: GPL-2.0-only
/* Constants for pv/entry.S; see cpu/asm-offsets.c. */
#include "cpu/offsets.h"
#include "pv/pv.h"

_Static_assert(offsetof(struct pv_bounce, failsafe) ==
		       offsetof(struct pv_bounce, pending) + 1,
	       "looked at as one word");

void pv_offsets(void);

void pv_offsets(void)
{
	OFFSET(VCPU_is_idle, struct vcpu, sched.is_idle);
	OFFSET(VCPU_info, struct vcpu, info);
	OFFSET(VCPU_pending_work, struct vcpu, pending_work);
	OFFSET(PV_in_kernel, struct pv_vcpu, in_kernel);
	OFFSET(PV_user_l4_ok, struct pv_vcpu, user_l4_ok);
	OFFSET(PV_slow_iret, struct pv_vcpu, slow_iret);
	OFFSET(PV_callback_mask, struct pv_vcpu, callback_mask);
	OFFSET(PV_kernel_cr3, struct pv_vcpu, kernel_cr3);
	OFFSET(PV_user_cr3, struct pv_vcpu, user_cr3);
	OFFSET(PV_entry_sp, struct pv_vcpu, entry_sp);
	OFFSET(PV_syscall_callback, struct pv_vcpu, syscall_callback);
	OFFSET(PV_nmi_in_service, struct pv_vcpu, nmi_in_service);
	OFFSET(PV_bounce_pending, struct pv_vcpu, bounce.pending);
	OFFSET(PV_last_hypercall, struct pv_vcpu, last_hypercall);
	OFFSET(PV_last_hypercalls, struct pv_vcpu, last_hypercalls);
	OFFSET(INFO_upcall_pending, struct vcpu_info, evtchn_upcall_pending);
	OFFSET(INFO_upcall_mask, struct vcpu_info, evtchn_upcall_mask);

	DEFINE(NR_IRET, __HYPERVISOR_iret);
	DEFINE(IRET_IN_SYSCALL, VGCF_in_syscall);
	OFFSET(IRET_rax, struct iret_context, rax);
	OFFSET(IRET_r11, struct iret_context, r11);
	OFFSET(IRET_rcx, struct iret_context, rcx);
	OFFSET(IRET_flags, struct iret_context, flags);
	OFFSET(IRET_rip, struct iret_context, rip);
	OFFSET(IRET_cs, struct iret_context, cs);
	OFFSET(IRET_rflags, struct iret_context, rflags);
	OFFSET(IRET_rsp, struct iret_context, rsp);
	OFFSET(IRET_ss, struct iret_context, ss);
}
