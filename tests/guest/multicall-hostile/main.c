/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a batch with a hostile length or place, one that changes
 * under the hypervisor's hands, and one with a call that gives way in the
 * middle and has to go on there.
 */
#include "guest.h"

STORY("multicall-hostile");
/* attack: yes */
/* machine: smp=2 */

#define N 64

static struct multicall_entry m[N];
static volatile unsigned int stop, stopped;

static void version(struct multicall_entry *e)
{
	*e = (struct multicall_entry){ .op = __HYPERVISOR_xen_version,
				       .result = 0x1111 };
	e->args[0] = XENVER_pagesize;
}

static void lengths(void)
{
	static const u64 bad[] = { ~0UL, 1UL << 63, 1UL << 58,
				   (~0UL >> 6) + 1 };
	struct multicall_entry *last = page_new();
	void *hole = page_new();

	if ((char *)hole != (char *)last + PAGE_SIZE)
		broken("pages apart");
	CHECK_EQ(update_va(hole, 0, UVMF_INVLPG), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		version(&last[N - 1]);
		CHECK(HC(multicall, &last[N - 1], bad[i], 0, 0) < 0);
	}
	/* over the end of what is there: what was done is done */
	version(&last[N - 1]);
	CHECK_EQ(HC(multicall, &last[N - 1], 2, 0, 0), -EFAULT);
	CHECK_EQ(last[N - 1].result, 4096);
	CHECK_EQ(HC(multicall, HV_START - 64, 2, 0, 0), -EFAULT);
	CHECK_EQ(HC(multicall, 0xffff830000000000, 1, 0, 0), -EFAULT);
	CHECK_EQ(HC(multicall, -64, 2, 0, 0), -EFAULT);
	make_readonly(last);
	CHECK_EQ(HC(multicall, &last[N - 1], 1, 0, 0), -EFAULT);
	make_writable(last);
	make_writable(hole);
}

/* Calls that go elsewhere than back to the batch. */
static void elsewhere(void)
{
	version(&m[0]);
	m[1] = (struct multicall_entry){ .op = __HYPERVISOR_iret };
	m[2] = (struct multicall_entry){ .op = ~0UL };
	m[3] = (struct multicall_entry){ .op = 1UL << 32 };
	m[4] = (struct multicall_entry){ .op = __HYPERVISOR_multicall };
	m[4].args[0] = (u64)m;
	m[4].args[1] = ~0UL;
	version(&m[5]);
	CHECK_EQ(HC(multicall, m, 6, 0, 0), 0);
	CHECK((s64)m[1].result < 0);
	CHECK((s64)m[2].result < 0);
	CHECK((s64)m[3].result < 0);
	CHECK((s64)m[4].result < 0);
	CHECK_EQ(m[5].result, 4096);
}

/*
 * Each entry a long list of updates; events come in between. All must be done,
 * in order, once.
 */
static void gives_way(void)
{
	static struct mmu_update u[512];
	static u32 done[N];
	u64 *data = page_new();
	u64 maddr = virt_to_mfn(data) << PAGE_SHIFT;

	for (unsigned int i = 0; i < 512; i++)
		u[i] = (struct mmu_update){ maddr + 8 * i, i + 1 };
	for (unsigned int i = 0; i < N; i++) {
		m[i] = (struct multicall_entry){ .op = __HYPERVISOR_mmu_update,
						 .result = 0x1111 };
		m[i].args[0] = (u64)u;
		m[i].args[1] = 512;
		m[i].args[2] = (u64)&done[i];
		m[i].args[3] = DOMID_SELF;
	}
	CHECK_EQ(HC(multicall, m, N, 0, 0), 0);
	for (unsigned int i = 0; i < N; i++) {
		CHECK_EQ(m[i].result, 0);
		CHECK_EQ(done[i], 512);
	}
	for (unsigned int i = 0; i < 512; i++)
		CHECK_EQ(data[i], i + 1);
}

/* Numbers of calls that harm nobody, changed while the batch runs. */
static void changer(void)
{
	static const u64 ops[] = { __HYPERVISOR_xen_version, 63, ~0UL,
				   __HYPERVISOR_multicall,
				   __HYPERVISOR_update_va_mapping };

	for (u64 x = 1; !stop; x = x * 1664525 + 1013904223) {
		m[x >> 8 & (N - 1)].op = ops[(x >> 16) % ARRAY_SIZE(ops)];
		m[x >> 7 & (N - 1)].args[x >> 20 & 1] = x & 1 ? HV_START + x :
								XENVER_pagesize;
	}
	stopped = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

void story(void)
{
	lengths();
	elsewhere();
	gives_way();
	memset(m, 0, sizeof(m));
	start_vcpu(1, changer);
	for (int i = 0; i < 2000; i++)
		CHECK_EQ(HC(multicall, m, N, 0, 0), 0);
	stop = 1;
	CHECK(wait_for(stopped));
}
