/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains made of the story's own image; see domu.h.
 *
 * The guest's memory is one level 1 table's worth, from the image on: the
 * image, start_info, the mailbox, its list of frames, its page tables.
 */
#include "domu.h"
#include "victim.h"
#include "include/hospes.h"
#include <elf.h>

#define FIRST_PFN   0x1000UL
#define BASE	    (VIRT_BASE + (FIRST_PFN << PAGE_SHIFT))
#define LIST_PAGES  9 /* FIRST_PFN + DOMU_PAGES entries of eight bytes */
#define NR_TABLES   4
#define PTE_TABLE   (PTE_P | PTE_RW | PTE_U | PTE_A | PTE_D)
#define MAX_WINDOWS 6
#define INVALID	    (~0UL)

extern char guest_end[];

u64 domu_port;

static struct mailbox *own_box;
static struct xen_domctl op;

/* ---- in the guest ---- */

bool in_dom0(void)
{
	return start_info->flags & SIF_INITDOMAIN;
}

struct mailbox *domu_box(void)
{
	return own_box;
}

void rest(void)
{
	struct sched_poll p = { .timeout = system_time() + 50000 };

	HC(sched_op, SCHEDOP_poll, &p, 0, 0);
}

void domu_main(void)
{
	u64 end = BASE + DOMU_PAGES * PAGE_SIZE;

	/* the page after start_info, which the builder says */
	own_box = (struct mailbox *)((u64)start_info + PAGE_SIZE);
	if ((u64)own_box >= end)
		broken("no mailbox");
	domu_port = start_info->console.domU.evtchn;
	for (;;) {
		u64 next = own_box->done + 1;

		while (READ_ONCE(own_box->called) != next)
			rest();
		own_box->result = own_box->fn(own_box->arg[0], own_box->arg[1],
					      own_box->arg[2]);
		barrier();
		WRITE_ONCE(own_box->done, next);
	}
}

/* ---- dom0: windows on a guest's frames ---- */

static char windows[MAX_WINDOWS + 1][PAGE_SIZE] __aligned(4096);
static bool window_used[MAX_WINDOWS];

#define SCRATCH (windows[MAX_WINDOWS])

void page_restore(void *va)
{
	if (update_va(va, virt_to_mfn(va) << PAGE_SHIFT | PTE_KERNEL,
		      UVMF_INVLPG))
		broken("%p cannot be put back", va);
}

static void *window_open(domid_t id, u64 mfn)
{
	for (unsigned int i = 0; i < MAX_WINDOWS; i++) {
		if (window_used[i])
			continue;
		if (map_foreign(windows[i], mfn, PTE_KERNEL, id))
			broken("the mailbox of d%u cannot be mapped", id);
		window_used[i] = true;
		return windows[i];
	}
	broken("too many guests");
}

static void window_close(void *w)
{
	page_restore(w);
	window_used[((char *)w - windows[0]) / PAGE_SIZE] = false;
}

static void *scratch(const struct domu *g, u64 index)
{
	if (map_foreign(SCRATCH, g->mfn[index], PTE_KERNEL, g->id))
		broken("page %lu of d%u cannot be mapped", index, g->id);
	return SCRATCH;
}

/* ---- dom0: making a guest ---- */

static u64 image_pages(void)
{
	return ((u64)guest_end - BASE) >> PAGE_SHIFT;
}

#define START_INFO  (image_pages())
#define MAILBOX	    (START_INFO + 1)
#define LIST	    (MAILBOX + 1)
#define TABLES	    (LIST + LIST_PAGES)
#define USED_PAGES  (TABLES + NR_TABLES)
#define VA_OF(page) (BASE + ((page) << PAGE_SHIFT))

static void make_domain(struct domu *g, unsigned int vcpus)
{
	op.u.createdomain = (struct xen_domctl_createdomain){
		.handle = { 0x55 },
		.max_vcpus = vcpus,
		.max_evtchn_port = DOMU_PORTS,
		.max_grant_frames = DOMU_FRAMES,
		.max_maptrack_frames = DOMU_HANDLES,
		.grant_opts = 2,
	};
	if (domctl(&op, XEN_DOMCTL_createdomain, 0))
		broken("no domain");
	g->id = op.domain;
	g->exists = true;
	op.u.max_vcpus.max = vcpus;
	if (domctl(&op, XEN_DOMCTL_max_vcpus, g->id))
		broken("no vcpus for d%u", g->id);
	op.u.max_mem.max_memkb = DOMU_PAGES * 4;
	if (domctl(&op, XEN_DOMCTL_max_mem, g->id))
		broken("no room for d%u", g->id);
}

