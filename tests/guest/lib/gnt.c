/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants from both sides; see domu.h. */
#include "domu.h"

struct grant_entry_v1 *gnt_v1;
union grant_entry_v2 *gnt_v2;
volatile u16 *gnt_status;

static char shared_page[PAGE_SIZE] __aligned(4096);
static char status_page[PAGE_SIZE] __aligned(4096);

static void map_status(void)
{
	struct gnttab_get_status_frames g = { .dom = DOMID_SELF,
					      .nr_frames = 1 };
	u64 frame = 0;

	g.frame_list.p = &frame;
	if (HC(grant_table_op, GNTTABOP_get_status_frames, &g, 1, 0) ||
	    g.status ||
	    update_va(status_page, frame << PAGE_SHIFT | PTE_KERNEL,
		      UVMF_INVLPG))
		broken("no status frame");
}

void gnt_setup(u32 version)
{
	struct gnttab_set_version v = { .version = version };
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame = 0;

	/* a mapped status frame would keep us at version 2 */
	if (gnt_v2 && version == 1)
		page_restore(status_page);
	if (HC(grant_table_op, GNTTABOP_set_version, &v, 1, 0))
		broken("no grants of version %u", version);
	s.frame_list.p = &frame;
	if (HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0) || s.status)
		broken("no grant table");
	if (update_va(shared_page, frame << PAGE_SHIFT | PTE_KERNEL,
		      UVMF_INVLPG))
		broken("the grant table cannot be mapped");
	gnt_v1 = version == 1 ? (void *)shared_page : NULL;
	gnt_v2 = version == 2 ? (void *)shared_page : NULL;
	gnt_status = NULL;
	if (version == 2) {
		map_status();
		gnt_status = (void *)status_page;
	}
}

void gnt_give(u32 ref, domid_t to, u64 mfn, u16 flags)
{
	u16 *word = gnt_v1 ? &gnt_v1[ref].flags : &gnt_v2[ref].hdr.flags;

	if (gnt_v1) {
		gnt_v1[ref].domid = to;
		gnt_v1[ref].frame = (u32)mfn;
	} else {
		gnt_v2[ref].full_page.hdr.domid = to;
		gnt_v2[ref].full_page.frame = mfn;
	}
	__atomic_store_n(word, GTF_permit_access | flags, __ATOMIC_SEQ_CST);
}

void gnt_take_back(u32 ref)
{
	u16 *word = gnt_v1 ? &gnt_v1[ref].flags : &gnt_v2[ref].hdr.flags;

	__atomic_store_n(word, 0, __ATOMIC_SEQ_CST);
}

u16 gnt_marks(u32 ref)
{
	return (gnt_v1 ? READ_ONCE(gnt_v1[ref].flags) : gnt_status[ref]) &
	       (GTF_reading | GTF_writing);
}

s16 gnt_map(domid_t from, u32 ref, const void *at, u32 flags, u32 *handle)
{
	struct gnttab_map_grant_ref m = { .host_addr = (u64)at,
					  .flags = flags,
					  .ref = ref,
					  .dom = from };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_map_grant_ref, &m, 1, 0), 0);
	*handle = m.handle;
	return m.status;
}

s16 gnt_unmap(const void *at, u32 handle)
{
	struct gnttab_unmap_grant_ref u = { .host_addr = (u64)at,
					    .handle = handle };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0), 0);
	return u.status;
}

s16 gnt_copy_from(domid_t from, u32 ref, u32 offset, u64 to_mfn, u32 len)
{
	struct gnttab_copy c = { .flags = GNTCOPY_source_gref,
				 .len = (u16)len };

	c.source.u.ref = ref;
	c.source.domid = from;
	c.source.offset = (u16)offset;
	c.dest.u.gmfn = to_mfn;
	c.dest.domid = DOMID_SELF;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_copy, &c, 1, 0), 0);
	return c.status;
}

s16 gnt_copy_to(domid_t to, u32 ref, u32 offset, u64 from_mfn, u32 len)
{
	struct gnttab_copy c = { .flags = GNTCOPY_dest_gref, .len = (u16)len };

	c.dest.u.ref = ref;
	c.dest.domid = to;
	c.dest.offset = (u16)offset;
	c.source.u.gmfn = from_mfn;
	c.source.domid = DOMID_SELF;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_copy, &c, 1, 0), 0);
	return c.status;
}
