/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: what an unprivileged guest gets from a hypercall with bad
 * arguments, or on another domain. Each call is tried by a guest while dom0 and
 * a second guest hold still; after each they must be as they were.
 */
#include "domu.h"
#include "include/hospes.h"

STORY("domu-hypercalls");
/* attack: yes */
/* machine: domu */

static struct domu a, b;

static const u64 bad_va[] = { HV_START, 0xffff830000000000, 0x1000,
			      0x0000800000000000, 0xffffffffffffff00 };

/* In a: frames that are b's, dom0's, the hypervisor's, nobody's. */
static u64 theirs[5];

static u64 tell(u64 i, u64 mfn, u64 unused)
{
	theirs[i] = mfn;
	return 0;
}

static u64 fingerprint(u64 unused, u64 unused2, u64 unused3)
{
	const u64 *code = (const u64 *)(VIRT_BASE + 0x1000000);
	u64 sum = 0;

	for (unsigned int i = 0; i < 512; i++)
		sum = sum * 31 + code[i];
	return sum + p2m[0x1003] + current_l4_mfn();
}

/* fn() in a, with a's ways to know of others; b must not change. */
static void attack(domu_fn fn)
{
	u64 before, after;

	domu_start(&a, 2);
	domu_start(&b, 1);
	domu_call(&a, tell, 0, b.mfn[3], 0);
	domu_call(&a, tell, 1, virt_to_mfn(&a), 0);
	domu_call(&a, tell, 2, 0x300, 0);
	domu_call(&a, tell, 3, 0x7ffffff, 0);
	domu_call(&a, tell, 4, ~0UL >> 12, 0);
	before = domu_call(&b, fingerprint, 0, 0, 0);
	domu_call(&a, fn, b.id, 0, 0);
	after = domu_call(&b, fingerprint, 0, 0, 0);
	CHECK_EQ(after, before);
	domu_end(&a);
	domu_end(&b);
}

/* ---- what a does ---- */

static u64 control(u64 victim, u64 unused, u64 unused2)
{
	static struct xen_domctl d;
	static struct xen_sysctl s;
	static struct xen_platform_op p;
	static char text[64];

	for (u32 cmd = 0; cmd < 90; cmd++) {
		memset(&d, 0, sizeof(d));
		d.cmd = cmd;
		d.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
		d.domain = (domid_t)victim;
		CHECK(HC(domctl, &d, 0, 0, 0) < 0, "domctl %u", cmd);
		d.domain = DOMID_SELF;
		CHECK(HC(domctl, &d, 0, 0, 0) < 0, "domctl %u", cmd);
		s.cmd = cmd;
		s.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
		CHECK(HC(sysctl, &s, 0, 0, 0) < 0, "sysctl %u", cmd);
		p.cmd = cmd;
		p.interface_version = XENPF_INTERFACE_VERSION;
		CHECK(HC(platform_op, &p, 0, 0, 0) < 0, "platform %u", cmd);
	}
	CHECK(HC(console_io, CONSOLEIO_read, 64, text, 0) < 0);
	HC(console_io, CONSOLEIO_write, ~0U, text, 0);
	HC(console_io, CONSOLEIO_write, 64, HV_START, 0);
	CHECK(hypercall5(HOSPES_HYPERCALL_DEBUG, 0, victim, 0, 0, 0) < 0);
	return 0;
}

static u64 frames(u64 victim, u64 unused, u64 unused2)
{
	char *probe = page_new();
	const u64 entry = pt_entry_maddr((u64)probe, 1);

	for (unsigned int i = 0; i < ARRAY_SIZE(theirs); i++) {
		u64 m = theirs[i] << PAGE_SHIFT;

		CHECK(update_va(probe, m | PTE_KERNEL, 0) < 0, "%u", i);
		CHECK(update_va(probe, m | PTE_RO, 0) < 0, "%u", i);
		CHECK(mmu_update1(entry, m | PTE_KERNEL) < 0, "%u", i);
		CHECK(mmu_update1(m, 0) < 0, "%u", i);
		CHECK(mmu_update1(m | MMU_MACHPHYS_UPDATE, 1) < 0, "%u", i);
		for (u32 cmd = MMUEXT_PIN_L1_TABLE; cmd < 24; cmd++) {
			if (cmd >= MMUEXT_TLB_FLUSH_LOCAL &&
			    cmd <= MMUEXT_SET_LDT)
				continue;
			CHECK(mmuext(cmd, theirs[i], theirs[i]) < 0 ||
				      cmd == MMUEXT_FLUSH_CACHE_GLOBAL,
			      "mmuext %u frame %u", cmd, i);
		}
		CHECK(HC(set_gdt, &theirs[i], 8, 0, 0) < 0, "%u", i);
		CHECK(HC(update_descriptor, m, 0, 0, 0) < 0, "%u", i);
	}
	return 0;
}

