/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: iret to an address or a selector that faults inside the
 * hypervisor's own IRETQ. The fault must come to the guest as an exception.
 */
#include "guest.h"

STORY("iret-bad-target");
/* attack: yes */

/* Leaves through iret; comes back through the trap it causes. */
static int leave(u64 rip, u64 cs, u64 ss)
{
	caught.vector = TRAP_NONE;
	__asm__ volatile("lea 9f(%%rip), %%r15\n\t"
			 "mov %%r15, trap_resume(%%rip)\n\t"
			 "mov %%rsp, %%r14\n\t"
			 "push %2\n\t"
			 "push %%r14\n\t"
			 "push $0x202\n\t"
			 "push %1\n\t"
			 "push %0\n\t"
			 "push $0\n\t"
			 "push $0\n\t"
			 "push $0\n\t"
			 "push $0\n\t"
			 "mov $23, %%eax\n\t"
			 "syscall\n"
			 "9:\tmovq $0, trap_resume(%%rip)\n\t"
			 "mov %%r14, %%rsp"
			 :
			 : "r"(rip), "r"(cs), "r"(ss)
			 : "rax", "rcx", "r11", "r14", "r15", "memory", "cc");
	return caught.vector;
}

void story(void)
{
	u64 cs = FLAT_KERNEL_CS & ~3UL, ss = FLAT_KERNEL_SS & ~3UL;

	CHECK_EQ(leave(0x1234567812345678, cs, ss), 13);
	CHECK_EQ(leave(0x0000800000000000, cs, ss), 13);
	CHECK_EQ(leave((u64)story, 0x1230, ss), 13);
	/* the selectors of the hypervisor */
	CHECK_EQ(leave((u64)story, 0xe008, ss), 13);
	CHECK_EQ(leave((u64)story, 0xe040, ss), 13);
	CHECK_EQ(leave((u64)story, cs, 0xe010), 13);
	/* into the hypervisor: nothing to execute there for us */
	CHECK_EQ(leave(HV_START + 0x1000, cs, ss), 14);
	CHECK_EQ(leave(0xffff818000000000, cs, ss), 14);
}
