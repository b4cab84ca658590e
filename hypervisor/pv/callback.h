/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between pv/entry.S and C: what the assembly calls, with the guest's frame,
 * interrupts off, and where C goes back to it.
 */
#pragma once

#include "pv/pv.h"

bool pv_exit_work(struct cpu_user_regs *regs);
void pv_syscall(struct cpu_user_regs *regs);
void pv_syscall_stack_fault(void);
void pv_syscall32(struct cpu_user_regs *regs);
void pv_sysenter(struct cpu_user_regs *regs);
void pv_iret(struct cpu_user_regs *regs);
void pv_iret_to_user(void);
void pv_iret_trap(struct cpu_user_regs *regs, u64 cr2);
void pv_resume_iret_fault(u64 cr2) __noreturn;

/*
 * A page fault in this CPU's LDT window: maps the page, or queues the guest's
 * fault at the address it knows. False: @cr2 is not in the window. Interrupts
 * on.
 */
bool pv_ldt_window_fault(struct vcpu *v, u64 cr2, u32 error_code);

/* Answers SOFTIRQ_NMI; at boot, once. */
void pv_traps_init(void);
