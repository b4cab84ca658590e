/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: grants between two unprivileged guests and dom0: what one
 * gives, what the other makes of it, and what neither may.
 */
#include "domu.h"

STORY("domu-grants");
/* attack: yes */
/* machine: domu */

#define REF    20
#define MAGIC  0x6772616e74UL
#define HOST   GNTMAP_host_map
#define RO     GNTMAP_readonly
#define MARKED (GTF_reading | GTF_writing)

/* The granter, and one more guest who is given nothing. */
static struct domu a, b;

/* ---- what the guests do ---- */

static char *page;
static char *window;

static u64 prepare(u64 version, u64 unused, u64 unused2)
{
	gnt_setup((u32)version);
	if (!page) {
		page = page_new();
		window = page_new();
	}
	return virt_to_mfn(page);
}

static u64 give(u64 ref, u64 to, u64 flags)
{
	*(u64 *)page = MAGIC;
	gnt_give((u32)ref, (domid_t)to, virt_to_mfn(page), (u16)flags);
	return virt_to_mfn(page);
}

static u64 give_frame(u64 ref, u64 to, u64 mfn)
{
	gnt_give((u32)ref, (domid_t)to, mfn, 0);
	return 0;
}

static u64 take_back(u64 ref, u64 unused, u64 unused2)
{
	gnt_take_back((u32)ref);
	return 0;
}

static u64 marks(u64 ref, u64 unused, u64 unused2)
{
	return gnt_marks((u32)ref);
}

static u64 word(u64 index, u64 unused, u64 unused2)
{
	return ((u64 *)page)[index];
}

/* Tries to map @ref of @from; the status. */
static u64 try_map(u64 from, u64 ref, u64 flags)
{
	u32 handle;
	s16 status =
		gnt_map((domid_t)from, (u32)ref, window, (u32)flags, &handle);

	if (status == GNTST_okay)
		gnt_unmap(window, handle);
	page_restore(window);
	return (u64)(s64)status;
}

static u64 status_of(s16 status)
{
	return (u64)(s64)status;
}

/* ---- dom0's side ---- */

static void two(u32 version)
{
	domu_start(&a, 1);
	domu_start(&b, 1);
	window = window ? window : page_new();
	domu_call(&a, prepare, version, 0, 0);
	domu_call(&b, prepare, 1, 0, 0);
}

static void end_two(void)
{
	page_restore(window);
	domu_end(&a);
	domu_end(&b);
}

static void double_map(void)
{
	u32 first, second;
	char *other = page_new();

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &first), GNTST_okay);
	CHECK_EQ(gnt_map(a.id, REF, other, HOST | RO, &second), GNTST_okay);
	CHECK_EQ(*(u64 *)window, MAGIC);
	CHECK_EQ(*(u64 *)other, MAGIC);
	CHECK_EQ(try_write(other, 1), 14);
	CHECK_EQ(gnt_unmap(window, first), GNTST_okay);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), GTF_reading);
	CHECK_EQ(gnt_unmap(other, second), GNTST_okay);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), 0);
	page_restore(other);
	end_two();
}

static void unmap_twice(void)
{
	u32 handle;

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	CHECK_EQ(status_of(gnt_unmap(window, handle)),
		 status_of(GNTST_bad_handle));
	CHECK_EQ(try_read(window), 14);
	end_two();
}

static void revoke_while_mapped(void)
{
	u32 handle;

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	domu_call(&a, take_back, REF, 0, 0);
	/* what is mapped stays so; nothing new comes of it */
	((u64 *)window)[1] = 77;
	CHECK_EQ(domu_call(&a, word, 1, 0, 0), 77);
	CHECK(domu_call(&b, try_map, a.id, REF, HOST) != GNTST_okay);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	CHECK(gnt_map(a.id, REF, window, HOST, &handle) != GNTST_okay);
	end_two();
}

static void another_users_grant(void)
{
	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK(domu_call(&b, try_map, a.id, REF, HOST) != GNTST_okay);
	CHECK(domu_call(&b, try_map, a.id, REF, HOST | RO) != GNTST_okay);
	domu_call(&a, give, REF, b.id, 0);
	CHECK_EQ(domu_call(&b, try_map, a.id, REF, HOST), GNTST_okay);
	end_two();
}