/* With the number of another domain: its tables, its frames. */
static u64 foreign(u64 victim, u64 unused, u64 unused2)
{
	const domid_t who[] = { (domid_t)victim, 0, DOMID_XEN, DOMID_IO,
				0x7000 };
	char *probe = page_new();
	struct mmu_update u = { .ptr = pt_entry_maddr((u64)probe, 1) };
	struct mmuext_op op = {};

	for (unsigned int i = 0; i < ARRAY_SIZE(who); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(theirs); j++) {
			u.val = theirs[j] << PAGE_SHIFT | PTE_RO;
			CHECK(HC(mmu_update, &u, 1, 0, who[i]) < 0);
			CHECK(HC(mmu_update, &u, 1, 0,
				 ((u64)who[i] + 1) << 16 | DOMID_SELF) < 0);
			op.arg1.mfn = theirs[j];
			for (u32 cmd = 0; cmd < 24; cmd++) {
				op.cmd = cmd;
				CHECK(HC(mmuext_op, &op, 1, 0, who[i]) < 0,
				      "mmuext %u", cmd);
			}
			CHECK(HC(update_va_mapping_otherdomain, probe, u.val, 0,
				 who[i]) < 0);
		}
	return 0;
}

static u64 memory(u64 victim, u64 unused, u64 unused2)
{
	static u64 list[4];
	const domid_t who[] = { (domid_t)victim, 0, DOMID_XEN, 0x7000 };
	struct xen_memory_reservation r = { .nr_extents = 1 };

	r.extent_start.p = list;
	for (u32 cmd = 0; cmd < 40; cmd++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(who); i++) {
			long ret;

			r.domid = who[i];
			list[0] = theirs[0];
			ret = HC(memory_op, cmd, &r, 0, 0);
			/* questions about oneself, and the two constants */
			CHECK(ret <= 0 || cmd == XENMEM_maximum_ram_page,
			      "memory_op %u on d%u: %ld", cmd, who[i], ret);
		}
		for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++)
			CHECK(HC(memory_op, cmd, bad_va[i], 0, 0) <= 0 ||
				      cmd == XENMEM_maximum_ram_page,
			      "memory_op %u at %#lx", cmd, bad_va[i]);
	}
	r.domid = DOMID_SELF;
	r.extent_order = 40;
	CHECK(HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) <= 0);
	r.extent_order = 18;
	CHECK(HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) <= 0);
	r.extent_order = 0;
	r.nr_extents = ~0UL;
	CHECK(HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) <= 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(theirs); i++) {
		list[0] = theirs[i];
		r.nr_extents = 1;
		CHECK(HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0) <=
		      0);
	}
	return 0;
}

/* More memory than it may have, by all ways there are. */
static u64 hoard(u64 victim, u64 unused, u64 unused2)
{
	static u64 list[DOMU_PAGES];
	struct xen_memory_reservation r = { .nr_extents = DOMU_PAGES,
					    .domid = DOMID_SELF };
	long got;

	r.extent_start.p = list;
	for (u64 i = 0; i < DOMU_PAGES; i++)
		list[i] = i;
	got = HC(memory_op, XENMEM_populate_physmap, &r, 0, 0);
	CHECK(got >= 0 && got < DOMU_PAGES);
	CHECK(HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) <= 0);
	CHECK(HC(memory_op, XENMEM_increase_reservation, &r, 0, 0) <= 0);
	CHECK_EQ(HC(memory_op, XENMEM_current_reservation,
		    &(domid_t){ DOMID_SELF }, 0, 0),
		 DOMU_PAGES);
	r.nr_extents = (u64)got;
	CHECK_EQ(HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0), got);
	return 0;
}

