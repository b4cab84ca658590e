/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: vector registers of one processor in another, or lost at a
 * switch. Both vcpus share one CPU here, keep values of their own in xmm
 * registers and yield.
 */
#include "guest.h"

STORY("fpu-isolation");
/* machine: dom0_max_vcpus=2 */

#define ROUNDS 2000

static volatile unsigned int done_rounds;
static volatile unsigned int wrong;

static void keep(u64 value)
{
	__asm__ volatile("movq %0, %%xmm0; movq %0, %%xmm7; movq %0, %%xmm15"
			 :
			 : "r"(value));
}

static bool kept(u64 value)
{
	u64 a, b, c;

	__asm__ volatile("movq %%xmm0, %0; movq %%xmm7, %1; movq %%xmm15, %2"
			 : "=r"(a), "=r"(b), "=r"(c));
	return a == value && b == value && c == value;
}

static void rounds(u64 seed)
{
	for (u64 i = 0; i < ROUNDS; i++) {
		keep(seed + i);
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		if (!kept(seed + i))
			wrong++;
	}
}

static void second(void)
{
	rounds(0x2222000000000000);
	done_rounds = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

void story(void)
{
	start_vcpu(1, second);
	rounds(0x1111000000000000);
	CHECK(wait_for(done_rounds));
	CHECK_EQ(wrong, 0);
}
