/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a grant mapped by the machine address of a table's entry. The
 * address must be of an entry of a level 1 table of ours, at an entry's bound,
 * and unmapping must find what it mapped there.
 */
#include "guest.h"

STORY("grant-pte");
/* attack: yes */

#define REF 20

static struct grant_entry_v1 *table;
static char *window;

static void setup(void)
{
	struct gnttab_set_version v = { .version = 1 };
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame = 0;
	void *page = page_new();

	HC(grant_table_op, GNTTABOP_set_version, &v, 1, 0);
	s.frame_list.p = &frame;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0), 0);
	CHECK_EQ(update_va(page, frame << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG),
		 0);
	table = page;
	table[REF].frame = (u32)virt_to_mfn(page_new());
	__atomic_store_n(&table[REF].flags, GTF_permit_access,
			 __ATOMIC_SEQ_CST);
}

static struct gnttab_map_grant_ref map(u64 maddr, u32 flags)
{
	struct gnttab_map_grant_ref m = { .host_addr = maddr,
					  .flags = GNTMAP_host_map |
						   GNTMAP_contains_pte | flags,
					  .ref = REF };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_map_grant_ref, &m, 1, 0), 0);
	return m;
}

static s16 unmap(u64 maddr, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = maddr,
					    .handle = handle };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0), 0);
	return u.status;
}

static void good(void)
{
	u64 entry = pt_entry_maddr((u64)window, 1);
	struct gnttab_map_grant_ref m = map(entry, 0);

	CHECK_EQ(m.status, GNTST_okay);
	CHECK_EQ(*pt_entry((u64)window, 1) >> 12 & 0xffffffff,
		 table[REF].frame);
	CHECK_EQ(try_write(window, 5), TRAP_NONE);
	/* elsewhere, or by its virtual address, is not where it is */
	CHECK(unmap(entry + 8, m.handle) != GNTST_okay);
	CHECK(unmap(0x7ffffff000, m.handle) != GNTST_okay);
	CHECK(unmap((u64)window, m.handle) != GNTST_okay);
	CHECK_EQ(unmap(entry, m.handle), GNTST_okay);
	CHECK_EQ(try_write(window, 5), 14);
	CHECK_EQ(table[REF].flags & (GTF_reading | GTF_writing), 0);
}

static void refused(u64 maddr, const char *what)
{
	struct gnttab_map_grant_ref m = map(maddr, 0);

	CHECK(m.status != GNTST_okay, "%s", what);
	CHECK_EQ(table[REF].flags & (GTF_reading | GTF_writing), 0);
}

static void bad(void)
{
	u64 entry = pt_entry_maddr((u64)window, 1), saved;
	u64 va = (u64)window;

	refused(entry + 4, "not aligned");
	refused(entry + 1, "not aligned");
	saved = *pt_entry(va, 2);
	refused(pt_entry_maddr(va, 2), "an entry of level 2");
	refused(pt_entry_maddr(va, 3), "an entry of level 3");
	refused(pt_entry_maddr(va, 4), "an entry of level 4");
	CHECK_EQ(*pt_entry(va, 2), saved);
	refused(virt_to_mfn(page_new()) << PAGE_SHIFT, "data");
	refused((u64)table[REF].frame << PAGE_SHIFT, "the page itself");
	refused(0x7ffffff000, "no RAM");
	refused(~7UL, "no address");
	refused(0xfee00000, "the local APIC");
	refused(start_info->shared_info, "shared_info");
	/* slots of the hypervisor */
	refused((current_l4_mfn() << PAGE_SHIFT) + 8 * 256, "slot 256");
	refused((current_l4_mfn() << PAGE_SHIFT) + 8 * 262, "slot 262");
	for (u64 mfn = 0x100; mfn < 0x4000; mfn++)
		if (M2P[mfn] >= start_info->nr_pages)
			refused(mfn << PAGE_SHIFT, "another's");
}

/* The table goes while the mapping is in it. */
static void table_goes(void)
{
	u64 va = VIRT_BASE + (64UL << 20);
	u64 *l1 = page_new();
	u64 maddr = virt_to_mfn(l1) << PAGE_SHIFT;
	struct gnttab_map_grant_ref m;

	make_readonly(l1);
	CHECK_EQ(mmu_update1(pt_entry_maddr(va, 2), maddr | PTE_KERNEL), 0);
	m = map(maddr + 8 * 3, 0);
	CHECK_EQ(m.status, GNTST_okay);
	CHECK_EQ(try_write(va + 3 * PAGE_SIZE, 1), TRAP_NONE);
	CHECK_EQ(mmu_update1(pt_entry_maddr(va, 2), 0), 0);
	CHECK_EQ(try_write(va + 3 * PAGE_SIZE, 1), 14);
	make_writable(l1);
	l1[3] = ~0UL;
	/* whatever it says: the data there stays, nothing is freed twice */
	unmap(maddr + 8 * 3, m.handle);
	CHECK_EQ(l1[3], ~0UL);
}

void story(void)
{
	setup();
	window = page_new();
	good();
	bad();
	table_goes();
}
