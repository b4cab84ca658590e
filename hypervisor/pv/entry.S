/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PV guests: system calls and the IRET hypercall, and the one way out.
 *
 * The per-CPU stubs of cpu/desc.c come here with interrupts off and the stack
 * pointer at guest.rsp of this CPU's cpu_info, where RSP and SS of the guest
 * are in place. RCX and R11 hold its RIP and RFLAGS; all else is the guest's.
 *
 * Two paths are straight lines through the guest's mode switch, without a full
 * frame: a system call of a guest program, and the IRET hypercall that answers
 * it. Both keep interrupts off from end to end. So what another CPU asks of
 * this one meanwhile (softirqs, events) is still to come, as an interrupt right
 * after the way out, and needs no look here. Everything unusual takes the full
 * frame and C.
 */
#include "cpu/asm.h"
#include "cpu/extable.h"
#include "cpu/traps.h"
#include "mm/layout.h"
#include "pv/asm.h"

#define FLAGS_IF	    0x200
#define FLAGS_FIXED	    0x202
/* Cleared for the handler of a system call: TF DF IOPL NT RF VM AC. */
#define FLAGS_NOT_IN_SYSCALL 0x77500
/* What a guest may set by IRET: not IOPL, VM, VIF, VIP. */
#define FLAGS_IRET	    0x254fd5

#define BIT_IF 9

	.text

	/*
	 * Completes the frame that the IRET hypercall has begun: what its fast
	 * path used for itself is in there already.
	 */
.macro COMPLETE_IRET_FRAME
	movl	$ENTRY_SYSCALL, FRAME(entry_vector)
	STORE_FRAME rdi, rsi, r8, r9, r10, rbp, r12, r13, r14, r15
	sub	$UREGS_rsp, %rsp
.endm

	.balign	16
	GLOBAL	syscall_entry
	mov	%rax, FRAME(rax)
	mov	CPU_current - UREGS_rsp(%rsp), %rax
	cmpb	$0, PV_in_kernel(%rax)
	jne	from_kernel

	/*
	 * A system call of a guest program. Nothing is changed before all is
	 * known to be as usual.
	 */
	STORE_FRAME rbx, rdx, rdi
	cmpq	$0, VCPU_pending_work(%rax)
	jne	syscall_slow
	mov	VCPU_info(%rax), %rbx
	cmpb	$0, INFO_upcall_mask(%rbx)
	jne	syscall_slow
	cmpq	$0, PV_syscall_callback(%rax)
	je	syscall_slow
	mov	PV_entry_sp(%rax), %rdx
	test	%rdx, %rdx
	jz	syscall_slow
	/* An odd clock wants to be advanced: see cpu/tlb.c. */
	mov	tlb_clock(%rip), %ebx
	test	$1, %bl
	jnz	syscall_slow

	/* To kernel mode: note the TLB flush, CR3, GS bases. */
	lea	percpu_tlb_flushed_at(%rip), %rdi
	add	CPU_percpu_offset - UREGS_rsp(%rsp), %rdi
	mov	%ebx, (%rdi)
	mov	PV_kernel_cr3(%rax), %rdi
	mov	%rdi, %cr3
	swapgs
	movb	$1, PV_in_kernel(%rax)

	/* The frame on the guest kernel's stack. */
	mov	(%rsp), %rdi
	GUEST_ACCESS_BEGIN
