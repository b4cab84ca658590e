/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: mmu_update: the count of what was done, kinds of update,
 * addresses that are no entries, accessed and dirty bits that get lost.
 */
#include "guest.h"

STORY("mmu-update");

static void partial_batch(void)
{
	u64 *a = page_new(), *b = page_new();
	struct mmu_update u[4];
	u32 done = 99;

	u[0] = (struct mmu_update){ pt_entry_maddr((u64)a, 1),
				    virt_to_mfn(b) << PAGE_SHIFT | PTE_KERNEL };
	u[1] = (struct mmu_update){ pt_entry_maddr((u64)b, 1),
				    virt_to_mfn(a) << PAGE_SHIFT | PTE_KERNEL };
	u[2] = (struct mmu_update){ pt_entry_maddr((u64)b, 1),
				    current_l4_mfn() << PAGE_SHIFT |
					    PTE_KERNEL };
	u[3] = u[1];
	CHECK(HC(mmu_update, u, 4, &done, DOMID_SELF) < 0);
	CHECK_EQ(done, 2);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	a[1] = 0xaaaa;
	CHECK_EQ(*pt_entry((u64)a, 1) & PTE_ADDR, virt_to_mfn(b) << PAGE_SHIFT);
	u[0].val = virt_to_mfn(a) << PAGE_SHIFT | PTE_KERNEL;
	u[1].val = virt_to_mfn(b) << PAGE_SHIFT | PTE_KERNEL;
	CHECK_EQ(HC(mmu_update, u, 2, &done, DOMID_SELF), 0);
	CHECK_EQ(done, 2);
	mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0, 0);
	CHECK_EQ(b[1], 0xaaaa);
}

static void preserve_ad(void)
{
	u64 *a = page_new();
	u64 maddr = pt_entry_maddr((u64)a, 1);
	u64 clean = virt_to_mfn(a) << PAGE_SHIFT | PTE_P | PTE_RW | PTE_U;

	a[0] = 1; /* dirty now */
	CHECK_EQ(mmu_update1(maddr | MMU_PT_UPDATE_PRESERVE_AD, clean), 0);
	CHECK_EQ(*pt_entry((u64)a, 1) & PTE_D, PTE_D);
	CHECK_EQ(mmu_update1(maddr, clean), 0);
	CHECK_EQ(*pt_entry((u64)a, 1) & PTE_D, 0);
}

static void plain_page(void)
{
	u64 *a = page_new();

	/* an own page that is no table: a plain write */
	CHECK_EQ(mmu_update1((virt_to_mfn(a) << PAGE_SHIFT) + 24, 0x1234), 0);
	CHECK_EQ(a[3], 0x1234);
	CHECK(mmu_update1(0x7ffffff000, 1) < 0, "no frame");
	CHECK(mmu_update1(~7UL, 1) < 0, "no address");
}

static void machphys(void)
{
	u64 *a = page_new();
	u64 mfn = virt_to_mfn(a), pfn = M2P[mfn];

	CHECK_EQ(mmu_update1(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 0x777),
		 0);
	CHECK_EQ(M2P[mfn], 0x777);
	CHECK_EQ(mmu_update1(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, pfn), 0);
	CHECK(mmu_update1(0x7ffffff000 | MMU_MACHPHYS_UPDATE, 1) < 0);
}

void story(void)
{
	partial_batch();
	preserve_ad();
	plain_page();
	machphys();
	CHECK_EQ(HC(mmu_update, 0, 0, 0, DOMID_SELF), 0);
}
