/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a domain ends while another one uses what is its: grants
 * mapped or copied, foreign mappings, ports. It must stay in the list, dead,
 * its number taken, until the last use ends; then all its memory comes back
 * and dom0 is told.
 */
#include "domu.h"
#include "victim.h"

STORY("domu-deaths");
/* attack: yes */
/* machine: domu */

#define REF    20
#define MAGIC  0x6772616e74UL
#define HOST   GNTMAP_host_map
#define STAGES 7

static struct domu a, b;
static char *page, *window;
static u32 handle;

/* ---- what the guests do ---- */

static u64 give(u64 to, u64 version, u64 unused)
{
	gnt_setup((u32)version);
	if (!page)
		page = page_new();
	*(u64 *)page = MAGIC;
	gnt_give(REF, (domid_t)to, virt_to_mfn(page), 0);
	return virt_to_mfn(page);
}

/* Maps REF of @from at a page of ours, and keeps it. */
static u64 map_and_keep(u64 from, u64 unused, u64 unused2)
{
	if (!window)
		window = page_new();
	return (u64)(s64)gnt_map((domid_t)from, REF, window, HOST, &handle);
}

static u64 read_window(u64 unused, u64 unused2, u64 unused3)
{
	return *(volatile u64 *)window;
}

static u64 let_go(u64 unused, u64 unused2, u64 unused3)
{
	s16 status = gnt_unmap(window, handle);

	page_restore(window);
	return (u64)(s64)status;
}

/* An ordinary entry in the place of the one for the grant. */
static u64 overwrite(u64 unused, u64 unused2, u64 unused3)
{
	page_restore(window);
	return 0;
}

static u64 unmap_again(u64 unused, u64 unused2, u64 unused3)
{
	return (u64)(s64)gnt_unmap(window, handle);
}

static u64 try_copy(u64 from, u64 ref, u64 unused)
{
	if (!page)
		page = page_new();
	return (u64)(s64)gnt_copy_from((domid_t)from, (u32)ref, 0,
				       virt_to_mfn(page), 8);
}

static u64 pass_on(u64 to, u64 owner, u64 unused)
{
	gnt_setup(2);
	gnt_v2[REF].transitive.trans_domid = (domid_t)owner;
	gnt_v2[REF].transitive.gref = REF;
	gnt_v2[REF].transitive.hdr.domid = (domid_t)to;
	__atomic_store_n(&gnt_v2[REF].hdr.flags, GTF_transitive,
			 __ATOMIC_SEQ_CST);
	return 0;
}

/* ---- dom0's side ---- */

static u32 dom_exc;

static u64 virq_port(u32 virq)
{
	struct evtchn_bind_virq v = { .virq = virq };

	if (HC(event_channel_op, EVTCHNOP_bind_virq, &v, 0, 0))
		broken("VIRQ %u is taken", virq);
	return v.port;
}

static bool told(void)
{
	u64 bit = 1UL << dom_exc % 64;

	return __atomic_fetch_and(&shared_info->evtchn_pending[dom_exc / 64],
				  ~bit, __ATOMIC_SEQ_CST) &
	       bit;
}

static void two(void)
{
	domu_start(&a, 1);
	domu_start(&b, 1);
	if (!window)
		window = page_new();
	told();
}

static bool dead_but_listed(domid_t id)
{
	bool dying;

	return domain_listed(id, &dying) && dying;
}

/* Its number cannot be had. */
static bool id_is_taken(domid_t id)
{
	static struct xen_domctl op;

	op.u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = 1,
		.max_evtchn_port = 127,
		.max_grant_frames = 1,
		.max_maptrack_frames = 1,
		.grant_opts = 1,
	};
	if (domctl(&op, XEN_DOMCTL_createdomain, id))
		return true;
	domctl_simple(XEN_DOMCTL_destroydomain, id);
	return false;
}

static void expect_gone(domid_t id)
{
	bool heard = false;

	CHECK(wait_for(!domain_listed(id, NULL)));
	CHECK(wait_for((heard |= told())));
}

