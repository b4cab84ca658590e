/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: large pages and reserved bits at any level, before and after
 * a table is in use.
 */
#include "guest.h"

STORY("superpages");
/* attack: yes */

static void refuse_pin(u64 *table, unsigned int op, u64 entry)
{
	memset(table, 0, PAGE_SIZE);
	table[9] = entry;
	make_readonly(table);
	CHECK(mmuext(op, virt_to_mfn(table), 0) < 0, "entry %#lx", entry);
	make_writable(table);
}

void story(void)
{
	u64 *a = page_new(), *l1 = page_new();
	u64 l2 = pt_entry_maddr((u64)a, 2) & ~(PAGE_SIZE - 1);
	u64 l3 = pt_entry_maddr((u64)a, 3) & ~(PAGE_SIZE - 1);
	u64 aligned = (virt_to_mfn(a) & ~511UL) << PAGE_SHIFT;
	u64 maddr;

	refuse_pin(a, MMUEXT_PIN_L2_TABLE, aligned | PTE_KERNEL | PTE_PSE);
	refuse_pin(a, MMUEXT_PIN_L3_TABLE, PTE_KERNEL | PTE_PSE);
	make_readonly(l1);
	maddr = virt_to_mfn(l1) << PAGE_SHIFT;
	refuse_pin(a, MMUEXT_PIN_L2_TABLE, maddr | PTE_KERNEL | PTE_PSE);
	/* bits above the machine's address width */
	refuse_pin(a, MMUEXT_PIN_L2_TABLE, maddr | PTE_KERNEL | 1UL << 51);
	make_writable(l1);
	CHECK(mmu_update1(l2 + 8 * 300, aligned | PTE_KERNEL | PTE_PSE) < 0);
	CHECK(mmu_update1(l3 + 8 * 300, PTE_KERNEL | PTE_PSE) < 0);
}
