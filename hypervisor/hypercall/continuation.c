// SPDX-License-Identifier: GPL-2.0-only
/*
 * Long hypercalls give way: they return to the guest with the instruction
 * pointer back at the SYSCALL and what remains to be done as arguments. What
 * was waiting (softirqs, events) gets its turn on the way out, and then the
 * guest makes the call again without knowing.
 */
#include "cpu/section.h"
#include "hypercall/dispatch.h"
#include "sched/softirq.h"

#define SYSCALL_INSN_BYTES 2

DEFINE_PER_CPU(u64[HYPERCALL_NR_ARGS], multicall_restart_args);

bool hypercall_preempt_check(void)
{
	section_check();
	return this_cpu(softirq_pending) || vcpu_event_pending(current);
}

long hypercall_restart(unsigned int nr, HC_ARGS)
{
	struct cpu_user_regs *regs = guest_regs();
	struct vcpu *v = current;
	u64 *args;

	if (v->in_multicall) {
		args = this_cpu(multicall_restart_args);
		args[0] = a1;
		args[1] = a2;
		args[2] = a3;
		args[3] = a4;
		args[4] = a5;
		v->multicall_restarted = true;
		return 0;
	}
	regs->rip -= SYSCALL_INSN_BYTES;
	regs->rdi = a1;
	regs->rsi = a2;
	regs->rdx = a3;
	regs->r10 = a4;
	regs->r8 = a5;
	return nr;
}