static void populate(struct domu *g)
{
	struct xen_memory_reservation r = { .domid = g->id };

	if (USED_PAGES > DOMU_PAGES)
		broken("the image is too large");
	for (u64 i = 0; i < USED_PAGES; i++)
		g->mfn[i] = FIRST_PFN + i;
	r.nr_extents = USED_PAGES;
	r.extent_start.p = g->mfn;
	if (HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) !=
	    (long)USED_PAGES)
		broken("no memory for d%u", g->id);
}

/* What of the segment is in page @index of the memory. */
static void load_page(const struct domu *g, const char *elf,
		      const Elf64_Phdr *ph, u64 index)
{
	u64 from = MAX(VA_OF(index), ph->p_vaddr);
	u64 to = MIN(VA_OF(index + 1), ph->p_vaddr + ph->p_filesz);

	memcpy((char *)scratch(g, index) + (from - VA_OF(index)),
	       elf + ph->p_offset + (from - ph->p_vaddr), to - from);
}

static void load_image(const struct domu *g)
{
	const char *elf = (const char *)start_info->mod_start;
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)elf;

	if (!start_info->mod_len || memcmp(elf, "\177ELF", 4))
		broken("the image is not in the initrd");
	for (unsigned int i = 0; i < eh->e_phnum; i++) {
		const Elf64_Phdr *ph =
			(const Elf64_Phdr *)(elf + eh->e_phoff) + i;
		u64 end = ph->p_vaddr + ph->p_filesz;

		if (ph->p_type != PT_LOAD || !ph->p_filesz)
			continue;
		for (u64 at = (ph->p_vaddr - BASE) >> PAGE_SHIFT;
		     VA_OF(at) < end; at++)
			load_page(g, elf, ph, at);
	}
}

static void write_list(const struct domu *g)
{
	for (u64 page = 0; page < LIST_PAGES; page++) {
		u64 *list = scratch(g, LIST + page);

		for (u64 i = 0; i < 512; i++) {
			u64 pfn = page * 512 + i;

			list[i] = pfn < FIRST_PFN || pfn - FIRST_PFN >=
							     USED_PAGES ?
					  INVALID :
					  g->mfn[pfn - FIRST_PFN];
		}
	}
}

/* Level 4 to 1 in the pages from TABLES on. */
static void write_tables(const struct domu *g)
{
	u64 *table;

	for (unsigned int level = 4; level > 1; level--) {
		u64 at = TABLES + 4 - level;

		table = scratch(g, at);
		table[BASE >> (12 + 9 * (level - 1)) & 511] =
			g->mfn[at + 1] << PAGE_SHIFT | PTE_TABLE;
	}
	table = scratch(g, TABLES + 3);
	for (u64 i = 0; i < USED_PAGES; i++)
		table[i] = g->mfn[i] << PAGE_SHIFT |
			   (i < TABLES ? PTE_KERNEL : PTE_RO);
}

/* A port of the guest, which is to be dom0's, and ours to it. */
static u32 connect(struct domu *g)
{
	struct evtchn_alloc_unbound a = { .dom = g->id };
	struct evtchn_bind_interdomain b = { .remote_dom = g->id };

	if (HC(event_channel_op, EVTCHNOP_alloc_unbound, &a, 0, 0))
		broken("no port in d%u", g->id);
	b.remote_port = a.port;
	if (HC(event_channel_op, EVTCHNOP_bind_interdomain, &b, 0, 0))
		broken("no port to d%u", g->id);
	g->port = b.local_port;
	return a.port;
}

static void write_start_info(struct domu *g)
{
	u64 shared = victim_shared_info(g->id);
	u32 port = connect(g);
	struct start_info *si = scratch(g, START_INFO);

	strlcpy(si->magic, "xen-3.0-x86_64", sizeof(si->magic));
	si->nr_pages = FIRST_PFN + USED_PAGES;
	si->shared_info = shared << PAGE_SHIFT;
	si->pt_base = VA_OF(TABLES);
	si->nr_pt_frames = NR_TABLES;
	si->mfn_list = VA_OF(LIST);
	si->console.domU.evtchn = port;
}

static void set_context(const struct domu *g)
{
	static struct vcpu_guest_context c;
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)start_info->mod_start;

	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = eh->e_entry;
	c.user_regs.rsi = VA_OF(START_INFO);
	c.user_regs.rflags = 0x200;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.ctrlreg[3] = xen_pfn_to_cr3(g->mfn[TABLES]);
	op.u.vcpucontext.vcpu = 0;
	op.u.vcpucontext.ctxt.p = &c;
	if (domctl(&op, XEN_DOMCTL_setvcpucontext, g->id))
		broken("d%u does not take its context", g->id);
}

void domu_make(struct domu *g, unsigned int vcpus)
{
	make_domain(g, vcpus);
	populate(g);
	load_image(g);
	write_list(g);
	write_tables(g);
	write_start_info(g);
	page_restore(SCRATCH);
	g->box = window_open(g->id, g->mfn[MAILBOX]);
	set_context(g);
}

