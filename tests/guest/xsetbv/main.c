/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: which state components a guest may turn on, and the registers
 * behind them: a value that the CPU refuses would fault in the hypervisor; what
 * is off in one vcpu must not lose or show another's state.
 */
#include "guest.h"

STORY("xsetbv");
/* attack: yes */
/* machine: dom0_max_vcpus=2 */

#define ROUNDS 1000

static bool has_avx;
static volatile unsigned int second_done, wrong;

static int xsetbv(u32 ecx, u64 v)
{
	return TRY("xsetbv", "c"(ecx), "a"((u32)v), "d"((u32)(v >> 32)));
}

static u64 xgetbv(void)
{
	u32 lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (u64)hi << 32 | lo;
}

static bool turn_on(void)
{
	u32 a = 1, b, c, d;
	u64 cr4;

	__asm__ volatile("ud2; .ascii \"xen\"; cpuid"
			 : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
	if (!(c & BIT(26)))
		return false;
	has_avx = c & BIT(28);
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	cr4 |= 1UL << 18;
	return TRY("mov %0, %%cr4", "r"(cr4)) == TRAP_NONE;
}

static void rules(void)
{
	static const u64 bad[] = { 0,
				   2,
				   4,
				   6,
				   5,
				   1UL << 63 | 3,
				   3 | 1UL << 62,
				   3 | 1UL << 8,
				   3 | 1UL << 3,
				   3 | 1UL << 5,
				   7 | 1UL << 6,
				   3 | 1UL << 17,
				   ~0UL };

	CHECK_EQ(xsetbv(0, 3), TRAP_NONE);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(xsetbv(0, bad[i]), 13);
		CHECK_EQ(xgetbv(), 3);
	}
	CHECK_EQ(xsetbv(1, 3), 13);
	CHECK_EQ(xsetbv(0xffffffff, 3), 13);
	CHECK_EQ(xsetbv(0, 1), TRAP_NONE);
	CHECK_EQ(xgetbv(), 1);
	CHECK_EQ(xsetbv(0, 3), TRAP_NONE);
	if (has_avx) {
		CHECK_EQ(TRY("vzeroupper", "a"(0)), 6);
		CHECK_EQ(xsetbv(0, 7), TRAP_NONE);
		CHECK_EQ(xgetbv(), 7);
		CHECK_EQ(TRY("vzeroupper", "a"(0)), TRAP_NONE);
	}
}

static void set_ymm(const u64 *v)
{
	__asm__ volatile("vmovups (%0), %%ymm3; vmovups (%0), %%ymm12" ::"r"(v)
			 : "memory");
}

static void get_ymm(u64 *v)
{
	__asm__ volatile(
		"vmovups %%ymm3, (%0); vmovups %%ymm12, 32(%0)" ::"r"(v)
		: "memory");
}

/* The other one: x87 and SSE only, and then AVX with values of its own. */
static void second(void)
{
	static const u64 mine[4] = { 1, 2, 3, 4 };
	u64 got[8];

	if (!turn_on())
		wrong++;
	for (u64 i = 0; i < ROUNDS; i++) {
		xsetbv(0, 7);
		set_ymm(mine);
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		get_ymm(got);
		if (got[3] != 4 || got[7] != 4)
			wrong++;
		xsetbv(0, i & 1 ? 1 : 3);
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		if (xgetbv() != (i & 1 ? 1 : 3))
			wrong++;
	}
	second_done = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

static void isolation(void)
{
	u64 got[8];

	start_vcpu(1, second);
	for (u64 i = 0; i < ROUNDS * 3 && !second_done; i++) {
		u64 mine[4] = { i, i + 1, i + 2, i + 0x55550000 };

		set_ymm(mine);
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		get_ymm(got);
		if (memcmp(got, mine, 32) || memcmp(got + 4, mine, 32))
			wrong++;
	}
	CHECK(wait_for(second_done));
	CHECK_EQ(wrong, 0);
	CHECK_EQ(xgetbv(), 7);
}

void story(void)
{
	if (!turn_on()) {
		say("no XSAVE here");
		CHECK_EQ(xsetbv(0, 3), 6);
		return;
	}
	rules();
	if (has_avx)
		isolation();
}
