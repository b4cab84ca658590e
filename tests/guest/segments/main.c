/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: FS and GS bases and selectors over hypercalls and traps; a
 * selector that cannot be loaded must not take the hypervisor along.
 */
#include "guest.h"

STORY("segments");

static u64 at_fs(void)
{
	u64 v;

	__asm__ volatile("movq %%fs:0, %0" : "=r"(v));
	return v;
}

static u64 at_gs(void)
{
	u64 v;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(v));
	return v;
}

void story(void)
{
	static u64 for_fs = 0xf5, for_gs = 0x65;

	CHECK_EQ(HC(set_segment_base, SEGBASE_FS, &for_fs, 0, 0), 0);
	CHECK_EQ(HC(set_segment_base, SEGBASE_GS_KERNEL, &for_gs, 0, 0), 0);
	CHECK_EQ(at_fs(), 0xf5);
	CHECK_EQ(at_gs(), 0x65);
	TRY("ud2", "a"(0));
	HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	CHECK_EQ(at_fs(), 0xf5);
	CHECK_EQ(at_gs(), 0x65);
	/* the other mode's base does not touch ours */
	CHECK_EQ(HC(set_segment_base, SEGBASE_GS_USER, 0x1000, 0, 0), 0);
	CHECK_EQ(at_gs(), 0x65);
	/* a selector that is not there: the call works, NUL is loaded */
	CHECK_EQ(HC(set_segment_base, SEGBASE_GS_USER_SEL, 0x1234, 0, 0), 0);
	CHECK_EQ(at_gs(), 0x65);
	CHECK_EQ(HC(set_segment_base, SEGBASE_GS_USER_SEL, 0, 0, 0), 0);
	CHECK(HC(set_segment_base, 4, 0, 0, 0) < 0);
	CHECK_EQ(TRY("mov %0, %%fs", "r"(0xfff3)), 13);
	CHECK_EQ(TRY("swapgs", "a"(0)), 13);
	/* MSRs by emulation */
	CHECK_EQ(TRY("wrmsr", "c"(0xc0000100), "a"((u32)(u64)&for_gs),
		     "d"((u32)((u64)&for_gs >> 32))),
		 TRAP_NONE);
	CHECK_EQ(at_fs(), 0x65);
}
