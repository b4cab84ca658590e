/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry points of exceptions and interrupts.
 *
 * From a guest the CPU has loaded TSS.rsp0, so that what it pushes and what we
 * add make up the frame at the start of cpu_info, and the way out is
 * exit_to_guest_frame (pv/entry.S). From the hypervisor the frame is built on
 * the present stack and popped again.
 *
 * NMI, #DF, #MC and #DB have stacks of their own (IST), because they can hit
 * the first instructions of a SYSCALL, which still run on the guest's stack
 * pointer. Coming from a guest they move their frame to cpu_info and leave that
 * stack at once; then they are like the others.
 *
 * Both GS bases belong to the guest: there is no SWAPGS here, and nothing to
 * get wrong about it.
 */
#include "cpu/asm.h"

	.text

/* The vectors with an error code, and those with a stack of their own. */
#define WITH_ERROR 0x60227d00
#define WITH_IST   0x00040106

	/* Makes exception_0 ... exception_31, and the list of them. */
	.pushsection .rodata
	.balign	8
	GLOBAL	exception_entries
	.popsection
.macro EXCEPTION vector
exception_\vector:
	.if !(WITH_ERROR >> \vector & 1)
	push	$0
	.endif
	movl	$\vector, 4(%rsp)
	.if WITH_IST >> \vector & 1
	jmp	ist_common
	.else
	jmp	exception_common
	.endif
	.pushsection .rodata
	.quad	exception_\vector
	.popsection
.endm

	.irp	vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	EXCEPTION \vector
	.endr
	.irp	vector, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	EXCEPTION \vector
	.endr
	.irp	vector, 29, 30, 31
	EXCEPTION \vector
	.endr

exception_common:
	SAVE_GPRS
	cld
	GUEST_ACCESS_END
	mov	%cr2, %rsi
	mov	%rsp, %rdi
	testb	$3, UREGS_cs(%rsp)
	jz	exception_in_hypervisor
	CALL_C	guest_trap
	jmp	exit_to_guest_frame

exception_in_hypervisor:
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	hv_trap
	mov	%rbx, %rsp
return_to_hypervisor:
	RESTORE_GPRS
	add	$8, %rsp
	iretq

ist_common:
	SAVE_GPRS
	cld
	GUEST_ACCESS_END
	mov	%rsp, %rdi
	testb	$3, UREGS_cs(%rsp)
	jz	ist_in_hypervisor
	mov	%rsp, %rsi
	GET_CPU_INFO %rdi
	mov	%rdi, %rbx
	mov	$(UREGS_es / 8), %ecx
	rep movsq
	mov	%rbx, %rsp
	mov	%rbx, %rdi
	mov	%cr2, %rsi
	sub	$8, %rsp
	cmpl	$2, UREGS_entry_vector(%rbx)
	je	1f
	cmpl	$1, UREGS_entry_vector(%rbx)
	jne	3f
	call	guest_trap
	jmp	2f
1:	call	nmi_trap
2:	add	$8, %rsp
	jmp	exit_to_guest_frame
3:	cmpl	$18, UREGS_entry_vector(%rbx)
	je	4f
	call	hv_trap
4:	call	machine_check_trap

ist_in_hypervisor:
	mov	%rsp, %rbx
	and	$-16, %rsp
	mov	%cr2, %rsi
	cmpl	$2, UREGS_entry_vector(%rbx)
	je	5f
	cmpl	$18, UREGS_entry_vector(%rbx)
	je	6f
	call	hv_trap
	mov	%rbx, %rsp
	jmp	return_to_hypervisor
5:	call	nmi_trap
	mov	%rbx, %rsp
	jmp	return_to_hypervisor
6:	call	machine_check_trap

irq_common:
	SAVE_GPRS
	cld
	GUEST_ACCESS_END
	mov	UREGS_entry_vector(%rsp), %edi
	testb	$3, UREGS_cs(%rsp)
	jz	irq_in_hypervisor
	CALL_C	irq_dispatch
	jmp	exit_to_guest_frame

irq_in_hypervisor:
	mov	%rsp, %rbx
	and	$-16, %rsp
	call	irq_dispatch
	mov	%rbx, %rsp
	jmp	return_to_hypervisor

	/* Sixteen bytes each, vectors 32 to 255. */
	.balign	16
irq_entries:
	.set	vector, 32
	.rept	224
	.balign	16
	push	$0
	movl	$vector, 4(%rsp)
	jmp	irq_common
	.set	vector, vector + 1
	.endr

	.section .rodata
	.balign	8
	GLOBAL	irq_entry_table
	.set	vector, 0
	.rept	224
	.quad	irq_entries + vector * 16
	.set	vector, vector + 1
	.endr
