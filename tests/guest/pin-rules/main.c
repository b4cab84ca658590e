/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: what may be pinned as a page table. Pins a page that is
 * mapped for writing, one twice, one never pinned, one with entries of the
 * wrong kind; only the legal sequence may succeed, and afterwards the page is a
 * plain one again.
 */
#include "guest.h"

STORY("pin-rules");

static void wrong_state(u64 *l1)
{
	u64 mfn = virt_to_mfn(l1);

	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) < 0, "mapped for writing");
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), -EINVAL);
	make_readonly(l1);
	CHECK_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) < 0, "twice");
	CHECK(mmuext(MMUEXT_PIN_L2_TABLE, mfn, 0) < 0, "another level");
	/* it is a page table now: no writable mapping */
	CHECK(update_va(l1, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG) < 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), -EINVAL);
	make_writable(l1);
	l1[0] = 1;
	CHECK_EQ(l1[0], 1);
}

static void bad_content(u64 *l1, u64 *target, u64 entry)
{
	u64 mfn = virt_to_mfn(l1);

	memset(l1, 0, PAGE_SIZE);
	l1[3] = virt_to_mfn(target) << PAGE_SHIFT | PTE_KERNEL; /* good one */
	l1[7] = entry;
	make_readonly(l1);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) < 0, "entry %#lx", entry);
	make_writable(l1);
	/* what the good entry took must have been given back */
	make_readonly(target);
	CHECK_EQ(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(target), 0), 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(target), 0), 0);
	make_writable(target);
}

void story(void)
{
	u64 *l1 = page_new(), *target = page_new();

	wrong_state(l1);
	/* of the hypervisor: the M2P's frames, and frames that do not exist */
	bad_content(l1, target, 0x000fff0000000000 | PTE_P | PTE_RW);
	bad_content(l1, target,
		    (u64)virt_to_mfn(l1) << PAGE_SHIFT | PTE_KERNEL);
	bad_content(l1, target, current_l4_mfn() << PAGE_SHIFT | PTE_KERNEL);
	CHECK(mmuext(MMUEXT_PIN_L4_TABLE, 0x12345678, 0) < 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, ~0UL, 0) < 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, start_info->shared_info >> 12, 0) <
	      0);
}
