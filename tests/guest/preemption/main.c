/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine: icount mem=2600
 * Could be wrong: the hypervisor works long without a look at what waits for
 * the CPU; the end of a large domain takes long; a domain costs memory beside
 * its own. A domain of 1 GiB is made, its tables are pinned, it is destroyed,
 * and memory comes and goes in large pieces, also such as was used before. The
 * TSC counts instructions here; the hypervisor's probe (debug builds) tells the
 * longest section without a check. Said as "longest: KIND N" and "cost: WHAT
 * N".
 */
#include "cpu/section.h"
#include "include/hospes.h"
#include "victim.h"

STORY("preemption");

#define LIMIT	      1000000 /* instructions without a check */
#define DESTROY_LIMIT 300000000 /* for 1 GiB, all of it mapped */
#define DEBUG_LIMIT   400000000 /* the same with all assertions */
#define COST_LIMIT    16 /* pages: 64 KiB */

#define ORDER  9
#define CHUNK  (1UL << ORDER)
#define CHUNKS 512UL
#define PAGES  (CHUNKS * CHUNK) /* 1 GiB */
#define TABLES (CHUNKS + 3) /* L1s, L2, L3, L4: the last pages */

static struct xen_domctl op;
static u64 chunk[CHUNKS], single[8192];
static domid_t id;
static u64 *window;
static bool has_probe;

static u64 ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

static u64 free_pages(void)
{
	static struct xen_sysctl s;

	s.cmd = XEN_SYSCTL_physinfo;
	s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	if (HC(sysctl, &s, 0, 0, 0))
		broken("no physinfo");
	return s.u.physinfo.free_pages;
}

static long reserve(unsigned int cmd, domid_t d, u64 *list, u64 nr,
		    unsigned int order)
{
	struct xen_memory_reservation r = { .nr_extents = nr,
					    .extent_order = order,
					    .domid = d };

	r.extent_start.p = list;
	return HC(memory_op, cmd, &r, 0, 0);
}

static void make_domain(u64 pages)
{
	op.u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = 64,
		.max_maptrack_frames = 1024,
		.grant_opts = 2,
	};
	if (domctl(&op, XEN_DOMCTL_createdomain, 0))
		broken("no domain");
	id = op.domain;
	op.u.max_vcpus.max = 1;
	if (domctl(&op, XEN_DOMCTL_max_vcpus, id))
		broken("no vcpu");
	op.u.max_mem.max_memkb = pages * 4;
	if (domctl(&op, XEN_DOMCTL_max_mem, id))
		broken("no room");
}

/* All pages of the domain, in chunks; their frames are in chunk[]. */
static void fill(u64 chunks)
{
	for (u64 i = 0; i < chunks; i++)
		chunk[i] = i * CHUNK;
	CHECK_EQ(reserve(XENMEM_populate_physmap, id, chunk, chunks, ORDER),
		 chunks);
}

static u64 destroy(void)
{
	u64 before = ticks();

	CHECK(victim_destroy(id));
	return ticks() - before;
}

static u64 frame_of(u64 page)
{
	return chunk[page / CHUNK] + page % CHUNK;
}

static u64 *look_at(u64 page)
{
	if (map_foreign(window, frame_of(page), PTE_KERNEL, id))
		broken("page %lu cannot be mapped", page);
	return window;
}

/* A table whose entries map @nr pages from @first on. */
static void write_table(u64 page, u64 first, u64 nr, u64 flags)
{
	u64 *table = look_at(page);

	for (u64 i = 0; i < nr; i++)
		table[i] = frame_of(first + i) << PAGE_SHIFT |
			   (first + i < PAGES - TABLES || flags & PTE_U ?
				    flags :
				    PTE_RO);
}

static int pin(unsigned int cmd, u64 page)
{
	struct mmuext_op m = { .cmd = cmd };

	m.arg1.mfn = frame_of(page);
	return (int)HC(mmuext_op, &m, 1, 0, id);
}

/* The whole of its memory mapped by its own tables. */
static void make_tables(void)
{
	u64 l1 = PAGES - TABLES, l2 = l1 + CHUNKS;

	for (u64 i = 0; i < CHUNKS; i++)
		write_table(l1 + i, i * CHUNK, CHUNK, PTE_P | PTE_RW | PTE_A);
	write_table(l2, l1, CHUNKS, PTE_KERNEL);
	write_table(l2 + 1, l2, 1, PTE_KERNEL);
	write_table(l2 + 2, l2 + 1, 1, PTE_KERNEL);
	CHECK_EQ(update_va(window,
			   virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL,
			   UVMF_INVLPG),
		 0);
}

static void tables_of_a_large_domain(void)
{
	u64 l4 = PAGES - 1;

	make_tables();
	CHECK_EQ(pin(MMUEXT_PIN_L4_TABLE, l4), 0);
	CHECK_EQ(pin(MMUEXT_UNPIN_TABLE, l4), 0);
	CHECK_EQ(pin(MMUEXT_PIN_L4_TABLE, l4), 0);
}

