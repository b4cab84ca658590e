/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: bringing processors up and down, ids that do not exist, a
 * context given twice, a context that no CPU takes.
 */
#include "guest.h"

STORY("vcpu-updown");
/* machine: smp=2 */

static volatile unsigned int runs, go_down;

static void second(void)
{
	for (;;) {
		runs++;
		while (!go_down)
			__builtin_ia32_pause();
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
	}
}

static void bad_contexts(void)
{
	static struct vcpu_guest_context c;

	c.flags = VGCF_in_kernel;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.ctrlreg[3] = xen_pfn_to_cr3(0x7ffffff);
	CHECK(HC(vcpu_op, VCPUOP_initialise, 1, &c, 0) < 0, "no such frame");
	c.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(page_new()));
	CHECK(HC(vcpu_op, VCPUOP_initialise, 1, &c, 0) < 0, "writable page");
	CHECK_EQ(HC(vcpu_op, VCPUOP_up, 1, 0, 0), -EINVAL);
}

void story(void)
{
	struct vcpu_get_physid physid;

	CHECK_EQ(HC(vcpu_op, VCPUOP_is_up, 0, 0, 0), 1);
	CHECK_EQ(HC(vcpu_op, VCPUOP_is_up, 1, 0, 0), 0);
	CHECK_EQ(HC(vcpu_op, VCPUOP_is_up, 8191, 0, 0), -ENOENT);
	CHECK_EQ(HC(vcpu_op, VCPUOP_is_up, ~0U, 0, 0), -ENOENT);
	/* it is not pinned, or not there */
	CHECK_EQ(HC(vcpu_op, VCPUOP_get_physid, 0, &physid, 0), -EINVAL);
	CHECK_EQ(HC(vcpu_op, VCPUOP_get_physid, 8191, &physid, 0), -ENOENT);
	bad_contexts();
	start_vcpu(1, second);
	CHECK(wait_for(runs == 1));
	CHECK_EQ(HC(vcpu_op, VCPUOP_is_up, 1, 0, 0), 1);
	for (unsigned int i = 2; i < 20; i++) {
		go_down = 1;
		CHECK(wait_for(HC(vcpu_op, VCPUOP_is_up, 1, 0, 0) == 0));
		go_down = 0;
		CHECK_EQ(HC(vcpu_op, VCPUOP_up, 1, 0, 0), 0);
		CHECK(wait_for(runs == i), "%u", i);
	}
}
