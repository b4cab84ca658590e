/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a frame goes back to the hypervisor and into other hands
 * while another CPU can still write it. CPU 1 writes through an old
 * translation, CPU 0 gives the frame back.
 */
#include "guest.h"

STORY("tlb-free-reuse");
/* attack: yes */
/* machine: smp=2 dom0_mem=400M,max:1024M */

static u64 *volatile target;
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
		WRITE_ONCE(target[5], writes);
		writes++;
	}
}

void story(void)
{
	struct xen_memory_reservation r = { .nr_extents = 1,
					    .domid = DOMID_SELF };
	u64 mfn, stopped, pfn, frame;
	u32 got = 0;

	target = page_new();
	mfn = virt_to_mfn(target);
	pfn = M2P[mfn];
	r.extent_start.p = &mfn;
	trap_hook = stop_on_fault;
	start_vcpu(1, writer);
	CHECK(wait_for(writes > 1000));
	CHECK_EQ(update_va(target, 0, UVMF_NONE), 0);
	CHECK_EQ(HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0), 1);
	/* take all memory there is: the frame is in it; CPU 1 must be out */
	r.extent_start.p = &frame;
	for (frame = pfn; frame != mfn; got++) {
		frame = pfn;
		if (HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) != 1)
			broken("frame %#lx does not come back in %u", mfn, got);
	}
	stopped = writes;
	for (int i = 0; i < 2000000 && writes == stopped; i++)
		__builtin_ia32_pause();
	CHECK(writes - stopped <= 1, "%lu writes after the frame was reused",
	      writes - stopped);
	CHECK(wait_for(faulted));
}
