/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls: from pv/entry.S, for all numbers but IRET. The stack pointer is
 * at guest.rsp, RAX is in its place in the frame.
 */
#include "cpu/asm.h"
#include "cpu/traps.h"
#include "hypercall/hypercall.h"
#include "mm/layout.h"
#include "pv/asm.h"

#define ENOSYS 38
#define EPERM  1
#define FLAGS_TF_RF 0x10100

	/* The probe of cpu/section.h; all registers but RBP are kept. */
.macro SECTION_BEGIN
#ifdef HOSPES_DEBUG
	mov	%rax, %rbp
	mov	%rdi, %rsi
	mov	%eax, %edi
	CALL_C	section_note_begin
	mov	%rbp, %rax
	RELOAD	rbp, rdi, rsi, rdx, r8, r10
#endif
.endm

.macro SECTION_END
#ifdef HOSPES_DEBUG
	CALL_C	section_note_end
	mov	UREGS_rax(%rsp), %rax
#endif
.endm

	.text

	.balign	16
	GLOBAL	hypercall_entry
	mov	FRAME(rax), %rax
	SAVE_SYSCALL_FRAME GUEST_CS64
	mov	CPU_current(%rsp), %rbx
	sti
	cmp	$NR_HYPERCALLS, %rax
	jae	no_such_hypercall
	SECTION_BEGIN

	/* For dumps and statistics: the last 32 numbers, a count of each. */
	mov	PV_last_hypercall(%rbx), %ecx
	incl	PV_last_hypercall(%rbx)
	and	$31, %ecx
	mov	%rax, PV_last_hypercalls(%rbx, %rcx, 8)
	lea	percpu_hypercall_counts(%rip), %rcx
	add	CPU_percpu_offset(%rsp), %rcx
	incq	(%rcx, %rax, 8)

	imul	$HYPERCALL_SIZE, %eax, %eax
	lea	hypercall_table(%rip), %rcx
	add	%rcx, %rax
	cmpl	$0, HYPERCALL_who(%rax)
	jne	check_caller
call_hypercall:
	mov	HYPERCALL_fn(%rax), %rax
	test	%rax, %rax
	jz	no_such_hypercall
	mov	%r10, %rcx
	CALL_C	*%rax
hypercall_done:
	mov	%rax, UREGS_rax(%rsp)
	SECTION_END
	cli
	CHECK_EXIT_WORK exit_to_guest_frame

	/*
	 * SYSRET when the guest goes on where it came from: RIP and RFLAGS are
	 * what SYSCALL left in RCX and R11. An address below the top of our
	 * range might be one that is not canonical: IRETQ deals with that.
	 */
	mov	UREGS_rip(%rsp), %rcx
	cmp	%rcx, UREGS_rcx(%rsp)
	jne	exit_restore
	movabs	$HV_VA_END, %rdx
	cmp	%rdx, %rcx
	jb	exit_restore
	mov	UREGS_rflags(%rsp), %r11
	cmp	%r11, UREGS_r11(%rsp)
	jne	exit_restore
	test	$FLAGS_TF_RF, %r11d
	jnz	exit_restore
	RELOAD	r10, r9, r8, rdi, rsi, rdx, rbx, rsp
	sysretq

check_caller:
	mov	%rax, %rbp
	CALL_C	hypercall_caller_is_privileged
	test	%al, %al
	mov	%rbp, %rax
	RELOAD	rbp, rdi, rsi, rdx, r8, r10
	jnz	call_hypercall
	mov	$-EPERM, %rax
	jmp	hypercall_done

no_such_hypercall:
	mov	$-ENOSYS, %rax
	jmp	hypercall_done