static u64 vcpus(u64 victim, u64 unused, u64 unused2)
{
	static struct vcpu_guest_context c;
	struct vcpu_register_vcpu_info info = {};

	for (u32 cmd = 0; cmd < 20; cmd++)
		for (u64 id = 2; id < ~0U; id = id * 7 + 1)
			CHECK(HC(vcpu_op, cmd, id, &c, 0) < 0, "vcpu_op %u",
			      cmd);
	for (u32 cmd = 0; cmd < 20; cmd++)
		for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++)
			if (cmd != VCPUOP_up && cmd != VCPUOP_down &&
			    cmd != VCPUOP_is_up &&
			    cmd != VCPUOP_stop_periodic_timer &&
			    cmd != VCPUOP_stop_singleshot_timer &&
			    cmd != VCPUOP_send_nmi)
				CHECK(HC(vcpu_op, cmd, 1, bad_va[i], 0) < 0,
				      "vcpu_op %u at %#lx", cmd, bad_va[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(theirs); i++) {
		info.mfn = theirs[i];
		CHECK(HC(vcpu_op, VCPUOP_register_vcpu_info, 1, &info, 0) < 0);
		memset(&c, 0, sizeof(c));
		c.ctrlreg[3] = xen_pfn_to_cr3(theirs[i]);
		CHECK(HC(vcpu_op, VCPUOP_initialise, 1, &c, 0) < 0);
	}
	CHECK(HC(vcpu_op, VCPUOP_up, 1, 0, 0) < 0, "without a context");
	return 0;
}

static u64 schedule(u64 victim, u64 unused, u64 unused2)
{
	struct sched_remote_shutdown r = { .domain_id = (domid_t)victim };
	struct sched_watchdog w = { .id = 77, .timeout = 1 };
	struct sched_pin_override pin = { .pcpu = 0 };
	struct sched_shutdown s = { .reason = 77 };

	CHECK(HC(sched_op, SCHEDOP_remote_shutdown, &r, 0, 0) < 0);
	r.domain_id = 0;
	CHECK(HC(sched_op, SCHEDOP_remote_shutdown, &r, 0, 0) < 0);
	CHECK(HC(sched_op, SCHEDOP_pin_override, &pin, 0, 0) < 0);
	CHECK(HC(sched_op, SCHEDOP_watchdog, &w, 0, 0) < 0);
	CHECK(HC(sched_op, 99, &w, 0, 0) < 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++)
		for (u32 cmd = SCHEDOP_shutdown; cmd < 12; cmd++)
			CHECK(HC(sched_op, cmd, bad_va[i], 0, 0) < 0, "%u",
			      cmd);
	(void)s;
	return 0;
}

static u64 devices(u64 victim, u64 unused, u64 unused2)
{
	static u8 zero[64];

	for (u32 cmd = 0; cmd < 40; cmd++) {
		/* its own privilege of ports is a guest's own affair */
		if (cmd == PHYSDEVOP_set_iopl || cmd == PHYSDEVOP_set_iobitmap)
			continue;
		memset(zero, 0, sizeof(zero));
		CHECK(HC(physdev_op, cmd, zero, 0, 0) <= 0, "physdev %u", cmd);
		for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++)
			CHECK(HC(physdev_op, cmd, bad_va[i], 0, 0) < 0,
			      "physdev %u at %#lx", cmd, bad_va[i]);
	}
	CHECK_EQ(TRY("inb $0x60, %%al", "a"(0)), 13);
	CHECK_EQ(TRY("outb %%al, $0x64", "a"(0xfe)), 13);
	CHECK_EQ(TRY("outl %%eax, %%dx", "a"(0x80000000), "d"(0xcf8)), 13);
	CHECK_EQ(TRY("cli; hlt", "a"(0)), 13);
	CHECK_EQ(TRY("wrmsr", "a"(0), "d"(0), "c"(0x277)), 13);
	return 0;
}

