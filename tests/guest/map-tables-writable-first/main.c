/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a page with a second, writable mapping is taken as a page
 * table.
 */
#include "guest.h"

STORY("map-tables-writable-first");
/* attack: yes */

void story(void)
{
	u64 *table = page_new();
	char *alias = page_new();
	u64 mfn = virt_to_mfn(table);
	u64 alias_home = virt_to_mfn(alias) << PAGE_SHIFT | PTE_KERNEL;

	CHECK_EQ(update_va(alias, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG),
		 0);
	*(volatile u64 *)alias = 0;
	make_readonly(table);
	/* alias still writes */
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) < 0);
	CHECK_EQ(update_va(alias, mfn << PAGE_SHIFT | PTE_RO, UVMF_INVLPG), 0);
	CHECK_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), 0);
	CHECK_EQ(try_read(alias), TRAP_NONE);
	CHECK(update_va(alias, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG) <
	      0);
	/* through mmu_update of the entry, too */
	CHECK(mmu_update1(pt_entry_maddr((u64)alias, 1),
			  mfn << PAGE_SHIFT | PTE_KERNEL) < 0);
	/* and by taking its RW bit alone */
	CHECK(mmu_update1(pt_entry_maddr((u64)alias, 1),
			  *pt_entry((u64)alias, 1) | PTE_RW) < 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
	CHECK_EQ(update_va(alias, alias_home, UVMF_INVLPG), 0);
	make_writable(table);
}
