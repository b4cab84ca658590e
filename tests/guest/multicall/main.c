/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a batch of calls: results, errors in the middle, a batch in a
 * batch.
 */
#include "guest.h"

STORY("multicall");

void story(void)
{
	static struct multicall_entry m[40];
	char *a = page_new();

	m[0].op = __HYPERVISOR_xen_version;
	m[0].args[0] = XENVER_pagesize;
	m[1].op = 63; /* none */
	m[2].op = __HYPERVISOR_multicall;
	m[2].args[0] = (u64)m;
	m[2].args[1] = 1;
	m[3].op = __HYPERVISOR_update_va_mapping;
	m[3].args[0] = (u64)a;
	m[3].args[1] = virt_to_mfn(a) << PAGE_SHIFT | PTE_RO;
	m[3].args[2] = UVMF_INVLPG;
	m[4].op = __HYPERVISOR_xen_version;
	m[4].args[0] = XENVER_version;
	CHECK_EQ(HC(multicall, m, 5, 0, 0), 0);
	CHECK_EQ(m[0].result, 4096);
	CHECK_EQ(m[1].result, (u64)-ENOSYS);
	CHECK((s64)m[2].result < 0);
	CHECK_EQ(m[3].result, 0);
	CHECK_EQ(m[4].result >> 16, 4);
	CHECK_EQ(try_write(a, 1), 14);
	CHECK_EQ(HC(multicall, m, 0, 0, 0), 0);
	/* a long one comes back complete */
	memset(m, 0, sizeof(m));
	for (unsigned int i = 0; i < 40; i++) {
		m[i].op = __HYPERVISOR_xen_version;
		m[i].args[0] = XENVER_pagesize;
		m[i].result = 0;
	}
	CHECK_EQ(HC(multicall, m, 40, 0, 0), 0);
	for (unsigned int i = 0; i < 40; i++)
		CHECK_EQ(m[i].result, 4096);
}
