/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the hypervisor's slots of a top-level table hold what the
 * guest wrote into them before it pinned the table.
 */
#include "guest.h"

STORY("l4-slots");
/* attack: yes */

void story(void)
{
	u64 *l4 = page_new(), *l3 = page_new();
	volatile u64 *own = (volatile u64 *)start_info->pt_base;
	u64 mfn = virt_to_mfn(l4), l3e;

	make_readonly(l3);
	l3e = virt_to_mfn(l3) << PAGE_SHIFT | PTE_P | PTE_RW | PTE_U | PTE_A;
	for (unsigned int i = 0; i < 512; i++)
		l4[i] = own[i];
	for (unsigned int i = 256; i < 272; i++)
		l4[i] = l3e;
	make_readonly(l4);
	CHECK_EQ(mmuext(MMUEXT_PIN_L4_TABLE, mfn, 0), 0);
	for (unsigned int i = 256; i < 272; i++)
		CHECK(l4[i] != l3e, "slot %u", i);
	for (unsigned int i = 256; i < 272; i++)
		CHECK(mmu_update1((mfn << PAGE_SHIFT) + 8 * i, l3e) < 0,
		      "slot %u", i);
	/* on it, the machine lives and our slots are our own */
	CHECK_EQ(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0), 0);
	CHECK_EQ(HC(xen_version, XENVER_pagesize, 0, 0, 0), 4096);
	CHECK_EQ(mmuext(MMUEXT_NEW_BASEPTR, current_l4_mfn(), 0), 0);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
	/* the hypervisor's half is closed to reads and writes */
	CHECK_EQ(try_read(0xffff810000000000), 14);
	CHECK_EQ(try_read(0xffff818000000000), 14);
	CHECK_EQ(try_read(0xffff830000000000), 14);
	CHECK_EQ(try_write(0xffff818000000000, 0), 14);
	CHECK_EQ(try_write(0xffff800000000000, 0), 14);
	CHECK_EQ(try_read(0xffff800000000000), TRAP_NONE);
}
