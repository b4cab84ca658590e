/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: two CPUs change the type of the same pages at once: pin
 * against map for writing, unpin against map. Whoever wins, both must never
 * hold.
 */
#include "guest.h"

STORY("race-pin");
/* attack: yes */
/* machine: smp=2 */

#define WANTED 200

static u64 *page;
static char *window;
static volatile unsigned int done_second, pins, maps, stop;

static void mapper(void)
{
	u64 rw = virt_to_mfn(page) << PAGE_SHIFT | PTE_KERNEL;
	u64 home = virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL;

	while (!stop) {
		if (update_va(window, rw, UVMF_INVLPG) == 0) {
			maps++;
			/* mapped: it can be no table now; data is welcome */
			*(volatile u64 *)window = 0;
			if (update_va(window, home, UVMF_INVLPG))
				failed(__FILE__, __LINE__, "cannot unmap");
		}
	}
	done_second = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

void story(void)
{
	u64 mfn;

	page = page_new();
	window = page_new();
	mfn = virt_to_mfn(page);
	make_readonly(page);
	start_vcpu(1, mapper);
	wait_for(({
		if (mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) == 0) {
			pins++;
			CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
		}
		pins >= WANTED &&maps >= WANTED;
	}));
	stop = 1;
	CHECK(wait_for(done_second));
	say("%u pins, %u writable maps", pins, maps);
	CHECK(pins > 0 && maps > 0);
	/* nothing may have leaked: both still work alone */
	CHECK_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
	make_writable(page);
}
