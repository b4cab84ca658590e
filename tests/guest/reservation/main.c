/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: giving frames back while something still maps or uses them,
 * giving back what is not ours, twice; a frame comes back with another's data.
 */
#include "guest.h"

STORY("reservation");
/* attack: yes */

static long decrease(u64 *mfn, u64 n)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .domid = DOMID_SELF };

	r.extent_start.p = mfn;
	return HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0);
}

static long populate(u64 *frames, u64 n)
{
	struct xen_memory_reservation r = { .nr_extents = n,
					    .domid = DOMID_SELF };

	r.extent_start.p = frames;
	return HC(memory_op, XENMEM_populate_physmap, &r, 0, 0);
}

void story(void)
{
	u64 *page = page_new();
	u64 mfn = virt_to_mfn(page), frame = mfn, pfn = M2P[mfn];
	u64 bad[] = { 0x7ffffff, current_l4_mfn() };

	page[0] = 0x5ec7e7;
	CHECK_EQ(decrease(&bad[0], 1), 0);
	/* gone from the count, but as a page table in use it cannot go away */
	CHECK_EQ(update_va(page, 0, UVMF_INVLPG), 0);
	CHECK_EQ(decrease(&frame, 1), 1);
	CHECK_EQ(decrease(&frame, 1), 0);
	CHECK(update_va(page, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG) < 0,
	      "a frame that was given back");
	/* a fresh one in its place, with nothing in it */
	frame = pfn;
	CHECK_EQ(populate(&frame, 1), 1);
	CHECK_EQ(M2P[frame], pfn);
	p2m[pfn] = frame;
	CHECK_EQ(update_va(page, frame << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG),
		 0);
	/* our own data may have come back, nobody else's */
	for (unsigned int i = 0; i < 512; i++)
		CHECK(!page[i] || page[i] == 0x5ec7e7, "%#lx", page[i]);
}