/* The granter goes first, dom0 has its frame mapped. */
static void granter_first(void)
{
	two();
	domu_call(&a, give, 0, 1, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	domu_destroy(&a);
	CHECK(told());
	CHECK(dead_but_listed(a.id));
	CHECK(id_is_taken(a.id));
	CHECK_EQ(*(u64 *)window, MAGIC);
	*(u64 *)window = 1;
	CHECK_EQ(domctl_simple(XEN_DOMCTL_unpausedomain, a.id), -ESRCH);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	expect_gone(a.id);
	CHECK_EQ(try_read(window), 14);
	page_restore(window);
	domu_end(&b);
}

/* The same with two guests: the mapper outlives, then lets go. */
static void granter_first_of_two(void)
{
	two();
	domu_call(&a, give, b.id, 1, 0);
	CHECK_EQ(domu_call(&b, map_and_keep, a.id, 0, 0), GNTST_okay);
	domu_destroy(&a);
	CHECK(dead_but_listed(a.id));
	CHECK_EQ(domu_call(&b, read_window, 0, 0, 0), MAGIC);
	CHECK_EQ(domu_call(&b, let_go, 0, 0, 0), GNTST_okay);
	expect_gone(a.id);
	domu_end(&b);
}

static void mapper_first(void)
{
	u64 free;

	two();
	domu_call(&a, give, b.id, 1, 0);
	CHECK_EQ(domu_call(&b, map_and_keep, a.id, 0, 0), GNTST_okay);
	domu_end(&b);
	free = free_pages();
	/* nothing of it is left: the granter can use its page as it likes */
	domu_recount(&a);
	domu_end(&a);
	CHECK(free_pages() > free);
}

/* Both have mapped the other's, and go one after the other. */
static void both_map_the_other(void)
{
	two();
	domu_call(&a, give, b.id, 1, 0);
	domu_call(&b, give, a.id, 1, 0);
	CHECK_EQ(domu_call(&a, map_and_keep, b.id, 0, 0), GNTST_okay);
	CHECK_EQ(domu_call(&b, map_and_keep, a.id, 0, 0), GNTST_okay);
	domu_destroy(&a);
	CHECK(dead_but_listed(a.id));
	domu_destroy(&b);
	CHECK(wait_for(!domain_listed(a.id, NULL)));
	expect_gone(b.id);
}

static void entry_overwritten(void)
{
	two();
	domu_call(&a, give, b.id, 1, 0);
	CHECK_EQ(domu_call(&b, map_and_keep, a.id, 0, 0), GNTST_okay);
	domu_call(&b, overwrite, 0, 0, 0);
	/* the entry is gone, the handle's pin is not */
	CHECK(domu_call(&b, unmap_again, 0, 0, 0) != GNTST_okay);
	domu_recount(&a);
	domu_destroy(&a);
	CHECK(dead_but_listed(a.id));
	CHECK(domu_call(&b, unmap_again, 0, 0, 0) != GNTST_okay);
	/* it goes with the mapper */
	domu_destroy(&b);
	expect_gone(b.id);
	CHECK(wait_for(!domain_listed(a.id, NULL)));
}

static void unmap_after_death(void)
{
	two();
	domu_call(&a, give, 0, 1, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	domu_destroy(&a);
	/* wrong place first, then right, then again */
	CHECK(gnt_unmap(page_new(), handle) != GNTST_okay);
	CHECK(dead_but_listed(a.id));
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	CHECK(gnt_unmap(window, handle) != GNTST_okay);
	expect_gone(a.id);
	page_restore(window);
	domu_end(&b);
}

/* Nothing new can be had of a dying domain. */
static void nothing_new(void)
{
	static u64 frame;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = a.id };
	struct evtchn_alloc_unbound u = {};
	u64 mfn = virt_to_mfn(page_new());
	u32 other;

	two();
	domu_call(&a, give, 0, 1, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	domu_destroy(&a);
	CHECK(gnt_map(a.id, REF, page_new(), HOST, &other) != GNTST_okay);
	CHECK(gnt_copy_from(a.id, REF, 0, mfn, 8) != GNTST_okay);
	CHECK(map_foreign(page_new(), a.mfn[5], PTE_KERNEL, a.id) < 0);
	u.dom = r.domid = a.id;
	CHECK(HC(event_channel_op, EVTCHNOP_alloc_unbound, &u, 0, 0) < 0);
	r.extent_start.p = &frame;
	CHECK(HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) <= 0);
	CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
	expect_gone(a.id);
	page_restore(window);
	domu_end(&b);
}

/* A foreign mapping alone holds it as well. */
static void foreign_mapping(void)
{
	two();
	CHECK_EQ(map_foreign(window, a.mfn[5], PTE_KERNEL, a.id), 0);
	domu_destroy(&a);
	CHECK(dead_but_listed(a.id));
	CHECK(id_is_taken(a.id));
	page_restore(window);
	expect_gone(a.id);
	domu_end(&b);
}

/* Its shared_info and grant table, which are not its memory. */
static void mapped_shared_info(void)
{
	u64 shared;

	two();
	shared = victim_shared_info(a.id);
	CHECK_EQ(map_foreign(window, shared, PTE_KERNEL, a.id), 0);
	domu_destroy(&a);
	CHECK(dead_but_listed(a.id));
	page_restore(window);
	expect_gone(a.id);
	domu_end(&b);
}

static u64 table_frame(u64 unused, u64 unused2, u64 unused3)
{
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };
	xen_pfn_t frame = 0;

	s.frame_list.p = &frame;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0), 0);
	return frame;
}