static void large_domain(void)
{
	u64 before = free_pages(), taken;

	make_domain(PAGES);
	fill(CHUNKS);
	tables_of_a_large_domain();
	taken = destroy();
	say("cost: destroy-1GiB %lu", taken);
	CHECK(taken < (has_probe ? DEBUG_LIMIT : DESTROY_LIMIT),
	      "%lu instructions", taken);
	CHECK_EQ(free_pages(), before);
}

/* Memory that a guest has had: it is to be zeroed before the next one. */
static void large_pieces(void)
{
	u64 n, order;

	make_domain(PAGES);
	fill(CHUNKS);
	CHECK_EQ(reserve(XENMEM_decrease_reservation, id, chunk, CHUNKS, ORDER),
		 CHUNKS);
	for (order = ORDER; order <= 12; order++) {
		n = PAGES >> order;
		for (u64 i = 0; i < n; i++)
			chunk[i] = i << order;
		n = (u64)reserve(XENMEM_populate_physmap, id, chunk, n, order);
		if (order == ORDER)
			CHECK_EQ(n, CHUNKS);
		if ((long)n > 0)
			CHECK_EQ(reserve(XENMEM_decrease_reservation, id, chunk,
					 n, order),
				 n);
	}
	for (u64 i = 0; i < ARRAY_SIZE(single); i++)
		single[i] = i;
	CHECK_EQ(reserve(XENMEM_populate_physmap, id, single,
			 ARRAY_SIZE(single), 0),
		 ARRAY_SIZE(single));
	CHECK_EQ(reserve(XENMEM_decrease_reservation, id, single,
			 ARRAY_SIZE(single), 0),
		 ARRAY_SIZE(single));
	(void)destroy();
}

/* Single pages against extents, the other way round after that. */
static void exchanges(void)
{
	make_domain(PAGES);
	for (unsigned int order = ORDER; order <= 10; order++) {
		struct xen_memory_exchange x = {
			.in = { .nr_extents = 1UL << order, .domid = id },
			.out = { .nr_extents = 1,
				 .extent_order = order,
				 .domid = id },
		};
		u64 first = 0;

		for (u64 i = 0; i < 1UL << order; i++)
			single[i] = i;
		CHECK_EQ(reserve(XENMEM_populate_physmap, id, single,
				 1UL << order, 0),
			 1UL << order);
		x.in.extent_start.p = single;
		x.out.extent_start.p = &first;
		CHECK_EQ(HC(memory_op, XENMEM_exchange, &x, 0, 0), 0);
		CHECK_EQ(x.nr_exchanged, 1UL << order);
		CHECK_EQ(first & ((1UL << order) - 1), 0);
	}
	(void)destroy();
}

/* What there is besides its memory and the frames of its grant table. */
static void small_domain(void)
{
	struct gnttab_query_size q;
	struct evtchn_alloc_unbound u = { 0 };
	u64 before, cost;

	for (int round = 0; round < 2; round++) {
		before = free_pages();
		make_domain(32768);
		fill(64);
		u.dom = q.dom = id;
		for (int i = 0; i < 2; i++)
			CHECK_EQ(HC(event_channel_op, EVTCHNOP_alloc_unbound,
				    &u, 0, 0),
				 0);
		CHECK_EQ(HC(grant_table_op, GNTTABOP_query_size, &q, 1, 0), 0);
		cost = before - free_pages() - 32768 - q.nr_frames;
		(void)destroy();
	}
	say("cost: memory-of-a-domain %lu KiB, and %u grant frames", cost * 4,
	    q.nr_frames);
	CHECK(cost <= COST_LIMIT, "%lu pages", cost);
	CHECK_EQ(free_pages(), before);
}

static long probe(u64 what, u64 kind)
{
	return hypercall5(HOSPES_HYPERCALL_DEBUG, what, kind, 0, 0, 0);
}

static void check_sections(void)
{
	static char key[] = "p";
	static struct xen_sysctl keys = {
		.cmd = XEN_SYSCTL_debug_keys,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
	};

	/* for who reads the console */
	keys.u.debug_keys.keys.p = key;
	keys.u.debug_keys.nr_keys = 1;
	CHECK_EQ(HC(sysctl, &keys, 0, 0, 0), 0);
	for (u64 kind = 0; kind < SECTION_KINDS; kind++) {
		long longest = probe(HOSPES_DEBUG_SECTION, kind);

		if (longest)
			say("longest: %lu %ld", kind, longest);
		CHECK(longest < LIMIT, "kind %lu", kind);
	}
}

void story(void)
{
	window = page_new();
	has_probe = !probe(HOSPES_DEBUG_SECTIONS_FORGET, 0);
	small_domain();
	large_domain();
	large_pieces();
	exchanges();
	if (has_probe)
		check_sections();
}
