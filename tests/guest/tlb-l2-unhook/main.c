/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a whole table of level 1 is unhooked and becomes data while
 * another CPU still walks it. CPU 1 writes through it, CPU 0 unhooks it and
 * makes its page writable.
 */
#include "guest.h"

STORY("tlb-l2-unhook");
/* attack: yes */
/* machine: smp=2 */

static volatile u64 *target;
static volatile u64 writes;
static volatile unsigned int faulted;

static bool stop_on_fault(struct trap_frame *f)
{
	if (f->vector != 14)
		return false;
	faulted = 1;
	for (;;)
		__builtin_ia32_pause();
}

static void writer(void)
{
	for (;;) {
		*target = writes;
		writes++;
	}
}

void story(void)
{
	/* a 2 MiB range above what the builder mapped */
	u64 va = VIRT_BASE + (64UL << 20);
	u64 *l1 = page_new(), *data = page_new();
	volatile u64 *l2e = pt_entry(va, 2);
	u64 l2e_maddr = pt_entry_maddr(va, 2), stopped;

	CHECK_EQ(*l2e, 0);
	l1[0] = virt_to_mfn(data) << PAGE_SHIFT | PTE_KERNEL;
	make_readonly(l1);
	CHECK_EQ(mmu_update1(l2e_maddr,
			     virt_to_mfn(l1) << PAGE_SHIFT | PTE_KERNEL),
		 0);
	target = (u64 *)va;
	trap_hook = stop_on_fault;
	start_vcpu(1, writer);
	CHECK(wait_for(writes > 1000));
	CHECK_EQ(mmu_update1(l2e_maddr, 0), 0);
	/* out of use when the call is back, whatever the table is used for */
	stopped = writes;
	for (int i = 0; i < 2000000 && writes == stopped; i++)
		__builtin_ia32_pause();
	CHECK(writes - stopped <= 1, "%lu writes through an unhooked table",
	      writes - stopped);
	CHECK(wait_for(faulted));
	if (!faulted)
		return;
	trap_hook = NULL;
	/* now data: what is written there is nobody's entry */
	make_writable(l1);
	l1[0] = ~0UL;
	CHECK_EQ(try_read(va), 14);
}
