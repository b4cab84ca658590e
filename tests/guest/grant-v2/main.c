/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: grants of version 2: the change there and back, status words
 * in frames of their own, windows into a page, and what a change must not do
 * while a grant is in use.
 */
#include "guest.h"

STORY("grant-v2");

static union grant_entry_v2 *table;
static volatile u16 *status;

static long op(unsigned int cmd, void *arg)
{
	return HC(grant_table_op, cmd, arg, 1, 0);
}

static long set_version(u32 version)
{
	struct gnttab_set_version v = { .version = version };

	return op(GNTTABOP_set_version, &v);
}

static u32 get_version(void)
{
	struct gnttab_get_version g = { .dom = DOMID_SELF };

	CHECK_EQ(op(GNTTABOP_get_version, &g), 0);
	return g.version;
}

static void *map_at_new_page(u64 mfn, u64 flags)
{
	void *page = page_new();

	CHECK_EQ(update_va(page, mfn << PAGE_SHIFT | flags, UVMF_INVLPG), 0);
	return page;
}

static void setup(void)
{
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	struct gnttab_get_status_frames g = { .dom = DOMID_SELF,
					      .nr_frames = 1 };
	xen_pfn_t frame = 0;
	u64 stat = 0;

	s.frame_list.p = &frame;
	g.frame_list.p = &stat;
	CHECK_EQ(op(GNTTABOP_setup_table, &s), 0);
	CHECK_EQ(s.status, GNTST_okay);
	CHECK_EQ(op(GNTTABOP_get_status_frames, &g), 0);
	CHECK_EQ(g.status, GNTST_okay);
	table = map_at_new_page(frame, PTE_KERNEL);
	status = map_at_new_page(stat, PTE_KERNEL);
}

static void grant(unsigned int ref, void *page, u16 flags)
{
	table[ref].full_page.hdr.domid = 0;
	table[ref].full_page.frame = virt_to_mfn(page);
	__atomic_store_n(&table[ref].hdr.flags, GTF_permit_access | flags,
			 __ATOMIC_SEQ_CST);
}

static struct gnttab_map_grant_ref map(void *at, unsigned int ref, u32 flags)
{
	struct gnttab_map_grant_ref m = { .host_addr = (u64)at,
					  .flags = GNTMAP_host_map | flags,
					  .ref = ref };

	CHECK_EQ(op(GNTTABOP_map_grant_ref, &m), 0);
	return m;
}

static s16 unmap(void *at, grant_handle_t handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = (u64)at,
					    .handle = handle };

	CHECK_EQ(op(GNTTABOP_unmap_grant_ref, &u), 0);
	return u.status;
}

static void maps(void)
{
	char *page = page_new(), *window = page_new();
	struct gnttab_map_grant_ref m;

	grant(20, page, 0);
	m = map(window, 20, 0);
	CHECK_EQ(m.status, GNTST_okay);
	window[5] = 7;
	CHECK_EQ(page[5], 7);
	CHECK_EQ(status[20], GTF_reading | GTF_writing);
	CHECK(set_version(1) < 0, "in use");
	CHECK_EQ(get_version(), 2);
	CHECK_EQ(unmap(window, m.handle), GNTST_okay);
	CHECK_EQ(status[20], 0);
	grant(21, page, GTF_readonly);
	CHECK(map(page_new(), 21, 0).status != GNTST_okay);
	m = map(window, 21, GNTMAP_readonly);
	CHECK_EQ(m.status, GNTST_okay);
	CHECK_EQ(status[21], GTF_reading);
	CHECK_EQ(unmap(window, m.handle), GNTST_okay);
	table[22].hdr.flags = 0;
	CHECK(map(window, 22, 0).status != GNTST_okay);
	CHECK(map(window, 60000, 0).status != GNTST_okay);
}

/* A window of 64 bytes: copied, not mapped, and no byte beside it. */
static void windows(void)
{
	char *page = page_new(), *to = page_new();
	struct gnttab_copy c = { .len = 64, .flags = GNTCOPY_source_gref };

	memset(page, 0x11, PAGE_SIZE);
	memset(page + 256, 0x5a, 64);
	table[30].sub_page.hdr.domid = 0;
	table[30].sub_page.page_off = 256;
	table[30].sub_page.length = 64;
	table[30].sub_page.frame = virt_to_mfn(page);
	__atomic_store_n(&table[30].hdr.flags,
			 GTF_permit_access | GTF_sub_page | GTF_readonly,
			 __ATOMIC_SEQ_CST);
	c.source.u.ref = 30;
	c.dest.u.gmfn = virt_to_mfn(to);
	c.dest.domid = DOMID_SELF;
	c.source.offset = 256;
	op(GNTTABOP_copy, &c);
	if (c.status == GNTST_okay) {
		CHECK_EQ(to[0], 0x5a);
		CHECK_EQ(to[63], 0x5a);
		CHECK_EQ(to[64], 0);
	}
	c.source.offset = 257;
	op(GNTTABOP_copy, &c);
	CHECK(c.status != GNTST_okay, "beyond the window");
	c.source.offset = 0;
	op(GNTTABOP_copy, &c);
	CHECK(c.status != GNTST_okay, "before the window");
	CHECK(map(page_new(), 30, GNTMAP_readonly).status != GNTST_okay);
}

void story(void)
{
	CHECK(set_version(0) < 0);
	CHECK(set_version(3) < 0);
	CHECK(set_version(~0U) < 0);
	CHECK_EQ(get_version(), 1);
	CHECK_EQ(set_version(2), 0);
	CHECK_EQ(get_version(), 2);
	setup();
	maps();
	windows();
}
