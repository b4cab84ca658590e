/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of a micro-guest, its ELF notes, and the trap stubs. The guest runs in ring 3
 * on the tables the builder made; a trap handler finds rcx, r11, [error code], rip, cs,
 * rflags, rsp, ss on its stack.
 */
#define __ASSEMBLY__
#include <xen/elfnote.h>

	.macro note type:req, kind:req, value:vararg
	.section .note.Xen, "a", @note
	.balign 4
	.long 2f - 1f, 4f - 3f, \type
1:	.asciz "Xen"
2:	.balign 4
3:	\kind \value
4:	.balign 4
	.text
	.endm

	note XEN_ELFNOTE_GUEST_OS, .asciz, "linux"
	note XEN_ELFNOTE_GUEST_VERSION, .asciz, "2.6"
	note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	note XEN_ELFNOTE_LOADER, .asciz, "generic"
	note XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	note XEN_ELFNOTE_VIRT_BASE, .quad, 0xffffffff80000000
	note XEN_ELFNOTE_PADDR_OFFSET, .quad, 0
	note XEN_ELFNOTE_ENTRY, .quad, guest_start
	note XEN_ELFNOTE_INIT_P2M, .quad, 0x8000000000
	/* writable_page_tables not needed; can be dom0 */
	note XEN_ELFNOTE_SUPPORTED_FEATURES, .long, 1 << 11

	.text
	.globl guest_start
guest_start:
	cld
	lea boot_stack_end(%rip), %rsp
	xor %ebp, %ebp
	mov %rsi, %rdi
	call guest_main
	ud2

	/* vector stubs: 16 bytes each, in a table */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	pop %rcx
	pop %r11
	/* 8, 10-14, 17, 21, 29, 30 come with an error code */
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21))
	push $0
	.endif
	push $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

	.balign 16
trap_common:
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %rax
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, %rdi
	mov %rsp, %rbp
	and $-16, %rsp
	call trap_handler
	mov %rbp, %rsp
	.globl trap_return
trap_return:
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rax
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	add $16, %rsp
	push $0
	push %rcx
	push %r11
	push %rax
	mov $23, %eax
	syscall
	ud2

	/* event callback and syscall callback: frames without an error code */
	.globl event_entry
event_entry:
	pop %rcx
	pop %r11
	push $0
	push $0x100
	jmp trap_common
	.globl syscall_entry
syscall_entry:
	pop %rcx
	pop %r11
	push $0
	push $0x101
	jmp trap_common
	.globl failsafe_entry
	/* rcx, r11, ds, es, fs, gs, rip, ... */
failsafe_entry:
	pop %rcx
	pop %r11
	add $32, %rsp
	push $0
	push $0x102
	jmp trap_common

	.bss
	.balign 4096
	.globl boot_stack
boot_stack:
	.skip 16384
	.globl boot_stack_end
boot_stack_end:
	.section .note.GNU-stack, "", @progbits
