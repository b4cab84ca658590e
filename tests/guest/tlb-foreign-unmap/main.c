/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a foreign mapping is taken away without a flush, and the
 * owner makes a page table of the frame while a CPU that the owner never ran on
 * can still write it. CPU 1 writes through the mapping all the time, without
 * ever loading CR3; once the page is a table no write may arrive.
 */
#include "domu.h"
#include "victim.h"

STORY("tlb-foreign-unmap");
/* attack: yes */
/* machine: domu smp=2 dom0_vcpus_pin */

static u64 *volatile target;
static volatile u64 writes;
static volatile unsigned int faulted;

static bool stop_on_fault(struct trap_frame *f)
{
	if (f->vector != 14)
		return false;
	faulted = 1;
	for (;;)
		__builtin_ia32_pause();
}

static void writer(void)
{
	for (;;) {
		/* not a present entry: harmless content for a table */
		WRITE_ONCE(target[100], (writes << 1) & ~1UL);
		writes++;
	}
}

static void *page;

static u64 make_page(u64 unused, u64 unused2, u64 unused3)
{
	page = page_new();
	return virt_to_mfn(page);
}

static u64 make_table(u64 unused, u64 unused2, u64 unused3)
{
	make_readonly(page);
	return (u64)mmuext(MMUEXT_PIN_L2_TABLE, virt_to_mfn(page), 0);
}

void story(void)
{
	static struct domu g;
	static struct xen_domctl op;
	static u8 cpu0[8] = { 1 };
	volatile u64 *seen = page_new();
	u64 mfn, last;

	/* the owner keeps to CPU 0 */
	domu_make(&g, 1);
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.bitmap.p = cpu0;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_setvcpuaffinity, g.id), 0);
	domu_unpause(&g);
	mfn = domu_call(&g, make_page, 0, 0, 0);
	CHECK_EQ(map_foreign((void *)seen, mfn, PTE_RO, g.id), 0);
	target = page_new();
	CHECK_EQ(map_foreign(target, mfn, PTE_KERNEL, g.id), 0);
	trap_hook = stop_on_fault;
	start_vcpu(1, writer);
	CHECK(wait_for(writes > 1000));
	/* the entry goes, no flush is asked for */
	CHECK_EQ(update_va(target, 0, UVMF_NONE), 0);
	CHECK_EQ(domu_call(&g, make_table, 0, 0, 0), 0);
	last = seen[100];
	for (int i = 0; i < 2000000 && seen[100] == last; i++)
		__builtin_ia32_pause();
	CHECK_EQ(seen[100], last);
	CHECK(wait_for(faulted), "CPU 1 still writes");
	page_restore((void *)seen);
	domu_end(&g);
}
