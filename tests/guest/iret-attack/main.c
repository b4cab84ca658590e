/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the iret hypercall believes a frame: ring 0 selectors, I/O
 * privilege, virtual 8086 and nested task flags, an address that no CPU takes.
 */
#include "guest.h"

STORY("iret-attack");
/* attack: yes */

u64 after_flags, after_cs;

/* Leaves through iret with the given values, arrives at the label below. */
static void iret_with(u64 cs, u64 rflags, u64 ss)
{
	__asm__ volatile("mov %%rsp, %%r14\n\t"
			 "push %2\n\t" /* ss */
			 "push %%r14\n\t" /* rsp */
			 "push %1\n\t" /* rflags */
			 "push %0\n\t" /* cs */
			 "lea 1f(%%rip), %%rax\n\t"
			 "push %%rax\n\t" /* rip */
			 "push $0\n\t" /* flags */
			 "push $0\n\t" /* rcx */
			 "push $0\n\t" /* r11 */
			 "push $0\n\t" /* rax */
			 "mov $23, %%eax\n\t"
			 "syscall\n"
			 "1:\tpushfq\n\t"
			 "pop after_flags(%%rip)\n\t"
			 "mov %%cs, %%rax\n\t"
			 "mov %%rax, after_cs(%%rip)"
			 :
			 : "r"(cs), "r"(rflags), "r"(ss)
			 : "rax", "rcx", "r11", "r14", "memory", "cc");
}

void story(void)
{
	/* ring 0: kernel mode of the guest, on ring 3 */
	iret_with(FLAT_KERNEL_CS & ~3UL, 0x202, FLAT_KERNEL_SS & ~3UL);
	CHECK_EQ(after_cs & 3, 3);
	/* I/O privilege, VM, NT and what else there is */
	iret_with(FLAT_KERNEL_CS & ~3UL, 0x202 | 3UL << 12 | 1UL << 17,
		  FLAT_KERNEL_SS & ~3UL);
	CHECK_EQ(after_flags >> 12 & 3, 0);
	CHECK_EQ(after_flags >> 17 & 1, 0);
	/* interrupts off is a mask, the CPU's flag stays on */
	iret_with(FLAT_KERNEL_CS & ~3UL, 0x002, FLAT_KERNEL_SS & ~3UL);
	CHECK_EQ(after_flags >> 9 & 1, 1);
	CHECK_EQ(vcpu_info()->evtchn_upcall_mask, 1);
	iret_with(FLAT_KERNEL_CS & ~3UL, 0x202, FLAT_KERNEL_SS & ~3UL);
	CHECK_EQ(vcpu_info()->evtchn_upcall_mask, 0);
	/* in ring 3 popf changes neither */
	__asm__ volatile("pushfq; orq $0x3000, (%rsp); popfq");
	__asm__ volatile("pushfq; pop %0" : "=r"(after_flags));
	CHECK_EQ(after_flags >> 12 & 3, 0);
}
