/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: any combination of hypercall arguments. Makes many thousand
 * calls with arguments drawn from values that matter; the guest must be able to
 * go on.
 */
#include "guest.h"

STORY("hypercall-fuzz");
/* attack: yes */

#define CALLS 30000

static u64 seed = 0x243f6a8885a308d3;

static u64 draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Calls that end or change this guest by design are left out. */
static const u8 allowed[] = {
	__HYPERVISOR_mmu_update,       __HYPERVISOR_set_debugreg,
	__HYPERVISOR_get_debugreg,     __HYPERVISOR_update_descriptor,
	__HYPERVISOR_memory_op,	       __HYPERVISOR_xen_version,
	__HYPERVISOR_grant_table_op,   __HYPERVISOR_vm_assist,
	__HYPERVISOR_vcpu_op,	       __HYPERVISOR_mmuext_op,
	__HYPERVISOR_event_channel_op, __HYPERVISOR_physdev_op,
	__HYPERVISOR_sysctl,	       __HYPERVISOR_domctl,
	__HYPERVISOR_platform_op,      __HYPERVISOR_fpu_taskswitch,
	__HYPERVISOR_hvm_op,
};

/*
 * Behind the pages that arguments point into is one that is not there: an array
 * of 0x7ff0 operations, whose answers are written back, must not reach what we
 * live on.
 */
#define SCRATCH_BYTES (4 * PAGE_SIZE)
static char scratch[SCRATCH_BYTES + PAGE_SIZE] __aligned(4096);

static u64 argument(void)
{
	static const u64 wild[] = { 0,
				    1,
				    ~0UL,
				    0x7ff0,
				    0xffff800000000000,
				    0xffff818000000000,
				    0xffff830000000000,
				    0x0000800000000000,
				    0x1234567812345678,
				    1UL << 31,
				    0xffffffff };
	u64 r = draw();

	switch (r % 4) {
	case 0:
		return wild[draw() % ARRAY_SIZE(wild)];
	case 1:
		return draw() % 64;
	case 2:
		return (u64)scratch + draw() % (3 * PAGE_SIZE);
	default:
		return (u64)scratch + (draw() % 3) * PAGE_SIZE;
	}
}

static void fill_scratch(void)
{
	u64 *words = (u64 *)scratch;

	for (unsigned int i = 0; i < 64; i++)
		words[draw() % (SCRATCH_BYTES / 8)] = argument();
}

/* What would stop us: bringing ourselves down, a timer is harmless. */
static bool deadly(u8 nr, const u64 *a)
{
	if (nr == __HYPERVISOR_vcpu_op)
		return a[0] == VCPUOP_down || a[0] == VCPUOP_send_nmi ||
		       a[0] == VCPUOP_initialise ||
		       a[0] == VCPUOP_register_vcpu_info;
	/* breakpoints would hit us */
	if (nr == __HYPERVISOR_set_debugreg)
		return a[0] == 7;
	/* the debug keys and the power switch of a privileged domain */
	if (nr == __HYPERVISOR_platform_op || nr == __HYPERVISOR_sysctl ||
	    nr == __HYPERVISOR_domctl)
		return draw() % 16 != 0 ? true : false;
	return false;
}

void story(void)
{
	unsigned int made = 0;

	vcpu_info()->evtchn_upcall_mask = 1;
	CHECK_EQ(HC(update_va_mapping, (u64)scratch + SCRATCH_BYTES, 0,
		    UVMF_INVLPG, 0),
		 0);
	for (unsigned int i = 0; i < CALLS; i++) {
		u8 nr = allowed[draw() % ARRAY_SIZE(allowed)];
		u64 a[5];

		for (unsigned int k = 0; k < 5; k++)
			a[k] = argument();
		if (i % 16 == 0)
			fill_scratch();
		if (deadly(nr, a))
			continue;
		hypercall5(nr, a[0], a[1], a[2], a[3], a[4]);
		made++;
	}
	HC(fpu_taskswitch, 0, 0, 0, 0);
	say("%u calls", made);
	CHECK(made > CALLS / 2);
	CHECK_EQ(HC(xen_version, XENVER_pagesize, 0, 0, 0), 4096);
}
