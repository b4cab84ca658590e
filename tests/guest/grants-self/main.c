/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: grants: map, unmap and copy, here of a domain with itself:
 * pins, flags, types, handles, errors for bad references and addresses.
 */
#include "guest.h"

STORY("grants-self");

static struct grant_entry_v1 *table;
static char table_page[PAGE_SIZE] __aligned(4096);

static void setup(void)
{
	struct gnttab_set_version v = { .version = 1 };
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame = 0;

	HC(grant_table_op, GNTTABOP_set_version, &v, 1, 0);
	s.frame_list.p = &frame;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0), 0);
	CHECK_EQ(s.status, GNTST_okay);
	CHECK_EQ(update_va(table_page, frame << PAGE_SHIFT | PTE_KERNEL,
			   UVMF_INVLPG),
		 0);
	table = (void *)table_page;
}

static void grant(unsigned int ref, void *page, u16 flags)
{
	table[ref].domid = 0;
	table[ref].frame = (u32)virt_to_mfn(page);
	__atomic_store_n(&table[ref].flags, GTF_permit_access | flags,
			 __ATOMIC_SEQ_CST);
}

static struct gnttab_map_grant_ref map(void *at, unsigned int ref, u32 flags)
{
	struct gnttab_map_grant_ref m = { .host_addr = (u64)at,
					  .flags = GNTMAP_host_map | flags,
					  .ref = ref,
					  .dom = 0 };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_map_grant_ref, &m, 1, 0), 0);
	return m;
}

static s16 unmap(void *at, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = (u64)at,
					    .handle = handle };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0), 0);
	return u.status;
}

static void map_and_unmap(void)
{
	u64 *page = page_new();
	char *window = page_new();
	struct gnttab_map_grant_ref m;

	page[7] = 0x7777;
	grant(20, page, 0);
	m = map(window, 20, 0);
	CHECK_EQ(m.status, GNTST_okay);
	CHECK_EQ(m.dev_bus_addr, virt_to_mfn(page) << PAGE_SHIFT);
	CHECK_EQ(((u64 *)window)[7], 0x7777);
	((u64 *)window)[7] = 0x8888;
	CHECK_EQ(page[7], 0x8888);
	CHECK_EQ(table[20].flags & (GTF_reading | GTF_writing),
		 GTF_reading | GTF_writing);
	/* mapped for writing: no page table */
	make_readonly(page);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page), 0) < 0);
	make_writable(page);
	CHECK(unmap(window, m.handle + 100000) != GNTST_okay);
	CHECK(unmap(page_new(), m.handle) != GNTST_okay, "at another address");
	CHECK_EQ(unmap(window, m.handle), GNTST_okay);
	CHECK(unmap(window, m.handle) != GNTST_okay, "twice");
	CHECK_EQ(table[20].flags & (GTF_reading | GTF_writing), 0);
	CHECK_EQ(try_read(window), 14);
}

static void refusals(void)
{
	char *page = page_new(), *window = page_new();

	grant(21, page, GTF_readonly);
	CHECK(map(window, 21, 0).status != GNTST_okay, "write of read only");
	table[22].flags = 0;
	CHECK(map(window, 22, 0).status != GNTST_okay, "not granted");
	CHECK(map(window, 511, 0).status != GNTST_okay, "empty entry");
	CHECK(map(window, 5000000, 0).status != GNTST_okay, "no such entry");
	grant(23, page, 0);
	table[23].frame = 0x7ffffff;
	CHECK(map(window, 23, 0).status != GNTST_okay, "no such frame");
	grant(24, page, 0);
	table[24].frame = (u32)current_l4_mfn();
	CHECK(map(window, 24, 0).status != GNTST_okay, "writable page table");
	CHECK(map((void *)0xffff818000000000, 20, 0).status != GNTST_okay,
	      "in the hypervisor");
	grant(25, page, 0);
	table[25].domid = 77;
	CHECK(map(window, 25, 0).status != GNTST_okay, "for another domain");
}

static void copies(void)
{
	char *from = page_new(), *to = page_new();
	struct gnttab_copy c = { .len = 100, .flags = GNTCOPY_source_gref };

	memset(from, 0x5a, PAGE_SIZE);
	grant(30, from, GTF_readonly);
	c.source.u.ref = 30;
	c.source.domid = 0;
	c.source.offset = 10;
	c.dest.u.gmfn = virt_to_mfn(to);
	c.dest.domid = DOMID_SELF;
	c.dest.offset = 20;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_copy, &c, 1, 0), 0);
	CHECK_EQ(c.status, GNTST_okay);
	CHECK_EQ(to[19], 0);
	CHECK_EQ(to[20], 0x5a);
	CHECK_EQ(to[119], 0x5a);
	CHECK_EQ(to[120], 0);
	c.dest.offset = 4000;
	HC(grant_table_op, GNTTABOP_copy, &c, 1, 0);
	CHECK(c.status != GNTST_okay, "over the page's end");
	c.dest.offset = 0;
	c.dest.u.gmfn = current_l4_mfn();
	HC(grant_table_op, GNTTABOP_copy, &c, 1, 0);
	CHECK(c.status != GNTST_okay, "into a page table");
	c.dest.u.gmfn = 0x7ffffff;
	HC(grant_table_op, GNTTABOP_copy, &c, 1, 0);
	CHECK(c.status != GNTST_okay, "into no frame");
	CHECK_EQ(table[30].flags & (GTF_reading | GTF_writing), 0);
}

/*
 * One frame, mapped for writing and for reading: a handle ends a mapping of its
 * own kind only, or a writable entry is left that no pin stands for. (Xen 4.17
 * remarks on it and goes on.)
 */
static void access_must_match(void)
{
	char *page = page_new(), *rw = page_new(), *ro = page_new();
	struct gnttab_map_grant_ref w, r;
	char extra[16] = "";

	HC(xen_version, XENVER_extraversion, extra, 0, 0);
	if (extra[1] != 'h')
		return;
	grant(26, page, 0);
	w = map(rw, 26, 0);
	r = map(ro, 26, GNTMAP_readonly);
	CHECK_EQ(w.status, GNTST_okay);
	CHECK_EQ(r.status, GNTST_okay);
	CHECK(unmap(ro, w.handle) != GNTST_okay, "reader's by writer's handle");
	CHECK(unmap(rw, r.handle) != GNTST_okay, "writer's by reader's handle");
	CHECK_EQ(table[26].flags & (GTF_reading | GTF_writing),
		 GTF_reading | GTF_writing);
	CHECK_EQ(unmap(rw, w.handle), GNTST_okay);
	CHECK_EQ(table[26].flags & (GTF_reading | GTF_writing), GTF_reading);
	CHECK_EQ(unmap(ro, r.handle), GNTST_okay);
	CHECK_EQ(table[26].flags & (GTF_reading | GTF_writing), 0);
}

void story(void)
{
	setup();
	map_and_unmap();
	access_must_match();
	refusals();
	copies();
}
