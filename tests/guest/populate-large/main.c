/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: memory in extents of 2 MiB: aligned, ours, zeroed, entered in
 * the M2P, given back the same way; sizes that are no sizes, and more than we
 * may have.
 */
#include "guest.h"

STORY("populate-large");
/* machine: dom0_mem=64M,max:80M */

#define ORDER 9
#define PAGES (1UL << ORDER)

static long reserve(unsigned int cmd, u64 *list, u64 nr, unsigned int order)
{
	struct xen_memory_reservation r = { .nr_extents = nr,
					    .extent_order = order,
					    .domid = DOMID_SELF };

	r.extent_start.p = list;
	return HC(memory_op, cmd, &r, 0, 0);
}

static void check_extent(u64 mfn, u64 pfn)
{
	u64 *window = page_new();
	u64 home = virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL;

	CHECK_EQ(mfn % PAGES, 0);
	for (u64 i = 0; i < PAGES; i++) {
		CHECK_EQ(M2P[mfn + i], pfn + i);
		CHECK_EQ(update_va(window, (mfn + i) << PAGE_SHIFT | PTE_KERNEL,
				   UVMF_INVLPG),
			 0);
		CHECK(!window[0] && !window[511]);
		window[0] = ~i;
	}
	CHECK_EQ(update_va(window, home, UVMF_INVLPG), 0);
}

void story(void)
{
	u64 pfn = 1UL << 20, extent = pfn;
	u64 many[16], lost;
	domid_t self = DOMID_SELF;
	long had = HC(memory_op, XENMEM_current_reservation, &self, 0, 0);

	for (int round = 0; round < 5; round++) {
		extent = pfn;
		CHECK_EQ(reserve(XENMEM_populate_physmap, &extent, 1, ORDER),
			 1);
		check_extent(extent, pfn);
		CHECK_EQ(reserve(XENMEM_decrease_reservation, &extent, 1,
				 ORDER),
			 1);
	}
	CHECK_EQ(HC(memory_op, XENMEM_current_reservation, &self, 0, 0), had);

	/* up to what we may have, and not one more */
	for (u64 i = 0; i < 16; i++)
		many[i] = pfn + i * PAGES;
	lost = (u64)reserve(XENMEM_populate_physmap, many, 16, ORDER);
	CHECK(lost > 0 && lost < 16, "%lu extents", lost);
	CHECK_EQ(reserve(XENMEM_decrease_reservation, many, lost, ORDER), lost);

	extent = pfn;
	CHECK(reserve(XENMEM_populate_physmap, &extent, 1, 63) <= 0);
	CHECK(reserve(XENMEM_populate_physmap, &extent, 1, ~0U) <= 0);
	CHECK(reserve(XENMEM_decrease_reservation, &extent, 1, 63) <= 0);
	CHECK(reserve(XENMEM_decrease_reservation, &extent, 1, 52) <= 0);
	CHECK(reserve(XENMEM_populate_physmap, (u64 *)HV_START, 1, 0) <= 0);
	extent = ~0UL;
	CHECK(reserve(XENMEM_decrease_reservation, &extent, 1, ORDER) <= 0);
	CHECK_EQ(HC(memory_op, XENMEM_current_reservation, &self, 0, 0), had);
}
