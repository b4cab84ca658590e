/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Macros of the assembly files. Register frames are struct cpu_user_regs; its
 * offsets (UREGS_*) and those of struct cpu_info (CPU_*) come from
 * cpu/asm-offsets.c.
 */
#pragma once

#ifdef __ASSEMBLER__
/* clang-format off */

/* For the rest of the image; hidden as in C, so that no GOT is needed. */
.macro GLOBAL name
	.globl	\name
	.hidden	\name
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
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

/* Leaves the stack pointer at error_code. */
.macro RESTORE_GPRS
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
.endm

/* \reg = cpu_info of this CPU, from any stack of its area. */
.macro GET_CPU_INFO reg
	mov	%rsp, \reg
	or	$(STACK_AREA_BYTES - 1), \reg
	sub	$(CPU_INFO_SIZE - 1), \reg
.endm

/* clang-format on */
#endif
