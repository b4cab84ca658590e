/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: vcpu_info and runstate areas at places that are not the
 * guest's to give: others' frames, page tables, over a page's end, the
 * hypervisor.
 */
#include "guest.h"

STORY("registered-areas");
/* attack: yes */

static long reg_info(u32 vcpu, u64 mfn, u32 offset)
{
	struct vcpu_register_vcpu_info r = { .mfn = mfn, .offset = offset };

	return HC(vcpu_op, VCPUOP_register_vcpu_info, vcpu, &r, 0);
}

static long reg_runstate(u64 va)
{
	struct vcpu_register_runstate_memory_area r;

	r.addr.v = (void *)va;
	return HC(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &r, 0);
}

void story(void)
{
	char *page = page_new();
	u64 mfn = virt_to_mfn(page);
	static struct vcpu_runstate_info rs __aligned(64);
	u64 before;

	CHECK(reg_info(0, mfn, PAGE_SIZE - 32) < 0, "over the end");
	CHECK(reg_info(0, mfn, 0xfffffff0) < 0, "offset");
	CHECK(reg_info(0, 0x7ffffff, 0) < 0, "no frame");
	CHECK(reg_info(0, current_l4_mfn(), 0) < 0, "a page table");
	CHECK(reg_info(99, mfn, 0) < 0, "no vcpu");
	CHECK_EQ(reg_info(0, mfn, 128), 0);
	CHECK(reg_info(0, mfn, 256) < 0, "twice");
	/* the frame is held writable now: it can be no page table */
	make_readonly(page);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) < 0);
	make_writable(page);
	CHECK_EQ(((struct vcpu_info *)(page + 128))->evtchn_upcall_pending, 1);

	CHECK_EQ(reg_runstate((u64)&rs), 0);
	CHECK_EQ(rs.state, RUNSTATE_running);
	before = rs.time[RUNSTATE_running];
	for (int i = 0; i < 100; i++)
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	CHECK_EQ(rs.state, RUNSTATE_running);
	CHECK(rs.time[RUNSTATE_running] >= before);
	/* bad places must do no harm, whether refused or not */
	reg_runstate(0xffff830000000000);
	HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	reg_runstate(0x1234567812345678);
	HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	reg_runstate((u64)start_info->pt_base);
	HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	CHECK_EQ(HC(xen_version, XENVER_pagesize, 0, 0, 0), 4096);
}