static void read_only(void)
{
	u32 handle;

	two(1);
	domu_call(&a, give, REF, 0, GTF_readonly);
	CHECK(gnt_map(a.id, REF, window, HOST, &handle) != GNTST_okay);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST | RO, &handle), GNTST_okay);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), GTF_reading);
	CHECK_EQ(try_write(window, 1), 14);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	CHECK(gnt_copy_to(a.id, REF, 0, virt_to_mfn(page_new()), 8) !=
	      GNTST_okay);
	end_two();
}

/* A granter that gives what is not its own, or no frame, or a page table. */
static void false_frames(void)
{
	u64 mine = virt_to_mfn(page_new());
	u64 bad[] = { mine, b.mfn[0], 0, ~0U, 0x7ffffff };
	u32 handle;

	two(1);
	bad[1] = b.mfn[5];
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		domu_call(&a, give_frame, REF, 0, bad[i]);
		CHECK(gnt_map(a.id, REF, window, HOST, &handle) != GNTST_okay,
		      "%#lx", bad[i]);
		CHECK(gnt_copy_to(a.id, REF, 0, mine, 8) != GNTST_okay);
		CHECK(gnt_copy_from(a.id, REF, 0, mine, 8) != GNTST_okay);
		CHECK_EQ(domu_call(&a, marks, REF, 0, 0), 0);
	}
	end_two();
}

static u64 own_l4(u64 unused, u64 unused2, u64 unused3)
{
	return current_l4_mfn();
}

static void page_table(void)
{
	u64 mine = virt_to_mfn(page_new());
	u32 handle;

	two(1);
	domu_call(&a, give_frame, REF, 0, domu_call(&a, own_l4, 0, 0, 0));
	CHECK(gnt_map(a.id, REF, window, HOST, &handle) != GNTST_okay);
	CHECK(gnt_copy_to(a.id, REF, 0, mine, 8) != GNTST_okay);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST | RO, &handle), GNTST_okay);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	end_two();
}

static void copies(void)
{
	char *mine = page_new();
	u64 mfn = virt_to_mfn(mine);

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_copy_from(a.id, REF, 0, mfn, 8), GNTST_okay);
	CHECK_EQ(*(u64 *)mine, MAGIC);
	CHECK_EQ(gnt_copy_from(a.id, REF, 4088, mfn, 8), GNTST_okay);
	CHECK_EQ(status_of(gnt_copy_from(a.id, REF, 4090, mfn, 8)),
		 status_of(GNTST_bad_copy_arg));
	CHECK(gnt_copy_from(a.id, REF, 0xffff, mfn, 1) != GNTST_okay);
	CHECK(gnt_copy_from(a.id, REF, 1, mfn, 0xffff) != GNTST_okay);
	CHECK(gnt_copy_to(a.id, REF, 4095, mfn, 2) != GNTST_okay);
	CHECK_EQ(gnt_copy_to(a.id, REF, 8, mfn, 8), GNTST_okay);
	CHECK_EQ(domu_call(&a, word, 1, 0, 0), 0);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), 0);
	end_two();
}

/* Between others, by one who is neither; and of frames not its own. */
static u64 steal_by_copy(u64 from, u64 ref, u64 victim_mfn)
{
	struct gnttab_copy c = { .len = 8 };
	u64 mine = virt_to_mfn(page);

	c.source.u.gmfn = victim_mfn;
	c.source.domid = (domid_t)from;
	c.dest.u.gmfn = mine;
	c.dest.domid = DOMID_SELF;
	HC(grant_table_op, GNTTABOP_copy, &c, 1, 0);
	CHECK(c.status != GNTST_okay, "a frame by its number");
	c.source.domid = DOMID_SELF;
	HC(grant_table_op, GNTTABOP_copy, &c, 1, 0);
	CHECK(c.status != GNTST_okay, "as one's own");
	CHECK(gnt_copy_from((domid_t)from, (u32)ref, 0, mine, 8) != GNTST_okay);
	CHECK(gnt_copy_to((domid_t)from, (u32)ref, 0, mine, 8) != GNTST_okay);
	CHECK(gnt_copy_from(DOMID_XEN, (u32)ref, 0, mine, 8) != GNTST_okay);
	CHECK(gnt_copy_from(DOMID_IO, (u32)ref, 0, mine, 8) != GNTST_okay);
	CHECK(gnt_copy_from(0x7000, (u32)ref, 0, mine, 8) != GNTST_okay);
	return 0;
}