1:	movq	$GUEST_SS, -8(%rdx)
2:	mov	%rdi, -16(%rdx)
3:	mov	%r11, -24(%rdx)
4:	movq	$GUEST_CS64, -32(%rdx)
5:	mov	%rcx, -40(%rdx)
6:	mov	%r11, -48(%rdx)
7:	mov	%rcx, -56(%rdx)
	GUEST_ACCESS_END
	.irp	insn, 1b, 2b, 3b, 4b, 5b, 6b, 7b
	EX_TABLE \insn, syscall_fault
	.endr

	/* CB_MASK_SYSCALL is bit 2. */
	mov	VCPU_info(%rax), %rbx
	mov	PV_callback_mask(%rax), %dil
	shr	$2, %dil
	and	$1, %dil
	mov	%dil, INFO_upcall_mask(%rbx)

	/* The handler's address was checked to be canonical: SYSRET is safe. */
	mov	PV_syscall_callback(%rax), %rcx
	and	$~FLAGS_NOT_IN_SYSCALL, %r11d
	sub	$56, %rdx
	mov	%rdx, (%rsp)
	LOAD_FRAME rdi, rdx, rbx, rax
	mov	(%rsp), %rsp
	sysretq

syscall_slow:
	LOAD_FRAME rdi, rdx, rbx, rax
	SAVE_SYSCALL_FRAME GUEST_CS64
	mov	%rsp, %rdi
	CALL_C	pv_syscall
	jmp	exit_to_guest_frame

	/* In kernel mode already, part of the frame may be written. */
syscall_fault:
	GUEST_ACCESS_END
	LOAD_FRAME rdi, rdx, rbx, rax
	SAVE_SYSCALL_FRAME GUEST_CS64
	CALL_C	pv_syscall_stack_fault
	jmp	exit_to_guest_frame

from_kernel:
	cmpq	$NR_IRET, FRAME(rax)
	jne	hypercall_entry

	/*
	 * HYPERVISOR_iret: RSP points at a struct iret_context. All that can
	 * fault comes first and changes nothing that the slow path needs.
	 */
	mov	%rcx, FRAME(rip)
	STORE_FRAME rbx, rdx
	mov	(%rsp), %rcx
	movabs	$HV_VA_END, %r11
	cmp	%r11, %rcx
	jb	iret_slow
	cmpb	$0, PV_slow_iret(%rax)
	jne	iret_slow
	cmpq	$0, VCPU_pending_work(%rax)
	jne	iret_slow
	GUEST_ACCESS_BEGIN
1:	testl	$IRET_IN_SYSCALL, IRET_flags(%rcx)
	jnz	iret_slow_access
2:	movzwl	IRET_cs(%rcx), %ebx
3:	movzwl	IRET_ss(%rcx), %edx
	or	$3, %edx
	mov	%rdx, FRAME(ss)
4:	mov	IRET_r11(%rcx), %rdx
	mov	%rdx, FRAME(r11)
5:	mov	IRET_rflags(%rcx), %rdx
	mov	%rdx, FRAME(rflags)
6:	mov	IRET_rax(%rcx), %rdx
	mov	%rdx, FRAME(rcx)
7:	mov	IRET_rip(%rcx), %r11
8:	mov	IRET_rsp(%rcx), %rdx
9:	mov	IRET_rcx(%rcx), %rcx
	GUEST_ACCESS_END
	.irp	insn, 1b, 2b, 3b, 4b, 5b, 6b, 7b, 8b, 9b
	EX_TABLE \insn, iret_slow_access
	.endr
	mov	%r11, FRAME(rip)
	mov	%rdx, (%rsp)
	mov	FRAME(rcx), %rdx
	mov	%rdx, FRAME(rax)
	mov	%rcx, FRAME(rcx)

	/* The event mask is the guest's IF; the real one is always set. */
	mov	VCPU_info(%rax), %rdx
	mov	FRAME(rflags), %r11d
	bt	$BIT_IF, %r11d
	setnc	INFO_upcall_mask(%rdx)
	and	$FLAGS_IRET, %r11d
	or	$FLAGS_FIXED, %r11d
	mov	%r11, FRAME(rflags)
	movb	$0, PV_nmi_in_service(%rax)

	mov	%ebx, %r11d
	or	$3, %ebx
	mov	%rbx, FRAME(cs)
	and	$3, %r11d
	cmp	$3, %r11d
	jne	iret_mode_done
	cmpb	$0, PV_user_l4_ok(%rax)
	je	iret_toggle_slow
	mov	tlb_clock(%rip), %ebx
	test	$1, %bl
	jnz	iret_toggle_slow
	lea	percpu_tlb_flushed_at(%rip), %r11
	add	CPU_percpu_offset - UREGS_rsp(%rsp), %r11
	mov	%ebx, (%r11)
	mov	PV_user_cr3(%rax), %rbx
	mov	%rbx, %cr3
	swapgs
	movb	$0, PV_in_kernel(%rax)
