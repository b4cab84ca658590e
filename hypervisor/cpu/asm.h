/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Macros of the assembly files. Register frames are struct cpu_user_regs; its
 * offsets (UREGS_*) and those of struct cpu_info (CPU_*) come from
 * cpu/asm-offsets.c.
 */
#pragma once

#ifdef __ASSEMBLER__
/* clang-format off */

/* A label of the rest of the image; hidden as in C: no GOT is needed. */
.macro GLOBAL name
	.globl	\name
	.hidden	\name
\name:
.endm

.macro GUEST_ACCESS_BEGIN
	cmpb	$0, cpu_has_smap(%rip)
	je	.Lno_smap\@
	stac
.Lno_smap\@:
.endm

.macro GUEST_ACCESS_END
	cmpb	$0, cpu_has_smap(%rip)
	je	.Lno_smap\@
	clac
.Lno_smap\@:
.endm

/* The general registers below error_code and entry_vector of a frame. */
.macro SAVE_GPRS
	.irp	reg, rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11
	push	%\reg
	.endr
	.irp	reg, rbx, rbp, r12, r13, r14, r15
	push	%\reg
	.endr
.endm

/* Leaves the stack pointer at error_code. */
.macro RESTORE_GPRS
	.irp	reg, r15, r14, r13, r12, rbp, rbx
	pop	%\reg
	.endr
	.irp	reg, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
	pop	%\reg
	.endr
.endm

/* Registers from the frame at the stack pointer. */
.macro RELOAD regs:vararg
	.irp	reg, \regs
	mov	.LUREGS_\reg(%rsp), %\reg
	.endr
.endm

/* Calls C from a frame at the stack pointer: 16-byte alignment as C wants. */
.macro CALL_C fn:vararg
	sub	$8, %rsp
	call	\fn
	add	$8, %rsp
.endm

/* \reg = cpu_info of this CPU, from any stack of its area. */
.macro GET_CPU_INFO reg
	mov	%rsp, \reg
	or	$(STACK_AREA_BYTES - 1), \reg
	sub	$(CPU_INFO_SIZE - 1), \reg
.endm

/* clang-format on */
#endif