static u64 callbacks(u64 victim, u64 unused, u64 unused2)
{
	static struct trap_info t[2] = { { .vector = 6, .cs = 0xe008 } };
	struct callback_register cb = { .address = 0x0000800000000000 };

	for (u16 type = 0; type < 12; type++) {
		cb.type = type;
		CHECK(HC(callback_op, CALLBACKOP_register, &cb, 0, 0) < 0,
		      "callback %u", type);
	}
	t[0].address = 0x0000800000000000;
	CHECK(HC(set_trap_table, t, 0, 0, 0) < 0);
	CHECK(HC(set_callbacks, 1UL << 47, 0, 0, 0) < 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++) {
		CHECK(HC(set_trap_table, bad_va[i], 0, 0, 0) < 0);
		CHECK(HC(callback_op, 0, bad_va[i], 0, 0) < 0);
		CHECK(HC(set_gdt, bad_va[i], 512, 0, 0) < 0);
	}
	CHECK(HC(set_segment_base, 0, 1UL << 47, 0, 0) < 0);
	CHECK(HC(set_segment_base, 99, 0, 0, 0) < 0);
	CHECK(HC(set_debugreg, 0, HV_START, 0, 0) < 0);
	CHECK(HC(set_debugreg, 99, 0, 0, 0) < 0);
	CHECK(HC(set_debugreg, 7, ~0UL, 0, 0) < 0);
	CHECK(HC(vm_assist, 99, 99, 0, 0) < 0);
	CHECK(mmuext(MMUEXT_SET_LDT, HV_START, 8192) < 0);
	CHECK(mmuext(MMUEXT_SET_LDT, 0, 8193) < 0);
	return 0;
}

/* What a guest may ask of the version is the same for all; the rest not. */
static u64 versions(u64 victim, u64 unused, u64 unused2)
{
	static char text[2048];

	for (u32 cmd = 1; cmd < 20; cmd++) {
		HC(xen_version, cmd, text, 0, 0);
		if (cmd == XENVER_pagesize)
			continue;
		for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++)
			CHECK(HC(xen_version, cmd, bad_va[i], 0, 0) < 0,
			      "%u at %#lx", cmd, bad_va[i]);
	}
	return 0;
}

/* The same from a multicall, and multicalls in it. */
static u64 batches(u64 victim, u64 unused, u64 unused2)
{
	static struct multicall_entry m[64];
	static struct xen_domctl d;

	d.cmd = XEN_DOMCTL_destroydomain;
	d.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	d.domain = (domid_t)victim;
	m[0].op = __HYPERVISOR_domctl;
	m[0].args[0] = (u64)&d;
	m[1].op = __HYPERVISOR_multicall;
	m[1].args[0] = (u64)m;
	m[1].args[1] = 64;
	m[2].op = ~0UL;
	m[3].op = __HYPERVISOR_iret + 1000;
	CHECK_EQ(HC(multicall, m, 4, 0, 0), 0);
	for (unsigned int i = 0; i < 4; i++)
		CHECK((s64)m[i].result < 0, "%u", i);
	CHECK(HC(multicall, HV_START, 4, 0, 0) < 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad_va); i++)
		CHECK(HC(multicall, bad_va[i], 2, 0, 0) < 0);
	return 0;
}

/* Any number with any arguments, for a while. */
static u64 seed = 1;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static u64 word(u64 victim)
{
	switch (rnd() % 12) {
	case 0:
		return 0;
	case 1:
		return rnd() % 64;
	case 2:
		return DOMID_SELF;
	case 3:
		return victim;
	case 4:
		return theirs[rnd() % 5];
	case 5:
		return theirs[rnd() % 5] << PAGE_SHIFT | (rnd() & 0xfff);
	case 6:
		return HV_START + rnd() % (1UL << 47);
	case 7:
		return (u64)domu_box()->shared + rnd() % 256;
	case 8:
		return 1UL << rnd() % 64;
	case 9:
		return ~(rnd() % 16);
	case 10:
		return (victim + 1) << 16 | DOMID_SELF;
	default:
		return rnd();
	}
}

