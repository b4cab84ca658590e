/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: breakpoints in the hypervisor, reserved bits, single steps
 * across a hypercall, DR6.
 */
#include "guest.h"

STORY("debug-registers");

static volatile u64 watched;
static volatile unsigned int steps;

static bool debug_trap(struct trap_frame *f)
{
	if (f->vector != 1)
		return false;
	steps++;
	return true;
}

void story(void)
{
	for (u64 i = 0; i < 4; i++) {
		CHECK(HC(set_debugreg, i, HV_START + 0x1000, 0, 0) < 0);
		CHECK_EQ(HC(set_debugreg, i, 0x1000 * i, 0, 0), 0);
		CHECK_EQ(HC(get_debugreg, i, 0, 0, 0), 0x1000 * i);
	}
	CHECK(HC(set_debugreg, 9, 0, 0, 0) < 0);
	CHECK(HC(set_debugreg, 7, 1UL << 40, 0, 0) < 0);
	CHECK(HC(set_debugreg, 7, 1UL << 13, 0, 0) < 0, "general detect");

	trap_hook = debug_trap;
	/* watch writes of eight bytes at watched, DR0 */
	CHECK_EQ(HC(set_debugreg, 0, &watched, 0, 0), 0);
	CHECK_EQ(HC(set_debugreg, 7, 1UL | 1UL << 16 | 2UL << 18, 0, 0), 0);
	watched = 1;
	CHECK_EQ(steps, 1);
	CHECK_EQ(HC(get_debugreg, 6, 0, 0, 0) & 1, 1);
	CHECK_EQ(HC(set_debugreg, 7, 0, 0, 0), 0);
	watched = 2;
	CHECK_EQ(steps, 1);

	/* single steps, a hypercall among them */
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq\n\t"
			 "nop; nop\n\t"
			 "xor %%edi, %%edi; xor %%esi, %%esi\n\t"
			 "mov $17, %%eax; syscall\n\t"
			 "nop\n\t"
			 "pushfq; andq $~0x100, (%%rsp); popfq" ::
				 : "rax", "rcx", "rdi", "rsi", "rdx", "r8",
				   "r9", "r10", "r11", "memory", "cc");
	CHECK(steps > 5, "%u steps", steps);
}
