/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: what a toolstack does to domains. One is made, given vcpus
 * and memory, looked at from all sides, started where it cannot start, and
 * ended, many times over; free memory must come back. And calls no tool makes.
 */
#include "victim.h"

STORY("domctl");

#define NOBODY 0x7000
#define PAGES  64
#define VCPUS  2

static int simple(u32 cmd, domid_t id)
{
	static struct xen_domctl op;

	return domctl(&op, cmd, id);
}

static int sysctl(struct xen_sysctl *op, u32 cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return (int)HC(sysctl, op, 0, 0, 0);
}

static u64 free_pages(void)
{
	static struct xen_sysctl op;

	CHECK_EQ(sysctl(&op, XEN_SYSCTL_physinfo), 0);
	return op.u.physinfo.free_pages;
}

static struct xen_domctl_createdomain good_config(void)
{
	return (struct xen_domctl_createdomain){
		.handle = { 1, 2, 3 },
		.max_vcpus = VCPUS,
		.max_evtchn_port = 1023,
		.max_grant_frames = 4,
		.max_maptrack_frames = 4,
		.grant_opts = 1,
	};
}

static int create(domid_t *id)
{
	static struct xen_domctl op;
	int err;

	op.u.createdomain = good_config();
	err = domctl(&op, XEN_DOMCTL_createdomain, *id);
	*id = op.domain;
	return err;
}

static void bad_configs(void)
{
	static struct xen_domctl op;
	struct xen_domctl_createdomain *c = &op.u.createdomain;

	*c = good_config();
	c->max_vcpus = 0;
	CHECK(domctl(&op, XEN_DOMCTL_createdomain, 0) < 0, "no vcpus");
	c->max_vcpus = 0xffffffff;
	CHECK(domctl(&op, XEN_DOMCTL_createdomain, 0) < 0, "vcpus");
	*c = good_config();
	c->flags = 0x80000000;
	CHECK(domctl(&op, XEN_DOMCTL_createdomain, 0) < 0, "flags");
	*c = good_config();
	c->grant_opts = 0xf;
	CHECK(domctl(&op, XEN_DOMCTL_createdomain, 0) < 0, "grant version");
	*c = good_config();
	c->arch.emulation_flags = 1;
	CHECK(domctl(&op, XEN_DOMCTL_createdomain, 0) < 0, "emulation");
	*c = good_config();
	c->max_grant_frames = 0x7fffffff;
	CHECK(domctl(&op, XEN_DOMCTL_createdomain, 0) < 0, "grant frames");
}

static void nobody(void)
{
	for (u32 cmd = XEN_DOMCTL_destroydomain; cmd < 100; cmd++)
		if (cmd != XEN_DOMCTL_getdomaininfo)
			CHECK(simple(cmd, NOBODY) < 0, "%u", cmd);
	CHECK_EQ(simple(XEN_DOMCTL_getdomaininfo, NOBODY), -ESRCH);
	CHECK(simple(99999, 0) < 0);
	/* these would end or stop us */
	CHECK(simple(XEN_DOMCTL_destroydomain, 0) < 0);
	CHECK(simple(XEN_DOMCTL_pausedomain, 0) < 0);
	CHECK(simple(XEN_DOMCTL_destroydomain, DOMID_SELF) < 0);
	CHECK(simple(XEN_DOMCTL_destroydomain, DOMID_XEN) < 0);
}

static long populate(domid_t id)
{
	static u64 pfns[PAGES];
	struct xen_memory_reservation r = { .nr_extents = PAGES, .domid = id };

	for (u64 i = 0; i < PAGES; i++)
		pfns[i] = i;
	r.extent_start.p = pfns;
	return HC(memory_op, XENMEM_populate_physmap, &r, 0, 0);
}

static void check_info(domid_t id, u64 pages)
{
	static struct xen_domctl op;
	const struct xen_domctl_getdomaininfo *i = &op.u.getdomaininfo;

	CHECK_EQ(domctl(&op, XEN_DOMCTL_getdomaininfo, id), 0);
	CHECK_EQ(op.domain, id);
	CHECK_EQ(i->domain, id);
	CHECK_EQ(i->flags, XEN_DOMINF_paused);
	CHECK_EQ(i->tot_pages, pages);
	CHECK_EQ(i->nr_online_vcpus, 0);
	CHECK_EQ(i->max_vcpu_id, VCPUS - 1);
	CHECK_EQ(i->handle[1], 2);
	CHECK(i->shared_info_frame);
}

