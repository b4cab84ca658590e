/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a page becomes a page table while another CPU can still write
 * it through an old translation. CPU 1 writes a counter all the time, without
 * ever loading CR3; CPU 0 takes the mapping away and pins the page: from then
 * on no write may arrive. (At level 2, whose plain stores nobody emulates.)
 */
#include "guest.h"

STORY("tlb-retype");
/* attack: yes */
/* machine: smp=2 */

static u64 *volatile target;
static volatile u64 writes;
static volatile unsigned int faulted, started;

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
	started = 1;
	for (;;) {
		/* not a present entry: harmless content for a table */
		WRITE_ONCE(target[100], (writes << 1) & ~1UL);
		writes++;
	}
}

static void round(void)
{
	u64 *page = target;
	u64 mfn = virt_to_mfn(page), seen, first;

	first = writes;
	CHECK(wait_for(writes > first + 1000));
	/* the entry changes, no flush is asked for */
	CHECK_EQ(update_va(page, mfn << PAGE_SHIFT | PTE_RO, UVMF_NONE), 0);
	CHECK_EQ(mmuext(MMUEXT_PIN_L2_TABLE, mfn, 0), 0);
	seen = READ_ONCE(page[100]);
	for (int i = 0; i < 2000000; i++)
		if (READ_ONCE(page[100]) != seen)
			break;
	CHECK_EQ(READ_ONCE(page[100]), seen);
}

void story(void)
{
	target = page_new();
	trap_hook = stop_on_fault;
	start_vcpu(1, writer);
	CHECK(wait_for(started && writes > 0));
	round();
	CHECK(wait_for(faulted), "CPU 1 still writes");
}