void domu_unpause(struct domu *g)
{
	if (domctl_simple(XEN_DOMCTL_unpausedomain, g->id))
		broken("d%u does not start", g->id);
}

static u64 do_nothing(u64 a, u64 b, u64 c)
{
	return a;
}

void domu_start(struct domu *g, unsigned int vcpus)
{
	domu_make(g, vcpus);
	domu_unpause(g);
	domu_call(g, do_nothing, 0, 0, 0);
}

/* ---- dom0: calls ---- */

void domu_listen(struct domu *g)
{
	struct mailbox *b = g->box;
	char line[128];
	size_t n = 0;

	while (b->log_read != READ_ONCE(b->log_written)) {
		line[n++] = b->log[b->log_read++ % DOMU_LOG];
		if (line[n - 1] != '\n' && n < sizeof(line))
			continue;
		HC(console_io, CONSOLEIO_write, n, line, 0);
		n = 0;
	}
	if (n)
		HC(console_io, CONSOLEIO_write, n, line, 0);
	if (b->broken)
		broken("d%u broke", g->id);
	if (b->failed)
		failed(__FILE__, __LINE__, "%u checks failed in d%u", b->failed,
		       g->id);
	b->failed = 0;
}

void domu_begin(struct domu *g, domu_fn fn, u64 a, u64 b, u64 c)
{
	g->box->fn = fn;
	g->box->arg[0] = a;
	g->box->arg[1] = b;
	g->box->arg[2] = c;
	barrier();
	WRITE_ONCE(g->box->called, g->box->called + 1);
}

u64 domu_result(struct domu *g)
{
	u64 end = system_time() + 20000000000UL;

	while (READ_ONCE(g->box->done) != g->box->called) {
		rest();
		if (READ_ONCE(g->box->broken) || system_time() > end)
			break;
	}
	domu_listen(g);
	if (g->box->done != g->box->called)
		broken("d%u does not answer", g->id);
	return g->box->result;
}

u64 domu_call(struct domu *g, domu_fn fn, u64 a, u64 b, u64 c)
{
	domu_begin(g, fn, a, b, c);
	return domu_result(g);
}

/* ---- dom0: the end of a guest ---- */

int domctl_simple(u32 cmd, domid_t id)
{
	return domctl(&op, cmd, id);
}

bool domain_listed(domid_t id, bool *dying)
{
	bool there = domctl(&op, XEN_DOMCTL_getdomaininfo, id) == 0 &&
		     op.domain == id;

	if (dying)
		*dying = there && op.u.getdomaininfo.flags & XEN_DOMINF_dying;
	return there;
}

u64 free_pages(void)
{
	static struct xen_sysctl s;

	s.cmd = XEN_SYSCTL_physinfo;
	s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	if (HC(sysctl, &s, 0, 0, 0))
		broken("no physinfo");
	return s.u.physinfo.free_pages;
}

void recount(domid_t id)
{
	long wrong = hypercall5(HOSPES_HYPERCALL_DEBUG, HOSPES_DEBUG_RECOUNT,
				id, 0, 0, 0);

	if (wrong != -ENOSYS)
		CHECK_EQ(wrong, 0);
}

void domu_recount(struct domu *g)
{
	CHECK_EQ(domctl_simple(XEN_DOMCTL_pausedomain, g->id), 0);
	recount(g->id);
	CHECK_EQ(domctl_simple(XEN_DOMCTL_unpausedomain, g->id), 0);
}

static void let_go(struct domu *g)
{
	struct evtchn_close c = { .port = g->port };

	if (g->box) {
		domu_listen(g);
		window_close(g->box);
		g->box = NULL;
	}
	if (g->port)
		CHECK_EQ(HC(event_channel_op, EVTCHNOP_close, &c, 0, 0), 0);
	g->port = 0;
}

void domu_destroy(struct domu *g)
{
	if (!g->exists)
		return;
	let_go(g);
	g->exists = false;
	CHECK_EQ(domctl_simple(XEN_DOMCTL_destroydomain, g->id), 0);
}

void domu_end(struct domu *g)
{
	if (!g->exists)
		return;
	domu_recount(g);
	domu_destroy(g);
	CHECK(wait_for(!domain_listed(g->id, NULL)));
}

/* What was freed may be on its way to be zeroed: waits for it. */
static bool all_back(u64 before, u64 *after)
{
	return wait_for((*after = free_pages()) == before);
}

/*
 * Slabs of the heap, pages for ports and handles of dom0 stay when they were
 * needed once. So a case that leaves less memory must not do so again.
 */
void domu_run_cases(const struct domu_case *cases, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		u64 before = free_pages(), after;

		say("case %s", cases[i].name);
		cases[i].run();
		recount(DOMID_SELF);
		if (free_pages() == before)
			continue;
		before = free_pages();
		cases[i].run();
		CHECK(all_back(before, &after), "%lu pages free, not %lu",
		      after, before);
	}
}