static void mapped_grant_table(void)
{
	u64 frame;

	two();
	frame = domu_call(&a, table_frame, 0, 0, 0);
	CHECK_EQ(map_foreign(window, frame, PTE_KERNEL, a.id), 0);
	domu_destroy(&a);
	CHECK(dead_but_listed(a.id));
	*(u64 *)window = ~0UL;
	page_restore(window);
	expect_gone(a.id);
	domu_end(&b);
}

static void transitive(void)
{
	two();
	/* a gives to b, b passes it on to dom0; a goes */
	domu_call(&a, give, b.id, 2, 0);
	domu_call(&b, pass_on, 0, a.id, 0);
	CHECK_EQ(try_copy(b.id, REF, 0), GNTST_okay);
	domu_destroy(&a);
	expect_gone(a.id);
	CHECK(try_copy(b.id, REF, 0) != GNTST_okay);
	domu_end(&b);
	/* the other way: who passes it on goes */
	two();
	domu_call(&a, give, b.id, 2, 0);
	domu_call(&b, pass_on, 0, a.id, 0);
	CHECK_EQ(try_copy(b.id, REF, 0), GNTST_okay);
	domu_destroy(&b);
	expect_gone(b.id);
	CHECK(try_copy(b.id, REF, 0) != GNTST_okay);
	domu_end(&a);
}

