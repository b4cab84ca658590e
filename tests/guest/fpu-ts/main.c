/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the task switched bit of a guest that saves its FPU late. Set
 * by fpu_taskswitch, the next FPU instruction is a #NM of the guest's, once.
 */
#include "guest.h"

STORY("fpu-ts");

#define CR0_TS 8UL

static u64 cr0(void)
{
	u64 v;

	__asm__ volatile("mov %%cr0, %0" : "=r"(v));
	return v;
}

static int use_sse(void)
{
	return TRY("movq %%rax, %%xmm0", "a"(0x1234));
}

static int use_x87(void)
{
	return TRY("fninit", "a"(0));
}

void story(void)
{
	CHECK_EQ(use_sse(), TRAP_NONE);
	CHECK_EQ(cr0() & CR0_TS, 0);
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(HC(fpu_taskswitch, 1, 0, 0, 0), 0);
		CHECK_EQ(cr0() & CR0_TS, CR0_TS);
		/* it stays over a switch of vcpus */
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		CHECK_EQ(i & 1 ? use_sse() : use_x87(), 7);
		/* the hypervisor has cleared it before the handler ran */
		CHECK_EQ(cr0() & CR0_TS, 0);
		CHECK_EQ(use_sse(), TRAP_NONE);
		CHECK_EQ(use_x87(), TRAP_NONE);
	}
	CHECK_EQ(HC(fpu_taskswitch, 1, 0, 0, 0), 0);
	CHECK_EQ(HC(fpu_taskswitch, 0, 0, 0, 0), 0);
	CHECK_EQ(use_sse(), TRAP_NONE);
	/* by instruction */
	CHECK_EQ(TRY("mov %0, %%cr0", "r"(cr0() | CR0_TS)), TRAP_NONE);
	CHECK_EQ(cr0() & CR0_TS, CR0_TS);
	CHECK_EQ(TRY("clts", "a"(0)), TRAP_NONE);
	CHECK_EQ(cr0() & CR0_TS, 0);
	CHECK_EQ(use_sse(), TRAP_NONE);
	/* nothing else of CR0 is the guest's */
	TRY("mov %0, %%cr0", "r"(cr0() & ~(1UL << 31)));
	TRY("mov %0, %%cr0", "r"(cr0() & ~(1UL << 16)));
	TRY("mov %0, %%cr0", "r"(1UL << 29 | 1UL << 2));
	HC(fpu_taskswitch, 0, 0, 0, 0);
	CHECK_EQ(cr0() >> 31 & 1, 1);
	CHECK_EQ(cr0() >> 16 & 1, 1);
	CHECK_EQ(use_x87(), TRAP_NONE);
}
