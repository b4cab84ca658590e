// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: two parts of dom0's memory at the same place, page
 * tables that do not cover what is mapped, parts in holes of the memory map,
 * and inputs that no layout is possible for.
 */
/* links: boot/dom0_layout.c */
#include "test.h"

#include <string.h>

#include "boot/dom0_layout.h"

#define VIRT_BASE 0xffffffff80000000
#define P2M_VA	  0x8000000000

/* A PC with a hole under 4 GiB. */
static const struct e820_entry pc[] = {
	{ 0, 0x9fc00, E820_RAM },	 { 0x9fc00, 0x60400, E820_RESERVED },
	{ MIB(1), MIB(2047), E820_RAM }, { 0xfffc0000, 0x40000, E820_RESERVED },
	{ GIB(4), GIB(6), E820_RAM },
};

static struct dom0_layout linux_like(u64 mib)
{
	return (struct dom0_layout){
		.nr_pages = MIB(mib) >> PAGE_SHIFT,
		.virt_base = VIRT_BASE,
		.kernel_start = MIB(16),
		.kernel_end = MIB(16) + 60000123,
		.initrd_bytes = MIB(30) + 5,
		.init_p2m = P2M_VA,
		.e820 = pc,
		.nr_e820 = ARRAY_SIZE(pc),
	};
}

static u64 tables(u64 start, u64 end)
{
	u64 n = 0;

	for (unsigned int level = 1; level <= 3; level++) {
		unsigned int shift = PAGE_SHIFT + 9 * level;

		n += ((end - 1) >> shift) - (start >> shift) + 1;
	}
	return n;
}

static void check_parts(const struct dom0_layout *l)
{
	u64 map_end = l->virt_base + (l->map_end_pfn << PAGE_SHIFT);
	u64 mapped_used = l->virt_base + ((l->stack_pfn + 1) << PAGE_SHIFT);
	u64 p2m_end = l->p2m_va + (l->nr_p2m_data << PAGE_SHIFT);

	EXPECT(l->kernel_end <= l->start_info_pfn << PAGE_SHIFT);
	EXPECT_EQ(l->pt_pfn, l->start_info_pfn + 1);
	EXPECT_EQ(l->stack_pfn, l->pt_pfn + l->nr_pt);
	EXPECT_EQ(map_end % MIB(4), 0);
	EXPECT(map_end - mapped_used >= KIB(512));
	EXPECT(map_end - mapped_used < KIB(512) + MIB(4));
	EXPECT(l->nr_pt >= 1 + tables(l->virt_base, map_end));
	EXPECT(l->nr_p2m_data * 512 >= l->nr_pages);
	if (l->init_p2m) {
		EXPECT(l->initrd_mapped || l->initrd_pfn >= l->map_end_pfn);
		EXPECT(l->p2m_pfn >= l->map_end_pfn);
		EXPECT_EQ(l->nr_p2m,
			  l->nr_p2m_data + tables(l->p2m_va, p2m_end));
		EXPECT(l->p2m_pfn >= l->initrd_pfn + l->nr_initrd);
		EXPECT(l->p2m_pfn + l->nr_p2m <= l->nr_pages);
	} else {
		EXPECT(l->p2m_pfn + l->nr_p2m <= l->start_info_pfn);
	}
	EXPECT_EQ(l->nr_initrd, (l->initrd_bytes + PAGE_SIZE - 1) >> 12);
	EXPECT(l->initrd_pfn + l->nr_initrd <= l->nr_pages);
}

TEST(a_kernel_like_debians)
{
	struct dom0_layout l = linux_like(512);

	EXPECT_EQ(dom0_layout_plan(&l), NULL);
	check_parts(&l);
	EXPECT_EQ(l.initrd_pfn, l.map_end_pfn);
	EXPECT_EQ(l.p2m_va, P2M_VA);
}

TEST(a_kernel_without_the_notes)
{
	struct dom0_layout l = linux_like(512);

	l.init_p2m = 0;
	l.initrd_mapped = true;
	EXPECT_EQ(dom0_layout_plan(&l), NULL);
	check_parts(&l);
	EXPECT_EQ(l.p2m_va, VIRT_BASE + (l.p2m_pfn << PAGE_SHIFT));
	EXPECT(l.initrd_pfn << PAGE_SHIFT >= l.kernel_end);
	EXPECT(l.initrd_pfn < l.map_end_pfn);
}

TEST(no_initrd)
{
	struct dom0_layout l = linux_like(256);

	l.initrd_bytes = 0;
	EXPECT_EQ(dom0_layout_plan(&l), NULL);
	check_parts(&l);
}

/* The initrd would reach into the hole at 2 GiB: it goes behind it. */
TEST(an_initrd_avoids_holes)
{
	struct dom0_layout l = linux_like(8192);

	l.initrd_bytes = GIB(2);
	EXPECT_EQ(dom0_layout_plan(&l), NULL);
	check_parts(&l);
	EXPECT_EQ(l.initrd_pfn, GIB(4) >> PAGE_SHIFT);
	EXPECT(dom0_layout_is_ram(&l, l.initrd_pfn, l.nr_initrd));
	EXPECT(dom0_layout_is_ram(&l, l.p2m_pfn, l.nr_p2m));
}

TEST(impossible_ones)
{
	struct dom0_layout l = linux_like(80);

	EXPECT(dom0_layout_plan(&l) != NULL); /* too little memory */
	l = linux_like(512);
	l.nr_e820 = 2; /* no RAM at 16 MiB */
	EXPECT(dom0_layout_plan(&l) != NULL);
	l = linux_like(512);
	l.init_p2m = 0xffff800000000000; /* our own place */
	EXPECT(dom0_layout_plan(&l) != NULL);
	l = linux_like(512);
	l.init_p2m = -4096UL;
	EXPECT(dom0_layout_plan(&l) != NULL);
	l = linux_like(512);
	l.virt_base = 0x1000;
	EXPECT(dom0_layout_plan(&l) != NULL);
	l = linux_like(512);
	l.kernel_end = ~0UL;
	EXPECT(dom0_layout_plan(&l) != NULL);
	l = linux_like(16384);
	l.initrd_bytes = GIB(2);
	l.initrd_mapped = true; /* does not fit above virt_base */
	EXPECT(dom0_layout_plan(&l) != NULL);
}

TEST(random_ones_overlap_nowhere)
{
	unsigned long rounds = test_rounds(20000, 1000000);

	for (unsigned long i = 0; i < rounds; i++) {
		struct dom0_layout l = linux_like(64 + test_random_below(9000));

		l.kernel_end = MIB(16) + test_random_below(MIB(200));
		l.initrd_bytes = test_random_below(MIB(900));
		l.initrd_mapped = test_random_below(4) == 0;
		if (test_random_below(4) == 0)
			l.init_p2m = 0;
		if (!dom0_layout_plan(&l))
			check_parts(&l);
	}
}