static void copies_by_a_stranger(void)
{
	two(1);
	domu_call(&b, steal_by_copy, a.id, REF, domu_call(&a, give, REF, 0, 0));
	end_two();
}

static u64 give_part(u64 ref, u64 to, u64 unused)
{
	for (u64 i = 0; i < 512; i++)
		((u64 *)page)[i] = i;
	gnt_v2[ref].sub_page.frame = virt_to_mfn(page);
	gnt_v2[ref].sub_page.page_off = 64;
	gnt_v2[ref].sub_page.length = 128;
	gnt_v2[ref].sub_page.hdr.domid = (domid_t)to;
	__atomic_store_n(&gnt_v2[ref].hdr.flags,
			 GTF_permit_access | GTF_sub_page, __ATOMIC_SEQ_CST);
	return 0;
}

static void part_of_a_page(void)
{
	char *mine = page_new();
	u64 mfn = virt_to_mfn(mine);
	u32 handle;

	two(2);
	domu_call(&a, give_part, REF, 0, 0);
	CHECK_EQ(gnt_copy_from(a.id, REF, 64, mfn, 128), GNTST_okay);
	CHECK_EQ(*(u64 *)mine, 8);
	CHECK(gnt_copy_from(a.id, REF, 63, mfn, 2) != GNTST_okay);
	CHECK(gnt_copy_from(a.id, REF, 191, mfn, 2) != GNTST_okay);
	CHECK(gnt_copy_from(a.id, REF, 0, mfn, 8) != GNTST_okay);
	CHECK(gnt_map(a.id, REF, window, HOST, &handle) != GNTST_okay);
	CHECK(gnt_map(a.id, REF, window, HOST | RO, &handle) != GNTST_okay);
	end_two();
}

/* a's entry @ref passes on entry REF of @owner, for @to. */
static u64 pass_on(u64 ref, u64 to, u64 owner)
{
	gnt_v2[ref].transitive.trans_domid = (domid_t)owner;
	gnt_v2[ref].transitive.gref = REF;
	gnt_v2[ref].transitive.hdr.domid = (domid_t)to;
	__atomic_store_n(&gnt_v2[ref].hdr.flags, GTF_transitive,
			 __ATOMIC_SEQ_CST);
	return 0;
}

static void transitive_copy(void)
{
	char *mine = page_new();
	u64 mfn = virt_to_mfn(mine);
	u32 handle;

	two(2);
	/* b gives to a, a passes it on to us */
	domu_call(&b, give, REF, a.id, 0);
	domu_call(&a, pass_on, REF + 1, 0, b.id);
	CHECK_EQ(gnt_copy_from(a.id, REF + 1, 0, mfn, 8), GNTST_okay);
	CHECK_EQ(*(u64 *)mine, MAGIC);
	CHECK_EQ(domu_call(&a, marks, REF + 1, 0, 0), 0);
	CHECK_EQ(domu_call(&b, marks, REF, 0, 0), 0);
	*(u64 *)mine = 5;
	CHECK_EQ(gnt_copy_to(a.id, REF + 1, 8, mfn, 8), GNTST_okay);
	CHECK_EQ(domu_call(&b, word, 1, 0, 0), 5);
	CHECK(gnt_map(a.id, REF + 1, window, HOST, &handle) != GNTST_okay);
	/* read only at either end is read only */
	domu_call(&b, give, REF, a.id, GTF_readonly);
	CHECK_EQ(gnt_copy_from(a.id, REF + 1, 0, mfn, 8), GNTST_okay);
	CHECK(gnt_copy_to(a.id, REF + 1, 8, mfn, 8) != GNTST_okay);
	/* what b gives to us a cannot pass on */
	domu_call(&b, give, REF, 0, 0);
	CHECK(gnt_copy_from(a.id, REF + 1, 0, mfn, 8) != GNTST_okay);
	/* nor its own, nor nobody's; nor a passed on one */
	domu_call(&a, pass_on, REF + 1, 0, a.id);
	CHECK(gnt_copy_from(a.id, REF + 1, 0, mfn, 8) != GNTST_okay);
	domu_call(&a, pass_on, REF + 1, 0, 0x7000);
	CHECK(gnt_copy_from(a.id, REF + 1, 0, mfn, 8) != GNTST_okay);
	domu_call(&a, pass_on, REF, 0, a.id);
	domu_call(&a, pass_on, REF + 1, 0, a.id);
	CHECK(gnt_copy_from(a.id, REF + 1, 0, mfn, 8) != GNTST_okay);
	CHECK_EQ(domu_call(&a, marks, REF + 1, 0, 0), 0);
	end_two();
}