/* Those by which it can neither end nor lose itself, and unknown ones. */
static u64 harmless(void)
{
	static const u8 known[] = {
		__HYPERVISOR_platform_op,
		__HYPERVISOR_xen_version,
		__HYPERVISOR_console_io,
		__HYPERVISOR_event_channel_op,
		__HYPERVISOR_physdev_op,
		__HYPERVISOR_domctl,
		__HYPERVISOR_sysctl,
		__HYPERVISOR_get_debugreg,
		__HYPERVISOR_set_timer_op,
		HOSPES_HYPERCALL_DEBUG,
		__HYPERVISOR_update_descriptor,
		__HYPERVISOR_hvm_op,
	};
	u64 pick = rnd() % (ARRAY_SIZE(known) + 2);

	return pick < ARRAY_SIZE(known) ? known[pick] : 56 + rnd();
}

static u64 anything(u64 victim, u64 unused, u64 unused2)
{
	u64 end = system_time() + 400000000;
	u64 *shared = domu_box()->shared;

	while (system_time() < end) {
		for (unsigned int i = 0; i < 32; i++)
			shared[i] = word(victim);
		hypercall5(harmless(), rnd() % 24, word(victim), word(victim),
			   word(victim), word(victim));
		hypercall5(harmless(), (u64)shared, rnd() % 4, word(victim),
			   word(victim), word(victim));
	}
	return 0;
}

/* The same without mercy on itself: it may die, and nobody else. */
static u64 suicides(u64 victim, u64 new_seed, u64 unused2)
{
	u64 *shared = domu_box()->shared;

	seed = new_seed;
	while (!READ_ONCE(domu_box()->stop)) {
		u64 nr = rnd() % 64;

		for (unsigned int i = 0; i < 32; i++)
			shared[i] = word(victim);
		hypercall5(nr, rnd() % 24, word(victim), word(victim),
			   word(victim), word(victim));
		hypercall5(nr, (u64)shared, rnd() % 4, word(victim),
			   word(victim), word(victim));
	}
	return 0;
}

static void without_mercy(void)
{
	u64 before;

	domu_start(&b, 1);
	before = domu_call(&b, fingerprint, 0, 0, 0);
	for (u64 round = 1; round < 12; round++) {
		u64 end = system_time() + 50000000;

		domu_start(&a, 2);
		domu_call(&a, tell, 0, b.mfn[3], 0);
		domu_call(&a, tell, 1, virt_to_mfn(&a), 0);
		domu_begin(&a, suicides, b.id, round * 0x9e3779b97f4a7c15UL, 0);
		while (system_time() < end)
			rest();
		a.box->broken = a.box->failed = 0;
		a.box->log_read = a.box->log_written;
		domu_destroy(&a);
		CHECK(wait_for(!domain_listed(a.id, NULL)), "round %lu", round);
	}
	CHECK_EQ(domu_call(&b, fingerprint, 0, 0, 0), before);
	domu_end(&b);
}

#define ATTACK(fn)                    \
	static void attack_##fn(void) \
	{                             \
		attack(fn);           \
	}
/* attack_control, attack_frames ... */
ATTACK(control)
ATTACK(frames)
ATTACK(foreign)
ATTACK(memory)
ATTACK(hoard)
ATTACK(vcpus)
ATTACK(schedule)
ATTACK(devices)
ATTACK(callbacks)
ATTACK(versions)
ATTACK(batches)
ATTACK(anything)

static const struct domu_case cases[] = {
	{ "control-calls", attack_control },
	{ "frames-of-others", attack_frames },
	{ "calls-for-others", attack_foreign },
	{ "memory-calls", attack_memory },
	{ "memory-beyond-the-limit", attack_hoard },
	{ "vcpu-calls", attack_vcpus },
	{ "scheduler-calls", attack_schedule },
	{ "device-calls", attack_devices },
	{ "callbacks-and-segments", attack_callbacks },
	{ "version-calls", attack_versions },
	{ "multicalls", attack_batches },
	{ "any-call", attack_anything },
	{ "any-call-without-mercy", without_mercy },
};

void story(void)
{
	domu_run_cases(cases, ARRAY_SIZE(cases));
}