static void check_contexts(domid_t id)
{
	static struct vcpu_guest_context ctx;
	static struct xen_domctl op;

	ctx.flags = VGCF_in_kernel | VGCF_online;
	ctx.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(&ctx)); /* ours, not its */
	op.u.vcpucontext.vcpu = 0;
	op.u.vcpucontext.ctxt.p = &ctx;
	CHECK(domctl(&op, XEN_DOMCTL_setvcpucontext, id) < 0);
	op.u.vcpucontext.ctxt.p = (void *)HV_START;
	CHECK(domctl(&op, XEN_DOMCTL_setvcpucontext, id) < 0);
	op.u.vcpucontext.vcpu = VCPUS;
	CHECK(domctl(&op, XEN_DOMCTL_setvcpucontext, id) < 0);
	op.u.hypercall_init.gmfn = virt_to_mfn(&ctx);
	CHECK(domctl(&op, XEN_DOMCTL_hypercall_init, id) < 0, "ours");
	op.u.hypercall_init.gmfn = ~0UL;
	CHECK(domctl(&op, XEN_DOMCTL_hypercall_init, id) < 0, "no frame");
}

/* Without a context, as it was made; also when it has none yet. */
static void reset_context(domid_t id)
{
	static struct xen_domctl op;

	op.u.vcpucontext.vcpu = 0;
	op.u.vcpucontext.ctxt.p = NULL;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_setvcpucontext, id), 0);
	op.u.vcpucontext.vcpu = VCPUS;
	CHECK(domctl(&op, XEN_DOMCTL_setvcpucontext, id) < 0);
	op.u.vcpucontext.vcpu = 0;
	CHECK(domctl(&op, XEN_DOMCTL_setvcpucontext, DOMID_SELF) < 0);
}

static u64 info_of(domid_t id, u64 mfn)
{
	static struct xen_domctl op;

	op.u.getpageframeinfo3.num = 1;
	op.u.getpageframeinfo3.array.p = &mfn;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_getpageframeinfo3, id), 0);
	return mfn;
}

/* What frames are used as: ours, another's, none; and too many of them. */
static void frame_infos(domid_t id)
{
	static struct xen_domctl op;
	u64 *table = page_new();
	u64 mfn = virt_to_mfn(table);

	CHECK_EQ(info_of(DOMID_SELF, mfn), XEN_DOMCTL_PFINFO_NOTAB);
	make_readonly(table);
	CHECK_EQ(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0), 0);
	CHECK_EQ(info_of(DOMID_SELF, mfn),
		 XEN_DOMCTL_PFINFO_L1TAB | XEN_DOMCTL_PFINFO_LPINTAB);
	CHECK_EQ(info_of(id, mfn), XEN_DOMCTL_PFINFO_XTAB);
	CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
	CHECK_EQ(info_of(DOMID_SELF, mfn), XEN_DOMCTL_PFINFO_NOTAB);
	make_writable(table);
	CHECK_EQ(info_of(DOMID_SELF, current_l4_mfn()) &
			 XEN_DOMCTL_PFINFO_LTABTYPE_MASK,
		 XEN_DOMCTL_PFINFO_L4TAB);
	CHECK_EQ(info_of(DOMID_SELF, ~0UL), XEN_DOMCTL_PFINFO_XTAB);
	CHECK_EQ(info_of(DOMID_SELF, 0), XEN_DOMCTL_PFINFO_XTAB);
	op.u.getpageframeinfo3.num = 1UL << 40;
	op.u.getpageframeinfo3.array.p = table;
	CHECK(domctl(&op, XEN_DOMCTL_getpageframeinfo3, id) < 0);
	op.u.getpageframeinfo3.num = 4;
	op.u.getpageframeinfo3.array.p = (void *)HV_START;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_getpageframeinfo3, id), -EFAULT);
}

/* A global VIRQ goes to another domain; one of a vcpu, or none, does not. */
static void virq_handlers(domid_t id)
{
	static struct xen_domctl op;

	op.u.set_virq_handler.virq = VIRQ_CON_RING;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_set_virq_handler, id), 0);
	op.u.set_virq_handler.virq = VIRQ_TIMER;
	CHECK(domctl(&op, XEN_DOMCTL_set_virq_handler, id) < 0);
	op.u.set_virq_handler.virq = ~0U;
	CHECK(domctl(&op, XEN_DOMCTL_set_virq_handler, id) < 0);
}