static u64 set_version(u64 version, u64 unused, u64 unused2)
{
	struct gnttab_set_version v = { .version = (u32)version };

	return (u64)HC(grant_table_op, GNTTABOP_set_version, &v, 1, 0);
}

static u64 swap(u64 x, u64 y, u64 unused)
{
	struct gnttab_swap_grant_ref s = { .ref_a = (u32)x, .ref_b = (u32)y };

	HC(grant_table_op, GNTTABOP_swap_grant_ref, &s, 1, 0);
	return status_of(s.status);
}

static void changes_while_mapped(void)
{
	u32 handle;

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	CHECK_EQ(domu_call(&a, set_version, 2, 0, 0), -EBUSY);
	CHECK(domu_call(&a, swap, REF, REF + 1, 0) != GNTST_okay);
	CHECK(domu_call(&a, swap, REF + 1, REF, 0) != GNTST_okay);
	CHECK(domu_call(&a, swap, 3, 1U << 30, 0) != GNTST_okay);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	CHECK_EQ(domu_call(&a, swap, REF, REF + 1, 0), GNTST_okay);
	CHECK_EQ(gnt_map(a.id, REF + 1, window, HOST, &handle), GNTST_okay);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	end_two();
}

/* The granter gives the frame back while it is mapped. */
static u64 balloon_out(u64 unused, u64 unused2, u64 unused3)
{
	struct xen_memory_reservation r = { .nr_extents = 1,
					    .domid = DOMID_SELF };
	u64 mfn = virt_to_mfn(page);

	CHECK_EQ(update_va(page, 0, UVMF_INVLPG), 0);
	r.extent_start.p = &mfn;
	return (u64)HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0);
}

static void freed_while_mapped(void)
{
	u32 handle;
	u64 before;

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	before = free_pages();
	domu_call(&a, balloon_out, 0, 0, 0);
	/* still ours to see, and nobody else's */
	CHECK_EQ(*(u64 *)window, MAGIC);
	CHECK_EQ(free_pages(), before);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	CHECK(wait_for(free_pages() == before + 1));
	end_two();
}

/* All handles, then one more. */
static u64 exhaust(u64 from, u64 ref, u64 unused)
{
	const u32 flags = GNTMAP_device_map;
	static u32 handles[DOMU_HANDLES * 512];
	s16 status = GNTST_okay;
	u32 nr = 0;

	while (nr < ARRAY_SIZE(handles)) {
		status = gnt_map((domid_t)from, (u32)ref, NULL, flags,
				 &handles[nr]);
		if (status != GNTST_okay)
			break;
		nr++;
	}
	CHECK_EQ((u64)(s64)status, (u64)(s64)GNTST_no_space);
	for (u32 i = 0; i < nr; i++) {
		struct gnttab_unmap_grant_ref u = { .handle = handles[i] };

		u.dev_bus_addr = *domu_box()->shared;
		HC(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1, 0);
		if (u.status)
			CHECK_EQ(u.status, 0);
	}
	return nr;
}

static void all_handles(void)
{
	u64 mfn, nr;

	two(1);
	mfn = domu_call(&a, give, REF, b.id, 0);
	b.box->shared[0] = mfn << PAGE_SHIFT;
	nr = domu_call(&b, exhaust, a.id, REF, 0);
	say("%lu handles", nr);
	CHECK(nr > 1000);
	CHECK_EQ(domu_call(&b, exhaust, a.id, REF, 0), nr);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), 0);
	end_two();
}

