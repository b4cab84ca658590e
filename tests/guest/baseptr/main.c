/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the top-level table in use: switched to something that is
 * none, changed or given away while a CPU runs on it.
 */
#include "guest.h"

STORY("baseptr");
/* attack: yes */

void story(void)
{
	u64 home = current_l4_mfn();
	u64 *l4 = new_l4(), *l1 = page_new();
	u64 mfn = virt_to_mfn(l4);

	CHECK(mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(page_new()), 0) < 0,
	      "a writable page");
	CHECK(mmuext(MMUEXT_NEW_BASEPTR, 0x7fffffff, 0) < 0, "no frame");
	CHECK(mmuext(MMUEXT_NEW_BASEPTR, pt_entry_maddr((u64)l1, 1) >> 12, 0) <
		      0,
	      "a table of level 1");
	/* not pinned: taking it as the base makes it one while it is in use */
	CHECK_EQ(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), 0);
	CHECK(update_va(l4, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG) < 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), -EINVAL);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, home, 0), 0);
	/* unpinned and unused now: it may be written, then pinned again */
	CHECK_EQ(mmuext(MMUEXT_PIN_L4_TABLE, home, 0), 0);
	CHECK_EQ(mmuext(MMUEXT_NEW_BASEPTR, home, 0), 0);
	CHECK_EQ(update_va(l4, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG), 0);
	CHECK(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0) < 0, "writable");
	CHECK_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
}