/* The peer dies and comes again, with another number, and we let go late. */
static void rebooting_peer(void)
{
	domid_t old[4];
	char *at[4];
	u32 held[4];

	domu_start(&b, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(old); i++) {
		domu_start(&a, 1);
		domu_call(&a, give, b.id, 1, 0);
		CHECK_EQ(domu_call(&b, map_and_keep, a.id, 0, 0), GNTST_okay);
		domu_call(&a, give, 0, 1, 0);
		at[i] = page_new();
		if (i % 2) /* b's pin of the same entry is in the way */
			CHECK_EQ(domu_call(&b, let_go, 0, 0, 0), GNTST_okay);
		CHECK_EQ(gnt_map(a.id, REF, at[i], HOST, &held[i]) ==
				 GNTST_okay,
			 i % 2);
		old[i] = a.id;
		domu_destroy(&a);
		CHECK(dead_but_listed(old[i]));
		for (unsigned int j = 0; j < i; j++)
			CHECK(old[j] != old[i]);
		if (i % 2 == 0)
			CHECK_EQ(domu_call(&b, let_go, 0, 0, 0), GNTST_okay);
	}
	for (unsigned int i = 1; i < ARRAY_SIZE(old); i += 2) {
		CHECK(dead_but_listed(old[i]));
		CHECK_EQ(gnt_unmap(at[i], held[i]), GNTST_okay);
		page_restore(at[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(old); i++)
		CHECK(wait_for(!domain_listed(old[i], NULL)));
	domu_end(&b);
}

/* ---- every stage of a life ---- */

static u64 spin(u64 unused, u64 unused2, u64 unused3)
{
	while (!READ_ONCE(domu_box()->stop))
		__builtin_ia32_pause();
	return 0;
}

static void spin_for_ever(void)
{
	for (;;)
		__builtin_ia32_pause();
}

static u64 block(u64 unused, u64 unused2, u64 unused3)
{
	struct sched_poll p = {};

	HC(sched_op, SCHEDOP_poll, &p, 0, 0);
	return 0;
}

static u64 crash(u64 unused, u64 unused2, u64 unused3)
{
	struct sched_shutdown s = { .reason = SHUTDOWN_crash };

	HC(sched_op, SCHEDOP_shutdown, &s, 0, 0);
	return 0;
}

static u64 suspend(u64 unused, u64 unused2, u64 unused3)
{
	struct sched_shutdown s = { .reason = SHUTDOWN_suspend };

	HC(sched_op, SCHEDOP_shutdown, &s, 0, 0);
	return 0;
}

static u64 second_vcpu(u64 unused, u64 unused2, u64 unused3)
{
	start_vcpu(1, spin_for_ever);
	return 0;
}

static bool has_shut_down(domid_t id)
{
	static struct xen_domctl op;

	return !domctl(&op, XEN_DOMCTL_getdomaininfo, id) &&
	       op.u.getdomaininfo.flags & XEN_DOMINF_shutdown;
}

/* Brings a to the stage; the peer's use of it is set up where it can be. */
static void reach(unsigned int stage)
{
	static const domu_fn last[STAGES] = {
		[3] = spin,
		[4] = block,
		[5] = crash,
		[6] = suspend,
	};

	if (stage == 0) {
		domu_make(&a, 2);
		return;
	}
	domu_start(&a, 2);
	domu_call(&a, give, 0, 1, 0);
	CHECK_EQ(gnt_map(a.id, REF, window, HOST, &handle), GNTST_okay);
	if (stage == 2)
		domu_call(&a, second_vcpu, 0, 0, 0);
	if (last[stage])
		domu_begin(&a, last[stage], 0, 0, 0);
	rest();
	if (stage >= 5)
		CHECK(wait_for(has_shut_down(a.id)));
}

static void any_stage(unsigned int stage)
{
	if (!window)
		window = page_new();
	told();
	reach(stage);
	domu_destroy(&a);
	if (stage > 0) {
		CHECK(dead_but_listed(a.id));
		CHECK_EQ(*(u64 *)window, MAGIC);
		CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
		page_restore(window);
	}
	expect_gone(a.id);
}

#define STAGE(n)                   \
	static void stage##n(void) \
	{                          \
		any_stage(n);      \
	}
/* stage0 to stage6 */
STAGE(0)
STAGE(1)
STAGE(2)
STAGE(3)
STAGE(4)
STAGE(5)
STAGE(6)

/* Half made: a domain, then vcpus, then memory. */
static void half_made(void)
{
	static struct xen_domctl op;
	static u64 frames[16];

	for (unsigned int stage = 0; stage < 3; stage++) {
		struct xen_memory_reservation r = { .nr_extents = 16 };

		told();
		op.u.createdomain = (struct xen_domctl_createdomain){
			.max_vcpus = 4,
			.max_evtchn_port = 127,
			.max_grant_frames = 1,
			.max_maptrack_frames = 1,
			.grant_opts = 1,
		};
		CHECK_EQ(domctl(&op, XEN_DOMCTL_createdomain, 0), 0);
		r.domid = op.domain;
		r.extent_start.p = frames;
		op.u.max_vcpus.max = 4;
		if (stage > 0)
			CHECK_EQ(domctl(&op, XEN_DOMCTL_max_vcpus, r.domid), 0);
		op.u.max_mem.max_memkb = 64;
		if (stage > 1) {
			CHECK_EQ(domctl(&op, XEN_DOMCTL_max_mem, r.domid), 0);
			CHECK_EQ(HC(memory_op, XENMEM_populate_physmap, &r, 0,
				    0),
				 16);
		}
		CHECK_EQ(domctl_simple(XEN_DOMCTL_destroydomain, r.domid), 0);
		expect_gone(r.domid);
	}
}

/* Soon there is something to do, for which a long hypercall gives way. */
static void interrupt_in(u64 ns)
{
	struct vcpu_set_singleshot_timer t = {
		.timeout_abs_ns = system_time() + ns,
	};

	CHECK_EQ(HC(vcpu_op, VCPUOP_set_singleshot_timer, 0, &t, 0), 0);
}

/*
 * Its vcpu loses its context while it runs: tables, and all they hold. That may
 * take more than one call; it must not run in between.
 */
static void dies_without_context(void)
{
	static struct vcpu_guest_context c;
	static struct xen_domctl op;

	for (u64 i = 0; i < 96; i++) {
		domu_start(&a, 1);
		op.u.vcpucontext.vcpu = 0;
		op.u.vcpucontext.ctxt.p = NULL;
		interrupt_in(i % 32 * 1500);
		CHECK_EQ(domctl(&op, XEN_DOMCTL_setvcpucontext, a.id), 0);
		CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, a.id), 0);
		CHECK_EQ(op.u.getdomaininfo.nr_online_vcpus, 0);
		op.u.vcpucontext.vcpu = 0;
		op.u.vcpucontext.ctxt.p = &c;
		CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpucontext, a.id),
			 -ENODATA);
		domu_end(&a);
	}
}

static const struct domu_case cases[] = {
	{ "granter-dies-first", granter_first },
	{ "granter-dies-first-of-two", granter_first_of_two },
	{ "mapper-dies-first", mapper_first },
	{ "both-map-the-other", both_map_the_other },
	{ "entry-overwritten", entry_overwritten },
	{ "unmap-after-death", unmap_after_death },
	{ "nothing-new-of-the-dying", nothing_new },
	{ "foreign-mapping-outlives", foreign_mapping },
	{ "shared-info-outlives", mapped_shared_info },
	{ "grant-table-outlives", mapped_grant_table },
	{ "transitive-copy-of-the-dead", transitive },
	{ "rebooting-peer", rebooting_peer },
	{ "dies-half-made", half_made },
	{ "dies-before-its-start", stage0 },
	{ "dies-waiting", stage1 },
	{ "dies-with-two-vcpus", stage2 },
	{ "dies-running", stage3 },
	{ "dies-blocked", stage4 },
	{ "dies-crashed", stage5 },
	{ "dies-suspended", stage6 },
	{ "dies-without-context", dies_without_context },
};

void story(void)
{
	dom_exc = (u32)virq_port(VIRQ_DOM_EXC);
	domu_run_cases(cases, ARRAY_SIZE(cases));
}
