/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a grant is unmapped while another CPU can still write the
 * frame. CPU 1 writes through the mapping all the time, without ever loading
 * CR3; CPU 0 unmaps it: from then on no write may arrive, as the granter makes
 * of its page what it likes.
 */
#include "domu.h"
#include "victim.h"

STORY("tlb-grant-unmap");
/* attack: yes */
/* machine: domu smp=2 dom0_vcpus_pin */

#define REF 20

static u64 *volatile target;
static volatile u64 writes;
static volatile unsigned int faults;
static volatile bool go;

static bool wait_on_fault(struct trap_frame *f)
{
	if (f->vector != 14)
		return false;
	go = false;
	faults++;
	while (!go)
		__builtin_ia32_pause();
	return true;
}

static void writer(void)
{
	while (!go)
		__builtin_ia32_pause();
	for (;;) {
		WRITE_ONCE(target[5], writes);
		writes++;
	}
}

static u64 give(u64 unused, u64 unused2, u64 unused3)
{
	char *page = page_new();

	gnt_setup(1);
	gnt_give(REF, 0, virt_to_mfn(page), 0);
	return virt_to_mfn(page);
}

/* One mapping, by @where and @flags; @seen shows the same frame. */
static void round(const struct domu *g, u64 where, u32 flags,
		  volatile u64 *seen)
{
	unsigned int before = faults;
	u64 first, last;
	u32 handle;

	CHECK_EQ(gnt_map(g->id, REF, (void *)where, GNTMAP_host_map | flags,
			 &handle),
		 GNTST_okay);
	first = writes;
	go = true;
	CHECK(wait_for(writes > first + 1000));
	CHECK_EQ(gnt_unmap((void *)where, handle), GNTST_okay);
	last = seen[5];
	for (int i = 0; i < 2000000 && seen[5] == last; i++)
		__builtin_ia32_pause();
	CHECK_EQ(seen[5], last);
	CHECK(wait_for(faults > before), "CPU 1 still writes");
}

void story(void)
{
	static struct domu g;
	static struct xen_domctl op;
	static u8 cpu0[8] = { 1 };
	u64 *seen = page_new();
	u64 mfn;

	/* the guest keeps to CPU 0: on CPU 1 nothing loads CR3 */
	domu_make(&g, 1);
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.bitmap.p = cpu0;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
	CHECK_EQ(domctl(&op, XEN_DOMCTL_setvcpuaffinity, g.id), 0);
	domu_unpause(&g);
	mfn = domu_call(&g, give, 0, 0, 0);
	CHECK_EQ(map_foreign(seen, mfn, PTE_RO, g.id), 0);
	target = page_new();
	trap_hook = wait_on_fault;
	start_vcpu(1, writer);
	round(&g, (u64)target, 0, seen);
	round(&g, pt_entry_maddr((u64)target, 1), GNTMAP_contains_pte, seen);
	page_restore(seen);
	domu_end(&g);
}
