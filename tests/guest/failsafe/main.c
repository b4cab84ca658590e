/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a selector in use whose descriptor is gone by the time the
 * vcpu runs again. The hypervisor trips over it, not the guest: it must load
 * NUL and say so by the failsafe callback, once and at once.
 */
#include "guest.h"

STORY("failsafe");

#define DATA_RING3    0x00cff3000000ffffUL
#define DESC_P	      (1UL << 47)
#define SELECTOR      (5 << 3 | 3)
#define TRAP_FAILSAFE 0x102

static volatile unsigned int calls;

static bool failsafe(struct trap_frame *f)
{
	if (f->vector != TRAP_FAILSAFE)
		return false;
	calls++;
	return true;
}

static u16 read_ds(void)
{
	u16 sel;

	__asm__ volatile("mov %%ds, %0" : "=r"(sel)::"memory");
	return sel;
}

/* Off the CPU for a moment: with no port to wait for, the time runs out. */
static void leave_cpu(void)
{
	struct sched_poll poll = { .timeout = system_time() + 5000000 };

	CHECK_EQ(HC(sched_op, SCHEDOP_poll, &poll, 0, 0), 0);
}

void story(void)
{
	u64 *gdt = page_new();
	u64 frame = virt_to_mfn(gdt);
	u64 slot = (frame << PAGE_SHIFT) + 5 * 8;

	gdt[5] = DATA_RING3;
	make_readonly(gdt);
	CHECK_EQ(HC(set_gdt, &frame, 512, 0, 0), 0);
	trap_hook = failsafe;
	CHECK_EQ(TRY("mov %0, %%ds", "r"(SELECTOR)), TRAP_NONE);
	leave_cpu();
	CHECK_EQ(read_ds(), SELECTOR);
	CHECK_EQ(calls, 0);

	CHECK_EQ(HC(update_descriptor, slot, DATA_RING3 & ~DESC_P, 0, 0), 0);
	leave_cpu();
	CHECK_EQ(calls, 1);
	CHECK_EQ(read_ds(), 0);
	leave_cpu();
	CHECK_EQ(calls, 1);
	trap_hook = NULL;
}