/* The M2P, as tools may map it: it can be read, and that only. */
static void machphys_list(void)
{
	static u64 extents[64];
	struct xen_machphys_mfn_list l = { .max_extents = 64 };
	u64 *window = page_new();
	u64 own = virt_to_mfn(window), extent = own >> 18, page;

	l.extent_start.p = extents;
	CHECK_EQ(HC(memory_op, XENMEM_machphys_mfn_list, &l, 0, 0), 0);
	CHECK(l.nr_extents > 0 && l.nr_extents <= 64, "%u", l.nr_extents);
	if (extent >= l.nr_extents || !extents[extent])
		broken("our memory is in no extent");
	page = extents[extent] + (own >> 9 & 511);
	CHECK(map_foreign(window, page, PTE_KERNEL, DOMID_XEN), "writable");
	CHECK_EQ(map_foreign(window, page, PTE_RO, DOMID_XEN), 0);
	CHECK_EQ(window[own & 511], M2P[own]);
	CHECK_EQ(update_va(window, own << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG),
		 0);
	l.max_extents = 0;
	CHECK_EQ(HC(memory_op, XENMEM_machphys_mfn_list, &l, 0, 0), 0);
	CHECK_EQ(l.nr_extents, 0);
	l.max_extents = ~0U;
	l.extent_start.p = (void *)HV_START;
	CHECK_EQ(HC(memory_op, XENMEM_machphys_mfn_list, &l, 0, 0), -EFAULT);
	CHECK_EQ(HC(memory_op, XENMEM_machphys_mfn_list, HV_START, 0, 0),
		 -EFAULT);
}

static void check_sched(domid_t id)
{
	static struct xen_domctl op;
	struct xen_domctl_scheduler_op *s = &op.u.scheduler_op;

	s->sched_id = XEN_SCHEDULER_CREDIT;
	s->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	s->u.credit.weight = 512;
	s->u.credit.cap = 50;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, id), 0);
	s->u.credit.weight = 0;
	s->cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_scheduler_op, id), 0);
	CHECK_EQ(s->u.credit.weight, 512);
	CHECK_EQ(s->u.credit.cap, 50);
}

static void check_affinity(domid_t id)
{
	static u8 map[8] = { 1 }, none[8];
	static struct xen_domctl op;
	struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;

	a->vcpu = 1;
	a->flags = XEN_VCPUAFFINITY_HARD;
	a->cpumap_hard.bitmap.p = map;
	a->cpumap_hard.nr_bits = 64;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_setvcpuaffinity, id), 0);
	CHECK_EQ(domctl(&op, XEN_DOMCTL_getvcpuaffinity, id), 0);
	CHECK_EQ(map[0], 1);
	a->cpumap_hard.bitmap.p = none;
	CHECK(domctl(&op, XEN_DOMCTL_setvcpuaffinity, id) < 0, "no CPU");
}

static void one_life(domid_t id)
{
	static struct xen_domctl op;

	op.u.max_vcpus.max = VCPUS + 1;
	CHECK(domctl(&op, XEN_DOMCTL_max_vcpus, id) < 0);
	CHECK(simple(XEN_DOMCTL_unpausedomain, id) < 0, "without vcpus");
	op.u.max_vcpus.max = VCPUS;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_max_vcpus, id), 0);
	op.u.max_mem.max_memkb = PAGES * 4 - 4;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_max_mem, id), 0);
	CHECK_EQ(populate(id), PAGES - 1);
	check_info(id, PAGES - 1);
	check_contexts(id);
	check_sched(id);
	check_affinity(id);
	reset_context(id);
	frame_infos(id);
	virq_handlers(id);
	op.u.address_size.size = 64;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_set_address_size, id), 0);
	CHECK_EQ(simple(XEN_DOMCTL_pausedomain, id), 0);
	CHECK_EQ(simple(XEN_DOMCTL_unpausedomain, id), 0);
	CHECK_EQ(simple(XEN_DOMCTL_destroydomain, id), 0);
	CHECK(simple(XEN_DOMCTL_pausedomain, id) < 0, "gone");
}

/* With both in the list, then one. */
static void check_list(u32 want)
{
	static struct xen_domctl_getdomaininfo list[4];
	static struct xen_sysctl op;

	op.u.getdomaininfolist.max_domains = ARRAY_SIZE(list);
	op.u.getdomaininfolist.buffer.p = list;
	CHECK_EQ(sysctl(&op, XEN_SYSCTL_getdomaininfolist), 0);
	CHECK_EQ(op.u.getdomaininfolist.num_domains, want);
	CHECK_EQ(list[0].domain, 0);
	CHECK(list[0].flags & XEN_DOMINF_running);
}

void story(void)
{
	domid_t id = 5, again = 5, any;
	u64 before = 0, after;

	nobody();
	machphys_list();
	bad_configs();
	check_list(1);
	for (unsigned int i = 0; i < 30; i++) {
		if (i == 2)
			before = free_pages();
		any = 0;
		if (create(&any))
			broken("round %u: no domain", i);
		CHECK(any > 0 && any < DOMID_FIRST_RESERVED);
		one_life(any);
	}
	/* what was freed may be on its way to be zeroed */
	CHECK(wait_for((after = free_pages()) == before), "%lu, not %lu", after,
	      before);
	CHECK_EQ(create(&id), 0);
	CHECK_EQ(id, 5);
	CHECK_EQ(create(&again), -EEXIST);
	check_list(2);
	CHECK_EQ(simple(XEN_DOMCTL_destroydomain, 5), 0);
	check_list(1);
}
