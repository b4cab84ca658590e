/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: tables of the wrong level below each other, a loop of tables,
 * an entry that points at data. Builds small wrong trees and tries to pin them;
 * each must be refused with nothing left taken.
 */
#include "guest.h"

STORY("wrong-levels");
/* attack: yes */

#define TABLE (PTE_P | PTE_RW | PTE_U | PTE_A)

static const unsigned int pin_op[] = { 0, MMUEXT_PIN_L1_TABLE,
				       MMUEXT_PIN_L2_TABLE, MMUEXT_PIN_L3_TABLE,
				       MMUEXT_PIN_L4_TABLE };

/* A table whose entry 5 points at @target; pinned at @level it must fail. */
static void refuse(u64 *table, unsigned int level, u64 target_mfn,
		   const char *what)
{
	u64 mfn = virt_to_mfn(table);

	memset(table, 0, PAGE_SIZE);
	table[5] = target_mfn << PAGE_SHIFT | TABLE;
	make_readonly(table);
	CHECK(mmuext(pin_op[level], mfn, 0) < 0, "level %u: %s", level, what);
	make_writable(table);
}

void story(void)
{
	u64 *a = page_new(), *data = page_new(), *l1 = page_new();
	u64 in_use = pt_entry_maddr((u64)a, 1) >> PAGE_SHIFT;

	for (unsigned int level = 2; level <= 4; level++) {
		refuse(a, level, virt_to_mfn(data), "writable data");
		refuse(a, level, virt_to_mfn(a), "itself");
		refuse(a, level, current_l4_mfn(), "the top level table");
		refuse(a, level, 0x7ffffff, "no frame");
		refuse(a, level, start_info->shared_info >> PAGE_SHIFT,
		       "shared_info");
	}
	refuse(a, 3, in_use, "a table of level 1");
	refuse(a, 4, in_use, "a table of level 1");

	/* a legal one, to see that the shape is what counts */
	make_readonly(l1);
	memset(a, 0, PAGE_SIZE);
	a[5] = virt_to_mfn(l1) << PAGE_SHIFT | TABLE;
	make_readonly(a);
	CHECK_EQ(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(a), 0), 0);
	/* its L1 is typed with it, and free again with it */
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(l1), 0) < 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(a), 0), 0);
	make_writable(l1);
	make_writable(a);
}