/* Handles are a domain's own; and other addresses than the mapping's. */
static u64 unmap_others(u64 unused, u64 unused2, u64 unused3)
{
	for (u32 handle = 0; handle < 600; handle++)
		CHECK(gnt_unmap(window, handle) != GNTST_okay);
	CHECK(gnt_unmap(window, ~0U) != GNTST_okay);
	return 0;
}

static void others_handles(void)
{
	u32 handle;

	two(1);
	domu_call(&a, give, REF, 0, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	domu_call(&a, unmap_others, 0, 0, 0);
	domu_call(&b, unmap_others, 0, 0, 0);
	CHECK_EQ(*(u64 *)window, MAGIC);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	end_two();
}

/* Map where one must not: hypervisor, tables, another's memory, nowhere. */
static u64 map_at(u64 from, u64 ref, u64 unused)
{
	const u64 places[] = {
		HV_START, 0xffff830000000000, 0, 0x1000, 0x0000800000000000,
		~0UL,	  start_info->pt_base
	};
	u32 handle;
	s16 status;

	for (unsigned int i = 0; i + 1 < ARRAY_SIZE(places); i++)
		CHECK(gnt_map((domid_t)from, (u32)ref, (void *)places[i], HOST,
			      &handle) != GNTST_okay,
		      "%#lx", places[i]);
	for (u64 m = domu_box()->shared[0]; m < domu_box()->shared[0] + 64; m++)
		CHECK(gnt_map((domid_t)from, (u32)ref, (void *)(m << 12),
			      HOST | GNTMAP_contains_pte,
			      &handle) != GNTST_okay);
	status = gnt_map((domid_t)from, (u32)ref, window, 1U << 31, &handle);
	CHECK(status != GNTST_okay, "neither host nor device");
	return 0;
}

static void false_places(void)
{
	two(1);
	domu_call(&a, give, REF, b.id, 0);
	b.box->shared[0] = a.mfn[0];
	domu_call(&b, map_at, a.id, REF, 0);
	b.box->shared[0] = virt_to_mfn((void *)start_info->pt_base);
	domu_call(&b, map_at, a.id, REF, 0);
	b.box->shared[0] = mfn_to_virt_(0) ? 0x100 : 0;
	domu_call(&b, map_at, a.id, REF, 0);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), 0);
	end_two();
}

static u64 hostile_tables(u64 other, u64 unused, u64 unused2)
{
	static xen_pfn_t frames[8];
	struct gnttab_setup_table s = { .nr_frames = DOMU_FRAMES + 1,
					.dom = DOMID_SELF };
	struct gnttab_query_size q = { .dom = (domid_t)other };
	struct gnttab_get_version v = { .dom = (domid_t)other };
	struct gnttab_transfer t = { .domid = (domid_t)other,
				     .ref = REF,
				     .mfn = virt_to_mfn(page) };
	u64 bad = HV_START;

	s.frame_list.p = frames;
	HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0);
	CHECK(s.status != GNTST_okay, "more than may be");
	s.nr_frames = 1;
	s.dom = (domid_t)other;
	HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0);
	CHECK(s.status != GNTST_okay, "another's");
	HC(grant_table_op, GNTTABOP_query_size, &q, 1, 0);
	CHECK(q.status != GNTST_okay);
	CHECK(HC(grant_table_op, GNTTABOP_get_version, &v, 1, 0) < 0);
	HC(grant_table_op, GNTTABOP_transfer, &t, 1, 0);
	CHECK(t.status != GNTST_okay);
	for (u32 cmd = 0; cmd < 20; cmd++) {
		CHECK(HC(grant_table_op, cmd, bad, 1, 0) < 0, "%u", cmd);
		CHECK(HC(grant_table_op, cmd, 0x1000, 1, 0) < 0, "%u", cmd);
		CHECK(HC(grant_table_op, cmd, page, ~0U, 0) < 0, "%u", cmd);
	}
	return 0;
}

