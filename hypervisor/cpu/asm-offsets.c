// SPDX-License-Identifier: GPL-2.0-only
/*
 * Constants for the assembly files: compiled to assembly only, from which the
 * Makefile takes the lines with "->".
 */
#include "cpu/offsets.h"
#include "cpu/percpu.h"

#undef current /* the macro, to name the field */

void cpu_offsets(void);

void cpu_offsets(void)
{
	DEFINE(STACK_AREA_BYTES, STACK_AREA_SIZE);
	DEFINE(CPU_INFO_SIZE, sizeof(struct cpu_info));
	OFFSET(CPU_percpu_offset, struct cpu_info, percpu_offset);
	OFFSET(CPU_current, struct cpu_info, current);

	DEFINE(UREGS_SIZE, sizeof(struct cpu_user_regs));
	OFFSET(UREGS_r15, struct cpu_user_regs, r15);
	OFFSET(UREGS_r14, struct cpu_user_regs, r14);
	OFFSET(UREGS_r13, struct cpu_user_regs, r13);
	OFFSET(UREGS_r12, struct cpu_user_regs, r12);
	OFFSET(UREGS_rbp, struct cpu_user_regs, rbp);
	OFFSET(UREGS_rbx, struct cpu_user_regs, rbx);
	OFFSET(UREGS_r11, struct cpu_user_regs, r11);
	OFFSET(UREGS_r10, struct cpu_user_regs, r10);
	OFFSET(UREGS_r9, struct cpu_user_regs, r9);
	OFFSET(UREGS_r8, struct cpu_user_regs, r8);
	OFFSET(UREGS_rax, struct cpu_user_regs, rax);
	OFFSET(UREGS_rcx, struct cpu_user_regs, rcx);
	OFFSET(UREGS_rdx, struct cpu_user_regs, rdx);
	OFFSET(UREGS_rsi, struct cpu_user_regs, rsi);
	OFFSET(UREGS_rdi, struct cpu_user_regs, rdi);
	OFFSET(UREGS_error_code, struct cpu_user_regs, error_code);
	OFFSET(UREGS_entry_vector, struct cpu_user_regs, entry_vector);
	OFFSET(UREGS_rip, struct cpu_user_regs, rip);
	OFFSET(UREGS_cs, struct cpu_user_regs, cs);
	OFFSET(UREGS_rflags, struct cpu_user_regs, rflags);
	OFFSET(UREGS_rsp, struct cpu_user_regs, rsp);
	OFFSET(UREGS_ss, struct cpu_user_regs, ss);
	OFFSET(UREGS_es, struct cpu_user_regs, es);
}
