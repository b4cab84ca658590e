/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest guest that does as it is told: it waits for a character on its
 * console, 0 to 4, and shuts down with that reason (SHUTDOWN_* of sched.h).
 * Its console ring is two pages behind start_info, where our builder and
 * libxenguest both put it. 8 MiB of memory are plenty.
 */
#define __ASSEMBLY__
#include <xen/elfnote.h>

#define SYS_update_va	14	/* update_va_mapping */
#define UVMF_INVLPG	2
#define SYS_sched_op	29
#define SCHEDOP_block	1
#define SCHEDOP_shutdown 2
#define SCHEDOP_poll	3
#define SHARED_INFO	40	/* start_info.shared_info, an address */
#define PENDING		2048	/* shared_info.evtchn_pending */
#define PTE_FLAGS	0x63	/* present, writable, accessed, dirty */
#define CONSOLE_PORT	80	/* start_info.console.domU.evtchn */
#define RING		0x2000	/* from start_info */
#define RING_IN_CONS	3072	/* of struct xencons_interface */
#define RING_IN_PROD	3076

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
	note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
	note XEN_ELFNOTE_LOADER, .asciz, "generic"
	note XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
	note XEN_ELFNOTE_VIRT_BASE, .quad, 0xffffffff80000000
	note XEN_ELFNOTE_PADDR_OFFSET, .quad, 0
	note XEN_ELFNOTE_ENTRY, .quad, guest_start
	note XEN_ELFNOTE_INIT_P2M, .quad, 0x8000000000

	.text
	.globl guest_start
guest_start:
	mov %rsi, %rbx
	mov CONSOLE_PORT(%rbx), %eax
	mov %eax, port(%rip)
	lea port(%rip), %rax
	mov %rax, poll(%rip)
	mov $SYS_update_va, %eax
	lea shared(%rip), %rdi
	mov SHARED_INFO(%rbx), %rsi
	or $PTE_FLAGS, %rsi
	mov $UVMF_INVLPG, %edx
	syscall

wait:	mov port(%rip), %eax
	lock btr %eax, shared + PENDING(%rip)
	mov RING + RING_IN_CONS(%rbx), %eax
	cmp %eax, RING + RING_IN_PROD(%rbx)
	jne read
	mov $SYS_sched_op, %eax
	mov $SCHEDOP_poll, %edi
	lea poll(%rip), %rsi
	syscall
	jmp wait

read:	and $1023, %eax
	movzbl RING(%rbx, %rax), %eax
	sub $'0', %eax
	mov %eax, reason(%rip)
	mov $SYS_sched_op, %eax
	mov $SCHEDOP_shutdown, %edi
	lea reason(%rip), %rsi
	syscall
1:	mov $SYS_sched_op, %eax
	mov $SCHEDOP_block, %edi
	syscall
	jmp 1b

	.data
	.balign 8
poll:	.quad 0			/* struct sched_poll: ports, nr_ports, timeout */
	.long 1, 0
	.quad 0
port:	.long 0
reason:	.long 0

	.bss
	.balign 4096
shared:	.skip 4096		/* shared_info is mapped here */
