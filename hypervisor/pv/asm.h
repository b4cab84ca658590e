/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Macros of the guest entry and exit paths (pv/entry.S, hypercall/entry.S).
 * Constants PV_*, VCPU_*, INFO_* come from pv/asm-offsets.c.
 */
#pragma once

#ifdef __ASSEMBLER__
/* clang-format off */

/* A register of the guest's frame while the stack pointer is at its rsp. */
#define FRAME(reg) (UREGS_##reg - UREGS_rsp)(%rsp)

/* From there down: the rest of the frame after a SYSCALL. */
/* Registers from and to the frame, with the stack pointer at its rsp. */
.macro LOAD_FRAME regs:vararg
	.irp	reg, \regs
	mov	.LUREGS_\reg - .LUREGS_rsp(%rsp), %\reg
	.endr
.endm

.macro STORE_FRAME regs:vararg
	.irp	reg, \regs
	mov	%\reg, .LUREGS_\reg - .LUREGS_rsp(%rsp)
	.endr
.endm

.macro SAVE_SYSCALL_FRAME cs
	push	%r11
	push	$\cs
	push	%rcx
	sub	$8, %rsp
	movl	$ENTRY_SYSCALL, 4(%rsp)
	SAVE_GPRS
.endm

/*
 * Is there anything to do before going back to the guest whose vcpu is in %rbx?
 * Stack pointer at the frame, interrupts off. Changes %rcx, %rdx. An exception
 * and the failsafe callback wait in two bytes side by side.
 */
.macro CHECK_EXIT_WORK work
	mov	CPU_percpu_offset(%rsp), %rcx
	lea	percpu_softirq_pending(%rip), %rdx
	cmpl	$0, (%rdx, %rcx)
	jne	\work
	cmpq	$0, VCPU_pending_work(%rbx)
	jne	\work
	cmpw	$0, PV_bounce_pending(%rbx)
	jne	\work
	mov	VCPU_info(%rbx), %rdx
	cmpb	$0, INFO_upcall_pending(%rdx)
	je	.Lno_event\@
	cmpb	$0, INFO_upcall_mask(%rdx)
	je	\work
.Lno_event\@:
.endm

/* clang-format on */
#endif
