/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: results written where the guest may not write: read only
 * pages, page tables, the hypervisor, nowhere. Each gives an error and changes
 * nothing.
 */
#include "guest.h"

STORY("copy-out");
/* attack: yes */

static void refuse_at(u64 va, const char *what)
{
	struct evtchn_alloc_unbound *u = (void *)va;

	CHECK_EQ(HC(xen_version, XENVER_extraversion, va, 0, 0), -EFAULT);
	CHECK(HC(grant_table_op, GNTTABOP_query_size, va, 1, 0) < 0, "%s",
	      what);
	CHECK(HC(event_channel_op, EVTCHNOP_alloc_unbound, u, 0, 0) < 0, "%s",
	      what);
	CHECK(HC(memory_op, XENMEM_machphys_mapping, va, 0, 0) < 0, "%s", what);
}

void story(void)
{
	u64 *page = page_new();
	u64 copy[512];
	volatile u64 *l1 = pt_entry((u64)page, 1);
	u64 *table = (u64 *)((u64)l1 & ~(PAGE_SIZE - 1));

	make_readonly(page);
	refuse_at((u64)page, "read only page");
	memcpy(copy, table, sizeof(copy));
	refuse_at((u64)table, "page table");
	/* of accessed and dirty bits no word */
	for (unsigned int i = 0; i < 512; i++)
		CHECK_EQ((table[i] ^ copy[i]) & ~(PTE_A | PTE_D), 0);
	refuse_at(0xffff800000000000, "the M2P");
	refuse_at(0xffff818000000000, "the image");
	refuse_at(0xffff830000000000, "the direct map");
	refuse_at(0x1000, "not mapped");
	make_writable(page);
}