iret_mode_done:
	cmpb	$0, INFO_upcall_pending(%rdx)
	jne	iret_event
iret_out:
	LOAD_FRAME r11, rdx, rbx, rax
	add	$(UREGS_rip - UREGS_rsp), %rsp
	jmp	guest_iret_insn

iret_event:
	cmpb	$0, INFO_upcall_mask(%rdx)
	jne	iret_out
	COMPLETE_IRET_FRAME
	jmp	exit_to_guest_frame

	/* To user mode, the careful way: no user page table, or a TLB note. */
iret_toggle_slow:
	COMPLETE_IRET_FRAME
	CALL_C	pv_iret_to_user
	jmp	exit_to_guest_frame

iret_slow_access:
	GUEST_ACCESS_END
iret_slow:
	movq	$GUEST_SS, FRAME(ss)
	mov	FRAME(rip), %rcx
	mov	$FLAGS_FIXED, %r11d
	LOAD_FRAME rdx, rbx, rax
	SAVE_SYSCALL_FRAME GUEST_CS64
	mov	%rsp, %rdi
	CALL_C	pv_iret
	jmp	exit_to_guest_frame

	/* SYSCALL of 32-bit code, on AMD. */
	GLOBAL	syscall32_entry
	SAVE_SYSCALL_FRAME GUEST_CS32
	mov	%rsp, %rdi
	CALL_C	pv_syscall32
	jmp	exit_to_guest_frame

	/*
	 * SYSENTER tells nothing of where it came from, and leaves flags as
	 * they were: an IRETQ with NT set would fault.
	 */
	GLOBAL	sysenter_entry
	pushf
	orq	$FLAGS_IF, (%rsp)
	push	$3
	push	$0
	push	$2
	popf
	sub	$8, %rsp
	movl	$ENTRY_SYSCALL, 4(%rsp)
	SAVE_GPRS
	GUEST_ACCESS_END
	mov	%rsp, %rdi
	CALL_C	pv_sysenter
	jmp	exit_to_guest_frame

	/* ---- the way out ---- */

	/*
	 * The stack pointer changes in one step: an interrupt that came while
	 * it points above cpu_info would put its frame there.
	 */

	/* void pv_resume_iret_fault(u64 cr2): see guest_iret_fault(). */
	GLOBAL	pv_resume_iret_fault
	GET_CPU_INFO %rax
	mov	%rax, %rsp
	mov	%rdi, %rsi
	mov	%rsp, %rdi
	CALL_C	pv_iret_trap
	jmp	exit_to_guest_frame

	/* Callable from C: from whatever depth of this CPU's main stack. */
	GLOBAL	exit_to_guest
	GET_CPU_INFO %rax
	mov	%rax, %rsp

	/*
	 * With the stack pointer at the frame. Interrupts stay off from here to
	 * the IRETQ, but for the work, after which everything is looked at
	 * again.
	 */
	GLOBAL	exit_to_guest_frame
	cli
	mov	CPU_current(%rsp), %rbx
	CHECK_EXIT_WORK exit_work
	GLOBAL	exit_restore
	RESTORE_GPRS
	add	$8, %rsp
	GLOBAL	guest_iret_insn
	iretq

exit_work:
	mov	%rsp, %rdi
	CALL_C	pv_exit_work
	mov	CPU_current(%rsp), %rbx
	cmpb	$0, VCPU_is_idle(%rbx)
	jne	idle_loop
	test	%al, %al
	jnz	exit_to_guest_frame
	jmp	exit_restore
