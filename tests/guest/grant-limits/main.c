/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: grant tables without end. More frames, references, handles
 * and operations than there may be: all must be refused with the table whole.
 */
#include "guest.h"

STORY("grant-limits");
/* attack: yes */

#define MAPS 20000

static xen_pfn_t frames[512];
static struct grant_entry_v1 *table;
static grant_handle_t handles[MAPS];

static struct gnttab_query_size query(void)
{
	struct gnttab_query_size q = { .dom = DOMID_SELF };

	CHECK_EQ(HC(grant_table_op, GNTTABOP_query_size, &q, 1, 0), 0);
	CHECK_EQ(q.status, GNTST_okay);
	return q;
}

static s16 setup(u32 nr, void *list)
{
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = nr };

	s.frame_list.p = list;
	if (HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0))
		return GNTST_general_error;
	return s.status;
}

static void tables(void)
{
	u32 max = query().max_nr_frames;
	void *page = page_new();

	CHECK(max <= ARRAY_SIZE(frames));
	CHECK(setup(max + 1, frames) != GNTST_okay);
	CHECK(setup(~0U, frames) != GNTST_okay);
	CHECK(setup(1, (void *)HV_START) != GNTST_okay);
	CHECK(setup(1, (void *)0xffff830000000000) != GNTST_okay);
	CHECK_EQ(setup(max, frames), GNTST_okay);
	CHECK_EQ(query().nr_frames, max);
	CHECK_EQ(update_va(page, frames[0] << PAGE_SHIFT | PTE_KERNEL,
			   UVMF_INVLPG),
		 0);
	table = page;
	/* the frames are not ours to make tables of, or to give away */
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, frames[1], 0) < 0);
	{
		struct xen_memory_reservation r = { .nr_extents = 1,
						    .domid = DOMID_SELF };

		r.extent_start.p = &frames[1];
		CHECK_EQ(HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0),
			 0);
	}
}

static s16 map(struct gnttab_map_grant_ref *m, u32 ref, void *at)
{
	*m = (struct gnttab_map_grant_ref){ .host_addr = (u64)at,
					    .flags = GNTMAP_host_map |
						     GNTMAP_readonly,
					    .ref = ref };
	CHECK_EQ(HC(grant_table_op, GNTTABOP_map_grant_ref, m, 1, 0), 0);
	return m->status;
}

/* One frame, mapped until the handles are used up or there are very many. */
static void many_handles(void)
{
	struct gnttab_map_grant_ref m;
	void *window = page_new();
	u32 n = 0;

	table[9].frame = (u32)virt_to_mfn(page_new());
	__atomic_store_n(&table[9].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
	while (n < MAPS && map(&m, 9, window) == GNTST_okay)
		handles[n++] = m.handle;
	say("%u mappings", n);
	CHECK(n > 0);
	for (u32 i = 0; i < n; i++) {
		struct gnttab_unmap_grant_ref u = { .host_addr = (u64)window,
						    .handle = handles[i] };

		HC(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0);
		/* one entry: the others' mappings are replaced */
		if (i == 0)
			CHECK_EQ(u.status, GNTST_okay);
	}
}

static void references(void)
{
	static const u32 bad[] = { 512 * 512, 0x7fffffff, 0x80000000, ~0U };
	struct gnttab_map_grant_ref m;
	struct gnttab_swap_grant_ref s = { .ref_a = ~0U, .ref_b = 9 };

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct gnttab_unmap_grant_ref u = { .handle = bad[i] };

		CHECK(map(&m, bad[i], page_new()) != GNTST_okay);
		HC(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0);
		CHECK(u.status != GNTST_okay);
	}
	HC(grant_table_op, GNTTABOP_swap_grant_ref, &s, 1, 0);
	CHECK(s.status != GNTST_okay);
}

static void counts(void)
{
	static const unsigned int ops[] = { GNTTABOP_map_grant_ref,
					    GNTTABOP_unmap_grant_ref,
					    GNTTABOP_copy,
					    GNTTABOP_transfer,
					    GNTTABOP_unmap_and_replace,
					    GNTTABOP_swap_grant_ref,
					    GNTTABOP_cache_flush };

	for (unsigned int i = 0; i < ARRAY_SIZE(ops); i++) {
		CHECK(HC(grant_table_op, ops[i], table, ~0U, 0) < 0, "%u",
		      ops[i]);
		CHECK(HC(grant_table_op, ops[i], HV_START, 1, 0) < 0, "%u",
		      ops[i]);
		CHECK(HC(grant_table_op, ops[i], ~0UL, 1000, 0) < 0, "%u",
		      ops[i]);
	}
	CHECK(HC(grant_table_op, 99, table, 1, 0) < 0);
}

void story(void)
{
	tables();
	references();
	many_handles();
	counts();
	CHECK_EQ(query().status, GNTST_okay);
}