static void tables_and_arguments(void)
{
	two(1);
	domu_call(&b, hostile_tables, a.id, 0, 0);
	domu_call(&b, hostile_tables, 0, 0, 0);
	domu_call(&b, hostile_tables, DOMID_XEN, 0, 0);
	end_two();
}

/* Caches: of one's own frames, and no longer than they are. */
static u64 flush_caches(u64 others_mfn, u64 unused, u64 unused2)
{
	struct gnttab_cache_flush f = { .length = PAGE_SIZE,
					.op = GNTTAB_CACHE_CLEAN |
					      GNTTAB_CACHE_INVAL };
	const u64 own = virt_to_mfn(page) << PAGE_SHIFT;

	f.a.dev_bus_addr = own;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0), 0);
	f.offset = 1;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0), -EINVAL);
	f.offset = 0xffff;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0), -EINVAL);
	f.offset = 8;
	f.length = 100;
	f.op = GNTTAB_CACHE_CLEAN;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0), 0);
	f.a.dev_bus_addr = others_mfn << PAGE_SHIFT;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0), -EPERM);
	f.a.dev_bus_addr = ~0UL;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0), -EINVAL);
	f.a.dev_bus_addr = own;
	f.op = GNTTAB_CACHE_INVAL;
	CHECK(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0) < 0);
	f.op = 77;
	CHECK(HC(grant_table_op, GNTTABOP_cache_flush, &f, 1, 0) < 0);
	return 0;
}

static void caches(void)
{
	two(1);
	domu_call(&a, flush_caches, b.mfn[3], 0, 0);
	end_two();
}

/* unmap_and_replace: the entry at the new place takes the old one's. */
static u64 replace(u64 from, u64 ref, u64 unused)
{
	struct gnttab_unmap_and_replace r = {};
	char *new = page_new();
	u32 handle;

	*(u64 *)new = 42;
	CHECK_EQ(gnt_map((domid_t)from, (u32)ref, window, HOST, &handle), 0);
	r.host_addr = (u64)window;
	r.handle = handle;
	r.new_addr = HV_START;
	HC(grant_table_op, GNTTABOP_unmap_and_replace, &r, 1, 0);
	CHECK(r.status != GNTST_okay, "by one of the hypervisor's");
	r.new_addr = (u64)window - (64UL << 21);
	HC(grant_table_op, GNTTABOP_unmap_and_replace, &r, 1, 0);
	CHECK(r.status != GNTST_okay, "by nothing");
	CHECK_EQ(*(u64 *)window, MAGIC);
	r.new_addr = (u64) new;
	HC(grant_table_op, GNTTABOP_unmap_and_replace, &r, 1, 0);
	CHECK_EQ(r.status, GNTST_okay);
	CHECK_EQ(*(u64 *)window, 42);
	CHECK_EQ(try_read(new), 14);
	page_restore(window);
	page_restore(new);
	return 0;
}

static void unmap_and_replace(void)
{
	two(1);
	domu_call(&a, give, REF, b.id, 0);
	domu_call(&b, replace, a.id, REF, 0);
	CHECK_EQ(domu_call(&a, marks, REF, 0, 0), 0);
	end_two();
}

static const struct domu_case cases[] = {
	{ "double-map", double_map },
	{ "unmap-twice", unmap_twice },
	{ "revoke-while-mapped", revoke_while_mapped },
	{ "another-users-grant", another_users_grant },
	{ "read-only", read_only },
	{ "false-frames", false_frames },
	{ "grant-of-a-page-table", page_table },
	{ "copy-across-page-end", copies },
	{ "copy-by-a-stranger", copies_by_a_stranger },
	{ "grant-of-a-part", part_of_a_page },
	{ "transitive-copy", transitive_copy },
	{ "changes-while-mapped", changes_while_mapped },
	{ "freed-while-mapped", freed_while_mapped },
	{ "all-handles", all_handles },
	{ "others-handles", others_handles },
	{ "map-at-false-places", false_places },
	{ "tables-and-arguments", tables_and_arguments },
	{ "caches", caches },
	{ "unmap-and-replace", unmap_and_replace },
};

void story(void)
{
	domu_run_cases(cases, ARRAY_SIZE(cases));
}
