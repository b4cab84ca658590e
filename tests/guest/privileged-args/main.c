/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: calls for tools and devices with wrong versions and wild
 * arguments.
 */
#include "guest.h"

STORY("privileged-args");
/* attack: yes */

static void physdev(void)
{
	struct physdev_map_pirq map = { .domid = DOMID_SELF,
					.type = MAP_PIRQ_TYPE_GSI,
					.index = 100000,
					.pirq = 100000 };
	struct physdev_setup_gsi gsi = { .gsi = 100000 };
	struct physdev_eoi eoi = { .irq = 0xffffffff };
	struct physdev_irq_status_query query = { .irq = 0xffffffff };
	struct physdev_apic apic = { .apic_physbase = 0x12345000, .reg = 1 };

	CHECK(HC(physdev_op, PHYSDEVOP_map_pirq, &map, 0, 0) < 0);
	map.type = 99;
	CHECK(HC(physdev_op, PHYSDEVOP_map_pirq, &map, 0, 0) < 0);
	CHECK(HC(physdev_op, PHYSDEVOP_setup_gsi, &gsi, 0, 0) < 0);
	CHECK(HC(physdev_op, PHYSDEVOP_eoi, &eoi, 0, 0) < 0);
	CHECK(HC(physdev_op, PHYSDEVOP_irq_status_query, &query, 0, 0) < 0);
	CHECK(HC(physdev_op, PHYSDEVOP_apic_read, &apic, 0, 0) < 0);
	CHECK_EQ(HC(physdev_op, 999, &apic, 0, 0), -ENOSYS);
}

void story(void)
{
	static struct xen_domctl d = { .cmd = XEN_DOMCTL_getdomaininfo };
	static struct xen_sysctl s = { .cmd = XEN_SYSCTL_physinfo };
	static struct xen_platform_op p = { .cmd = XENPF_settime64 };

	CHECK(HC(domctl, &d, 0, 0, 0) < 0);
	CHECK(HC(sysctl, &s, 0, 0, 0) < 0);
	CHECK_EQ(HC(platform_op, &p, 0, 0, 0), -EACCES);
	physdev();
	CHECK(HC(console_io, CONSOLEIO_write, 0x7fffffff, 0x1000, 0) < 0);
	CHECK(HC(console_io, 99, 1, "x", 0) < 0);
	CHECK(HC(vm_assist, VMASST_CMD_enable, 77, 0, 0) < 0);
	CHECK(HC(memory_op, 0x3f, 0, 0, 0) < 0);
	CHECK(HC(sched_op, 99, 0, 0, 0) < 0);
	CHECK(HC(vcpu_op, 99, 0, 0, 0) < 0);
	CHECK(HC(xen_version, 99, 0, 0, 0) < 0);
}
