/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a guest gets a writable mapping of its own live page tables.
 * Tries each way there is: update_va_mapping, mmu_update of an entry of level
 * 1, a second mapping of a fresh table before it is pinned, level 2 entries
 * that point at themselves.
 */
#include "guest.h"

STORY("pagetable-write");

static void map_live_table(unsigned int level)
{
	char *window = page_new();
	u64 table = pt_entry_maddr((u64)window, level) >> PAGE_SHIFT;
	u64 entry = table << PAGE_SHIFT | PTE_KERNEL;
	u64 was = virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL;

	CHECK(update_va(window, entry, UVMF_INVLPG) < 0, "level %u", level);
	CHECK(mmu_update1(pt_entry_maddr((u64)window, 1), entry) < 0,
	      "level %u", level);
	/* reading one is allowed, writing it faults */
	CHECK_EQ(update_va(window, table << PAGE_SHIFT | PTE_RO, UVMF_INVLPG),
		 0);
	CHECK_EQ(try_read(window), TRAP_NONE);
	CHECK_EQ(update_va(window, was, UVMF_INVLPG), 0);
}

static void self_reference(void)
{
	u64 l4 = current_l4_mfn();
	u64 *own = (u64 *)start_info->pt_base;

	CHECK(mmu_update1((l4 << PAGE_SHIFT) + 8 * 300,
			  l4 << PAGE_SHIFT | PTE_KERNEL) < 0);
	CHECK_EQ(own[300], 0);
	/* read only linear tables: allowed by Xen's builds that have them, not
	 * here */
	for (unsigned int i = HV_START >> 39 & 511; i < 272; i++)
		CHECK(mmu_update1((l4 << PAGE_SHIFT) + 8 * i, 0) < 0, "slot %u",
		      i);
}

static void superpages(void)
{
	char *window = page_new();
	u64 l2 = pt_entry_maddr((u64)window, 2) & ~(PAGE_SIZE - 1);

	CHECK(mmu_update1(l2 + 8 * 400, 0 | PTE_KERNEL | PTE_PSE) < 0);
	CHECK(mmu_update1(l2 + 8 * 400, (virt_to_mfn(window) & ~511UL)
							<< PAGE_SHIFT |
						PTE_KERNEL | PTE_PSE) < 0);
}

void story(void)
{
	for (unsigned int level = 1; level <= 4; level++)
		map_live_table(level);
	self_reference();
	superpages();
}
